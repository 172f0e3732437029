"""The student's server: OpenAI's chat protocol, where every reply is a function of its request alone."""

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
import uuid
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, AsyncIterator, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from .environment import collect_again, pin_torch, prepare_environment
from .errors import UserError
from .hub import Weights

LOOK_SECONDS = 0.5  # so soon it is noticed that a client has left
BUSY_SECONDS = 2  # after which a client may ask again
MISTAKEN = 78  # exit code (EX_CONFIG) that tells the caller not to start the server again, since it would fail again


class Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "user", "assistant"]
    content: str


class ChatBody(BaseModel):
    """The supported request body. `n` other than 1 and streaming are refused rather than ignored."""

    model_config = ConfigDict(extra="ignore")
    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    max_completion_tokens: Annotated[int, Field(gt=0)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    n: Literal[1] | None = None
    stream: Literal[False] | None = None


class Server:
    def __init__(self, options: argparse.Namespace) -> None:
        from .batcher import Batcher
        from .generation import Generator

        self.name = options.name
        self.created = int(time.time())
        weights = Weights(options.hub, options.revision) if options.hub else Weights(options.model)
        self.batcher = Batcher(Generator(weights, options.device))

    async def chat(self, http: HttpRequest) -> JSONResponse:
        from .batcher import Full, Gone
        from .generation import PromptTooLong

        try:
            body = ChatBody.model_validate_json(await http.body())
            if body.model != self.name:
                return refuse(f"The model `{body.model}` is not served here; this server has `{self.name}`.", "model_not_found")
            reply = await self.answer(http, self.batcher.submit(read_request(body)))
        except ValidationError as error:
            first = error.errors()[0]
            return refuse(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}", "invalid_request")
        except PromptTooLong as error:
            return refuse(str(error), "context_length_exceeded")
        except UserError as error:
            return refuse(str(error), "invalid_request")
        except Full as error:
            return busy(str(error))
        except Gone:
            return refuse("The client has left.", "client_gone")  # nobody reads it
        message = {"role": "assistant", "content": reply.text, "refusal": None}
        usage = {"prompt_tokens": reply.prompt_tokens, "completion_tokens": reply.completion_tokens}
        return JSONResponse(
            {
                "id": f"chatcmpl-{uuid.uuid4().hex}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": self.name,
                "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}],
                "usage": {**usage, "total_tokens": reply.prompt_tokens + reply.completion_tokens},
            }
        )

    async def answer(self, http: HttpRequest, ticket: Any) -> Any:
        """The reply; gives the request up when its client has left."""
        reply = asyncio.wrap_future(ticket.future)
        while not reply.done():
            await asyncio.wait([reply], timeout=LOOK_SECONDS)
            if not reply.done() and await http.is_disconnected():
                ticket.gone = True
                break
        return await reply

    async def models(self, _: HttpRequest) -> JSONResponse:
        entry = {"id": self.name, "object": "model", "created": self.created, "owned_by": "etude"}
        return JSONResponse({"object": "list", "data": [entry]})

    async def health(self, _: HttpRequest) -> JSONResponse:
        return JSONResponse({"status": "ok", "model": self.name})


def read_request(body: ChatBody) -> Any:
    from .generation import Request

    return Request(
        messages=tuple((message.role, message.content) for message in body.messages),
        temperature=1.0 if body.temperature is None else body.temperature,
        top_p=1.0 if body.top_p is None else body.top_p,
        max_tokens=body.max_completion_tokens or body.max_tokens,
        seed=body.seed,
        stop=(body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ()),
    )


def refuse(message: str, code: str) -> JSONResponse:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=400)


def busy(message: str) -> JSONResponse:
    error = {"message": message, "type": "server_error", "param": None, "code": "queue_full"}
    return JSONResponse({"error": error}, status_code=503, headers={"retry-after": str(BUSY_SECONDS)})


def make_app(server: Server, announce: Any) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        announce()
        yield

    return Starlette(
        routes=[
            Route("/v1/chat/completions", server.chat, methods=["POST"]),
            Route("/v1/models", server.models),
            Route("/health", server.health),
        ],
        lifespan=lifespan,
    )


def serve(options: argparse.Namespace) -> int:
    prepare_environment(options.threads, needs_hub=options.hub is not None)
    import uvicorn

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((options.host, options.port))
    listener.listen(2048)  # requests that arrive while the model loads wait instead of failing
    pin_torch(options.threads)
    try:
        server = Server(options)
    except UserError as error:
        print(error, file=sys.stderr, flush=True)
        return MISTAKEN
    collect_again()

    def announce() -> None:
        if options.port_file is not None:
            write_port(options.port_file, listener.getsockname()[1])

    # Exits at once: the caller of an unfinished reply sees a broken connection and asks again.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    config = uvicorn.Config(make_app(server, announce), log_level="warning", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def write_port(path: Path, port: int) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(f"{port}\n")
    temporary.replace(path)
