"""Builds the training set of a job: its own examples and mixed-in data, with counts of rows dropped and truncated."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import UserError
from .events import Events
from .examples import Examples, Rules, make_examples
from .job import Job
from .mix import mix_in, open_mix
from .rows import read_rows


@dataclass(frozen=True)
class TrainingSet:
    """Token ids and labels, one list per example, each at most maxLength long; a label of -100 carries no loss."""

    input_ids: list[list[int]]
    labels: list[list[int]]
    dropped: int
    truncated: int
    mixed: int

    def __len__(self) -> int:
        return len(self.input_ids)

    def tokens(self) -> int:
        return sum(len(ids) for ids in self.input_ids)

    def to_dataset(self):
        from datasets import Dataset

        return Dataset.from_dict({"input_ids": self.input_ids, "labels": self.labels})


def build_training_set(job: Job, directory: Path, tokenizer: Any, events: Events) -> TrainingSet:
    limit = job.hyperparameters.maxLength
    path = directory / job.data.path
    own = make_examples(read_rows(path), tokenizer, Rules(job.loss, job.overlong, limit), path.name)
    if job.model.from_ == "config":
        check_words(own, tokenizer, path.name)
    mixed = Examples()
    if job.mix is not None:
        rules = Rules("all-tokens" if job.mix.loss == "all-tokens" else "all-answers", job.overlong, limit)
        mixed = mix_in(job.mix, *open_mix(job.mix, directory), tokenizer, rules, own, job.seeds.data)
    dropped, truncated = own.dropped + mixed.dropped, own.truncated + mixed.truncated
    if dropped or truncated:
        events.emit("warning", message=f"maxLength {limit}: {dropped} rows dropped, {truncated} rows truncated.")
    return TrainingSet(
        own.input_ids + mixed.input_ids, own.labels + mixed.labels, dropped=dropped, truncated=truncated, mixed=len(mixed)
    )


def check_words(examples: Examples, tokenizer: Any, name: str) -> None:
    """Raises UserError for a word that is not in the vocabulary, since the model would learn it as `<unk>`."""
    unknown = tokenizer.unk_token_id
    for ids in examples.input_ids:
        if unknown in ids:
            text = tokenizer.decode(ids)
            raise UserError(f"{name} has a word that is not in model.vocabulary, shown as <unk> here: {text[:300]!r}. Add it to the vocabulary.")
