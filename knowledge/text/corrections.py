"""A person takes back what was said or understood: "không, ý tôi là…", "à nhầm, …", "không phải xe máy, ô tô cơ"."""

from __future__ import annotations

import re

from knowledge.text.plain import plain, spoken

_CORRECTS = re.compile(
    r"^(?:(?:da|a|u|oi|ua|o|y|thoi|xin loi|sorry|so ri|hoi lai|noi lai|quen) )*"
    r"(?:khong phai|khong|ko|hong phai|hong|nham roi|nham|lon roi|lon|sai roi|hieu nham|hieu sai|y la)\b.{0,60}?"
    r"\b(?:y (?:toi|em|minh|tui|con|la) ?(?:la|hoi|noi)?|ma la"
    r"|(?:toi|em|minh|tui|con) (?:hoi|can|muon|dang hoi)) (?=\S+ \S|\S{4})"
)
_DENIAL = r"^\W*(?:(?:dạ|à|ủa|ơ|ý|ừ|ờ|da|a|ua|o|y|u) )*"
# What follows is meant instead. A comma, because "không có giấy thì sao" corrects nothing.
_INSTEAD = re.compile(
    _DENIAL + r"(?:không|khong|ko|k|hông|hong|hổng|nhầm|nham|lộn|lon|sai)"
    r"(?: (?:phải|phai|rồi|roi|đúng|dung|vậy|vay|cái đó|cai do|cái này|cai nay|đâu|dau|ạ|a))*\s*[,.:;!]\s*(?=\S+\s+\S)",
    re.IGNORECASE,
)
_NOT_THIS = re.compile(
    _DENIAL + r"(?:không|khong|ko|k|hông|hong|hổng) (?:phải|phai)(?: [^\s,.;]+){1,4}\s*[,;]\s*(?=\S+\s+\S)",
    re.IGNORECASE,
)


def corrected(text: str) -> str:
    """What is meant after all; the text when nothing is corrected."""
    if found := _CORRECTS.search(plain(text)):
        return " ".join(spoken(text).split()[found.group().count(" ") :]) or text
    instead = _INSTEAD.match(text) or _NOT_THIS.match(text)
    return text[instead.end() :] if instead else text


def takes_back(text: str) -> bool:
    """Whether a text says what is meant instead."""
    return corrected(text) != text


def takes_back_a_part(text: str) -> bool:
    """Whether only a named thing is taken back: the procedure before may still be meant."""
    return bool(_NOT_THIS.match(text)) and not _INSTEAD.match(text)
