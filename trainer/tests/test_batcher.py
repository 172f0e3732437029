"""Replies side by side for any model: alone or in company, with clients that leave, and with too many of them."""

from concurrent.futures import wait

import pytest

torch = pytest.importorskip("torch")

from tests.hub_models import MISTRAL, make_snapshot  # noqa: E402

from etude_trainer.batcher import Batcher, Full, Gone  # noqa: E402
from etude_trainer.generation import Generator, PromptTooLong, Request  # noqa: E402
from etude_trainer.hub import Weights  # noqa: E402
from etude_trainer.rolling_batch import ROWS, RollingBatch  # noqa: E402

PROMPTS = ["a", "write about a harbour", "x" * 40, "the old tower, and why it fell", "b c d"]


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return Generator(Weights(make_snapshot(tmp_path_factory.mktemp("hub"), MISTRAL)), "cpu")


def ask(text, **more):
    return Request(messages=(("user", text),), **{"temperature": 0.0, "max_tokens": 12, **more})


@torch.inference_mode()
def test_the_logits_of_a_row_are_those_it_has_alone_while_others_come_and_go(generator):
    prompts = [generator.encode((("user", text),)) for text in PROMPTS]

    def alone(prompt, tokens):
        batch = RollingBatch(generator.model, generator.pad)
        return torch.stack([batch.add([prompt])[0], *(batch.step([token])[0] for token in tokens)])

    batch = RollingBatch(generator.model, generator.pad)
    seen = {index: [] for index in range(5)}
    rows = [0, 1]
    for index, logits in zip(rows, batch.add([prompts[0], prompts[1]])):
        seen[index].append(logits)
    for step in range(12):
        if step == 3:
            for index, logits in zip([2, 3, 4], batch.add(prompts[2:])):
                seen[index].append(logits)
            rows += [2, 3, 4]
        if step == 6:
            batch.keep([4, 1, 2])
            rows = [rows[4], rows[1], rows[2]]
        for index, logits in zip(rows, batch.step([7 + index for index in rows])):
            seen[index].append(logits)
    for index, logits in seen.items():
        expected = alone(prompts[index], [7 + index] * (len(logits) - 1))
        assert torch.allclose(torch.stack(logits), expected, atol=1e-5)


def test_replies_are_the_same_alone_and_in_company(generator):
    batcher = Batcher(generator)
    alone = [batcher.submit(ask(text)).future.result(60) for text in PROMPTS]
    together = [batcher.submit(ask(text)) for text in PROMPTS * 4]
    assert [ticket.future.result(60) for ticket in together] == alone * 4
    assert [reply.text for reply in alone] == [generator.reply(ask(text)).text for text in PROMPTS]
    assert batcher.batch.free == ROWS


def test_drawn_replies_depend_on_their_seed_and_not_on_their_neighbours(generator):
    batcher = Batcher(generator)
    first = [batcher.submit(ask(text, temperature=1.0, seed=5)).future.result(60) for text in PROMPTS]
    again = [batcher.submit(ask(text, temperature=1.0, seed=5)) for text in PROMPTS * 3]
    assert [ticket.future.result(60) for ticket in again] == first * 3
    others = [batcher.submit(ask(text, temperature=1.0, seed=6)).future.result(60) for text in PROMPTS]
    assert [reply.text for reply in others] != [reply.text for reply in first]


def test_a_client_that_has_left_costs_nothing_more(generator):
    batcher = Batcher(generator, most_waiting=1000)
    long = [batcher.submit(ask("long", max_tokens=900)) for _ in range(ROWS)]
    queued = [batcher.submit(ask("queued", max_tokens=900)) for _ in range(40)]
    for ticket in [*long, *queued]:
        ticket.gone = True
    stays = batcher.submit(ask("stays", max_tokens=3))
    assert stays.future.result(60).completion_tokens <= 3
    wait([ticket.future for ticket in [*long, *queued]], 60)
    assert all(isinstance(ticket.future.exception(0), Gone) for ticket in queued)
    assert batcher.batch.free == ROWS


def test_more_than_can_wait_are_turned_away_at_once(generator):
    batcher = Batcher(generator, most_waiting=4)
    tickets = []
    with pytest.raises(Full):
        for _ in range(ROWS + 50):
            tickets.append(batcher.submit(ask("busy", max_tokens=200)))
    assert len(tickets) < ROWS + 50
    for ticket in tickets:
        ticket.future.result(60)


def test_a_request_that_cannot_be_answered_fails_alone(generator):
    batcher = Batcher(generator)
    good, bad = batcher.submit(ask("good")), batcher.submit(ask("x" * 5000))
    assert good.future.result(60).completion_tokens > 0
    with pytest.raises(PromptTooLong):
        bad.future.result(60)
    assert batcher.submit(ask("after")).future.result(60).completion_tokens > 0


def test_stop_marks_end_a_reply_in_a_batch(generator):
    batcher = Batcher(generator)
    whole = batcher.submit(ask("stop", max_tokens=40)).future.result(60)
    mark = whole.text[len(whole.text) // 2 :][:1]
    if mark:
        cut = batcher.submit(ask("stop", max_tokens=40, stop=(mark,))).future.result(60)
        assert mark not in cut.text and cut.finish_reason == "stop"
