"""`python -m etude_trainer train --job DIR` and `python -m etude_trainer serve --model DIR --name NAME`."""

import argparse
import sys
from pathlib import Path

from .owner import watch_lease, watch_owner


def main() -> int:
    parser = argparse.ArgumentParser(prog="etude_trainer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="run the training job of a directory")
    train.add_argument("--job", type=Path, required=True, help="directory with job.json")
    serve = commands.add_parser("serve", help="serve a model on the OpenAI chat protocol")
    served = serve.add_mutually_exclusive_group(required=True)
    served.add_argument("--model", type=Path, help="directory of the model")
    served.add_argument("--hub", metavar="NAME", help="the model of this name on the hub, at --revision")
    serve.add_argument("--revision", help="commit of the model on the hub")
    serve.add_argument("--name", required=True, help="the model's name in requests and replies")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="0 takes any free port")
    serve.add_argument("--port-file", type=Path, help="file to which the port is written once the server answers")
    serve.add_argument("--threads", type=int, default=1)
    serve.add_argument("--device", choices=("cpu", "cuda", "auto"), default="auto")
    for command in (train, serve):
        command.add_argument("--owner-pid", type=int, help="end when this process has ended")
        command.add_argument("--lease-file", type=Path, help="end when the content of this file no longer changes")
        command.add_argument("--lease-seconds", type=float, default=600, help="how long it may stay the same")
    options = parser.parse_args()
    if options.command == "serve" and (options.hub is None) != (options.revision is None):
        parser.error("--hub needs --revision, and the other way round: the weights behind a name alone may change")
    watch_owner(options.owner_pid)
    watch_lease(options.lease_file, options.lease_seconds)
    if options.command == "train":
        from .train import run

        return run(options.job.resolve())
    from .serve import serve as run_server

    return run_server(options)


if __name__ == "__main__":
    sys.exit(main())
