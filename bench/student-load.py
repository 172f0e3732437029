"""
Many clients at once at the server of a student: how many replies come in time, and whether it keeps coming to them.

Run: `.venv/bin/python bench/student-load.py MODEL [--clients 64] [--deadline 30] [--seconds 90]`, where MODEL is a folder as transformers
saves it. Prints one line of JSON. Each client asks anew as soon as it has an answer, or has given up after the deadline.
"""

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TRAINER = Path(__file__).resolve().parent.parent / "trainer"
TOKENS = 48


def ask(port: int, deadline: float, seed: int) -> tuple[str, int]:
    """How a request ended, and how many tokens came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=deadline)
    question = {"role": "user", "content": f"Write one sentence about topic {seed}."}
    body = {"model": "student", "messages": [question], "temperature": 0.7, "max_tokens": TOKENS, "seed": seed}
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except OSError:
        return "late", 0
    finally:
        connection.close()
    if response.status == 200:
        return "answered", answer["usage"]["completion_tokens"]
    return ("turned away" if response.status == 503 else "refused"), 0


def run(port: int, clients: int, deadline: float, seconds: float) -> dict:
    began = time.monotonic()
    ended: list[tuple[float, str, int]] = []

    def client(number: int) -> None:
        for turn in range(10**6):
            if time.monotonic() - began > seconds:
                return
            how, tokens = ask(port, deadline, number * 10**4 + turn)
            ended.append((time.monotonic() - began, how, tokens))
            if how == "turned away":
                time.sleep(2)

    for number in range(clients):
        threading.Thread(target=client, args=(number,), daemon=True).start()
    time.sleep(seconds)
    seen = list(ended)
    counts = {how: sum(1 for _, what, _ in seen if what == how) for how in ("answered", "late", "turned away", "refused")}
    second_half = sum(1 for at, how, _ in seen if how == "answered" and at > seconds / 2)
    tokens = sum(count for _, _, count in seen)
    return {**counts, "answeredInSecondHalf": second_half, "tokensPerSecond": round(tokens / seconds, 1)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--deadline", type=float, default=30)
    parser.add_argument("--seconds", type=float, default=90)
    options = parser.parse_args()
    port_file = Path(tempfile.mkdtemp()) / "port"
    served = ["--model", str(Path(options.model).resolve()), "--name", "student", "--port-file", str(port_file)]
    command = [sys.executable, "-m", "etude_trainer", "serve", *served, "--threads", "2", "--device", "cpu"]
    server = subprocess.Popen(command, cwd=TRAINER)
    try:
        while not port_file.exists():
            time.sleep(0.1)
        figures = run(int(port_file.read_text()), options.clients, options.deadline, options.seconds)
        print(json.dumps({"clients": options.clients, "deadline": options.deadline, "seconds": options.seconds, **figures}))
    finally:
        server.kill()


if __name__ == "__main__":
    main()
