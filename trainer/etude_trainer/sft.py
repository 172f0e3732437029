"""Sets up TRL's supervised trainer. Imports torch, transformers and TRL, so import it only after `prepare_environment`."""

import os
import time
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import PrinterCallback, TrainerCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from .checkpoints import seal_checkpoint
from .dataset import TrainingSet
from .errors import UserError
from .events import Events
from .job import EpochBudget, Job, StepBudget

LOG_EVERY = 10


class Trainer(SFTTrainer):
    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Writes no model card: it would contain dates, so that equal trainings would differ in their bytes."""


def make_trainer(job: Job, directory: Path, model: Any, tokenizer: Any, data: TrainingSet, events: Events) -> Trainer:
    options = map_options(job, directory, data)
    trainer = Trainer(
        model=model,
        args=options,
        train_dataset=data.to_dataset(),
        processing_class=tokenizer,
        callbacks=[Reporter(events)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def use_cuda(job: Job) -> bool:
    if job.device == "cuda" and not torch.cuda.is_available():
        raise UserError("device: cuda is asked for, but torch sees no GPU here. Run the job on a GPU machine or set device to `cpu`.")
    return job.device != "cpu" and torch.cuda.is_available()


def map_options(job: Job, directory: Path, data: TrainingSet) -> SFTConfig:
    asked = job.hyperparameters
    cuda = use_cuda(job)
    if asked.precision == "bf16" and not cuda:
        raise UserError("hyperparameters.precision: bf16 needs a GPU, and this job runs on the CPU. Set it to `fp32`.")
    steps = count_steps(job, data)
    decaying = asked.schedule == "decay-second-half"
    if decaying and asked.warmupSteps > steps - steps // 2:
        raise UserError(f"hyperparameters.warmupSteps: {asked.warmupSteps} steps of warm-up do not fit into the first half of {steps} steps.")
    return SFTConfig(
        output_dir=str(directory / "checkpoints"),
        max_steps=steps,
        per_device_train_batch_size=split_batch(job),
        gradient_accumulation_steps=asked.accumulate,
        learning_rate=asked.learningRate,
        lr_scheduler_type="warmup_stable_decay" if decaying else "constant_with_warmup",
        lr_scheduler_kwargs={"num_decay_steps": steps // 2, "decay_type": "linear"} if decaying else None,
        warmup_steps=asked.warmupSteps,
        weight_decay=asked.weightDecay,
        max_length=None,  # examples were truncated and counted before
        packing=False,
        shuffle_dataset=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        use_cpu=not cuda,
        bf16=asked.precision == "bf16",
        activation_checkpointing=asked.gradientCheckpointing and not sharded_checkpointing(job),
        seed=job.seeds.train,
        data_seed=job.seeds.data,
        save_strategy="steps",
        save_steps=job.checkpointEverySteps,
        save_total_limit=2,
        logging_steps=LOG_EVERY,
        logging_nan_inf_filter=False,
        include_num_input_tokens_seen="non_padding",
        dataloader_pin_memory=cuda,
        disable_tqdm=True,
        report_to="none",
        **map_fsdp(job),
    )


def map_fsdp(job: Job) -> dict[str, Any]:
    """Options that divide weights, gradients and optimizer among several processes; none for a single process."""
    fsdp = job.hyperparameters.fsdp
    if fsdp is None or count_devices() == 1:
        return {}
    # Without names, transformers wraps the layers that the model's class declares as not to be split.
    wrap = {} if fsdp.wrap is None else {"transformer_layer_cls_to_wrap": list(fsdp.wrap)}
    return {"fsdp": True, "fsdp_config": {"version": 2, "activation_checkpointing": fsdp.activationCheckpointing, **wrap}}


def sharded_checkpointing(job: Job) -> bool:
    """Whether FSDP checkpoints activations itself, so that the trainer must not do it a second time."""
    return map_fsdp(job).get("fsdp_config", {}).get("activation_checkpointing", False)


def count_devices() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def split_batch(job: Job) -> int:
    """Examples per device and forward pass, such that one step uses `batch` examples on any number of devices."""
    parts = job.hyperparameters.accumulate * count_devices()
    if job.hyperparameters.batch % parts:
        raise UserError(
            f"hyperparameters.batch: {job.hyperparameters.batch} examples cannot be split evenly over {parts} parts "
            f"({job.hyperparameters.accumulate} accumulated, the rest devices). Choose a multiple of {parts}."
        )
    return job.hyperparameters.batch // parts


def count_steps(job: Job, data: TrainingSet) -> int:
    batch = job.hyperparameters.batch
    if isinstance(job.budget, StepBudget):
        return job.budget.steps
    if isinstance(job.budget, EpochBudget):
        return max(1, round(job.budget.epochs * -(-len(data) // batch)))
    # Converts tokens to steps by the mean length of examples, because the schedule needs the number of steps at the start.
    return max(1, round(job.budget.tokens * len(data) / (data.tokens() * batch)))


class Reporter(TrainerCallback):
    """Turns the trainer's callbacks into events, and writes the manifest of every checkpoint."""

    def __init__(self, events: Events) -> None:
        self.events = events
        self.since = (0, time.monotonic())

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.since = (state.global_step, time.monotonic())

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if logs is None or "loss" not in logs:
            return
        step, began = self.since
        self.since = (state.global_step, time.monotonic())
        self.events.emit(
            "progress",
            step=state.global_step,
            steps=state.max_steps,
            loss=logs["loss"],
            learningRate=logs["learning_rate"],
            tokensSeen=state.num_input_tokens_seen,
            secondsPerStep=round((self.since[1] - began) / max(1, state.global_step - step), 4),
        )

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        PartialState().wait_for_everyone()  # every process writes a part of the checkpoint
        if state.is_world_process_zero:
            seal_checkpoint(Path(args.output_dir) / f"checkpoint-{state.global_step}", state.global_step)
        self.events.emit("checkpoint", step=state.global_step, steps=state.max_steps, tokensSeen=state.num_input_tokens_seen)
