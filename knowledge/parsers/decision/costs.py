"""Fees and time limits written in words: stated only where the section says one thing, or one thing a line.

"Lệ phí: Không có" is free only when nothing beside it asks for money: a portal prints lệ phí and phí apart, and
an empty "Phí" is no statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.documents import Fee, Quantity
from knowledge.parsers.decision.blocks import Block
from knowledge.parsers.decision.labels import Label, without_fee_law
from knowledge.parsers.decision.words import bare, says_nothing
from knowledge.parsers.durations import find_durations
from knowledge.parsers.fees import SMALLEST
from knowledge.parsers.limits import read_limit
from knowledge.parsers.money import Money, find_amounts

Kind = Literal["fee", "charge"]
_FREE = re.compile(
    r"(?:không(?: có| thu| phải nộp| mất| tính)?(?: (?:phí|lệ phí|phí, lệ phí))?|miễn(?: phí| lệ phí| thu)?|0 ?(?:đồng|đ|vnđ)?)[\s.]*",
    re.IGNORECASE,
)
_NOT_THE_FEE = re.compile(
    r"sát hạch|lấy mẫu|đặt cọc|ký quỹ|bảo hiểm|phạt|\bgiảm\b|\bbằng \d+ ?%|\d ?%|tối đa|không quá|từ \d[\d.]* ?(?:đồng)? ?đến|"
    r"số tài khoản|đến hết|kể từ ngày|có thể thay đổi|chi phí",
    re.IGNORECASE,
)
_SET_BY = re.compile(
    r"(?:thông tư|nghị định|nghị quyết|quyết định)(?: liên tịch)? (?:số )?\d+/\d{4}/[\w-]+|hội đồng nhân dân[^.;,]{0,40}",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s*\((?:trong đó|bao gồm|gồm)\b[^()]*\)", re.IGNORECASE)
_WHOLE = re.compile(
    r"^\s*(?:(?:thời (?:hạn|gian)[\w ,]{0,40}(?:là)?|không quá|tối đa(?: không quá)?|trong(?: vòng| thời hạn)?)[\s:]*)*$",
    re.I,
)


@dataclass(frozen=True)
class Costs:
    fees: tuple[Fee, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()  # reason, raw


def _one(line: str, money: Money, kind: Kind | None) -> Fee:
    rest = f"{line[: money.start].rstrip(' :–-')} {line[money.end :].lstrip(' .;,')}".strip(" .;:,()")
    basis = _SET_BY.search(line)
    return Fee(
        amount=money.amount,
        currency=money.currency or "VND",
        kind=kind,
        condition=rest,
        basis=basis.group() if basis else "",
        raw=line,
    )


def _open(line: str, kind: Kind | None) -> Fee:
    basis = _SET_BY.search(line)
    return Fee(kind=kind, condition=line, basis=basis.group() if basis else "", raw=line)


def _line(line: str, kind: Kind | None) -> tuple[Fee | None, str]:
    amounts = [money for money in find_amounts(line) if money.currency]
    if not amounts:
        return _open(line, kind), ""
    if len(amounts) > 1:
        return _open(line, kind), "several amounts in one sentence"
    if _NOT_THE_FEE.search(line):
        return _open(line, kind), "the amount is bound to something that is not read"
    if amounts[0].currency == "VND" and 0 < amounts[0].amount < SMALLEST:
        return _open(line, kind), "the amount is too small: scaled"
    return _one(line, amounts[0], kind), ""


def _section(text: str, kind: Kind | None) -> tuple[list[Fee], list[tuple[str, str]]]:
    fees, doubts = [], []
    for line in (bare(line) for line in text.split("\n")):
        if not line or says_nothing(line) and not _FREE.fullmatch(line):
            continue
        fee, why = _line(line, kind)
        if fee:
            fees.append(fee)
        if why:
            doubts.append((why, line))
    if fees and all(fee.amount is None for fee in fees) and not doubts:
        doubts.append(("no amount is stated", text))
    # A line that only leads to the amounts below it ("Theo Nghị quyết …:") is their basis.
    if (
        len(fees) > 1
        and fees[0].amount is None
        and fees[0].raw.endswith(":")
        and all(fee.amount for fee in fees[1:])
    ):
        basis = fees[0].basis or fees[0].raw.rstrip(":")
        fees = [fee.model_copy(update={"basis": fee.basis or basis}) for fee in fees[1:]]
    return fees, doubts


def _parts(block: Block) -> list[tuple[Kind | None, str]]:
    kinds: tuple[tuple[Kind | None, Label], ...] = (
        ("charge", Label.CHARGE),
        ("fee", Label.FEE),
        (None, Label.FEES),
    )
    return [
        (kind, text)
        for kind, label in kinds
        if label in block.sections and (text := without_fee_law(block.text(label))) and not _silent(text)
    ]


def _silent(text: str) -> bool:
    return says_nothing(text) and not _FREE.fullmatch(bare(text))


def read_fees(block: Block) -> Costs:
    """The fees of a procedure with their conditions, or why no figure may be stated."""
    parts = _parts(block)
    free = [kind for kind, text in parts if _FREE.fullmatch(bare(text))]
    paid = [(kind, text) for kind, text in parts if not _FREE.fullmatch(bare(text))]
    if not parts:
        return Costs(doubts=(("not stated", ""),))
    if paid:
        read = [_section(text, kind) for kind, text in paid]
        return Costs(
            tuple(dict.fromkeys(fee for fees, _ in read for fee in fees)),
            tuple(doubt for _, doubts in read for doubt in doubts),
        )
    if None in free or {"fee", "charge"} <= set(free):
        return Costs((Fee(amount=0, raw=bare(parts[0][1])),))
    named, other = ("Lệ phí", "phí") if free == ["charge"] else ("Phí", "lệ phí")
    raw = f"{named}: {bare(parts[0][1])}"
    return Costs((Fee(kind=free[0], condition=raw, raw=raw),), ((f"{other} is not stated beside it", raw),))


def read_time(block: Block) -> tuple[Quantity | None, str, str]:
    """The time limit, why it is open, and the section's words."""
    text = block.text(Label.TIME)
    flat = " ".join(bare(line) for line in text.split("\n"))
    if not flat or says_nothing(flat):
        elsewhere = block.text(Label.FEES, Label.FEE, Label.CHARGE, Label.DESCRIPTION)
        return (
            (None, "stated among the fees", elsewhere)
            if find_durations(elsewhere)
            else (None, "not stated", "")
        )
    whole = _PARTS.sub("", flat)
    limit, why = read_limit("", whole)
    durations = find_durations(whole)
    if limit is None and len(durations) == 1 and _WHOLE.match(whole[: durations[0].start]):
        # "Không quá 10 ngày làm việc": a word before the figure, nothing that sets a case.
        if not re.search(r"trường hợp|đối với|bổ sung|gia hạn|kéo dài", whole, re.IGNORECASE):
            limit, why = durations[0].quantity(), ""
    if limit and re.search(r"kéo dài|gia hạn|ngay trong ngày|cùng ngày", whole, re.IGNORECASE):
        return None, "the limit may change", flat
    return limit, why, flat
