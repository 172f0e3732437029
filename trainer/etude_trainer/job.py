"""The schema of `job.json`, equal to that in `contracts/training.ts`. Errors name the unknown, missing or wrong key."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from .errors import UserError


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, protected_namespaces=())


Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
Above = Annotated[float, Field(gt=0)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RelativePath = Annotated[str, StringConstraints(pattern=r"^[^/\\][^\\]*$")]
Name = Annotated[str, StringConstraints(min_length=1)]


class Architecture(Strict):
    layers: Positive
    heads: Positive
    width: Positive


class ModelFromConfig(Strict):
    from_: Literal["config"] = Field(alias="from")
    architecture: Architecture
    vocabulary: Annotated[list[Annotated[str, StringConstraints(pattern=r"^\S+$")]], Field(min_length=1)]


class ModelFromPath(Strict):
    from_: Literal["path"] = Field(alias="from")
    path: RelativePath
    digest: Sha256


class ModelFromHub(Strict):
    from_: Literal["hub"] = Field(alias="from")
    name: Name
    revision: Name


class Data(Strict):
    path: RelativePath
    sha256: Sha256
    format: Literal["messages"]


class MixShare(Strict):
    ratio: Annotated[float, Field(gt=0, lt=1)]
    unit: Literal["examples", "tokens"]
    loss: Literal["all-tokens", "answers"]


class MixFromFile(MixShare):
    from_: Literal["file"] = Field(alias="from")
    path: RelativePath
    sha256: Sha256


class MixFromHub(MixShare):
    from_: Literal["hub"] = Field(alias="from")
    name: Name
    config: Name | None
    revision: Name


Mix = MixFromFile | MixFromHub


class StepBudget(Strict):
    steps: Positive


class EpochBudget(Strict):
    epochs: Above


class TokenBudget(Strict):
    tokens: Positive


class Fsdp(Strict):
    wrap: Annotated[list[Name], Field(min_length=1)] | None = None
    activationCheckpointing: bool


class Hyperparameters(Strict):
    batch: Positive
    learningRate: Above
    schedule: Literal["constant", "decay-second-half"] = "constant"
    warmupSteps: Count
    weightDecay: Annotated[float, Field(ge=0)] = 0.0
    maxLength: Positive
    precision: Literal["fp32", "bf16"] = "bf16"
    gradientCheckpointing: bool = False
    accumulate: Positive = 1
    freeze: list[Literal["embeddings"]] = []
    fsdp: Fsdp | None = None


class Seeds(Strict):
    data: Count
    train: Count


class Job(Strict):
    schema_: Literal[1] = Field(alias="schema")
    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    kind: Literal["pretrain", "finetune"]
    model: Annotated[ModelFromConfig | ModelFromPath | ModelFromHub, Field(discriminator="from_")]
    data: Data
    loss: Literal["all-answers", "last-answer"]
    overlong: Literal["drop", "error", "truncate"]
    mix: Annotated[Mix, Field(discriminator="from_")] | None
    budget: StepBudget | EpochBudget | TokenBudget
    hyperparameters: Hyperparameters
    seeds: Seeds
    checkpointEverySteps: Positive
    threads: Positive = 1
    device: Literal["cpu", "cuda", "auto"] = "auto"


def read_job(directory: Path) -> Job:
    path = directory / "job.json"
    try:
        return TypeAdapter(Job).validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path} is missing: a training job is a folder with a job.json in it.") from None
    except ValidationError as error:
        faults = "; ".join(_name_fault(fault) for fault in error.errors())
        raise UserError(f"{path.name} does not follow the training contract (schema 1): {faults}.") from None


def _name_fault(fault: dict) -> str:
    key = ".".join(str(part) for part in fault["loc"]) or "the whole file"
    return f"{key}: {fault['msg'].lower()}"
