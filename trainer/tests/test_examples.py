"""Which tokens carry the loss, and what happens to rows that are too long."""

import pytest

from etude_trainer.errors import UserError
from etude_trainer.examples import IGNORED, Rules, make_examples
from etude_trainer.tokenizer import build_tokenizer

TURNS = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "a b"},
    {"role": "assistant", "content": "c, d."},
    {"role": "user", "content": "again"},
    {"role": "assistant", "content": "d c"},
]


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer(["a", "b", "c", "d", "be", "brief", "again", ".", ","], 64)


def learnt(tokenizer, examples, row=0):
    return tokenizer.convert_ids_to_tokens([label for label in examples.labels[row] if label != IGNORED])


def rules(loss="all-answers", overlong="error", max_length=64):
    return Rules(loss, overlong, max_length)


def test_all_answers_carry_the_loss_with_their_ends_and_nothing_else_does(tokenizer):
    examples = make_examples([TURNS], tokenizer, rules(), "x")
    assert tokenizer.convert_ids_to_tokens(examples.input_ids[0]) == (
        "<system> be brief <user> a b <assistant> c , d . <end> <user> again <assistant> d c <end>".split()
    )
    assert learnt(tokenizer, examples) == "c , d . <end> d c <end>".split()
    assert [label != IGNORED for label in examples.labels[0]] == [False] * 7 + [True] * 5 + [False] * 3 + [True] * 3


def test_only_the_last_answer_carries_the_loss_when_asked(tokenizer):
    assert learnt(tokenizer, make_examples([TURNS], tokenizer, rules("last-answer"), "x")) == ["d", "c", "<end>"]


def test_all_tokens_of_a_plain_text_carry_the_loss(tokenizer):
    examples = make_examples(["a b."], tokenizer, rules("all-tokens"), "x")
    assert learnt(tokenizer, examples) == ["a", "b", ".", "<end>"]


def test_rows_are_not_mixed_up_when_they_have_different_numbers_of_answers(tokenizer):
    examples = make_examples([TURNS[1:3], TURNS, TURNS[1:3]], tokenizer, rules(), "x")
    assert learnt(tokenizer, examples, 0) == learnt(tokenizer, examples, 2) == "c , d . <end>".split()
    assert learnt(tokenizer, examples, 1) == "c , d . <end> d c <end>".split()


def test_too_long_rows_are_dropped_and_counted(tokenizer):
    examples = make_examples([TURNS, TURNS[1:3]], tokenizer, rules(overlong="drop", max_length=10), "x")
    assert (len(examples), examples.dropped, examples.truncated) == (1, 1, 0)


def test_too_long_rows_are_cut_and_counted_and_those_left_without_an_answer_are_dropped(tokenizer):
    cut = make_examples([TURNS], tokenizer, rules(overlong="truncate", max_length=9), "x")
    assert (len(cut), cut.dropped, cut.truncated) == (1, 0, 1)
    assert learnt(tokenizer, cut) == ["c", ","]
    lost = make_examples([TURNS, TURNS[1:3]], tokenizer, rules("last-answer", "truncate", 9), "x")
    assert (len(lost), lost.dropped, lost.truncated) == (1, 1, 0)


def test_a_too_long_row_stops_the_job_and_is_named(tokenizer):
    with pytest.raises(UserError, match=r"x, line 2 has 18 tokens, more than hyperparameters.maxLength = 10"):
        make_examples([TURNS[1:3], TURNS], tokenizer, rules(max_length=10), "x")


def test_no_row_that_fits_is_an_error(tokenizer):
    with pytest.raises(UserError, match="Raise maxLength"):
        make_examples([TURNS], tokenizer, rules(overlong="drop", max_length=3), "x")


def test_a_template_that_rewrites_earlier_turns_is_refused(tokenizer):
    template = "{% for m in messages %}{{ '<' + m.role + '>' + m.content + (messages | length | string) }}{% endfor %}"
    other = build_tokenizer(["a"], 64)
    other.chat_template = template
    with pytest.raises(UserError, match="chat template"):
        make_examples([TURNS], other, rules(), "x")


@pytest.mark.parametrize(
    "text",
    ["If the well (low) hums, don, “Oh”! Hear: now.", '"hums well", they say, and "Oh well", if only —', "what else?"],
)
def test_texts_come_back_as_they_were_written(text):
    words = 'If the well stove hums low don Oh Hear now ( ) , ! “ ” " — ? : . they say and if only what else'.split()
    tokenizer = build_tokenizer(words, 64)
    assert tokenizer.decode(tokenizer(text).input_ids, skip_special_tokens=True) == text


def test_a_vocabulary_without_capitals_reads_in_lower_case():
    tokenizer = build_tokenizer(["the", "stove"], 64)
    assert tokenizer.decode(tokenizer("The STOVE").input_ids) == "the stove"


def test_a_vocabulary_entry_that_no_text_could_contain_is_refused():
    with pytest.raises(UserError, match="'two,words'"):
        build_tokenizer(["two,words"], 64)
