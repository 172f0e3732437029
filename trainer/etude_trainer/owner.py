"""Ends a job when the process that owns its home has ended, so that no process is left behind."""

import json
import os
import sys
import threading
import time
from pathlib import Path

POLL_SECONDS = 1.0


def watch_owner(pid: int | None, lease: Path | None = None) -> None:
    """Watches from a thread: ends this process within seconds after its owner has ended, or its lease file is removed or expired."""
    if pid is None and lease is None:
        return
    born = _birth(pid) if pid is not None else None
    if pid is not None and born is None:
        sys.exit(f"The owner with the process id {pid} is not running, so this job does not start.")

    def watch() -> None:
        leased = False
        while True:
            time.sleep(POLL_SECONDS)
            leased = leased or (lease is not None and lease.exists())
            if pid is not None and _birth(pid) != born:
                _leave(f"The owner (process {pid}) has ended, so this job ends.")
            if leased and lease is not None and _expired(lease):
                _leave("The lease has expired, so this job ends.")

    threading.Thread(target=watch, name="owner", daemon=True).start()


def _leave(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
    os._exit(75)  # not sys.exit: the main thread may be deep inside a training step


def _birth(pid: int) -> float | None:
    """The start time of a live process, by which it is told from a later process with the same id; None if it has ended."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def _expired(lease: Path) -> bool:
    try:
        expires = json.loads(lease.read_text()).get("expiresAt")
    except FileNotFoundError:
        return True
    except (OSError, ValueError, AttributeError):
        return False  # the file is being written, or names no time: then the lease is valid until it is removed
    return expires is not None and time.time() * 1000 > expires
