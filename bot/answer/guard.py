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
from bot.answer.phrases import spelled, spoken
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
    always: tuple[re.Pattern[str], ...]

    def matches(self, text: str) -> bool:
        return _any(self.hits, text) and (_any(self.always, text) or not _any(self.unless, text))


def _any(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)


def _spelled(pattern: str) -> re.Pattern[str]:
    return re.compile(spelled(pattern))


@cache
def _rules() -> tuple[_Rule, ...]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        _Rule(
            rule["status"],
            rule["message"],
            hits=(*map(_spelled, rule["any"]), *map(re.compile, rule.get("exact", []))),
            unless=tuple(map(_spelled, rule.get("unless", []))),
            always=tuple(map(_spelled, rule.get("always", []))),
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
    said = spoken(clean)
    for rule in _rules():
        if rule.matches(said):
            return GuardResult(clean, _stop(rule))
    return GuardResult(clean)


def _stop(rule: _Rule) -> Reply:
    choices = []
    if rule.status == "complaint_denunciation":
        choices = [Choice(title=message("handover_choice"), payload="#MC:HANDOVER")]
    return Reply(status=rule.status, text=message(rule.message), choices=choices)
