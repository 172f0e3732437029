"""Loads or makes the model and tokenizer from which training starts."""

from pathlib import Path
from typing import Any

from .errors import UserError
from .files import digest_files, hash_folder
from .hub import Weights
from .job import Architecture, Job, ModelFromConfig, ModelFromHub, ModelFromPath

CONTEXT = 2048  # only a limit: positions are rotary, so it changes no parameter of the model


def load_tokenizer(job: Job, directory: Path) -> Any:
    from transformers import AutoTokenizer

    from .tokenizer import build_tokenizer

    source = job.model
    if isinstance(source, ModelFromConfig):
        return build_tokenizer(source.vocabulary, CONTEXT)
    tokenizer = find_weights(source, directory).load(AutoTokenizer)
    if not tokenizer.is_fast:
        raise UserError("The model's tokenizer gives no offsets of its tokens: choose a model with a fast tokenizer.")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return tokenizer


def find_weights(source: ModelFromPath | ModelFromHub, directory: Path) -> Weights:
    if isinstance(source, ModelFromPath):
        return Weights(directory / source.path)
    return Weights(source.name, source.revision)


def load_model(job: Job, directory: Path, tokenizer: Any) -> Any:
    """Loads the weights in 32 bits, also for bf16 training, because small updates would be lost in 16 bits."""
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    source = job.model
    set_seed(job.seeds.train)
    if isinstance(source, ModelFromConfig):
        model = make_llama(source.architecture, tokenizer)
    else:
        model = find_weights(source, directory).load(AutoModelForCausalLM, dtype=torch.float32)
    if "embeddings" in job.hyperparameters.freeze:
        freeze_embeddings(model)
    return model


def make_llama(architecture: Architecture, tokenizer: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    if architecture.width % (2 * architecture.heads):
        raise UserError(
            f"model.architecture: width {architecture.width} must be a multiple of twice the heads ({architecture.heads}): "
            "rotary positions turn pairs of numbers in every head."
        )
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=architecture.width,
        intermediate_size=architecture.width * 8 // 3,
        num_hidden_layers=architecture.layers,
        num_attention_heads=architecture.heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def set_generation_defaults(model: Any, tokenizer: Any) -> None:
    """
    Replaces a model's own generation settings, so that requests alone decide how replies are drawn. Without `do_sample` servers decode greedily
    at any temperature; without `top_k` 0 they sample from 50 tokens; and a penalty in a downloaded model's settings would apply to the base but
    not to models tuned from it.
    """
    from transformers import GenerationConfig

    own = model.generation_config.eos_token_id
    ends = tokenizer.eos_token_id if own is None else own
    first = ends[0] if isinstance(ends, list) else ends
    model.generation_config = GenerationConfig(
        do_sample=True,
        top_k=0,
        top_p=1.0,
        temperature=1.0,
        eos_token_id=ends,
        pad_token_id=first if tokenizer.pad_token_id is None else tokenizer.pad_token_id,
    )


def freeze_embeddings(model: Any) -> None:
    model.get_input_embeddings().weight.requires_grad_(False)
    output = model.get_output_embeddings()
    if output is not None:
        output.weight.requires_grad_(False)


def verify_model(folder: Path, digest: str) -> None:
    if not (folder / "config.json").is_file():
        raise UserError(f"model.path: {folder.name} contains no model. Train or fetch the base again, then submit the job again.")
    found = digest_files(hash_folder(folder))
    if found != digest:
        raise UserError(
            f"model.path: the files in {folder.name} are not the model the job names (digest {found[:12]}… instead of {digest[:12]}…). "
            "Train or fetch the base again, then submit the job again."
        )
