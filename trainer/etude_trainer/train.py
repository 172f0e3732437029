"""Runs one training job from `job.json` to `result.json`, for `python -m etude_trainer train`."""

import json
import os
import shutil
import sys
import traceback
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Iterator

from .checkpoints import find_checkpoint
from .dataset import build_training_set
from .environment import collect_again, pin_torch, prepare_environment
from .errors import UserError
from .events import Events
from .launch import count_processes, run_processes
from .model import load_model, load_tokenizer, set_generation_defaults, verify_model
from .rows import check_hash
from .files import digest_files, hash_folder, sync_files, sync_folder, write_json
from .job import Job, MixFromFile, MixFromHub, ModelFromHub, ModelFromPath, read_job

PACKAGES = ("torch", "transformers", "trl", "accelerate", "datasets", "tokenizers", "safetensors")


def run(directory: Path) -> int:
    """Returns the exit code: 0 when `result.json` exists and matches its model, also if an earlier run made it; else 1."""
    events = Events(directory / "metrics.jsonl", enabled=is_first_process())
    try:
        job = read_job(directory)
        processes = count_processes(job)
        if processes > 1:
            return run_processes(processes, sys.argv[1:])
        with hold_lock(directory):
            if not is_finished(job, directory, events):
                train(job, directory, events)
        return 0
    except UserError as error:
        events.fail(str(error))
    except Exception as error:  # unexpected: the stack goes to the log, one paragraph to the events
        traceback.print_exc()
        events.fail(name_failure(error, directory))
    return 1


def train(job: Job, directory: Path, events: Events) -> None:
    check_inputs(job, directory)  # before torch is imported, which takes seconds
    prepare_environment(job.threads, needs_hub=isinstance(job.model, ModelFromHub) or isinstance(job.mix, MixFromHub))
    tokenizer = load_tokenizer(job, directory)
    data = build_training_set(job, directory, tokenizer, events)
    from .sft import make_trainer

    pin_torch(job.threads)
    collect_again()
    model = load_model(job, directory, tokenizer)
    trainer = make_trainer(job, directory, model, tokenizer, data, events)
    with trainer.args.main_process_first(local=False):  # the first process removes damaged checkpoints before the others search
        checkpoint = find_checkpoint(directory / "checkpoints", events)
    counts = {"examples": len(data), "dropped": data.dropped, "truncated": data.truncated, "mixed": data.mixed}
    step = 0 if checkpoint is None else int(checkpoint.name.rpartition("-")[2])
    events.emit("started", step=step, steps=trainer.args.max_steps, **counts)
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    files = save_model(trainer, tokenizer, job, directory)
    if not is_first_process():
        return
    state = trainer.state
    digest = digest_files(files)
    result = {
        "schema": 1,
        "key": job.key,
        "digest": digest,
        "files": files,
        "steps": state.global_step,
        **counts,
        "tokens": state.num_input_tokens_seen,
        "packages": {name: version(name) for name in PACKAGES},
        "hardware": name_hardware(trainer, job),
    }
    write_json(directory / "result.json", result)
    events.emit("finished", step=state.global_step, steps=state.max_steps, tokensSeen=state.num_input_tokens_seen, digest=digest)
    shutil.rmtree(directory / "checkpoints", ignore_errors=True)


def check_inputs(job: Job, directory: Path) -> None:
    check_hash(directory / job.data.path, job.data.sha256, "data")
    if isinstance(job.mix, MixFromFile):
        check_hash(directory / job.mix.path, job.mix.sha256, "mix")
    if isinstance(job.model, ModelFromPath):
        verify_model(directory / job.model.path, job.model.digest)


def save_model(trainer: Any, tokenizer: Any, job: Job, directory: Path) -> dict[str, str]:
    """
    Saves the model to a temporary folder and renames it, so that `model/` is never half-written. All processes of a run must call it; returns
    the sha256 of each file on the first process, and nothing on the others.
    """
    import torch

    target, temporary = directory / "model", directory / "model.tmp"
    model = trainer.accelerator.unwrap_model(trainer.model)
    model.config.use_cache = True
    set_generation_defaults(model, tokenizer)
    if job.hyperparameters.precision == "bf16":
        model.to(torch.bfloat16)
    if is_first_process():
        shutil.rmtree(temporary, ignore_errors=True)
    trainer.accelerator.wait_for_everyone()
    trainer.save_model(str(temporary))
    trainer.accelerator.wait_for_everyone()
    if not is_first_process():
        return {}
    (temporary / "training_args.bin").unlink(missing_ok=True)  # contains paths and times, so it must not be part of the digest
    (temporary / "README.md").unlink(missing_ok=True)
    files = hash_folder(temporary)
    sync_files(temporary)
    shutil.rmtree(target, ignore_errors=True)
    temporary.rename(target)
    sync_folder(directory)
    return files


def is_finished(job: Job, directory: Path, events: Events) -> bool:
    """Whether the job has a result whose files all exist unchanged. Removes a result that does not match its files."""
    path = directory / "result.json"
    if not path.exists():
        return False
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        key, files = result["key"], result["files"]
    except (ValueError, KeyError, TypeError):
        key, files = None, None
    if key not in (None, job.key):
        raise UserError(f"{directory.name} contains the result of another job ({key}). Give every job a directory of its own.")
    if files is not None and hash_folder(directory / "model") == files:
        return True
    events.emit("warning", message="result.json does not match the files in model/: the job runs again.")
    path.unlink()
    return False


@contextmanager
def hold_lock(directory: Path) -> Iterator[None]:
    """Locks the directory, so that no two processes write one job's checkpoints; the system frees the lock of a dead process."""
    import fcntl

    with (directory / ".train.lock").open("a") as file:
        if is_first_process():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(f"Another process trains in {directory.name} at this moment. Wait for it or cancel it first.") from None
        yield


def is_first_process() -> bool:
    return os.environ.get("RANK", "0") == "0"


def name_hardware(trainer: Any, job: Job) -> dict[str, Any]:
    import torch

    cuda = trainer.accelerator.device.type == "cuda"
    device = torch.cuda.get_device_name() if cuda else "cpu"
    return {"device": device, "devices": trainer.accelerator.num_processes, "threads": job.threads}


def name_failure(error: Exception, directory: Path) -> str:
    text = f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"
    free = shutil.disk_usage(directory).free
    if "No space left" in text or "os error 28" in text or free < 1 << 20:
        return f"The disk of {directory.name} is full ({free >> 20} MiB free): {text}. Free some space and submit the job again; it continues from its last checkpoint."
    if "out of memory" in text.lower():
        return f"The device is out of memory: {text}. Raise hyperparameters.accumulate, set gradientCheckpointing, or use more devices with fsdp."
    return f"The training stopped: {text}. The stack is in log.txt; submitted again, the job continues from its last checkpoint."


