"""When a fee may be stated as a figure: the column's price, unless its note or description says otherwise.

The portal's column is wrong often enough to be mistrusted: "Miễn phí" stands beside notes that state
amounts, and 100.000 đồng is stored as `100 VNĐ`. A fee that is left open keeps the note, which people can
be shown in its own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.documents import Fee
from knowledge.parsers.money import Money, find_amounts, parse_amount
from knowledge.parsers.tail import is_empty
from knowledge.text.normalise import one_line

SMALLEST = 1000  # đồng: no fee is smaller; what is smaller was scaled

_FREE_NOTE = re.compile(
    r"\(*(?:(?:lệ )?phí(?:, lệ phí)?\s*:?\s*)?"
    r"(?:không có|không|miễn phí|miễn|miễn lệ phí|không thu(?: phí| lệ phí| phí, lệ phí)?"
    r"|không (?:phải )?(?:nộp|mất|tính)(?: phí| lệ phí| phí, lệ phí)?|không (?:có )?(?:phí|lệ phí)(?:, lệ phí)?"
    r"|0(?: đồng| vnđ| vnd| đ)?)\s*[.;]?\)*",
    re.IGNORECASE,
)
_SPEAKS_OF_FEES = re.compile(r"(?<!chi )(?<!kinh )(?<!học )(?<!án )\bphí\b|\blệ phí\b", re.IGNORECASE)
_SET_BY = re.compile(
    r"(?:hội đồng nhân dân|hđnd)(?: (?:cấp )?tỉnh)?(?:, thành phố(?: trực thuộc trung ương)?)?"
    r"|(?:thông tư|nghị định|nghị quyết|biểu phí|quyết định)(?: liên tịch)? (?:số )?\d+/\d{4}/[\w-]+"
    r"|pháp luật về phí(?:,| và) lệ phí|luật phí và lệ phí",
    re.IGNORECASE,
)
_LEFT_TO_OTHERS = re.compile(
    r"hội đồng nhân dân|hđnd|do .{0,40}quyết định|thỏa thuận|theo thực tế", re.IGNORECASE
)

# A reduction or exemption for a time: what is due today depends on the day, so no figure is stated.
_FOR_A_TIME = re.compile(
    r"(?:phí|mức thu|thu)\s+(?:nêu trên\s+)?bằng\s+\d{1,2}\s*%|64/2025/TT-BTC"
    r"|đến (?:hết )?(?:ngày )?\d{1,2}(?:/| tháng )\d|giảm \d{1,2}\s*%\s*:",
    re.IGNORECASE,
)
_NOT_IN_TARIFF = re.compile(r"không (?:được )?quy định", re.IGNORECASE)


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


def _kind(note: str) -> Literal["fee", "charge"] | None:
    """`fee` for phí, `charge` for lệ phí, when the note names one of them only."""
    charge = re.search(r"\blệ phí\b", note, re.IGNORECASE)
    fee = re.search(r"(?<!lệ )(?<!chi )(?<!miễn )\bphí\b", note, re.IGNORECASE)
    if bool(charge) == bool(fee):
        return None
    return "charge" if charge else "fee"


def _unwrapped(note: str) -> str:
    """A note without its leading bullet and without brackets around the whole of it."""
    note = re.sub(r"^[\s\-–+*•]+", "", note).strip()
    note = re.sub(r"^(?:việt nam đồng|đồng|vnđ|đ)\s*(?=/)", "", note, flags=re.IGNORECASE)
    inner = re.fullmatch(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)[\s.]*", note)
    return inner[1].strip() if inner else note


def _fee(cell: FeeCell, amount: Money | None, free: bool = False) -> Fee:
    basis = _SET_BY.search(cell.note)
    note = "" if is_empty(cell.note) else _unwrapped(one_line(cell.note))
    return Fee(
        amount=0 if free else amount.amount if amount else None,
        currency=amount.currency if amount and amount.currency else "VND",
        kind=_kind(cell.note),
        condition=note,
        basis=one_line(basis.group()) if basis else "",
        raw=one_line(cell.price or cell.fused),
    )


def _read_free(cell: FeeCell) -> tuple[tuple[Fee, ...], str]:
    note = cell.note.strip()
    if find_amounts(note):
        return (_fee(cell, None),), "the column says free, the note states an amount"
    if note and not _FREE_NOTE.fullmatch(note):
        return (_fee(cell, None),), "the column says free, the note does not"
    if find_amounts(cell.description):
        return (_fee(cell, None),), "the column says free, the description states an amount"
    if _speaks_against_free(cell.description):
        return (_fee(cell, None),), "the column says free, the description speaks of a fee"
    return (_fee(cell, None, free=True),), ""


def _speaks_against_free(text: str) -> bool:
    free = re.search(
        r"(?:miễn|không (?:phải )?(?:thu|nộp|có|mất)?)\s*(?:lệ )?phí|phí[^.;\n]{0,20}(?:không|miễn)",
        text,
        re.IGNORECASE,
    )
    return bool(_SPEAKS_OF_FEES.search(text)) and not free


def _read_priced(cell: FeeCell, price: Money) -> tuple[tuple[Fee, ...], str]:
    beside = [money for money in find_amounts(cell.note) if money.amount > 0]
    if len({money.amount for money in beside}) > 1:
        return (_fee(cell, None),), "the note states several amounts"
    agrees = any(
        money.amount == price.amount and money.currency in (price.currency, None) for money in beside
    )
    if price.currency == "VND" and 0 < price.amount < SMALLEST:
        return (_fee(cell, None),), "the amount is too small: scaled"
    if price.amount == 0:
        return _read_free(cell)
    if beside and not agrees:
        return (_fee(cell, None),), "the note states another amount"
    if _FOR_A_TIME.search(cell.note) or _FOR_A_TIME.search(cell.description):
        return (_fee(cell, None),), "the amount is changed for a time"
    if _NOT_IN_TARIFF.match(cell.note.strip("( ")):
        return (_fee(cell, None),), "the note says that no fee is set"
    if not beside and _LEFT_TO_OTHERS.search(cell.note):
        return (_fee(cell, None),), "the note leaves the amount to another authority"
    told = find_amounts(cell.description)
    if told and not beside and all(money.amount != price.amount for money in told):
        return (_fee(cell, None),), "the description states another amount"
    return (_fee(cell, price),), ""


def read_fee(cell: FeeCell) -> tuple[tuple[Fee, ...], str]:
    """The fees of one row and, where no figure may be stated, why."""
    if cell.fused:
        return (_fee(cell, None),), "time and fee run together"
    if cell.cut:
        return (_fee(cell, None),), "the note is cut off"
    if cell.price == "Miễn phí":
        return _read_free(cell)
    price = parse_amount(cell.price)
    if price:
        return _read_priced(cell, price)
    if is_empty(cell.price) and not cell.note:
        return (), "not stated"
    return (_fee(cell, None),), "the price cannot be read"
