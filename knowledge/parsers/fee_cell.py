"""A row's price column and the texts beside it, and what those say of the kind of fee and of who sets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.text.normalise import one_line

SMALLEST = 1000  # đồng: no fee is smaller; what is smaller was scaled

_SET_BY = re.compile(
    r"(?:hội đồng nhân dân|hđnd)(?: (?:cấp )?tỉnh)?(?:, thành phố(?: trực thuộc trung ương)?)?"
    r"|(?:thông tư|nghị định|nghị quyết|biểu phí|quyết định)(?: liên tịch)? (?:số )?\d+/\d{4}/[\w-]+"
    r"|pháp luật về phí(?:,| và) lệ phí|luật phí và lệ phí",
    re.IGNORECASE,
)


# A reduction or exemption for a time: what is due today depends on the day, so the bare figure is not enough.
FOR_A_TIME = re.compile(
    r"(?:phí|mức thu|thu)\s+(?:nêu trên\s+)?bằng\s+\d{1,2}\s*%|64/2025/TT-BTC"
    r"|đến (?:hết )?(?:ngày )?\d{1,2}(?:/| tháng )\d|giảm \d{1,2}\s*%\s*:",
    re.IGNORECASE,
)
# "bằng 50 % mức thu phí quy định tại …": what is due is a part of an amount.
SHARE_OF_FEE = re.compile(r"\d\s*%[^.;]{0,40}\b(?:phí|mức)\b|\b(?:phí|mức)\b[^.;]{0,40}\d\s*%", re.IGNORECASE)


@dataclass(frozen=True)
class FeeCell:
    """The price column and the texts beside it.

    `fused`: time and price as they ran together. `cut`: the note is not whole.
    """

    price: str
    note: str = ""
    description: str = ""
    fused: str = ""
    cut: bool = False


def kind_of(note: str) -> Literal["fee", "charge"] | None:
    """`fee` for phí, `charge` for lệ phí, when the note names one of them only."""
    charge = re.search(r"\blệ phí\b", note, re.IGNORECASE)
    fee = re.search(r"(?<!lệ )(?<!chi )(?<!miễn )\bphí\b", note, re.IGNORECASE)
    if bool(charge) == bool(fee):
        return None
    return "charge" if charge else "fee"


def basis_of(note: str) -> str:
    """The body or the document that the note says sets the fee, or ""."""
    found = _SET_BY.search(note)
    return one_line(found.group()) if found else ""
