"""Which part of a record a question is about: documents, fee, time limit and so on."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from bot.answer.phrases import Phrases, spoken
from knowledge.text.diacritics import fold, has_diacritics

_FILE = Path(__file__).with_name("aspects.yml")
# Words that ask or soften and say nothing about which procedure is meant.
_FILLER = (
    "cho em hỏi", "cho mình hỏi", "cho tôi hỏi", "cho hỏi", "xin hỏi", "hỏi", "vậy", "ạ", "ad", "admin", "với",
    "thế", "còn", "thì", "là", "có", "phải", "cần", "làm", "được", "không", "bao nhiêu", "mấy", "nào", "gì", "sao",
    "ở", "đâu", "khi", "nếu", "mà", "và", "cái", "này", "đó", "kia", "em", "mình", "tôi", "anh", "chị", "bạn", "ơi",
    "nhé", "nha", "hả", "hay", "rồi", "lại", "cũng", "nó", "như", "giúp", "dùm", "giùm", "muốn", "xin", "dạ", "nhiêu",
    "tiền", "phí", "ngày", "bữa", "lâu", "nộp", "đóng", "mất", "hết", "tốn", "theo", "thêm", "nữa", "thủ tục",
    "ai", "quy định", "hạn", "đi", "họ", "đem", "giấy", "ra", "lên", "tới", "đến",
    "giải quyết", "cơ quan", "nhận", "xong", "bao giờ", "luôn", "nhà", "vẫn",
)  # fmt: skip


# Words that look like filler and are part of a name: kept, however they are typed.
_NAMES = (
    "hộ chiếu",
    "hộ khẩu",
    "hộ tịch",
    "hộ kinh doanh",
    "hộ nghèo",
    "xe máy",
    "lao động",
    "cấp lại",
    "làm lại",
    "nhà ở",
)
# What asks whether, of anything: an aspect of its own only when nothing else is asked for.
_WHETHER = frozenset(map(fold, ("được không", "có được không", "có được", "có phải")))


# Bare nouns, which a story mentions without asking: "công nhận hộ nghèo để được hỗ trợ tiền điện".
_NOUNS = frozenset(
    map(fold, ("tiền", "phí", "giấy tờ", "hồ sơ", "địa chỉ", "kết quả", "thẩm quyền", "điều kiện", "mang theo",
               "có phải", "đem theo", "bản sao", "dịch vụ công", "vneid", "thời gian"))
)  # fmt: skip
_QUESTION = Phrases(
    ("gì", "nào", "đâu", "sao", "ai", "bao", "bao nhiêu", "mấy", "không", "hả", "nhiêu", "chưa", "đề nghị cho biết",
     "xin cho biết", "cho biết", "hỏi", "được cấp", "là bao")
)  # fmt: skip
_FEW = 6  # words up to which a noun alone asks: "hồ sơ?", "thế phí"
# Said of a way to do it, not asked: "làm qua mạng mấy ngày" asks how long. Asked when whether it can be is.
_MANNERS = ("online",)
_WHETHER_WAY = Phrases(
    ("được không", "được hả", "được chưa", "có thể", "có được", "có không", "được luôn", "hay không", "khỏi đi",
     "không cần lên", "phải lên", "phải ra", "hay phải", "có nộp", "có làm", "có cần lên")
)  # fmt: skip


@cache
def _aspects() -> tuple[tuple[str, Phrases], ...]:
    listed: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple((aspect, Phrases(phrases)) for aspect, phrases in listed.items())


@cache
def _filler(marked: bool) -> Phrases:
    """Where marks are typed, "con" is a child and not "còn"."""
    return Phrases(_FILLER, exact=marked)


@cache
def _names() -> Phrases:
    return Phrases(_NAMES)


def find_aspects(text: str, limit: int = 2, *, title: str = "") -> list[str]:
    """Aspects asked for, strongest first; [] when the question is general.

    Longer phrases are stronger evidence, and take the words they hold: "mấy ngày phải" asks when one must come, though
    "mấy ngày" alone asks how long it takes. Words that stand in `title`, the procedure meant, name it and ask nothing:
    "giấy đủ điều kiện an toàn thực phẩm bao nhiêu tiền".
    """
    said = spoken(text)
    named = f" {fold(spoken(title))} "
    spans = [
        (_strength(said[start:end]), -order, start, end, aspect)
        for order, (aspect, finder) in enumerate(_aspects())
        for start, end in finder.spans(said)
        if " " not in said[start:end] or f" {fold(said[start:end])} " not in named
    ]
    taken: list[tuple[int, int]] = []
    found: dict[str, int] = {}
    for strength, _, start, end, aspect in sorted(spans, reverse=True):
        if all(end <= left or start >= right for left, right in taken):
            taken.append((start, end))
            found.setdefault(aspect, strength)
    asked = [aspect for aspect, strength in found.items() if strength]
    if not asked and (_QUESTION.find(said) or len(said.split()) <= _FEW):
        asked = list(found)
    if "where" in asked and "online" in asked:  # "nộp online ở đâu": on which site
        asked.remove("where")
    elif not _WHETHER_WAY.find(said):
        asked = [aspect for aspect in asked if aspect not in _MANNERS] or asked
    return asked[:limit]


def _strength(phrase: str) -> int:
    return 0 if fold(phrase) in _WHETHER | _NOUNS else len(phrase)


def content(text: str) -> str:
    """What is left of a question without the words that only ask, folded: empty for "thế lệ phí bao nhiêu"."""
    left = spoken(text)
    names = [f"{fold(name)}" for name in _names().find(left)]
    left = _names().remove(left)
    for _, finder in _aspects():
        left = finder.remove(left)
    rest = re.sub(r"\b\w\b", "", fold(_filler(has_diacritics(text)).remove(left)))
    return " ".join([*names, *rest.split()])
