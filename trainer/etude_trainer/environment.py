"""What must be set before torch is imported: threads, determinism, and no calls home."""

import gc
import os
import sys


def pin_threads(threads: int) -> None:
    """The same number of threads gives the same bytes: floating-point sums depend on how they are split."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["MKL_CBWR"] = "AUTO"  # else sums differ with the alignment of memory
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def prepare_environment(threads: int, *, needs_hub: bool = False) -> None:
    pin_threads(threads)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    if not needs_hub:
        os.environ["HF_HUB_OFFLINE"] = "1"
    gc.disable()  # a fifth of the start-up is spent on collecting what nobody has dropped
    # Without byte code the start-up of torch and transformers takes twice as long.
    sys.dont_write_bytecode = False


def pin_torch(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


def collect_again() -> None:
    """Once everything is imported: what lives now lives to the end, and is not looked at again."""
    gc.freeze()
    gc.enable()
