"""What is sent to the language model: our instruction, one example, and the lines with the masked question as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from bot.answer.rephrase.lines import Piece
from bot.answer.rephrase.words import catalogue

_FILE = Path(__file__).with_name("prompt.yml")


def messages(shown: Sequence[Piece], question: str) -> list[dict[str, str]]:
    """The chat. `question` is masked already; it stands in JSON, never among instructions."""
    lines = [_line(number, piece) for number, piece in enumerate(shown, 1)]
    asked = json.dumps({"hoi": question, "dong": lines}, ensure_ascii=False)
    return [*_opening(), {"role": "user", "content": asked}]


def _line(number: int, piece: Piece) -> dict[str, object]:
    line: dict[str, object] = {"so": number, "noi_dung": piece.text}
    return {**line, "rut_gon": True} if piece.kind == "quotation" else line


@cache
def _opening() -> tuple[dict[str, str], ...]:
    said: dict[str, str] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    allowed = {name: ", ".join(catalogue()[name]) for name in ("open", "close")}
    heading = ", ".join(catalogue()["before_name"] + catalogue()["heading"])
    glue = ", ".join(catalogue()["glue"] + catalogue()["glue_money"] + catalogue()["glue_time"])
    return (
        {"role": "system", "content": said["system"].format(glue=glue, heading=heading, **allowed)},
        {"role": "user", "content": said["example_user"]},
        {"role": "assistant", "content": said["example_reply"]},
    )
