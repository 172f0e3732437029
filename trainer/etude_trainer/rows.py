"""Reads training files: JSONL with one conversation per line, or, in mixed-in data, one plain text per line."""

import json
from pathlib import Path
from typing import Any

from .errors import UserError
from .files import sha256_file

ROLES = ("system", "user", "assistant")

Messages = list[dict[str, str]]


def check_hash(path: Path, sha256: str, key: str) -> None:
    if not path.is_file():
        raise UserError(f"{key}: the file {path.name} is missing beside job.json. Write it again and submit the job again.")
    found = sha256_file(path)
    if found != sha256:
        raise UserError(
            f"{key}: {path.name} is not the file the job names (sha256 {found[:12]}… instead of {sha256[:12]}…). "
            "It was changed or truncated after the job was written: write it again, or make a new job for it."
        )


def read_rows(path: Path, *, plain_texts: bool = False) -> list[Messages | str]:
    """One list of messages per row; with `plain_texts` a row may be a string. Raises UserError with the line of a wrong row."""
    with path.open(encoding="utf-8") as file:
        rows = [_read_row(line, f"{path.name}, line {number}", plain_texts) for number, line in enumerate(file, 1)]
    if not rows:
        raise UserError(f"{path.name} has no rows: there is nothing to train on.")
    return rows


def _read_row(line: str, place: str, plain_texts: bool) -> Messages | str:
    try:
        row = json.loads(line)
    except ValueError:
        raise UserError(f'{place} is not JSON. A row looks like {{"messages": [{{"role": "user", "content": "..."}}, ...]}}.') from None
    if plain_texts and isinstance(row, dict) and isinstance(row.get("text"), str):
        return row["text"]
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list) or not all(_is_message(message) for message in messages):
        raise UserError(f"{place}: `messages` must be a list of objects with a `role` ({', '.join(ROLES)}) and a `content`.")
    if not any(message["role"] == "assistant" for message in messages):
        raise UserError(f"{place} has no assistant message, so there is no answer to learn.")
    return messages


def is_conversation(value: Any) -> bool:
    """Whether the value is a list of messages with known roles, at least one of them an answer."""
    return isinstance(value, list) and all(_is_message(message) for message in value) and any(m["role"] == "assistant" for m in value)


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") in ROLES and isinstance(message.get("content"), str)
