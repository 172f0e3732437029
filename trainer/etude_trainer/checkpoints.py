"""Checkpoints with a manifest, written last, of every file and its sha256: one that does not match is not used."""

import json
import shutil
from pathlib import Path

from .events import Events
from .files import hash_folder, sha256_file, sync_files, write_json

MANIFEST = "manifest.json"
NEEDED = ("trainer_state.json", "scheduler.pt")  # resuming without one of them would silently train another model


def seal_checkpoint(folder: Path, step: int) -> None:
    sync_files(folder)
    write_json(folder / MANIFEST, {"schema": 1, "step": step, "files": hash_folder(folder)})


def find_checkpoint(folder: Path, events: Events) -> Path | None:
    """The newest complete checkpoint, or None. Removes newer ones that are damaged, each with a warning event."""
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=_read_step, reverse=True):
        fault = find_fault(checkpoint)
        if fault is None:
            return checkpoint
        events.emit("warning", message=f"{checkpoint.name} is damaged ({fault}); removing it and using an earlier one.")
        shutil.rmtree(checkpoint)
    return None


def find_fault(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, or None when it is complete and unchanged."""
    try:
        manifest = json.loads((checkpoint / MANIFEST).read_text(encoding="utf-8"))
        files, step = manifest["files"], manifest["step"]
    except FileNotFoundError:
        return "its manifest was never written"
    except (ValueError, KeyError, TypeError):
        return "its manifest cannot be read"
    if step != _read_step(checkpoint):
        return f"its manifest is for step {step}"
    for name in (*NEEDED, *(() if any(name.startswith("optimizer") for name in files) else ("optimizer.pt",))):
        if name not in files:
            return f"{name} is missing"
    for name, sha256 in files.items():
        path = checkpoint / name
        if not path.is_file():
            return f"{name} is missing"
        if sha256_file(path) != sha256:
            return f"{name} was changed or truncated"
    return None


def _read_step(checkpoint: Path) -> int:
    step = checkpoint.name.removeprefix("checkpoint-")
    return int(step) if step.isdigit() else -1
