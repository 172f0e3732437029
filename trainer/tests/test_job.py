"""Errors in `job.json` name the key; a finished or foreign job is recognised."""

import json

import pytest

from etude_trainer.errors import UserError
from etude_trainer.events import Events
from etude_trainer.files import digest_files, hash_folder, write_json
from etude_trainer.job import Job, read_job
from etude_trainer.train import is_finished
from tests.jobs import make_job


def read(tmp_path, job):
    (tmp_path / "job.json").write_text(json.dumps(job))
    return read_job(tmp_path)


def test_a_valid_job_is_read_with_its_defaults(tmp_path):
    job = read(tmp_path, make_job())
    assert (job.threads, job.device, job.hyperparameters.accumulate) == (1, "auto", 1)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"spead": 1}, "spead"),
        ({"schema": 2}, "schema"),
        ({"budget": {"steps": 1, "epochs": 1}}, "budget"),
        ({"budget": {}}, "budget"),
        ({"seeds": {"data": 1}}, "seeds.train"),
        ({"model": {"from": "path", "path": "/abs", "digest": "0" * 64}}, "model.path.path"),
        ({"data": {"path": "d", "sha256": "00", "format": "messages"}}, "data.sha256"),
    ],
)
def test_an_error_names_the_key(tmp_path, change, key):
    with pytest.raises(UserError, match=key):
        read(tmp_path, make_job(**change))


def test_a_missing_job_is_said_plainly(tmp_path):
    with pytest.raises(UserError, match="job.json is missing"):
        read_job(tmp_path)


def finish(tmp_path, key="k"):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("w")
    write_json(tmp_path / "result.json", {"key": key, "files": hash_folder(tmp_path / "model")})


def test_a_result_counts_only_while_its_model_is_whole(tmp_path):
    job, events = Job.model_validate(make_job()), Events(tmp_path / "metrics.jsonl")
    assert not is_finished(job, tmp_path, events)
    finish(tmp_path)
    assert is_finished(job, tmp_path, events)
    (tmp_path / "model" / "weights").write_text("v")
    assert not is_finished(job, tmp_path, events)
    assert not (tmp_path / "result.json").exists()


def test_a_directory_with_the_result_of_another_job_is_refused(tmp_path):
    finish(tmp_path, key="other")
    with pytest.raises(UserError, match="another job"):
        is_finished(Job.model_validate(make_job()), tmp_path, Events(tmp_path / "metrics.jsonl"))


def test_the_digest_depends_on_names_and_bytes_and_not_on_order():
    assert digest_files({"a": "1", "b": "2"}) == digest_files({"b": "2", "a": "1"})
    assert digest_files({"a": "1", "b": "2"}) != digest_files({"a": "2", "b": "1"})


def test_an_event_after_a_cut_line_stands_on_a_line_of_its_own(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"event": "progr')
    Events(path).emit("warning", message="m")
    assert json.loads(path.read_text().splitlines()[1])["message"] == "m"
