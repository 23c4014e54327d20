"""Fields of a record as short Vietnamese text."""

from __future__ import annotations

import re
from datetime import date

from bot.answer.messages import message
from knowledge.documents import DossierItem, Fee, How, Level, Procedure, Quantity, Validity, ValidityState

MAX_NAME = 260
_BODIES = ("hội đồng nhân dân", "hđnd", "ủy ban nhân dân", "ubnd", "bộ ", "chính phủ")
_LIST_MARK = re.compile(r"^(?:(?:[-+*•–]|[a-zđ]\)|\(\d{1,2}\)|\d{1,2}(?:\.\d{1,2})*[.)](?=\s))\s*)+")
_LIST_END = re.compile(r"\s*;$")
_LAST_DAY = re.compile(r"(?:đến hết|hết ngày|đến)\s+(?:ngày\s+)?(\d{1,2})/(\d{1,2})/(\d{4})")


def title_of(record: Procedure) -> str:
    """The title as it stands in a sentence: without the leading "Thủ tục"."""
    title = record.title.strip().rstrip(".")
    if not title.lower().startswith("thủ tục ") or len(title) >= 60:
        return title
    bare = title[8:].strip()
    return bare[:1].upper() + bare[1:]


def level_text(level: Level) -> str:
    """`cấp xã`; "" for what has no name of its own."""
    return "" if level is Level.OTHER else message(f"level_{level.value}")


def how_text(how: How) -> str:
    return message(f"how_{how.value}")


def quantity_text(quantity: Quantity) -> str:
    """`10 ngày làm việc`; "" when unknown."""
    if not quantity.known or quantity.unit is None or quantity.value is None:
        return ""
    value = f"{quantity.value:g}".replace(".", ",")
    return f"{value} {message(f'unit_{quantity.unit.value}')}"


def money(amount: int, currency: str = "VND") -> str:
    """`12.000 đồng`, `25 USD`."""
    grouped = f"{amount:,}".replace(",", ".")
    return f"{grouped} đồng" if currency == "VND" else f"{grouped} {currency}"


def fee_text(fee: Fee) -> str:
    condition = shorten(fee.condition)
    if fee.amount == 0:
        text = message("fee_free")
    elif fee.amount is not None:
        text = money(fee.amount, fee.currency)
        if condition.lower().startswith(text.lower()):
            return condition  # "70.000 đồng/giấy" says the figure itself
        if condition.startswith("/"):
            return text + condition
    elif fee.basis:
        text = _basis_text(fee.basis)
    else:
        return _fee_as_published(fee)
    return f"{text} ({condition})" if condition else text


def _fee_as_published(fee: Fee) -> str:
    """What the cell says, in its own words, where no figure can be read from it; never a figure not trusted."""
    raw = "" if any(character.isdigit() for character in fee.raw) else shorten(fee.raw)
    if fee.condition and fee.condition != fee.raw:
        return f"{message('fee_unset')} ({shorten(fee.condition)})"
    return message("fee_raw", raw=raw) if raw else message("fee_unset")


def _basis_text(basis: str) -> str:
    """A body sets a fee ("do Hội đồng nhân dân…"), a document holds it ("theo Thông tư…")."""
    if not basis.lower().startswith(_BODIES):
        return message("fee_basis", basis=basis)
    said = basis if "quyết định" in basis or "quy định" in basis else f"{basis} quy định"
    return message("fee_set_by", basis=said)


def current_fees(record: Procedure, today: date) -> Procedure:
    """The record without fees whose stated last day has passed: a reduction that ended is not a fee today."""
    channels = tuple(
        channel.model_copy(update={"fees": tuple(fee for fee in channel.fees if not _ended(fee, today))})
        for channel in record.channels
    )
    return record.model_copy(update={"channels": channels})


def _ended(fee: Fee, today: date) -> bool:
    last = _LAST_DAY.search(f"{fee.condition} {fee.raw}")
    if last is None:
        return False
    try:
        return date(int(last[3]), int(last[2]), int(last[1])) < today
    except ValueError:  # a date that does not exist in the source: the condition stays as published
        return False


def item_text(item: DossierItem) -> str:
    counts = []
    if item.originals:
        counts.append(f"{item.originals} bản chính")
    if item.copies:
        counts.append(f"{item.copies} bản sao")
    if item.form and not all(code.strip() in item.name for code in item.form.code.split(",")):
        counts.append(f"mẫu {item.form.code}")
    return shorten(tidy(item.name)) + (f" ({', '.join(counts)})" if counts else "")


def tidy(text: str) -> str:
    """Without the marks of a list that a line was taken from: "a) Đơn…;" is "Đơn…"."""
    return _LIST_END.sub("", _LIST_MARK.sub("", text.strip()))


def shorten(text: str, limit: int = MAX_NAME) -> str:
    """Cut at a word, with an ellipsis, so that one long cell does not bury the rest."""
    clean = " ".join(text.split())
    return clean if len(clean) <= limit else clean[:limit].rsplit(" ", 1)[0] + "…"


def day_text(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def validity_text(validity: Validity, fetched: date | None, today: date) -> str:
    """Whether what is cited holds today, since when and until when, as far as its source says."""
    state = validity.on(today)
    if state is ValidityState.IN_FORCE:
        text = _in_force_text(validity, fetched)
    elif state is ValidityState.NOT_YET and validity.start:
        text = message("validity_not_yet", start=day_text(validity.start))
    elif state is ValidityState.UNKNOWN:
        text = message("validity_unknown")
    else:
        text = _ended_text(validity, state)
    if validity.amended_by:
        return f"{text} {message('validity_amended', by='; '.join(validity.amended_by))}"
    return text


def _in_force_text(validity: Validity, fetched: date | None) -> str:
    text = (
        message("validity_in_force", fetched=day_text(fetched))
        if fetched
        else message("validity_in_force_nodate")
    )
    return f"{text} {message('validity_until', end=day_text(validity.end))}" if validity.end else text


def _ended_text(validity: Validity, state: ValidityState) -> str:
    by = message("validity_by", by=validity.by) if validity.by else ""
    if validity.end:
        return message(f"validity_{state.value}_on", end=day_text(validity.end), by=by)
    return message(f"validity_{state.value}", by=by)
