"""What a message leans on from the turn before: the choice it picks, the thing it means, the aspect it goes on with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.answer.aspects import content
from bot.answer.phrases import Phrases, plain, spoken
from knowledge.documents import Procedure

SHORT = 9  # words up to which a message may lean on the turn before
_ORDER = {
    "mot": 1, "dau": 1, "dau tien": 1, "nhat": 1, "tren cung": 1, "hai": 2, "nhi": 2, "ba": 3, "bon": 4, "tu": 4,
    "cuoi": -1, "cuoi cung": -1, "duoi cung": -1,
}  # fmt: skip
_PICKED = re.compile(
    r"(?:da |vang |uh |u |em |toi |minh )*(?:chon |lay |muon )?(?:cai |so |thu |y |muc |lua chon |phuong an |cau )*"
    r"(\d|mot|hai|ba|bon|tu|nhat|nhi|dau tien|dau|tren cung|cuoi cung|cuoi|duoi cung)(?: (?:a|nhe|nha|do|di|ad|ay|oi))*"
)
_POINTS = Phrases(("cái đó", "giấy đó", "giấy phép đó", "thẻ đó", "sổ đó", "cái này", "giấy này", "thẻ này", "sổ này",
                   "cái kia", "giấy tờ đó", "bằng đó", "việc đó", "loại đó", "đơn đó", "nó"))  # fmt: skip
_AND_WHAT = re.compile(r"^(?:the |vay |a |da |nhung |con neu |neu )*con\b|^(?:the |vay )?neu\b")
_SO_WHAT = re.compile(r"\b(?:thi|la)? ?sao(?: a| vay| nhi| ad)?$")
# What is done to a thing; without them a title names the thing itself.
_DEEDS = Phrases(
    ("thủ tục", "cấp lại", "cấp đổi", "cấp mới", "cấp", "đổi", "gia hạn", "đăng ký lại", "đăng ký", "điều chỉnh", "làm",
     "thay đổi", "sửa đổi", "bổ sung", "thu hồi", "xóa", "hủy", "chấm dứt", "tạm ngừng", "xác nhận", "công nhận")
)  # fmt: skip
_FOR_WHOM = re.compile(r" (?:có yếu tố|đối với|cho|tại|trong|thực hiện|theo) ")
_CORRECTS = re.compile(
    r"^(?:(?:da|a|u|oi) )*(?:khong phai|khong|ko|nham roi|nham|sai roi|hieu nham)\b.{0,60}?"
    r"\b(?:y (?:toi|em|minh|tui|con) (?:la|hoi|noi)|ma la|(?:toi|em|minh|tui|con) (?:hoi|can|muon)) "
)


def picked(text: str, choices: Sequence[str]) -> str:
    """The choice picked by its number or place: "2", "cái đầu tiên", "số ba nhé"; "" when none is."""
    found = _PICKED.fullmatch(plain(text))
    if found is None or not choices:
        return ""
    said = found.group(1)
    place = int(said) if said.isdigit() else _ORDER[said]
    if place == -1:
        return choices[-1]
    return choices[place - 1] if 0 < place <= len(choices) else ""


def named(text: str, titles: dict[str, str]) -> str:
    """The choice whose title alone holds all that a short message says: "cấp lại" of "cấp lại", "cấp đổi"."""
    said = set(content(text).split()) or set(plain(text).split())
    if not said or len(plain(text).split()) > SHORT:
        return ""
    holding = [choice for choice, title in titles.items() if said <= set(plain(title).split())]
    return holding[0] if len(holding) == 1 else ""


def corrected(text: str) -> str:
    """What is meant after all, of "không phải, ý tôi là…"; the text when nothing is corrected."""
    found = _CORRECTS.search(plain(text))
    words = spoken(text).split()
    return " ".join(words[found.group().count(" ") :]) if found else text


def with_thing(text: str, record: Procedure) -> list[str]:
    """What a message that may lean on the thing spoken of before is searched by, instead of its bare words.

    "gia hạn cái đó" says nothing alone; "còn đổi thẻ cũ thì sao" may name its own.
    """
    said = spoken(text)
    if len(said.split()) > SHORT + 4:
        return []
    whole = f"{text} {thing_of(record)}"
    if _AND_WHAT.search(plain(text)):
        return [text, whole]
    return [whole] if _POINTS.find(said) else []


def thing_of(record: Procedure) -> str:
    """The thing a procedure is about: its title without what is done to it, for whom, and where."""
    bare = spoken(re.sub(r"\([^)]*\)", " ", record.title))
    return _DEEDS.remove(_FOR_WHOM.split(bare, maxsplit=1)[0])


def names_a_thing(text: str) -> bool:
    """Whether a message says more than what is to be done: "xin cấp lại" names no paper."""
    return bool(content(_DEEDS.remove(spoken(text))))


def goes_on_with(text: str, context: dict[str, Any]) -> list[str]:
    """The aspect of the turn before, for "còn … thì sao", which names none."""
    folded = plain(text)
    aspect = str(context.get("aspect") or "")
    return [aspect] if aspect and _AND_WHAT.search(folded) and _SO_WHAT.search(folded) else []


def in_fees(text: str, record: Procedure) -> bool:
    """Whether all that a short message names stands in the record's fees: "phí thẩm định?"."""
    said = set(content(text).split())
    fees = [fee for channel in record.channels for fee in channel.fees]
    words = set(plain(" ".join(f"{fee.condition} {fee.raw} {fee.basis}" for fee in fees)).split())
    return bool(said) and len(said) <= 3 and said <= words
