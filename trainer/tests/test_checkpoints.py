"""A checkpoint is used only when its manifest is there and every file is what the manifest says."""

import json

import pytest

from etude_trainer.checkpoints import find_checkpoint, find_fault, seal_checkpoint
from etude_trainer.events import Events

FILES = ("model.safetensors", "optimizer.pt", "scheduler.pt", "trainer_state.json", "rng_state.pth")


def make(tmp_path, step, files=FILES, sealed=True):
    folder = tmp_path / f"checkpoint-{step}"
    folder.mkdir()
    for name in files:
        (folder / name).write_text(f"{name} {step}")
    if sealed:
        seal_checkpoint(folder, step)
    return folder


def find(tmp_path):
    return find_checkpoint(tmp_path, Events(tmp_path / "metrics.jsonl"))


def warnings(tmp_path):
    return [json.loads(line)["message"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]


def test_the_newest_whole_checkpoint_is_found_by_number(tmp_path):
    make(tmp_path, 90)
    newest = make(tmp_path, 100)
    assert find(tmp_path) == newest
    assert not (tmp_path / "metrics.jsonl").exists()


def damage_cut(folder):
    (folder / "model.safetensors").write_text("mod")


def damage_remove(folder):
    (folder / "rng_state.pth").unlink()


def damage_manifest(folder):
    (folder / "manifest.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "said"),
    [(damage_cut, "model.safetensors was changed or truncated"), (damage_remove, "rng_state.pth is missing"), (damage_manifest, "manifest cannot")],
)
def test_a_damaged_newest_one_is_named_removed_and_the_previous_one_used(tmp_path, damage, said):
    previous, newest = make(tmp_path, 100), make(tmp_path, 200)
    damage(newest)
    assert find(tmp_path) == previous
    assert not newest.exists()
    assert [said in message for message in warnings(tmp_path)] == [True]


def test_one_without_a_manifest_or_an_optimizer_is_not_whole(tmp_path):
    make(tmp_path, 100, files=[name for name in FILES if name != "optimizer.pt"])
    make(tmp_path, 200, sealed=False)
    assert find(tmp_path) is None
    assert ["manifest was never written" in warnings(tmp_path)[0], "optimizer.pt is missing" in warnings(tmp_path)[1]] == [True, True]


def test_a_manifest_of_another_step_is_not_believed(tmp_path):
    folder = make(tmp_path, 100)
    assert find_fault(folder.rename(tmp_path / "checkpoint-300")) == "its manifest is for step 100"
