"""
Generates replies of any model side by side, each row with its own length, sampling and random numbers. Rows come and go at every step.

Rows are padded on the left, so the newest position of all rows is the last column. Padding changes no row's meaning, but the arithmetic of a row
may depend on how many others there are: unlike replies in slots, these are not the same bits in every company.
"""

import torch
from transformers import DynamicCache, PreTrainedModel

ROWS = 16


class RollingBatch:
    def __init__(self, model: PreTrainedModel, pad: int, rows: int = ROWS) -> None:
        self.model, self.pad, self.rows = model, pad, rows
        self.cache = DynamicCache()
        # (rows in use, columns): 1 where a row has a token.
        self.mask = torch.zeros((0, 0), dtype=torch.long)

    @property
    def free(self) -> int:
        return self.rows - self.mask.shape[0]

    def add(self, prompts: list[torch.Tensor]) -> torch.Tensor:
        """Reads prompts, each of the shape (1, tokens), into rows behind the others; returns their next logits, shape (prompts, vocabulary)."""
        columns = max(prompt.shape[1] for prompt in prompts)
        ids = torch.full((len(prompts), columns), self.pad)
        mask = torch.zeros((len(prompts), columns), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            ids[row, columns - prompt.shape[1] :] = prompt[0]
            mask[row, columns - prompt.shape[1] :] = 1
        cache = DynamicCache()
        logits = self._run(ids, mask, (mask.cumsum(-1) - 1).clamp(min=0), cache)
        if self.mask.shape[0] == 0:
            self.cache, self.mask = cache, mask
        else:
            self._join(cache, mask)
        return logits

    def step(self, tokens: list[int]) -> torch.Tensor:
        """Appends one token to every row; returns the next logits, shape (rows in use, vocabulary)."""
        self.mask = torch.cat([self.mask, torch.ones((len(tokens), 1), dtype=torch.long)], dim=1)
        places = self.mask.sum(-1, keepdim=True) - 1
        return self._run(torch.tensor(tokens)[:, None], self.mask, places, self.cache)

    def keep(self, rows: list[int]) -> None:
        """Leaves only these rows, in their order, and the columns that any of them has a token in."""
        if not rows:
            self.cache, self.mask = DynamicCache(), torch.zeros((0, 0), dtype=torch.long)
            return
        chosen = torch.tensor(rows)
        self.mask = self.mask[chosen]
        first = int(self.mask.any(dim=0).long().argmax())
        self.mask = self.mask[:, first:]
        for layer in self.cache.layers:
            layer.keys = layer.keys[chosen.to(layer.keys.device), :, first:]
            layer.values = layer.values[chosen.to(layer.values.device), :, first:]

    def _run(self, ids: torch.Tensor, mask: torch.Tensor, places: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
        device = self.model.device
        output = self.model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=places.to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1].float().cpu()

    def _join(self, other: DynamicCache, mask: torch.Tensor) -> None:
        columns = max(self.mask.shape[1], mask.shape[1])
        self.mask = torch.cat([pad_left(self.mask, 1, columns), pad_left(mask, 1, columns)])
        for layer, more in zip(self.cache.layers, other.layers):
            layer.keys = torch.cat([pad_left(layer.keys, 2, columns), pad_left(more.keys, 2, columns)])
            layer.values = torch.cat([pad_left(layer.values, 2, columns), pad_left(more.values, 2, columns)])


def pad_left(tensor: torch.Tensor, dimension: int, length: int) -> torch.Tensor:
    lacking = length - tensor.shape[dimension]
    if lacking == 0:
        return tensor
    shape = list(tensor.shape)
    shape[dimension] = lacking
    return torch.cat([tensor.new_zeros(shape), tensor], dim=dimension)
