"""Models and chat templates as the hub gives them: two families, read from a cache that these tests make."""

from types import SimpleNamespace

import pytest

from etude_trainer.chat import render_chats, takes_system
from etude_trainer.errors import UserError
from etude_trainer.examples import IGNORED, Rules, make_examples
from etude_trainer.hub import Weights
from etude_trainer.job import Job
from etude_trainer.sft import map_fsdp, map_options
from tests.hub_models import LLAMA, LLAMA_TEMPLATE, MISTRAL_TEMPLATE, REVISION, make_snapshot, make_tokenizer
from tests.jobs import make_job

TALK = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "a b"},
    {"role": "assistant", "content": "c d."},
    {"role": "user", "content": "again"},
    {"role": "assistant", "content": "d c"},
]


@pytest.fixture(scope="module")
def llama():
    return make_tokenizer(LLAMA_TEMPLATE)


@pytest.fixture(scope="module")
def mistral():
    return make_tokenizer(MISTRAL_TEMPLATE)


def test_a_system_message_stands_where_the_template_has_a_place_for_it(llama):
    assert takes_system(llama)
    assert render_chats(llama, [TALK[:2]], True) == ["<s>[INST] <<SYS>>\nbe brief\n<</SYS>>\n\na b [/INST]"]


def test_a_system_message_goes_before_the_first_question_where_it_is_refused(mistral):
    assert not takes_system(mistral)
    assert render_chats(mistral, [TALK[:2]], True) == ["<s>[INST] be brief\n\na b [/INST]"]


def test_a_system_message_goes_before_the_first_question_where_it_would_be_dropped():
    tokenizer = make_tokenizer("{% for m in messages %}{% if m.role != 'system' %}{{ m.role + ': ' + m.content + '\n' }}{% endif %}{% endfor %}")
    assert render_chats(tokenizer, [TALK[:2]], False) == ["user: be brief\n\na b\n"]


def test_turns_that_a_template_refuses_are_said_plainly(mistral):
    with pytest.raises(UserError, match="chat template refuses a conversation: Conversation roles must alternate"):
        render_chats(mistral, [[TALK[1], TALK[1]]], True)


@pytest.mark.parametrize(("family", "answers"), [("llama", [" c d. </s>", " d c </s>"]), ("mistral", ["c d.</s>", "d c</s>"])])
def test_exactly_the_answers_and_their_ends_are_learnt(family, answers, request):
    tokenizer = request.getfixturevalue(family)
    examples = make_examples([TALK], tokenizer, Rules("all-answers", "error", 200), "x")
    learnt = [label for label in examples.labels[0] if label != IGNORED]
    assert tokenizer.decode(learnt) == "".join(answers)
    [ids] = examples.input_ids
    assert ids == tokenizer(render_chats(tokenizer, [TALK], False)[0], add_special_tokens=False).input_ids
    assert ids.count(tokenizer.bos_token_id) == (2 if family == "llama" else 1)


def test_a_mixed_in_text_begins_and_ends_as_a_document_does(llama):
    examples = make_examples(["ab"], llama, Rules("all-tokens", "error", 20), "x")
    assert llama.convert_ids_to_tokens(examples.input_ids[0]) == ["<s>", "a", "b", "</s>"]
    assert examples.labels == examples.input_ids


def test_a_model_is_read_from_the_cache_at_its_revision_and_requests_alone_decide_its_sampling(tmp_path):
    from huggingface_hub import constants

    from etude_trainer.generation import Generator, Request

    make_snapshot(tmp_path, LLAMA)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        patch.setattr("transformers.utils.hub.TRANSFORMERS_CACHE", str(tmp_path), raising=False)
        generator = Generator(Weights(LLAMA, REVISION), "cpu")
        with pytest.raises(UserError, match=rf"model {LLAMA} at revision {'f' * 40} is not .* HF_TOKEN .*hf download {LLAMA} --revision"):
            Generator(Weights(LLAMA, "f" * 40), "cpu")
    defaults = generator.model.generation_config
    assert (defaults.do_sample, defaults.top_k, defaults.repetition_penalty, defaults.eos_token_id) == (True, 0, None, 2)
    said = {generator.reply(Request((("user", "hi"),), max_tokens=8, seed=seed)).text for seed in range(5)}
    assert len(said) == 5


def map_on(devices, fsdp, monkeypatch):
    monkeypatch.setattr("etude_trainer.sft.count_devices", lambda: devices)
    job = make_job()
    job["hyperparameters"] |= {"fsdp": fsdp, "gradientCheckpointing": True}
    return Job.model_validate(job)


def test_sharding_is_for_several_devices_and_takes_over_the_checkpointing(monkeypatch, tmp_path):
    job = map_on(2, {"activationCheckpointing": True}, monkeypatch)
    assert map_fsdp(job) == {"fsdp": True, "fsdp_config": {"version": 2, "activation_checkpointing": True}}
    options = map_options(job, tmp_path, SimpleNamespace())
    assert (options.activation_checkpointing, options.per_device_train_batch_size) == (False, 2)
    named = map_on(2, {"wrap": ["LlamaDecoderLayer"], "activationCheckpointing": False}, monkeypatch)
    assert map_fsdp(named)["fsdp_config"]["transformer_layer_cls_to_wrap"] == ["LlamaDecoderLayer"]
    assert map_options(named, tmp_path, SimpleNamespace()).activation_checkpointing
    alone = map_on(1, {"activationCheckpointing": True}, monkeypatch)
    assert map_fsdp(alone) == {} and map_options(alone, tmp_path, SimpleNamespace()).activation_checkpointing
