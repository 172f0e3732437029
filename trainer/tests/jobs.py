"""A valid job, to be changed by a test."""

from typing import Any


def make_job(maxLength: int = 32, **change: Any) -> dict[str, Any]:
    job = {
        "schema": 1,
        "key": "k",
        "kind": "pretrain",
        "model": {"from": "config", "architecture": {"layers": 1, "heads": 2, "width": 8}, "vocabulary": ["a", "b"]},
        "data": {"path": "data.jsonl", "sha256": "0" * 64, "format": "messages"},
        "loss": "all-answers",
        "overlong": "drop",
        "mix": None,
        "budget": {"steps": 10},
        "hyperparameters": {"batch": 4, "learningRate": 0.001, "warmupSteps": 0, "maxLength": maxLength, "precision": "fp32"},
        "seeds": {"data": 1, "train": 2},
        "checkpointEverySteps": 5,
    }
    return {**job, **change}
