"""The event stream of a job: one JSON object a line in `metrics.jsonl`, flushed as it happens."""

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


class Events:
    """`enabled` is false on all but the first process of a distributed run."""

    def __init__(self, path: Path, *, enabled: bool = True) -> None:
        self.path = path
        self.enabled = enabled

    def emit(self, event: str, **fields: Any) -> None:
        if not self.enabled:
            return
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"event": event, "at": at, **fields}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8") as file:
            if file.tell() > 0 and not self._ends_whole():
                file.write("\n")  # a line that a kill cut short must not swallow this one
            file.write(line + "\n")

    def fail(self, message: str) -> None:
        """Never raises: a full disk must not hide the failure that it caused."""
        print(message, file=sys.stderr, flush=True)
        try:
            self.emit("failed", message=message)
        except OSError as error:
            print(f"The failure could not be written to {self.path.name}: {error}", file=sys.stderr, flush=True)

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"
