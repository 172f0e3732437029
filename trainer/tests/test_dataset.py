"""The shares of mixed-in data, which of their tokens are learnt, and unknown words."""

import hashlib
import json

import pytest

from etude_trainer.dataset import build_training_set
from etude_trainer.errors import UserError
from etude_trainer.events import Events
from etude_trainer.examples import IGNORED, Examples, Rules
from etude_trainer.job import Job, MixFromFile
from etude_trainer.mix import mix_in
from etude_trainer.tokenizer import build_tokenizer
from tests.jobs import make_job


WORDS = build_tokenizer(["a", "b"], 64)


def own(lengths):
    return Examples([[1] * length for length in lengths], [[1] * length for length in lengths])


def texts(lengths):
    """Plain texts of so many tokens, the end mark included."""
    return ["b " * (length - 1) for length in lengths]


def choose(rows, mine, ratio, unit, seed=1, max_length=64):
    mix = MixFromFile.model_validate({"from": "file", "path": "m", "sha256": "0" * 64, "ratio": ratio, "unit": unit, "loss": "all-tokens"})
    return mix_in(mix, rows, "m", WORDS, Rules("all-tokens", "drop", max_length), mine, seed)


def test_the_ratio_is_the_share_of_examples_in_the_whole():
    assert len(choose(texts([3] * 100), own([5] * 60), 0.25, "examples")) == 20


def test_the_ratio_is_the_share_of_tokens_in_the_whole():
    assert 300 <= choose(texts([7, 2, 5] * 40), own([10] * 30), 0.5, "tokens").tokens() < 307


def test_the_choice_follows_the_data_seed_and_takes_no_row_twice():
    rows = texts(range(2, 60))
    first, again, other = (choose(rows, own([5] * 30), 0.5, "examples", seed).input_ids for seed in (1, 1, 2))
    assert first == again != other
    assert len({len(ids) for ids in first}) == 30


def test_rows_that_do_not_fit_are_passed_over_and_counted():
    chosen = choose(texts([90, 3] * 50), own([5] * 40), 0.5, "examples")
    assert {len(ids) for ids in chosen.input_ids} == {3} and len(chosen) == 40 and 0 < chosen.dropped <= 50


def test_too_small_a_source_stops_the_job():
    with pytest.raises(UserError, match="has 20 examples that fit, but the ratio 0.5 needs 100"):
        choose(texts([5] * 20), own([5] * 100), 0.5, "examples")


def write(path, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def chat(question, answer):
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def build(tmp_path, own_rows, **mix):
    sha256 = write(tmp_path / "data.jsonl", own_rows)
    data = {"path": "data.jsonl", "sha256": sha256, "format": "messages"}
    job = Job.model_validate(make_job(data=data, mix={"ratio": 0.25, "unit": "examples", "loss": "all-tokens", **mix}, maxLength=6))
    return build_training_set(job, tmp_path, WORDS, Events(tmp_path / "metrics.jsonl"))


def learnt(data):
    """How many tokens of the last example carry the loss."""
    return sum(label != IGNORED for label in data.labels[-1])


def test_a_training_set_counts_what_it_drops_and_mixes_in(tmp_path):
    mixed = write(tmp_path / "mix.jsonl", [{"text": "b b"}] * 5)
    data = build(tmp_path, [chat("a", "b")] * 3 + [chat("a a a a a a a a", "b")], **{"from": "file"}, path="mix.jsonl", sha256=mixed)
    assert (len(data), data.dropped, data.truncated, data.mixed) == (4, 1, 0, 1)
    assert "1 rows dropped" in (tmp_path / "metrics.jsonl").read_text()


@pytest.mark.parametrize(("loss", "tokens"), [("all-tokens", 5), ("answers", 2)])
def test_mixed_in_conversations_are_learnt_whole_or_by_their_answers(tmp_path, loss, tokens):
    mixed = write(tmp_path / "mix.jsonl", [chat("a", "b")] * 5)
    data = build(tmp_path, [chat("a", "b")] * 3, **{"from": "file"}, path="mix.jsonl", sha256=mixed, loss=loss)
    assert (data.mixed, len(data.input_ids[-1]), learnt(data)) == (1, 5, tokens)


def test_a_plain_text_has_no_answers_to_learn(tmp_path):
    mixed = write(tmp_path / "mix.jsonl", [{"text": "b b"}] * 5)
    with pytest.raises(UserError, match="mix.jsonl, line . is a plain text without answers"):
        build(tmp_path, [chat("a", "b")] * 3, **{"from": "file"}, path="mix.jsonl", sha256=mixed, loss="answers")


@pytest.mark.parametrize(
    ("rows", "loss", "tokens"), [([{"text": "b b"}] * 4, "all-tokens", 3), ([{**chat("a", "b"), "id": 1}] * 4, "answers", 2)]
)
def test_a_dataset_of_the_hub_is_loaded_by_its_columns(tmp_path, rows, loss, tokens):
    (tmp_path / "corpus").mkdir()
    write(tmp_path / "corpus" / "train.jsonl", rows)
    mix = {"from": "hub", "name": str(tmp_path / "corpus"), "config": None, "revision": "0" * 40, "loss": loss}
    data = build(tmp_path, [chat("a", "b")] * 3, **mix)
    assert (data.mixed, learnt(data)) == (1, tokens)


def test_a_dataset_without_a_known_column_or_that_is_not_there_is_named(tmp_path):
    (tmp_path / "corpus").mkdir()
    write(tmp_path / "corpus" / "train.jsonl", [{"prose": "b"}])
    mix = {"from": "hub", "config": None, "revision": "0" * 40}
    with pytest.raises(UserError, match="has the columns prose, but neither `messages` nor `text`"):
        build(tmp_path, [chat("a", "b")], **mix, name=str(tmp_path / "corpus"))
    with pytest.raises(UserError, match=r"dataset no/such at revision 0{40} .* HF_TOKEN .*hf download --repo-type dataset no/such --revision 0"):
        build(tmp_path, [chat("a", "b")], **mix, name="no/such")


def test_a_word_outside_the_vocabulary_stops_the_job(tmp_path):
    sha256 = write(tmp_path / "data.jsonl", [chat("a", "c")])
    job = Job.model_validate(make_job(data={"path": "data.jsonl", "sha256": sha256, "format": "messages"}))
    with pytest.raises(UserError, match="not in model.vocabulary"):
        build_training_set(job, tmp_path, WORDS, Events(tmp_path / "metrics.jsonl"))
