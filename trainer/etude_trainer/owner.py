"""Ends a job when the process that owns its home has ended, so that no process is left behind."""

import os
import sys
import threading
import time

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
