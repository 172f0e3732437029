"""Replies side by side: no row looks at its neighbours, and sampling keeps to what was asked."""

import pytest

torch = pytest.importorskip("torch")

from etude_trainer.job import Architecture  # noqa: E402
from etude_trainer.model import freeze_embeddings, make_llama  # noqa: E402
from etude_trainer.slots import SLOTS, Slots, choose_tokens, draw_numbers  # noqa: E402
from etude_trainer.tokenizer import build_tokenizer  # noqa: E402


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    tokenizer = build_tokenizer([f"w{i}" for i in range(60)], 64)
    return make_llama(Architecture(layers=2, heads=2, width=32), tokenizer).eval()


def test_a_token_does_not_depend_on_the_other_rows():
    logits = torch.randn(SLOTS, 40, generator=torch.Generator().manual_seed(1))
    drawn = draw_numbers(1, SLOTS)
    heats, tops = [0.7, 1.0, 0.0, 1.5] * 4, [1.0, 0.5, 1.0, 0.9] * 4
    together = choose_tokens(logits, heats, tops, drawn)
    alone = [choose_tokens(logits[row : row + 1], [heats[row]], [tops[row]], [drawn[row]])[0] for row in range(SLOTS)]
    assert together == alone


def test_top_p_keeps_the_likeliest_and_zero_temperature_takes_the_first_of_them():
    logits = torch.log(torch.tensor([[0.1, 0.6, 0.3]]))
    numbers = draw_numbers(3, 200)
    assert {choose_tokens(logits, [1.0], [0.6], [number])[0] for number in numbers} == {1}
    assert {choose_tokens(logits, [1.0], [0.7], [number])[0] for number in numbers} == {1, 2}
    assert {choose_tokens(logits, [0.0], [1.0], [number])[0] for number in numbers} == {1}
    shares = [choose_tokens(logits, [1.0], [1.0], [number])[0] for number in numbers].count(1) / len(numbers)
    assert 0.5 < shares < 0.7


@torch.inference_mode()
def test_the_logits_of_a_slot_are_the_same_bits_whatever_its_neighbours_hold(model):
    slots = Slots(model)
    prompt = torch.tensor([[4, 9, 11, 5]])

    def follow(slot, seed):
        numbers = torch.Generator().manual_seed(seed)
        for other in range(SLOTS):
            slots.read(other, torch.randint(6, 60, (1, 3 + (other * seed) % 20), generator=numbers))
        seen = [slots.read(slot, prompt)]
        for token in range(6, 26):
            tokens = torch.randint(6, 60, (SLOTS,), generator=numbers)
            tokens[slot] = token
            seen.append(slots.step(tokens)[slot].clone())
        return torch.stack(seen)

    assert slots.usable[0] == 0
    first = follow(0, 1)
    assert all(torch.equal(first, follow(slot, seed)) for slot in slots.usable for seed in (2, 3))


@torch.inference_mode()
def test_slots_agree_with_the_model_read_in_one_go(model):
    slots = Slots(model)
    words = torch.tensor([[4, 9, 11, 5, 20, 21]])
    slots.read(3, words[:, :4])
    tokens = torch.zeros(SLOTS, dtype=torch.long)
    for place in (4, 5):
        tokens[3] = words[0, place]
        logits = slots.step(tokens)[3]
    torch.testing.assert_close(logits, model(words).logits[0, -1], atol=1e-5, rtol=1e-4)


def test_frozen_embeddings_leave_the_rest_to_be_trained(model):
    freeze_embeddings(model)
    frozen = {name for name, weight in model.named_parameters() if not weight.requires_grad}
    assert frozen == {"model.embed_tokens.weight"}
