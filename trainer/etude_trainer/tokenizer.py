"""
The lab's word-level tokenizer with its minimal chat template.

A token is a sequence of letters and digits, or one punctuation mark; a line break counts as a space. With a vocabulary without capitals, texts
are read in lower case. Decoding puts one space between tokens, but none before a closing mark and none after an opening one, so that a text in
that form is the same after encoding and decoding.
"""

from typing import Sequence

from .errors import UserError

PAD, UNKNOWN, END = "<pad>", "<unk>", "<end>"
ROLES = ("<system>", "<user>", "<assistant>")
SPECIAL = (PAD, UNKNOWN, END, *ROLES)

WORD = r"[\p{L}\p{N}]+|\S"
CLOSING = r",.!?;:…)\]”’%"
OPENING = r"(\[“‘"
# A straight quote counts as closing when an odd number of quotes, itself included, is left up to the end; otherwise as opening.
AFTER_OPENING_QUOTE = r'(?<=") (?=[^"]*"(?:[^"]*"[^"]*")*[^"]*$)'
BEFORE_CLOSING_QUOTE = r' (?="(?:[^"]*"[^"]*")*[^"]*$)'

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<' + message.role + '>' + message.content }}"
    "{% if message.role == 'assistant' %}{{ '<end>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
)


def build_tokenizer(vocabulary: Sequence[str], max_length: int):
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = [*SPECIAL, *(word for word in dict.fromkeys(vocabulary) if word not in SPECIAL)]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), behavior="removed", invert=True)
    for word in words[len(SPECIAL) :]:
        if len(tokenizer.pre_tokenizer.pre_tokenize_str(word)) != 1:
            raise UserError(
                f"model.vocabulary: {word!r} is not one word or one punctuation mark, so no text could contain it. "
                "Give its parts as words of their own."
            )
    if all(word == word.lower() for word in vocabulary):
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace(Regex(rf"^(?![{CLOSING}])"), " "),
            decoders.Fuse(),
            decoders.Replace(Regex(rf"(?<=[{OPENING}]) |^ |{AFTER_OPENING_QUOTE}|{BEFORE_CLOSING_QUOTE}"), ""),
        ]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNKNOWN,
        eos_token=END,
        additional_special_tokens=list(ROLES),
        chat_template=CHAT_TEMPLATE,
        model_max_length=max_length,
        clean_up_tokenization_spaces=False,
    )
