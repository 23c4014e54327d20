"""What comes before any answer: danger to life, denunciations and complaints, secrets, unreadable input.

Light on purpose (no index): the gateway calls it before Rasa, so that an emergency never waits in a form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.answer.messages import message
from bot.answer.phrases import plain
from bot.answer.reply import Choice, Reply
from knowledge.text.normalise import normalise

MAX_CHARS = 2000
_FILE = Path(__file__).with_name("guard.yml")


@dataclass(frozen=True)
class GuardResult:
    """`text` is safe to work with; `stop` is the reply when nothing else may answer."""

    text: str
    stop: Reply | None = None


@dataclass(frozen=True)
class _Rule:
    status: str
    message: str
    hits: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def matches(self, text: str) -> bool:
        return any(p.search(text) for p in self.hits) and not any(p.search(text) for p in self.unless)


@cache
def _rules() -> tuple[_Rule, ...]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        _Rule(
            rule["status"],
            rule["message"],
            tuple(map(re.compile, rule["any"])),
            tuple(map(re.compile, rule.get("unless", []))),
        )
        for rule in loaded.values()
    )


def screen(text: str, *, limit: int = MAX_CHARS) -> GuardResult:
    """Clean `text` and decide whether something must come before an answer."""
    clean = normalise(text[: 20 * limit])
    if not any(character.isalnum() for character in clean):
        return GuardResult("", Reply(status="clarify", text=message("ask_again_empty")))
    if len(clean) > limit:
        return GuardResult(clean[:limit], Reply(status="clarify", text=message("ask_shorter", limit=limit)))
    folded = plain(clean)
    for rule in _rules():
        if rule.matches(folded):
            return GuardResult(clean, _stop(rule))
    return GuardResult(clean)


def _stop(rule: _Rule) -> Reply:
    choices = []
    if rule.status == "complaint_denunciation":
        choices = [Choice(title=message("handover_choice"), payload="#MC:HANDOVER")]
    return Reply(status=rule.status, text=message(rule.message), choices=choices)
