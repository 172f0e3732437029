"""Chooses data to mix into fine-tuning, from a file of the job or a dataset on the hub, in the ratio that the job asks for."""

import random
from pathlib import Path
from typing import Any, Protocol

from .errors import UserError
from .examples import Examples, Rules, encode_rows
from .hub import explain_missing
from .job import Mix, MixFromFile, MixFromHub
from .rows import Messages, is_conversation, read_rows

CHUNK = 512  # rows are tokenised in chunks, as needed, because a corpus has far more rows than a study uses


class Rows(Protocol):
    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Messages | str: ...


class HubRows:
    """Rows of a loaded dataset: its column `messages`, or else `text`."""

    def __init__(self, dataset: Any, name: str) -> None:
        self.dataset, self.name = dataset, name
        found = [column for column in ("messages", "text") if column in dataset.column_names]
        if not found:
            raise UserError(
                f"mix: the dataset {name} has the columns {', '.join(dataset.column_names)}, but neither `messages` nor `text`. "
                "Name a configuration that has one of them (hub:ORG/NAME/CONFIG), or write its rows to a JSONL file."
            )
        self.column = found[0]

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Messages | str:
        value = self.dataset[index][self.column]
        if self.column == "text" and isinstance(value, str):
            return value
        if not is_conversation(value):
            raise UserError(f"mix: row {index + 1} of the dataset {self.name} is not a conversation with an answer. Choose other data.")
        return [{"role": message["role"], "content": message["content"]} for message in value]


def open_mix(mix: Mix, directory: Path) -> tuple[Rows, str]:
    """The rows to choose from, and their name for messages."""
    if isinstance(mix, MixFromFile):
        path = directory / mix.path
        return read_rows(path, plain_texts=True), path.name
    return load_hub_rows(mix), mix.name


def load_hub_rows(mix: MixFromHub) -> HubRows:
    from datasets import load_dataset

    with explain_missing("dataset", mix.name, mix.revision):
        return HubRows(load_dataset(mix.name, mix.config, revision=mix.revision, split="train"), mix.name)


def mix_in(mix: Mix, rows: Rows, name: str, tokenizer: Any, rules: Rules, own: Examples, seed: int) -> Examples:
    """
    Takes rows in an order drawn from the seed, each at most once, until they are the wanted share of all examples or tokens. Rows that do not
    fit are skipped and counted.
    """
    share = mix.ratio / (1 - mix.ratio)
    wanted = round(share * (len(own) if mix.unit == "examples" else own.tokens()))
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    chosen = Examples()
    amount = 0
    for start in range(0, len(order), CHUNK):
        indices = order[start : start + CHUNK]
        for one in encode_rows([rows[i] for i in indices], tokenizer, rules, [f"{name}, line {i + 1}" for i in indices]):
            if amount >= wanted:
                return chosen
            chosen.extend(one)
            amount += len(one) if mix.unit == "examples" else one.tokens()
    if amount < wanted:
        raise UserError(
            f"mix: {name} has {amount} {mix.unit} that fit, but the ratio {mix.ratio} needs {wanted}. Give more data or a smaller ratio."
        )
    return chosen
