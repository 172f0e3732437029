"""The one thread that generates replies: small ones in parallel slots, all others one at a time in between."""

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import torch

from .generation import Generator, Reply, Request, cut_at_stop, derive_seed
from .slots import SLOTS, WINDOW, Slots, choose_tokens, draw_numbers


@dataclass
class Running:
    """A request in a slot. `drawn` has a random number in [0, 1) for each token of the reply, `ids` the tokens so far."""

    request: Request
    future: "Future[Reply]"
    prompt_tokens: int
    limit: int
    drawn: list[float]
    ids: list[int] = field(default_factory=list)


class Batcher:
    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.slots = Slots(generator.model) if Slots.fit(generator.model) else None
        self.free = list(self.slots.usable) if self.slots else []
        self.running: dict[int, Running] = {}
        self.waiting: queue.SimpleQueue[tuple[Request, Future[Reply]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="generate", daemon=True).start()

    def submit(self, request: Request) -> "Future[Reply]":
        """Returns the future of a reply. A request is always completed, also when its client has gone: that costs little."""
        future: Future[Reply] = Future()
        future.set_running_or_notify_cancel()  # otherwise a caller could cancel the future, and setting its result would raise
        self.waiting.put((request, future))
        return future

    @torch.inference_mode()
    def _work(self) -> None:
        while True:
            if not self.running:
                self._admit(*self.waiting.get())
            while (self.free or self.slots is None) and not self.waiting.empty():
                self._admit(*self.waiting.get())
            try:
                if self.running:
                    self._advance()
            except Exception as error:
                for slot in list(self.running):
                    self._release(slot).future.set_exception(error)

    def _admit(self, request: Request, future: "Future[Reply]") -> None:
        try:
            prompt = self.generator.encode(request.messages)
            limit = self.generator.limit(request, prompt)
            # The choice must depend on the request alone, not on other requests, since the two ways give different texts.
            if self.slots is None or prompt.shape[1] + limit > WINDOW:
                future.set_result(self.generator.reply(request))
                return
            slot = self.free.pop()
            running = Running(request, future, prompt.shape[1], limit, draw_numbers(derive_seed(request), limit))
            self.running[slot] = running
            logits = self.slots.read(slot, prompt)
            asked = ([request.temperature], [request.top_p], running.drawn[:1])
            self._extend(slot, choose_tokens(logits[None], *asked)[0])
        except Exception as error:
            for slot in [slot for slot, running in self.running.items() if running.future is future]:
                self._release(slot)
            future.set_exception(error)

    def _advance(self) -> None:
        assert self.slots is not None
        tokens, heats, tops, drawn = [0] * SLOTS, [1.0] * SLOTS, [1.0] * SLOTS, [0.0] * SLOTS
        for slot, running in self.running.items():
            tokens[slot] = running.ids[-1]
            heats[slot], tops[slot] = running.request.temperature, running.request.top_p
            drawn[slot] = running.drawn[len(running.ids)]
        chosen = choose_tokens(self.slots.step(torch.tensor(tokens)), heats, tops, drawn)
        for slot in list(self.running):
            self._extend(slot, chosen[slot])

    def _extend(self, slot: int, token: int) -> None:
        running = self.running[slot]
        running.ids.append(token)
        ended = token in self.generator.ends
        stop = running.request.stop
        if not ended and len(running.ids) < running.limit and not stop:
            return
        text = self.generator.decode(running.ids)
        cut = cut_at_stop(text, stop)
        if ended or cut != text or len(running.ids) >= running.limit:
            reason = "stop" if ended or cut != text else "length"
            reply = Reply(cut, reason, running.prompt_tokens, len(running.ids))
            self._release(slot).future.set_result(reply)

    def _release(self, slot: int) -> Running:
        self.free.append(slot)
        return self.running.pop(slot)
