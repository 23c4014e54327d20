"""Data against code: every message and status is used, exists, and reads like us."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from bot.answer.advice import kinds
from bot.answer.compose.procedure import ASPECTS
from bot.answer.compose.step import BUTTONS
from bot.answer.messages import catalogue, message
from knowledge import errors
from knowledge.documents import How, Level, TimeUnit
from knowledge.text.diacritics import vietnamese_share

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("bot", "actions", "desk")
STATUSES = yaml.safe_load((ROOT / "bot" / "answer" / "statuses.yml").read_text(encoding="utf-8"))
# Keys made of a prefix and a value the code knows.
MADE = {
    "advice_": [kind.name for kind in kinds()],
    "head_": ASPECTS,
    "lack_": ASPECTS,
    "short_": ASPECTS,
    "aspect_": BUTTONS,
    "how_": [how.value for how in How],
    "unit_": [unit.value for unit in TimeUnit],
    "level_": [level.value for level in Level if level is not Level.OTHER],
    "validity_": [f"{state}{end}" for state in ("superseded", "repealed") for end in ("", "_on")],
}
OTHER_PREFIXES = ("talk.", "report.", "ticket.", "button.")


def sources() -> dict[Path, str]:
    files = [f for package in PACKAGES for f in (ROOT / package).rglob("*.py")]
    return {file: file.read_text(encoding="utf-8") for file in files}


def strings() -> set[str]:
    """Every string constant of the code that says something to people."""
    trees = [ast.parse(text) for text in sources().values()]
    found = {
        n.value
        for t in trees
        for n in ast.walk(t)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    return found | set(
        re.findall(r"[\w.]+", (ROOT / "bot" / "answer" / "guard.yml").read_text(encoding="utf-8"))
    )


def test_every_key_the_code_asks_for_exists() -> None:
    asked = {
        key
        for text in sources().values()
        for key in re.findall(r"""\bmessage\(\s*["']([a-z_.]+)["']""", text)
    }
    assert len(asked) > 30
    assert asked <= catalogue().keys(), asked - catalogue().keys()


def test_every_key_the_code_makes_exists() -> None:
    made = {f"{prefix}{value}" for prefix, values in MADE.items() for value in values}
    assert made <= catalogue().keys(), made - catalogue().keys()


def test_every_message_is_used() -> None:
    used = strings()
    made = {f"{prefix}{value}" for prefix, values in MADE.items() for value in values}
    unused = [
        key
        for key in catalogue()
        if key not in used and key not in made and not key.startswith(OTHER_PREFIXES)
    ]
    assert not unused


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_message_reads_like_us(key: str) -> None:
    text = catalogue()[key]
    assert text == text.strip() and "  " not in text
    assert len(text) <= 700
    names = [name for name, value in vars(errors).items() if isinstance(value, type)]
    for word in (
        "Error",
        "Exception",
        "exception",
        "null",
        "None",
        "traceback",
        "HTTP",
        "Rasa",
        "server",
        *names,
    ):
        assert word not in text
    assert not re.search(r"\b(mày|tao|ông bà phải|bắt buộc bạn)\b", text)
    if len(text.split()) > 4 and "{" not in text:
        assert vietnamese_share(text) > 0.4


def test_placeholders_are_filled() -> None:
    assert "12" in message("more_items", count=12)
    with pytest.raises(KeyError):
        message("no_such_key")


def test_a_status_says_what_it_means_to_everybody() -> None:
    for code, status in STATUSES.items():
        assert set(status) == {"label", "meaning", "people"}, code
        assert vietnamese_share(status["people"]) > 0.4, code
        assert vietnamese_share(status["meaning"]) < 0.1, code


@pytest.mark.parametrize("code", sorted(STATUSES))
def test_a_status_is_produced_and_documented(code: str) -> None:
    made = [text for file, text in sources().items() if "evaluation" not in file.parts]
    made.append((ROOT / "bot" / "answer" / "guard.yml").read_text(encoding="utf-8"))
    assert any(re.search(rf"""["']{code}["']|status: {code}\b""", text) for text in made), (
        "nothing produces it"
    )
    assert f"`{code}`" in (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), (
        "docs/api.md does not explain it"
    )


def test_no_status_is_made_that_is_not_listed() -> None:
    made = {
        status
        for text in sources().values()
        for status in re.findall(r"""(?:status=|\.stop\(\s*)["']([a-z_]+)["']""", text)
    }
    assert made <= STATUSES.keys() | {"ok", "pending", "sent", "parked"}, made - STATUSES.keys()
