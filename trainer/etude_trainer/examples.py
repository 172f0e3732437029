"""
From rows to token ids and labels, before training starts.

Which tokens carry the loss is found in the rendered text, not by markers in the template, so that it holds for any model's own chat template:
an answer reaches from the end of the prompt (with the generation prompt) to the end of the conversation up to and with that answer.
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
    """One example a row, or none where the row was dropped. `places` names the rows in complaints."""
    texts, spans = render_rows(rows, tokenizer, rules.loss, places)
    backend = tokenizer.backend_tokenizer  # the wrapper around it doubles the time
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
        # What is left without a token to learn is no truncated example: it is a lost one.
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
    """Each row as the text the model sees, and the spans of characters in it that carry the loss."""
    conversations = [row for row in rows if not isinstance(row, str)]
    rendered = iter(render_chats(tokenizer, conversations, False))
    texts = [frame_text(row, tokenizer) if isinstance(row, str) else next(rendered) for row in rows]
    if loss == "all-tokens":
        return texts, [[(0, len(text))] for text in texts]
    answers = [(index, turn) for index, row in enumerate(rows) for turn in _find_answers(row, loss, places[index])]
    prompts = render_chats(tokenizer, [rows[index][:turn] for index, turn in answers], True)
    # The rendered row itself ends its last answer: only earlier answers need a rendering of their own.
    cut = [rows[index][: turn + 1] for index, turn in answers if turn + 1 < len(rows[index])]
    earlier = iter(render_chats(tokenizer, cut, False))
    spans: list[list[Span]] = [[] for _ in rows]
    for (index, turn), prompt in zip(answers, prompts):
        text = texts[index]
        until = text if turn + 1 == len(rows[index]) else next(earlier)
        if not text.startswith(prompt) or not text.startswith(until) or len(until) <= len(prompt):
            raise UserError(
                f"The chat template of the model renders {places[index]} differently once answer {turn + 1} is there, so it cannot be "
                "told which tokens are the answer. Use a template that only appends, or `loss: last-answer`."
            )
        spans[index].append((len(prompt), len(until)))
    return texts, spans


def frame_text(text: str, tokenizer: Any) -> str:
    """A plain text stands as documents do in pre-training: from the mark of the beginning, if the model has one, to that of the end."""
    begins = tokenizer.bos_token is not None and tokenizer("a").input_ids[:1] == [tokenizer.bos_token_id]
    return (tokenizer.bos_token if begins else "") + text + (tokenizer.eos_token or "")


def _find_answers(row: Messages | str, loss: str, place: str) -> list[int]:
    if isinstance(row, str):
        raise UserError(f"{place} is a plain text without answers: set mix.loss to `all-tokens`, or mix in conversations.")
    turns = [turn for turn, message in enumerate(row) if message["role"] == "assistant"]
    return turns[-1:] if loss == "last-answer" else turns
