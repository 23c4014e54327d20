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
from knowledge.alarms import classifier
from knowledge.text.normalise import normalise

MAX_CHARS = 2000
_FILE = Path(__file__).with_name("guard.yml")
_EASES = Path(__file__).with_name("guard_eases.yml")
_ACCUSES = "complaint_denunciation"
_OF_THINGS = ("emergency", "child")  # children stumble over what is broken
# Kind of alarm (knowledge/alarms.py) → status and message, as the rules of guard.yml name them.
_OF_KIND = {
    "emergency": ("emergency", "emergency_life"),
    "selfharm": ("emergency", "emergency_selfharm"),
    "child": ("emergency", "emergency_child"),
    "denunciation": (_ACCUSES, "denunciation"),
    "complaint": (_ACCUSES, "complaint"),
}


@dataclass(frozen=True)
class GuardResult:
    """`text` is safe to work with; `stop` is the reply when nothing else may answer.

    `caution`: a danger, but to nobody's life right now. The numbers to call are said first, and the talk goes on.
    """

    text: str
    stop: Reply | None = None
    caution: bool = False


@dataclass(frozen=True)
class _Rule:
    status: str
    message: str
    hits: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    always: tuple[re.Pattern[str], ...]

    def matches(self, text: str) -> bool:
        return _any(self.hits, text) and (_any(self.always, text) or not _any(self.unless, text))

    def excuses(self, text: str) -> bool:
        """Whether the words are there, in a question about them."""
        return _any(self.hits, text) and not self.matches(text)


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


@cache
def _eases() -> dict[str, _Rule]:
    """What is less than the classifier takes it for: `caution` and `ordinary`."""
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(_EASES.read_text(encoding="utf-8"))
    return {
        name: _Rule("", "", tuple(map(_spelled, rule["any"])), tuple(map(_spelled, rule["unless"])), ())
        for name, rule in loaded.items()
    }


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
            return GuardResult(clean, _stop(rule.status, rule.message))
    return _told_in_other_words(clean, said)


def _told_in_other_words(text: str, said: str) -> GuardResult:
    """What the rules have no keyword for. A question about complaints, as the rules know it, is no complaint."""
    kind = classifier().alarm(text)
    if kind is None or _eases()["ordinary"].matches(said):
        return GuardResult(text)
    status, name = _OF_KIND[kind]
    if status == _ACCUSES and any(rule.status == status and rule.excuses(said) for rule in _rules()):
        return GuardResult(text)
    if kind in _OF_THINGS and _eases()["caution"].matches(said):
        return GuardResult(text, caution=True)
    return GuardResult(text, _stop(status, name))


def _stop(status: str, name: str) -> Reply:
    choices = []
    if status == _ACCUSES:
        choices = [Choice(title=message("handover_choice"), payload="#MC:HANDOVER")]
    return Reply(status=status, text=message(name), choices=choices)
