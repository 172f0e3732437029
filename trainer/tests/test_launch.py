"""Several processes that train one model, as on a machine with several GPUs; here on the CPU."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from etude_trainer.job import Job
from etude_trainer.launch import count_processes
from tests.jobs import make_job

ROWS = [{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b a"}]}] * 8
LAUNCH = "import sys; from etude_trainer.launch import run_processes; sys.exit(run_processes(2, sys.argv[1:]))"


def write_job(folder: Path) -> None:
    text = "".join(json.dumps(row) + "\n" for row in ROWS)
    (folder / "data.jsonl").write_text(text)
    data = {"path": "data.jsonl", "sha256": hashlib.sha256(text.encode()).hexdigest(), "format": "messages"}
    job = make_job(data=data, device="cpu", budget={"steps": 4}, checkpointEverySteps=2)  # in batches of 4
    job["hyperparameters"] |= {"fsdp": {"activationCheckpointing": True}}
    (folder / "job.json").write_text(json.dumps(job))


def launch(folder: Path) -> subprocess.CompletedProcess[bytes]:
    trainer = Path(__file__).parents[1]
    return subprocess.run([sys.executable, "-c", LAUNCH, "train", "--job", str(folder)], cwd=trainer, capture_output=True)


def events(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_two_processes_divide_one_training_and_write_one_model(tmp_path):
    write_job(tmp_path)
    ended = launch(tmp_path)
    assert ended.returncode == 0, ended.stderr.decode()
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["hardware"]["devices"] == 2
    # Four steps of four examples with six tokens each.
    assert (result["steps"], result["tokens"]) == (4, 96)
    assert {event["event"] for event in events(tmp_path)} == {"started", "checkpoint", "finished"}
    from safetensors import safe_open

    with safe_open(tmp_path / "model" / "model.safetensors", "pt") as weights:
        assert "model.layers.0.self_attn.q_proj.weight" in weights.keys()


def test_a_mistake_ends_all_processes_with_its_exit_code(tmp_path):
    ended = launch(tmp_path)
    assert ended.returncode == 1
    assert b"job.json is missing" in ended.stderr


def test_one_process_is_started_for_each_gpu_that_a_job_may_use(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    jobs = {device: Job.model_validate(make_job(device=device)) for device in ("cpu", "auto", "cuda")}
    assert {device: count_processes(job) for device, job in jobs.items()} == {"cpu": 1, "auto": 4, "cuda": 4}
    monkeypatch.setenv("RANK", "0")
    assert count_processes(jobs["cuda"]) == 1
