"""The fees of a row whose note or description lists them, where the list and the column do not contradict.

The column often holds one of several amounts, their sum, a thousandth, or nothing ("Miễn phí"). Each amount becomes
a fee with its own words; an amount for a time says until when, and the one it stands in for says that it holds at
other times.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from knowledge.documents import Fee
from knowledge.parsers.fee_cell import FOR_A_TIME, SHARE_OF_FEE, SMALLEST, FeeCell, basis_of, kind_of
from knowledge.parsers.fee_entries import Entry
from knowledge.parsers.fee_terms import Term, last_days
from knowledge.parsers.money import Money, find_amounts, parse_amount
from knowledge.parsers.tail import is_empty
from knowledge.parsers.tariff import Tariff, read_tariff
from knowledge.text.normalise import one_line

REDUCED_ELSEWHEN = "ngoài thời gian được giảm"
EXEMPT_ELSEWHEN = "ngoài thời gian được miễn"
EXEMPT = "được miễn"
_LEAST_SHARE = 10  # a reduction below a tenth is a misprint

_GLUED_CURRENCY = re.compile(r"(?:việt nam đồng|đồng|đông|vnđ|đ)?\s*(?=/|\(|miễn)|đồng\s", re.IGNORECASE)
_NEXT_FEE = re.compile(r"[^\d(][^()]{4,200}?,\s+(?:lệ )?phí\s*:\s*\d", re.IGNORECASE)
_FEE_LINE = re.compile(
    r"[\s\-+*•(]*(?:(?:lệ )?phí\b|bao gồm|áp dụng mức|\d[\d.]*\s*đồng)[^\n]*", re.IGNORECASE
)


def _lines_on_fees(description: str) -> str:
    """The lines of a description that list fees, from the first that begins as one; "" when none does."""
    lines = description.split("\n")
    first = next((place for place, line in enumerate(lines) if _FEE_LINE.match(line)), None)
    if first is None:
        return ""
    return "\n".join(line for line in lines[first:] if _FEE_LINE.match(line) or find_amounts(line))


def _with_price(note: str, price: Money | None) -> str:
    """The note, with the column's amount before it where it goes on from there: `/hồ sơ`, `Đồng (cấp mới) …`."""
    glued = _GLUED_CURRENCY.match(note)
    if price is None or price.amount < SMALLEST or not (glued or _goes_on(note, price)):
        return note
    unit = "USD" if price.currency == "USD" else "đồng"
    return f"{price.amount:,} {unit} ".replace(",", ".") + note[glued.end() if glued else 0 :]


def _goes_on(note: str, price: Money) -> bool:
    """Whether a note is the column's own case and then others: `Cấp mới, Phí: 600,000 (cấp lại)` behind `1,700,000`."""
    other = _NEXT_FEE.match(note)
    return other is not None and price.amount not in _amounts(note)


def _amounts(text: str) -> set[int]:
    return {money.amount for money in find_amounts(text) if money.amount}


def _stated(tariff: Tariff) -> set[int]:
    """Every amount of a tariff, and the sums that a column or a note may give instead."""
    whole = [entry.amount or 0 for entry in tariff.priced]
    low = [entry.reduced[0] for entry in tariff.entries if entry.reduced]
    bounds = [bound for entry in tariff.entries for bound in entry.bounds]
    return {*whole, *low, *bounds, sum(whole), sum(low), tariff.reduced[0] if tariff.reduced else 0}


def _scaled(tariff: Tariff, price: Money) -> bool:
    """Whether a column below the smallest amount is a thousandth of the tariff's, or misnames its dollars."""
    whole = price.amount * SMALLEST
    amounts = {(entry.amount, entry.currency) for entry in tariff.priced}
    if amounts:
        return (whole, "VND") in amounts or (price.amount, "USD") in amounts
    return tariff.reduced is not None and tariff.reduced[0] * 2 == whole


def _agrees(tariff: Tariff, price: Money | None) -> bool:
    """Whether the column states one of the tariff's amounts, their sum, or nothing that could contradict it."""
    if price is None or price.amount == 0:
        return True
    if price.currency == "VND" and price.amount < SMALLEST:
        return _scaled(tariff, price)
    whole = [entry.amount or 0 for entry in tariff.priced]
    if whole:
        of_currency = all(entry.currency == price.currency for entry in tariff.priced)
        return of_currency and (price.amount in whole or price.amount == sum(whole))
    return tariff.reduced is None or price.amount <= tariff.reduced[0] * _LEAST_SHARE


def _believable(tariff: Tariff) -> bool:
    """No reduction is above what it reduces, and no amount in đồng is below the smallest."""
    pairs = [(entry.amount or 0, entry.reduced[0]) for entry in tariff.entries if entry.reduced]
    amounts = [entry.amount or 0 for entry in tariff.priced if entry.currency == "VND"]
    return all(low < full <= low * _LEAST_SHARE for full, low in pairs) and all(
        amount >= SMALLEST for amount in amounts
    )


