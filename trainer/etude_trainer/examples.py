"""
Turns rows into token ids and labels, before training starts.

Which tokens carry the loss is found by comparing rendered texts, not by marks in the template, so it works with any model's chat template: an
answer begins where the rendered prompt ends, and ends where the rendered conversation up to and including that answer ends.
"""

from dataclasses import dataclass, field
from typing import Any, Iterator, Literal, Sequence

from .chat import render_chats
from .errors import UserError
from .rows import Messages

IGNORED = -100
Span = tuple[int, int]


@dataclass
class Examples:
    """Token ids and labels, one list per example; a label is the token's id, or IGNORED if it carries no loss."""

    input_ids: list[list[int]] = field(default_factory=list)
    labels: list[list[int]] = field(default_factory=list)
    dropped: int = 0
    truncated: int = 0

    def __len__(self) -> int:
        return len(self.input_ids)

    def tokens(self) -> int:
        return sum(len(ids) for ids in self.input_ids)

    def extend(self, other: "Examples") -> None:
        self.input_ids += other.input_ids
        self.labels += other.labels
        self.dropped += other.dropped
        self.truncated += other.truncated


@dataclass(frozen=True)
class Rules:
    """Which tokens carry the loss, and what to do with examples of more than `max_length` tokens."""

    loss: Literal["all-answers", "last-answer", "all-tokens"]
    overlong: Literal["drop", "error", "truncate"]
    max_length: int


def make_examples(rows: Sequence[Messages | str], tokenizer: Any, rules: Rules, name: str) -> Examples:
    examples = Examples()
    for one in encode_rows(rows, tokenizer, rules, [f"{name}, line {index + 1}" for index in range(len(rows))]):
        examples.extend(one)
    if not len(examples):
        raise UserError(
            f"{name}: none of its {len(rows)} rows fits into hyperparameters.maxLength = {rules.max_length} tokens. Raise maxLength."
        )
    return examples


def encode_rows(rows: Sequence[Messages | str], tokenizer: Any, rules: Rules, places: Sequence[str]) -> Iterator[Examples]:
    """Yields for each row an `Examples` with one example, or with none if the row was dropped. `places` names rows in errors."""
    texts, spans = render_rows(rows, tokenizer, rules.loss, places)
    backend = tokenizer.backend_tokenizer  # the Python wrapper would take twice as long
    backend.no_truncation()
    backend.no_padding()
    for encoding, span, place in zip(backend.encode_batch(texts, add_special_tokens=False), spans, places):
        one = Examples()
        add_example(one, encoding.ids, label_tokens(encoding.ids, encoding.offsets, span), rules, place)
        yield one


def add_example(examples: Examples, ids: list[int], labels: list[int], rules: Rules, place: str) -> None:
    if len(ids) > rules.max_length:
        if rules.overlong == "error":
            raise UserError(
                f"{place} has {len(ids)} tokens, more than hyperparameters.maxLength = {rules.max_length}. "
                "Raise maxLength, or set overlong to `drop` or `truncate`."
            )
        ids, labels = ids[: rules.max_length], labels[: rules.max_length]
        # If truncation leaves no token to learn from, the example counts as dropped.
        if rules.overlong == "drop" or all(label == IGNORED for label in labels):
            examples.dropped += 1
            return
        examples.truncated += 1
    examples.input_ids.append(ids)
    examples.labels.append(labels)


def label_tokens(ids: list[int], offsets: Sequence[Span], spans: Sequence[Span]) -> list[int]:
    labels = [IGNORED] * len(ids)
    remaining = iter(spans)
    span = next(remaining, None)
    for position, (start, end) in enumerate(offsets):
        while span is not None and start >= span[1]:
            span = next(remaining, None)
        if span is not None and end > span[0]:
            labels[position] = ids[position]
    return labels


def render_rows(
    rows: Sequence[Messages | str], tokenizer: Any, loss: str, places: Sequence[str]
) -> tuple[list[str], list[list[Span]]]:
    """For each row the text that the model sees, and the (start, end) spans of characters in it that carry the loss."""
    conversations = [row for row in rows if not isinstance(row, str)]
    rendered = iter(render_chats(tokenizer, conversations, False))
    texts = [frame_text(row, tokenizer) if isinstance(row, str) else next(rendered) for row in rows]
    if loss == "all-tokens":
        return texts, [[(0, len(text))] for text in texts]
    answers = [(index, turn) for index, row in enumerate(rows) for turn in _find_answers(row, loss, places[index])]
    prompts = render_chats(tokenizer, [rows[index][:turn] for index, turn in answers], True)
    # The last answer ends with the rendered row, so only earlier answers need the conversation rendered up to them.
    cut = [rows[index][: turn + 1] for index, turn in answers if turn + 1 < len(rows[index])]
    earlier = iter(render_chats(tokenizer, cut, False))
    spans: list[list[Span]] = [[] for _ in rows]
    for (index, turn), prompt in zip(answers, prompts):
        text = texts[index]
        until = text if turn + 1 == len(rows[index]) else next(earlier)
        if not text.startswith(prompt) or not text.startswith(until) or len(until) <= len(prompt):
            raise UserError(
                f"The chat template of the model renders {places[index]} differently once answer {turn + 1} is added, so the tokens of "
                "the answer cannot be found. Use a template that only appends, or `loss: last-answer`."
            )
        spans[index].append((len(prompt), len(until)))
    return texts, spans


def frame_text(text: str, tokenizer: Any) -> str:
    """Frames a plain text as a document of pre-training: with the model's begin mark, if it uses one, and its end mark."""
    begins = tokenizer.bos_token is not None and tokenizer("a").input_ids[:1] == [tokenizer.bos_token_id]
    return (tokenizer.bos_token if begins else "") + text + (tokenizer.eos_token or "")


def _find_answers(row: Messages | str, loss: str, place: str) -> list[int]:
    if isinstance(row, str):
        raise UserError(f"{place} is a plain text without answers: set mix.loss to `all-tokens`, or mix in conversations.")
    turns = [turn for turn, message in enumerate(row) if message["role"] == "assistant"]
    return turns[-1:] if loss == "last-answer" else turns
