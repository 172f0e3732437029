"""Ends a job when the process that owns its home has ended, so that no process is left behind."""

import os
import sys
import threading
import time
from pathlib import Path

POLL_SECONDS = 1.0


def watch_owner(pid: int | None) -> None:
    """Watches from a thread: ends this process within seconds after its owner has ended."""
    if pid is None:
        return
    born = _birth(pid)
    if born is None:
        sys.exit(f"The owner with the process id {pid} is not running, so this job does not start.")

    def watch() -> None:
        while True:
            time.sleep(POLL_SECONDS)
            if _birth(pid) != born:
                _leave(f"The owner (process {pid}) has ended, so this job ends.")

    threading.Thread(target=watch, name="owner", daemon=True).start()


def watch_lease(path: Path | None, seconds: float) -> None:
    """Ends this process when a file has had the same content for `seconds`: its owner is on a machine whose processes and
    clock cannot be seen from here, and writes it anew while it lives. A file that cannot be read counts as unchanged."""
    if path is None:
        return

    def watch() -> None:
        content, since = _read(path), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(min(POLL_SECONDS * 5, seconds / 10))
            now = _read(path)
            if now is not None and now != content:
                content, since = now, time.monotonic()
        _leave(f"The lease {path} was not renewed for {seconds:g} seconds, so this job ends.")

    threading.Thread(target=watch, name="lease", daemon=True).start()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


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
