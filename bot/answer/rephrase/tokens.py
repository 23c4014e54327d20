"""Opaque tokens in place of every link, figure and official name, and the way back.

Each occurrence has a token of its own, so that a figure of one line cannot pass as that of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count

from bot.answer.rephrase.words import alternatives, catalogue

OPEN, CLOSE = "⟦", "⟧"
TOKEN = re.compile(r"⟦([A-Z]+)⟧")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LINK = r"https?://[^\s)”\"]+|www\.[^\s)”\"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:[\w-]+\.)+(?:vn|com|org|net)\b"
_DATE = (
    r"[Nn]gày \d{1,2} tháng \d{1,2}(?: năm \d{4})?|[Tt]háng \d{1,2}(?:/\d{4}| năm \d{4})?"
    r"|[Qq]uý (?:[IV]+|\d)(?:/\d{4})?"
)
_FORM = r"[Mm]ẫu (?:số )?[A-ZĐ0-9][\w./-]*\d\w*"
_NUMBER = r"(?:\w|[./:–-](?=\w))*\d(?:[\w%]|[./:,–+-](?=\w))*(?: \([^()\d]{2,20}\)(?= (?:ngày|giờ|tháng|năm|tuần)))?"
_UNIT = (
    r"(?: ?(?:triệu đồng|nghìn đồng|tỷ đồng|đồng|VNĐ|VND|USD|triệu|nghìn|tỷ|phần trăm|%"
    r"|ngày làm việc|ngày|giờ làm việc|giờ|phút|tuần|tháng|năm|tuổi"
    r"|bản chính|bản sao|bản|bộ|lần|người|mẫu)(?!\w)(?:/\w+(?: \w+)?)?)?"
)
_BODY = (
    r"(?:Ủy ban nhân dân|Uỷ ban nhân dân|UBND|Hội đồng nhân dân|HĐND|Công an|Tổng cục|Chi cục|Cục|Sở|Bộ|Phòng|Văn phòng"
    r"|Trung tâm|Tòa án|Viện|Thanh tra|Kho bạc|Bảo hiểm xã hội)"
    r"(?:,? (?:[A-ZĐ][^\W\d_]*|cấp (?:xã|tỉnh|huyện|bộ)|xã|phường|tỉnh|huyện))+"
)
_MONEY = re.compile(r"(?:đồng|VNĐ|VND|USD|triệu|nghìn|tỷ)\b")
_TIME = re.compile(r"(?:ngày làm việc|ngày|giờ làm việc|giờ|tuần|tháng|năm)$")


class Tokens:
    """What was taken out of one reply."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._held: dict[str, str] = {}
        self._fresh = _letters()
        every = {name.strip() for name in (*names, *catalogue()["names"]) if len(name.strip()) > 3}
        self._pattern = re.compile(
            rf"(?<!\w)(?:{alternatives(every)})(?!\w)|{_LINK}|{_BODY}|{_DATE}|{_FORM}|{_NUMBER}{_UNIT}"
        )

    def hide(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._token(found[0]), text)

    def restore(self, text: str) -> str:
        return TOKEN.sub(lambda found: self._held[found[0]], text)

    def held(self, token: str) -> str:
        """What a token stands for, "" for one that was never given out."""
        return self._held.get(token, "")

    def is_money(self, token: str) -> bool:
        return bool(_MONEY.search(self.held(token)))

    def is_time(self, token: str) -> bool:
        return bool(_TIME.search(self.held(token)))

    def __len__(self) -> int:
        return len(self._held)

    def _token(self, original: str) -> str:
        token = f"{OPEN}{next(self._fresh)}{CLOSE}"
        self._held[token] = original
        return token


def _letters() -> Iterator[str]:
    """A, B, … Z, AA, AB, …: no digits, so that a digit in a reply is always one too many."""
    for length in count(1):
        for number in range(26**length):
            yield "".join(_LETTERS[number // 26**place % 26] for place in reversed(range(length)))
