"""
Makes one reply by transformers' `generate`, as a function of its request alone.

`generate` uses torch's global random generator, so nothing else may draw from it between seeding and the end of a reply: only the batcher's
one thread calls `Generator.reply`.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, StoppingCriteria, StoppingCriteriaList

from .chat import render_chats
from .hub import Weights
from .model import set_generation_defaults

@dataclass(frozen=True)
class Request:
    messages: tuple[tuple[str, str], ...]
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    text: str
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int


class PromptTooLong(Exception):
    pass


class Generator:
    def __init__(self, weights: Weights, device: str) -> None:
        self.tokenizer = weights.load(AutoTokenizer)
        cuda = device == "cuda" or (device == "auto" and torch.cuda.is_available())
        dtype = torch.bfloat16 if cuda else torch.float32
        self.model = weights.load(AutoModelForCausalLM, dtype=dtype).to("cuda" if cuda else "cpu").eval()
        set_generation_defaults(self.model, self.tokenizer)
        self.context = self.model.config.max_position_embeddings
        ends = self.model.generation_config.eos_token_id
        self.ends = {ends} if isinstance(ends, int) else set(ends or ())
        pad = self.tokenizer.pad_token_id
        self.pad = next(iter(self.ends), 0) if pad is None else pad
        self.encode = lru_cache(maxsize=1024)(self._encode)
        self.configure = lru_cache(maxsize=64)(self._configure)

    @torch.inference_mode()
    def reply(self, request: Request) -> Reply:
        prompt = self.encode(request.messages)
        wanted = self.limit(request, prompt)
        torch.manual_seed(derive_seed(request))
        output = self.model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            generation_config=self.configure(request.temperature, request.top_p, wanted),
            stopping_criteria=self._stop_at(request.stop, prompt.shape[1]),
        )
        ids = output[0, prompt.shape[1] :].tolist()
        text = self.decode(ids)
        cut = cut_at_stop(text, request.stop)
        finished = cut != text or (bool(ids) and ids[-1] in self.ends)
        return Reply(cut, "stop" if finished else "length", prompt.shape[1], len(ids))

    def limit(self, request: Request, prompt: torch.Tensor) -> int:
        """How many tokens the reply may have. Raises PromptTooLong when the prompt fills the whole context."""
        room = self.context - prompt.shape[1]
        if room < 1:
            raise PromptTooLong(f"The prompt has {prompt.shape[1]} tokens; the model's context is {self.context}.")
        return min(room, request.max_tokens or room)

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def _encode(self, messages: tuple[tuple[str, str], ...]) -> torch.Tensor:
        conversation = [{"role": role, "content": content} for role, content in messages]
        [text] = render_chats(self.tokenizer, [conversation], True)
        ids = self.tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        return ids.to(self.model.device)

    def _configure(self, temperature: float, top_p: float, max_new_tokens: int) -> GenerationConfig:
        sampling = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0}
        ends = self.model.generation_config
        return GenerationConfig(
            max_new_tokens=max_new_tokens,
            eos_token_id=ends.eos_token_id,
            pad_token_id=ends.pad_token_id,
            **(sampling if temperature > 0 else {"do_sample": False}),
        )

    def _stop_at(self, stop: tuple[str, ...], start: int) -> StoppingCriteriaList | None:
        return StoppingCriteriaList([StopAtText(self.tokenizer, stop, start)]) if stop else None


class StopAtText(StoppingCriteria):
    """Stops when the decoded text contains a stop string. (transformers' `StopStringCriteria` cannot handle a word-level vocabulary.)"""

    def __init__(self, tokenizer: Any, stop: tuple[str, ...], start: int) -> None:
        self.tokenizer, self.stop, self.start = tokenizer, stop, start

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        text = self.tokenizer.decode(input_ids[0, self.start :], skip_special_tokens=True)
        return torch.tensor([any(mark in text for mark in self.stop)], device=input_ids.device)


def cut_at_stop(text: str, stop: tuple[str, ...]) -> str:
    found = [position for mark in stop if (position := text.find(mark)) >= 0]
    return text[: min(found)] if found else text


def derive_seed(request: Request) -> int:
    """The request's seed, or a hash of its content, so that equal requests get equal replies."""
    if request.seed is not None:
        return request.seed
    content = json.dumps([request.messages, request.temperature, request.top_p, request.max_tokens, request.stop])
    return int.from_bytes(hashlib.sha256(content.encode()).digest()[:7])
