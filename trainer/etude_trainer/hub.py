"""Loads models from folders or from the Hugging Face hub, there always at a named revision."""

import errno
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Literal

from .errors import UserError


@dataclass(frozen=True)
class Weights:
    """The source of a model and its tokenizer: a folder, or a name on the hub with a revision."""

    place: str | Path
    revision: str | None = None

    def load(self, kind: Any, **options: Any) -> Any:
        """Loads with `kind`, a class of transformers that has `from_pretrained`."""
        if self.revision is None:
            return kind.from_pretrained(self.place, **options)
        with explain_missing("model", str(self.place), self.revision):
            return kind.from_pretrained(self.place, revision=self.revision, **options)


@contextmanager
def explain_missing(what: Literal["model", "dataset"], name: str, revision: str) -> Iterator[None]:
    """Turns failures to fetch from the hub into a UserError; a full disk is raised as it is."""
    try:
        yield
    except (OSError, ValueError) as error:  # every failure of the hub is one of these, also an HTTP error
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        kind = "" if what == "model" else " --repo-type dataset"
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise UserError(
            f"The {what} {name} at revision {revision} is not in the hub's cache here and could not be fetched: {reason}. "
            f"Check name and revision. If it is gated, accept its terms on its page and set HF_TOKEN where Etude is started. Without a "
            f"network, fetch it beforehand with `hf download{kind} {name} --revision {revision}` and set HF_HOME to the folder that then holds it."
        ) from error
