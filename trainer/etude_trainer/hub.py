"""What is fetched from the Hugging Face hub, always at a named revision, and what a person must do when it is not there."""

import errno
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Literal

from .errors import UserError


@dataclass(frozen=True)
class Weights:
    """Where a model and its tokenizer are read from: a folder, or a name on the hub with its revision."""

    place: str | Path
    revision: str | None = None

    def load(self, kind: Any, **options: Any) -> Any:
        """`kind` is a class of transformers with `from_pretrained`."""
        if self.revision is None:
            return kind.from_pretrained(self.place, **options)
        with explain_missing("model", str(self.place), self.revision):
            return kind.from_pretrained(self.place, revision=self.revision, **options)


@contextmanager
def explain_missing(what: Literal["model", "dataset"], name: str, revision: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # every failure of the hub is one of these, an HTTP status included
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        kind = "" if what == "model" else " --repo-type dataset"
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise UserError(
            f"The {what} {name} at revision {revision} is not in the hub's cache here and could not be fetched: {reason}. "
            f"Check name and revision. If it is gated, accept its terms on its page and set HF_TOKEN where Etude is started. Without a "
            f"network, fetch it beforehand with `hf download{kind} {name} --revision {revision}` and set HF_HOME to the folder that then holds it."
        ) from error
