"""Syllables of Vietnamese text, each with its place in the text exactly as it arrived.

Rasa's stock way (split, then search for each word) breaks on decomposed marks, double spaces and old tone
placement, because the split words no longer occur in the text. Here the text is never rewritten.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from knowledge.text.acts import sources_digest
from knowledge.text.normalise import one_line

# Letters with the marks that belong to them (decomposed text), and codes such as 1.001193 or 118/2025 whole.
_LETTERS = r"[^\W_][\u0300-\u036f]*"
_SYLLABLE = re.compile(rf"(?:{_LETTERS})+(?:[./-](?:{_LETTERS})+)*")


def syllable_spans(text: str) -> list[tuple[str, int]]:
    """(canonical syllable, start in `text`); a text without any letter is one token, as Rasa demands."""
    spans = [(one_line(match.group()), match.start()) for match in _SYLLABLE.finditer(text)]
    return spans or [(text, 0)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class VietnameseTokenizer(Tokenizer):
    """Syllable tokenizer."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # What the base class reads; our intents are never split.
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Rasa sees this class only; a changed normaliser must be noticed too."""
        return sources_digest()

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        return [Token(text, start) for text, start in syllable_spans(message.get(attribute) or "")]
