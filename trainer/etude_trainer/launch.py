"""One process for each GPU: on a machine with several, the trainer starts itself again under torch's launcher."""

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
    """Runs `python -m etude_trainer` with `arguments` so often. The exit code is that of the first process that failed."""
    from torch.distributed import run as launcher
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    # A launcher that is interrupted ends its processes; none is started a second time: the job goes on from its checkpoint instead.
    options = ["--standalone", f"--nproc-per-node={count}", "--max-restarts=0", "-m", "etude_trainer"]
    # They have groups of their own, so whoever kills this one does not reach them: they end when it has gone.
    owned = ["--owner-pid", str(os.getpid())]
    try:
        launcher.main([*options, *arguments, *owned])
        return 0
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        print(f"Process {failure.local_rank} of {count} ended with {failure.exitcode}.", file=sys.stderr, flush=True)
        return failure.exitcode if failure.exitcode > 0 else 128 - failure.exitcode
