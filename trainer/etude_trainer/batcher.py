"""The one thread that generates replies side by side: small models in slots of equal bits, all others in a rolling batch."""

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import torch

from .generation import Generator, Reply, Request, cut_at_stop, derive_seed
from .rolling_batch import RollingBatch
from .slots import SLOTS, WINDOW, Slots, choose_tokens, draw_numbers

# Four batches: who comes later would wait longer than for a place elsewhere, or for a smaller number of requests in flight.
MOST_WAITING = 64


class Full(Exception):
    """So many wait already that another one would not be answered in time."""


@dataclass(eq=False)
class Ticket:
    """A request with the future of its reply. `gone`: its client has left, so that nobody will read the reply."""

    request: Request
    future: "Future[Reply]" = field(default_factory=Future)
    gone: bool = False


@dataclass(eq=False)
class Running:
    """A request that is being answered. `drawn` has a random number in [0, 1) for each token of the reply, `ids` the tokens so far."""

    ticket: Ticket
    prompt_tokens: int
    limit: int
    drawn: list[float]
    ids: list[int] = field(default_factory=list)


class Batcher:
    def __init__(self, generator: Generator, most_waiting: int = MOST_WAITING) -> None:
        self.generator = generator
        self.most_waiting = most_waiting
        self.slots = Slots(generator.model) if Slots.fit(generator.model) else None
        self.free = list(self.slots.usable) if self.slots else []
        self.running: dict[int, Running] = {}
        self.batch = RollingBatch(generator.model, generator.pad)
        self.rows: list[Running] = []
        self.waiting: queue.SimpleQueue[Ticket] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="generate", daemon=True).start()

    def submit(self, request: Request) -> Ticket:
        """Raises Full. Set `gone` of the ticket when its client has left: what is not answered then is given up."""
        if self.waiting.qsize() >= self.most_waiting:
            raise Full(f"{self.most_waiting} requests wait already")
        ticket = Ticket(request)
        ticket.future.set_running_or_notify_cancel()  # otherwise a caller could cancel the future, and setting its result would raise
        self.waiting.put(ticket)
        return ticket

    @torch.inference_mode()
    def _work(self) -> None:
        work = self._work_in_slots if self.slots else self._work_in_rows
        while True:
            work()

    def _next(self, wait: bool) -> Ticket | None:
        """The next whose client is still there. None when there is none now, unless it is to be waited for."""
        while wait or not self.waiting.empty():
            ticket = self.waiting.get()
            if not ticket.gone:
                return ticket
            ticket.future.set_exception(Gone())
        return None

    # In rows

    def _work_in_rows(self) -> None:
        try:
            self._drop_gone()
            self._fill_rows()
            if self.rows:
                logits = self.batch.step([row.ids[-1] for row in self.rows])
                self._extend_rows(self.rows, logits)
        except Exception as error:
            rows, self.rows = self.rows, []
            self.batch.keep([])
            for row in rows:
                row.ticket.future.set_exception(error)

    def _drop_gone(self) -> None:
        staying = [row for row in self.rows if not row.ticket.gone]
        if len(staying) == len(self.rows):
            return
        for row in self.rows:
            if row.ticket.gone:
                row.ticket.future.set_exception(Gone())
        self._keep_rows(staying)

    def _fill_rows(self) -> None:
        new: list[tuple[Running, torch.Tensor]] = []
        while len(new) < self.batch.free and (ticket := self._next(wait=not self.rows and not new)) is not None:
            try:
                prompt = self.generator.encode(ticket.request.messages)
                limit = self.generator.limit(ticket.request, prompt)
                drawn = draw_numbers(derive_seed(ticket.request), limit)
                new.append((Running(ticket, prompt.shape[1], limit, drawn), prompt.cpu()))
            except Exception as error:
                ticket.future.set_exception(error)
        if not new:
            return
        rows = [running for running, _ in new]
        self.rows += rows
        self._extend_rows(rows, self.batch.add([prompt for _, prompt in new]))

    def _extend_rows(self, rows: list[Running], logits: torch.Tensor) -> None:
        heats = [row.ticket.request.temperature for row in rows]
        tops = [row.ticket.request.top_p for row in rows]
        drawn = [row.drawn[len(row.ids)] for row in rows]
        replies = {id(row): self._extend(row, token) for row, token in zip(rows, choose_tokens(logits, heats, tops, drawn))}
        ended = [row for row in rows if replies[id(row)] is not None]
        if not ended:
            return
        self._keep_rows([row for row in self.rows if replies.get(id(row)) is None])
        for row in ended:
            row.ticket.future.set_result(replies[id(row)])

    def _keep_rows(self, staying: list[Running]) -> None:
        places = {id(row): place for place, row in enumerate(self.rows)}
        self.batch.keep([places[id(row)] for row in staying])
        self.rows = staying

    # In slots

    def _work_in_slots(self) -> None:
        while self.free and (ticket := self._next(wait=not self.running)) is not None:
            self._admit(ticket)
        try:
            for slot, running in list(self.running.items()):
                if running.ticket.gone:
                    self._release(slot).ticket.future.set_exception(Gone())
            if self.running:
                self._advance()
        except Exception as error:
            for slot in list(self.running):
                self._release(slot).ticket.future.set_exception(error)

    def _admit(self, ticket: Ticket) -> None:
        assert self.slots is not None
        request, future = ticket.request, ticket.future
        try:
            prompt = self.generator.encode(request.messages)
            limit = self.generator.limit(request, prompt)
            # The choice must depend on the request alone, not on other requests, since the two ways give different texts.
            if prompt.shape[1] + limit > WINDOW:
                future.set_result(self.generator.reply(request))
                return
            slot = self.free.pop()
            running = Running(ticket, prompt.shape[1], limit, draw_numbers(derive_seed(request), limit))
            self.running[slot] = running
            logits = self.slots.read(slot, prompt)
            asked = ([request.temperature], [request.top_p], running.drawn[:1])
            self._extend_slot(slot, choose_tokens(logits[None], *asked)[0])
        except Exception as error:
            for slot in [slot for slot, running in self.running.items() if running.ticket is ticket]:
                self._release(slot)
            future.set_exception(error)

    def _advance(self) -> None:
        assert self.slots is not None
        tokens, heats, tops, drawn = [0] * SLOTS, [1.0] * SLOTS, [1.0] * SLOTS, [0.0] * SLOTS
        for slot, running in self.running.items():
            tokens[slot] = running.ids[-1]
            heats[slot], tops[slot] = running.ticket.request.temperature, running.ticket.request.top_p
            drawn[slot] = running.drawn[len(running.ids)]
        chosen = choose_tokens(self.slots.step(torch.tensor(tokens)), heats, tops, drawn)
        for slot in list(self.running):
            self._extend_slot(slot, chosen[slot])

    def _extend_slot(self, slot: int, token: int) -> None:
        reply = self._extend(self.running[slot], token)
        if reply is not None:
            self._release(slot).ticket.future.set_result(reply)

    def _release(self, slot: int) -> Running:
        self.free.append(slot)
        return self.running.pop(slot)

    def _extend(self, running: Running, token: int) -> Reply | None:
        """Adds a token; returns the reply once it has come to its end."""
        running.ids.append(token)
        ended = token in self.generator.ends
        stop = running.ticket.request.stop
        if not ended and len(running.ids) < running.limit and not stop:
            return None
        text = self.generator.decode(running.ids)
        cut = cut_at_stop(text, stop)
        if not (ended or cut != text or len(running.ids) >= running.limit):
            return None
        reason = "stop" if ended or cut != text else "length"
        return Reply(cut, reason, running.prompt_tokens, len(running.ids))


class Gone(Exception):
    """The client of the request has left."""
