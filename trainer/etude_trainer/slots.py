"""
Generates many small replies in parallel, each with the same bits as if it were generated alone.

Every step runs the model on all slots, also on free ones, in tensors of one fixed shape: then the arithmetic of a slot does not depend on the
content of other slots. It may depend on the slot's number (matrix kernels treat the last rows differently), so only slots are used that gave the
same bits as the first one in a test at the start. Prompts are read one at a time, and every reply has its own random numbers.
"""

from dataclasses import dataclass

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import Cache, DynamicLayer

SLOTS = 16
WINDOW = 256
# For larger models a step on many slots costs more than it saves on a CPU.
MOST_PARAMETERS = 10_000_000


@dataclass
class Positions:
    """The next position of each slot, shared by the layers of one cache. Both tensors have the shape (SLOTS,)."""

    rows: torch.Tensor
    next: torch.Tensor


class SlotLayer(DynamicLayer):
    """Keys and values of all slots, each of the shape (SLOTS, heads, WINDOW, head size); a step writes one position per slot."""

    def __init__(self, shape: tuple[int, ...], positions: Positions) -> None:
        super().__init__()
        self.keys, self.values = torch.zeros(shape), torch.zeros(shape)
        self.positions = positions
        self.is_initialized = True

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *_: object, **__: object):
        where = (self.positions.rows, slice(None), self.positions.next)
        self.keys[where] = key_states[:, :, 0]
        self.values[where] = value_states[:, :, 0]
        return self.keys, self.values


class Slots:
    @staticmethod
    def fit(model: PreTrainedModel) -> bool:
        plain = model.config.model_type == "llama" and model.device.type == "cpu"
        return plain and model.num_parameters() <= MOST_PARAMETERS

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        config = model.config
        self.positions = Positions(torch.arange(SLOTS), torch.zeros(SLOTS, dtype=torch.long))
        shape = (SLOTS, config.num_key_value_heads, WINDOW, config.head_dim)
        self.cache = Cache(layers=[SlotLayer(shape, self.positions) for _ in range(config.num_hidden_layers)])
        self.columns = torch.arange(WINDOW)
        self.usable = self.find_equal()

    def read(self, slot: int, prompt: torch.Tensor) -> torch.Tensor:
        """Reads a prompt of the shape (1, tokens) into a slot; returns the logits of the reply's first token, shape (vocabulary,)."""
        own = DynamicCache(config=self.model.config)
        output = self.model(input_ids=prompt, past_key_values=own, use_cache=True, logits_to_keep=1)
        length = prompt.shape[1]
        for layer, source in zip(self.cache.layers, own.layers):
            layer.keys[slot, :, :length] = source.keys[0]
            layer.values[slot, :, :length] = source.values[0]
        self.positions.next[slot] = length
        return output.logits[0, -1]

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Appends one token to every slot, shape (SLOTS,); returns the logits of the next tokens, shape (SLOTS, vocabulary)."""
        place = self.positions.next
        seen = self.columns[None, :] <= place[:, None]
        output = self.model(
            input_ids=tokens[:, None],
            position_ids=place[:, None],
            attention_mask=torch.where(seen, 0.0, -torch.inf)[:, None, None, :],
            past_key_values=self.cache,
            use_cache=True,
        )
        self.positions.next = torch.clamp(place + 1, max=WINDOW - 1)
        return output.logits[:, -1]

    @torch.inference_mode()
    def find_equal(self, steps: int = 12) -> list[int]:
        """Gives all slots the same tokens; returns the slots whose logits are bit for bit those of the first slot."""
        words = torch.arange(steps + 4) * 7 % self.model.config.vocab_size
        first = [self.read(slot, words[None, :4]) for slot in range(SLOTS)]
        equal = {slot for slot in range(SLOTS) if torch.equal(first[slot], first[0])}
        for token in words[4:]:
            logits = self.step(token.repeat(SLOTS))
            equal &= {slot for slot in equal if torch.equal(logits[slot], logits[0])}
        return sorted(equal)


def draw_numbers(seed: int, count: int) -> list[float]:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, generator=generator, dtype=torch.float64).tolist()


def choose_tokens(logits: torch.Tensor, temperatures: list[float], top_ps: list[float], drawn: list[float]) -> list[int]:
    """
    Draws one token per row of `logits` (rows, vocabulary), at that row's temperature, top_p and random number in [0, 1). A row's token
    does not depend on other rows.
    """
    heat = torch.tensor([temperature or 1.0 for temperature in temperatures], dtype=torch.float64)
    shares = torch.softmax(logits.double() / heat[:, None], dim=-1)
    totals = torch.cumsum(shares, dim=-1)
    goals = torch.tensor(drawn, dtype=torch.float64)[:, None] * totals[:, -1:]
    chosen = torch.searchsorted(totals, goals, right=True)[:, 0].clamp(max=logits.shape[1] - 1).tolist()
    for row, (temperature, top_p) in enumerate(zip(temperatures, top_ps)):
        if temperature == 0:
            chosen[row] = int(logits[row].argmax())
        elif top_p < 1:
            chosen[row] = choose_from_top(shares[row], top_p, drawn[row])
    return chosen


def choose_from_top(shares: torch.Tensor, top_p: float, drawn: float) -> int:
    """Draws from the smallest set of most likely tokens whose shares add up to `top_p`."""
    ordered, tokens = torch.sort(shares, descending=True, stable=True)
    totals = torch.cumsum(ordered, dim=0)
    kept = int((totals < top_p).sum()) + 1
    totals = totals[:kept]
    place = int(torch.searchsorted(totals, drawn * totals[-1:], right=True)[0])
    return int(tokens[min(place, kept - 1)])
