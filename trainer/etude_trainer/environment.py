"""Settings that must be made before torch is imported: threads, determinism, and no telemetry."""

import gc
import os
import sys


def pin_threads(threads: int) -> None:
    """Fixes the number of threads: floating-point sums depend on how they are split, so it decides the bytes of a model."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["MKL_CBWR"] = "AUTO"  # otherwise sums depend on the alignment of memory
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def prepare_environment(threads: int, *, needs_hub: bool = False) -> None:
    pin_threads(threads)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    if not needs_hub:
        os.environ["HF_HUB_OFFLINE"] = "1"
    gc.disable()  # imports create many objects and free few: collecting would take a fifth of the start-up
    # Without byte code, importing torch and transformers takes twice as long.
    sys.dont_write_bytecode = False


def pin_torch(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


def collect_again() -> None:
    """Turns garbage collection on again after the imports, and excludes all objects made so far, as they are never freed."""
    gc.freeze()
    gc.enable()
