"""One field against another, one row against its neighbours.

A column that says "free" beside steps that tell people to pay is not believed. A full amount in one row, which
another row of the record reduces for a time, says that it holds at other times.
"""

from __future__ import annotations

import re

from knowledge.documents import Doubt, Fee, SubmissionChannel
from knowledge.parsers.listed_fees import REDUCED_ELSEWHEN

_PAY = re.compile(
    r"(?<!không phải )(?<!nghĩa vụ )(?:nộp|đóng|thu|tạm thu|thanh toán)\s+"
    r"(?:đủ\s+|đầy đủ\s+)?(?:tiền\s+)?(?:các khoản\s+)?(?:lệ phí|phí)\b"
    r"(?!\s+(?:trước bạ|bảo hiểm|thi hành án|đường bộ))",
    re.IGNORECASE,
)
# "Tổ chức thu phí, lệ phí" is who collects fees for something else; ATM and insurance charges are not ours.
_OTHER = re.compile(r"(?:tổ chức|cơ quan|đơn vị|trạm|người)\s+$", re.IGNORECASE)
_FEE_LAW = re.compile(
    r"mức thu[^\d]{0,60}(?:phí|lệ phí)|(?:quy định|hướng dẫn)(?: về)?(?: phí và)? lệ phí\b", re.IGNORECASE
)


def told_to_pay(*texts: str) -> str:
    """The words that tell people to pay for this procedure, or ""."""
    for text in texts:
        for match in _PAY.finditer(text):
            if not _OTHER.search(text[max(0, match.start() - 12) : match.start()]):
                return text[max(0, match.start() - 60) : match.end() + 60]
    return ""


def fee_law(legal: str) -> str:
    """The words of the legal basis that set a tariff, or ""."""
    match = _FEE_LAW.search(legal)
    return match.group() if match else ""


def _is_bare_free(channel: SubmissionChannel) -> bool:
    return any(fee.amount == 0 and not fee.condition for fee in channel.fees)


def distrust_free(
    channels: tuple[SubmissionChannel, ...], *, steps: str, dossier: str, conditions: str, legal: str
) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    """The channels with "free" taken back where another field of the record contradicts it."""
    if not any(_is_bare_free(channel) for channel in channels):
        return channels, []
    paying, law = told_to_pay(steps, conditions, dossier), fee_law(legal)
    if not paying and not law:
        return channels, []
    reason = (
        "the column says free, the steps tell to pay"
        if paying
        else "the column says free, the legal basis sets a tariff"
    )
    open_fees = tuple(
        channel.model_copy(
            update={
                "fees": tuple(
                    fee.model_copy(update={"amount": None}) if fee.amount == 0 else fee
                    for fee in channel.fees
                )
            }
        )
        for channel in channels
    )
    return open_fees, [Doubt(field="channels.fees", reason=reason, raw=(paying or law)[:300])]


_TIMED = re.compile(r"đến hết ngày", re.IGNORECASE)
_ELSEWHEN = re.compile(r"ngoài thời gian")
_UNIT = re.compile(r"(?:\bmỗi\s+|(?:đồng|vnđ|đ|usd)\s*/\s*|^/)(?P<unit>[^\W\d][^;().,]*)", re.IGNORECASE)


def _unit(fee: Fee) -> str:
    match = _UNIT.search(fee.condition)
    return match["unit"].strip() if match else ""


def _reduces(timed: Fee, fee: Fee) -> bool:
    """Whether a fee for a time is the same fee, lower: both are counted by the same thing."""
    lower = timed.amount is None or 0 < timed.amount < (fee.amount or 0)
    return lower and _unit(timed) != "" and _unit(timed) == _unit(fee)


def mark_reduced(channels: tuple[SubmissionChannel, ...]) -> tuple[SubmissionChannel, ...]:
    """The channels, with full amounts that another row reduces for a time marked as holding at other times."""
    fees = [fee for channel in channels for fee in channel.fees]
    timed = [fee for fee in fees if _TIMED.search(fee.condition)]
    if not timed:
        return channels
    full = {fee.amount for fee in fees if REDUCED_ELSEWHEN in fee.condition}

    def marked(fee: Fee) -> Fee:
        if not fee.amount or _TIMED.search(fee.condition) or _ELSEWHEN.search(fee.condition):
            return fee
        if fee.amount not in full and not any(_reduces(other, fee) for other in timed):
            return fee
        parts = (fee.condition.rstrip(" .;"), REDUCED_ELSEWHEN)
        return fee.model_copy(update={"condition": "; ".join(filter(None, parts))})

    return tuple(
        channel.model_copy(update={"fees": tuple(marked(fee) for fee in channel.fees)})
        for channel in channels
    )
