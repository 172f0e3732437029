"""Runs one process per GPU: on a machine with several GPUs, the trainer starts itself again under torch's launcher."""

import os
import sys
from typing import Sequence

from .job import Job


def count_processes(job: Job) -> int:
    if job.device == "cpu" or "RANK" in os.environ:
        return 1
    import torch

    return max(1, torch.cuda.device_count())


def run_processes(count: int, arguments: Sequence[str]) -> int:
    """Runs `count` processes of `python -m etude_trainer` with `arguments`; returns the exit code of the first that failed, or 0."""
    from torch.distributed import run as launcher
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    # No restarts by the launcher: a job that failed is submitted again and continues from its checkpoint.
    options = ["--standalone", f"--nproc-per-node={count}", "--max-restarts=0", "-m", "etude_trainer"]
    # The processes have their own process groups, so a kill of this process does not reach them: they watch it and end with it.
    owned = ["--owner-pid", str(os.getpid())]
    try:
        launcher.main([*options, *arguments, *owned])
        return 0
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        print(f"Process {failure.local_rank} of {count} ended with exit code {failure.exitcode}.", file=sys.stderr, flush=True)
        return failure.exitcode if failure.exitcode > 0 else 128 - failure.exitcode
