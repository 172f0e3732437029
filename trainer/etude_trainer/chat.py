"""Renders conversations by a model's own chat template to the text that it sees, for training and serving alike."""

from typing import Any, Sequence

from .errors import UserError

Messages = list[dict[str, str]]

PROBE = "etude-system-probe"


def render_chats(tokenizer: Any, conversations: Sequence[Messages], prompting: bool) -> list[str]:
    """One text per conversation; with `prompting` it ends where the answer is to begin. Raises UserError if the template refuses one."""
    if not conversations:
        return []
    if not tokenizer.chat_template:
        raise UserError("The model's tokenizer has no chat template: choose a chat model, whose prompts have a fixed form.")
    if any(message["role"] == "system" for conversation in conversations for message in conversation) and not takes_system(tokenizer):
        conversations = [fold_system(conversation) for conversation in conversations]
    from jinja2 import TemplateError

    try:
        return tokenizer.apply_chat_template(list(conversations), tokenize=False, add_generation_prompt=prompting)
    except TemplateError as error:
        raise UserError(
            f"The model's chat template refuses a conversation: {' '.join(str(error).split())[:200]}. "
            "Give it the turns that the model was made for, as a rule user and assistant in turn."
        ) from None


def takes_system(tokenizer: Any) -> bool:
    """Whether the chat template shows a system message: some templates raise an error instead, others silently drop it."""
    from jinja2 import TemplateError

    probe = [{"role": "system", "content": PROBE}, {"role": "user", "content": "u"}]
    try:
        return PROBE in tokenizer.apply_chat_template(probe, tokenize=False)
    except TemplateError:
        return False


def fold_system(conversation: Messages) -> Messages:
    """Moves the system message to the beginning of the first user message, for templates without a place for it."""
    if not conversation or conversation[0]["role"] != "system":
        return conversation
    system, *rest = conversation
    if rest and rest[0]["role"] == "user":
        content = f"{system['content']}\n\n{rest[0]['content']}"
        return [{"role": "user", "content": content}, *rest[1:]]
    return [{"role": "user", "content": system["content"]}, *rest]
