"""When a fee may be stated as a figure: the column's price, unless its note or description says otherwise.

The portal's column is wrong often enough to be mistrusted: "Miễn phí" stands beside notes that state
amounts, and 100.000 đồng is stored as `100 VNĐ`. A fee that is left open keeps the note, which people can
be shown in its own words.
"""

from __future__ import annotations

import re

from knowledge.documents import Fee
from knowledge.parsers.fee_cell import FOR_A_TIME, SHARE_OF_FEE, SMALLEST, FeeCell, basis_of, kind_of
from knowledge.parsers.listed_fees import listed_fees
from knowledge.parsers.money import Money, find_amounts, parse_amount
from knowledge.parsers.tail import is_empty
from knowledge.text.normalise import one_line

__all__ = ["SMALLEST", "FeeCell", "read_fee"]

_FREE_NOTE = re.compile(
    r"\(*(?:(?:lệ )?phí(?:, lệ phí)?\s*:?\s*)?"
    r"(?:không có|không|miễn phí|miễn|miễn lệ phí|không thu(?: phí| lệ phí| phí, lệ phí)?"
    r"|không (?:phải )?(?:nộp|mất|tính)(?: phí| lệ phí| phí, lệ phí)?|không (?:có )?(?:phí|lệ phí)(?:, lệ phí)?"
    r"|0(?: đồng| vnđ| vnd| đ)?)\s*[.;]?\)*",
    re.IGNORECASE,
)
_SPEAKS_OF_FEES = re.compile(r"(?<!chi )(?<!kinh )(?<!học )(?<!án )\bphí\b|\blệ phí\b", re.IGNORECASE)
_LEFT_TO_OTHERS = re.compile(
    r"hội đồng nhân dân|hđnd|do .{0,40}quyết định|thỏa thuận|theo thực tế", re.IGNORECASE
)

_PASTED = 40
_NOT_IN_TARIFF = re.compile(r"không (?:được )?quy định", re.IGNORECASE)


def _unwrapped(note: str) -> str:
    """A note without its leading bullet and without brackets around the whole of it."""
    note = re.sub(r"^[\s\-–+*•]+", "", note).strip()
    note = re.sub(r"^(?:việt nam đồng|đồng|vnđ|đ)\s*(?=/)", "", note, flags=re.IGNORECASE)
    inner = re.fullmatch(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)[\s.]*", note)
    return inner[1].strip() if inner else note


def _fee(cell: FeeCell, amount: Money | None, free: bool = False) -> Fee:
    pasted = len(cell.note) > _PASTED and cell.note in cell.description  # the description, once more
    note = "" if is_empty(cell.note) or pasted else _unwrapped(one_line(cell.note))
    return Fee(
        amount=0 if free else amount.amount if amount else None,
        currency=amount.currency if amount and amount.currency else "VND",
        kind=kind_of(cell.note),
        condition=note,
        basis=basis_of(cell.note),
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
    changed = any(FOR_A_TIME.search(text) for text in (cell.note, cell.description))
    if changed or SHARE_OF_FEE.search(cell.description):
        return (_fee(cell, None),), "the amount is changed for a time"
    if _NOT_IN_TARIFF.match(cell.note.strip("( ")):
        return (_fee(cell, None),), "the note says that no fee is set"
    if not beside and _LEFT_TO_OTHERS.search(cell.note):
        return (_fee(cell, None),), "the note leaves the amount to another authority"
    told = find_amounts(cell.description)
    if told and not beside and all(money.amount != price.amount for money in told):
        return (_fee(cell, None),), "the description states another amount"
    return (_with_case(cell, _fee(cell, price)),), ""


def _with_case(cell: FeeCell, fee: Fee) -> Fee:
    """The fee with the lines of the description that name it: "Tại cơ quan đại diện: 10 USD/bản"."""
    lines = [one_line(line).rstrip(" .;") for line in cell.description.split("\n") if find_amounts(line)]
    note = "" if fee.condition.startswith("/") else fee.condition
    return fee.model_copy(update={"condition": "; ".join(filter(None, [note, *lines]))}) if lines else fee


def _read_column(cell: FeeCell) -> tuple[tuple[Fee, ...], str]:
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


def read_fee(cell: FeeCell) -> tuple[tuple[Fee, ...], str]:
    """The fees of one row and, where no figure may be stated, why.

    A note that lists several amounts, or amounts for a time, is taken apart where that is certain.
    """
    fees, why = _read_column(cell)
    listed, left = listed_fees(cell) if why else ((), "")
    return (listed, left) if listed else (fees, why)