def _whole(tariff: Tariff, price: Money | None) -> Tariff | None:
    """The tariff with the column's amount where it gives only what holds for a time; None when they do not fit."""
    entries = tariff.entries
    if not tariff.priced:
        if price and price.amount >= SMALLEST and price.currency:
            entries = [Entry(price.amount, price.currency, heads=tariff.heads), *entries]
        elif tariff.reduced is None:
            return None
    if tariff.reduced and len(entries) == 1:
        entries = [replace(entries[0], reduced=tariff.reduced)]
        return replace(tariff, entries=entries, reduced=None)
    return None if tariff.reduced and entries else replace(tariff, entries=entries)


def _stands_in(one: Entry, others: list[Entry]) -> bool:
    """Whether an entry for a time takes the place of others: it has no words of its own, or the same."""
    share = one.amount is None
    return one.term is not None and (
        share or not one.own or any(one.own == other.own for other in others if other is not one)
    )


def _of_entry(cell: FeeCell, entry: Entry, elsewhen: list[str]) -> list[Fee]:
    """What is due as a rule, and what for a time."""
    made = Fee(
        amount=entry.amount,
        currency=entry.currency,
        kind=kind_of(entry.label),
        condition=entry.condition(*elsewhen),
        basis=basis_of(entry.text) or (entry.term.by if entry.term else ""),
        raw=one_line(cell.price),
    )
    # What holds for a time comes first: it is what people pay now.
    timed: list[Fee] = []
    if entry.reduced:
        amount, term = entry.reduced
        timed.append(_for_a_time(made, amount, entry.condition(str(term)), term))
    if entry.exempt:
        timed.append(_for_a_time(made, 0, entry.condition(f"{EXEMPT} {entry.exempt}"), entry.exempt))
    return [*timed, made]


def _for_a_time(fee: Fee, amount: int, condition: str, term: Term) -> Fee:
    return fee.model_copy(update={"amount": amount, "condition": condition, "basis": term.by})


def _fees(cell: FeeCell, tariff: Tariff) -> tuple[Fee, ...]:
    entries = tariff.entries
    stands_in = any(_stands_in(entry, entries) for entry in entries)
    fees: list[Fee] = []
    for entry in entries:
        reduced = entry.reduced or (stands_in and entry.amount and not entry.term)
        exempt = entry.exempt or (tariff.exempt and entry.amount)
        fees += _of_entry(cell, entry, [REDUCED_ELSEWHEN] * bool(reduced) + [EXEMPT_ELSEWHEN] * bool(exempt))
    raw = one_line(cell.price)
    if tariff.reduced:
        amount, term = tariff.reduced
        condition = "; ".join([*tariff.heads, str(term)])
        fees.append(Fee(amount=amount, condition=condition, basis=term.by, raw=raw))
    if tariff.exempt:
        condition = f"{EXEMPT} {tariff.exempt}"
        fees.append(Fee(amount=0, condition=condition, basis=tariff.exempt.by, raw=raw))
    return tuple(dict.fromkeys(fees))


def _ends(tariff: Tariff) -> set[date]:
    terms = [tariff.exempt, tariff.reduced[1] if tariff.reduced else None]
    for entry in tariff.entries:
        terms += [entry.term, entry.exempt, entry.reduced[1] if entry.reduced else None]
    return {term.end for term in terms if term}


def _unread_change(description: str, text: str, tariff: Tariff) -> bool:
    """Whether a description changes the fee by a share, or for a time the tariff does not name."""
    unread = [line for line in description.split("\n") if line.strip() and line not in text]
    named = _ends(tariff)
    changing = (line for line in unread if FOR_A_TIME.search(line))
    return bool(SHARE_OF_FEE.search(description)) or any(not last_days(line) <= named for line in changing)


def _left_open(tariff: Tariff) -> str:
    if any(entry.amount is None for entry in tariff.entries):
        return "a part of the fee is no figure"
    return "" if tariff.priced else "only the amount for a time is stated"


def listed_fees(cell: FeeCell) -> tuple[tuple[Fee, ...], str]:
    """The fees a row lists, each with its condition, and what they leave open; () where any of it is uncertain."""
    price = parse_amount(cell.price)
    if cell.fused or cell.cut or (price is None and cell.price != "Miễn phí"):
        return (), ""
    note = "" if is_empty(cell.note) else _with_price(cell.note, price)
    lines = _lines_on_fees(cell.description)
    told = _amounts(note) | _amounts(cell.description)
    for text in dict.fromkeys((note, lines, f"{note}\n{lines}".strip())):
        tariff = read_tariff(text) if text else None
        if tariff is None or _unread_change(cell.description, text, tariff):
            continue
        whole = _whole(tariff, price) if _agrees(tariff, price) and told <= _stated(tariff) else None
        if whole and _believable(whole):
            return _fees(cell, whole), _left_open(whole)
    return (), ""
