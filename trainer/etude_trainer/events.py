"""The events of a job: one JSON object per line in `metrics.jsonl`, written at once."""

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


class Events:
    """Appends events to a file. `enabled` is false in all processes of a distributed run except the first."""

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
                file.write("\n")  # a kill may have cut the last line: without this, the new line would be appended to it
            file.write(line + "\n")

    def fail(self, message: str) -> None:
        """Reports a failure. Never raises, because an error here (a full disk) would hide the failure itself."""
        print(message, file=sys.stderr, flush=True)
        try:
            self.emit("failed", message=message)
        except OSError as error:
            print(f"The failure could not be written to {self.path.name}: {error}", file=sys.stderr, flush=True)

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"
