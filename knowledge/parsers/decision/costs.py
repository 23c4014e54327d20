"""Fees and time limits written in words: stated only where the section says one thing, or one thing a line.

"Lệ phí: Không có" is free only when nothing beside it asks for money: a portal prints lệ phí and phí apart, and
an empty "Phí" is no statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from knowledge.documents import Fee, How, Quantity
from knowledge.parsers.decision.blocks import Block
from knowledge.parsers.decision.labels import Label, without_fee_law
from knowledge.parsers.decision.lines import mark_of
from knowledge.parsers.decision.words import bare, says_nothing
from knowledge.parsers.durations import find_durations
from knowledge.parsers.fees import SMALLEST
from knowledge.parsers.limits import read_limit
from knowledge.parsers.money import Money, find_amounts

Kind = Literal["fee", "charge"]
_FREE = re.compile(
    r"(?:không(?: có| thu| phải nộp| mất| tính)?(?: (?:phí|lệ phí|phí, lệ phí))?"
    r"|miễn(?: phí| lệ phí| thu)?|0 ?(?:đồng|đ|vnđ))[\s.]*",
    re.IGNORECASE,
)
# Around an amount: it is a ceiling, a share, a deposit or for a time, and not what the procedure costs.
_NOT_THE_FEE = re.compile(
    r"sát hạch|lấy mẫu|đặt cọc|ký quỹ|bảo hiểm|phạt|\bgiảm\b|\d ?%|tối đa|không quá|số tài khoản"
    r"|kể từ ngày|có thể thay đổi|chi phí|từ \d[\d.]*(?: ?đồng)? ?(?:đến|-) ?\d[\d.]* ?(?:đồng|đ\b|vnđ)",
    re.IGNORECASE,
)
# A reduction for some months changes every amount beside it: what is due depends on the day.
_FOR_A_TIME = re.compile(
    r"từ (?:ngày )?\d{1,2}/\d|đến (?:hết )?(?:ngày )?\d{1,2}/\d|(?:mức thu |mức |thu )(?:bằng )?\d{1,2} ?%",
    re.IGNORECASE,
)
_TIME_NOT_FEE = re.compile(
    r"^(?:(?:phí, )?lệ phí )?(?:mô tả ?:? )?(?:trực tiếp|trực tuyến|dịch vụ bưu chính)\b(?!.*(?:đồng|vnđ))",
    re.IGNORECASE,
)
_TARIFF = 8  # amounts: more of them are a tariff, whose headings lie too deep to be told apart
_LAW = r"(?:thông tư|nghị định|nghị quyết|quyết định)(?: liên tịch)? (?:số )?\d+/\d{4}/[\w-]+"
_SET_BY = re.compile(rf"{_LAW}|hội đồng nhân dân[^.;,]{{0,40}}", re.IGNORECASE)
_ONLY_LAW = re.compile(
    rf"^(?:theo|căn cứ|tại|quy định tại|thực hiện theo)?\s*(?:quy định tại )?{_LAW}", re.IGNORECASE
)
_ONLY_NAME = re.compile(r"(?:mức )?(?:thu )?(?:lệ )?phí(?: là)?", re.IGNORECASE)
_FUSED = re.compile(
    r"(?<![\d.,])\d{4,}(?![\d.,])"
)  # "1100 VNĐ": no office writes thousands so, a lost seam does
_UNIT = re.compile(r"^\s*/\s*(?:0?1\s+)?(?P<unit>[^\s,.;:()](?:(?! đối với | theo )[^,.;:()])*)")
_TOTAL = re.compile(r"[\s,;.(]*\b(?:cụ thể|trong đó|bao gồm)\b", re.IGNORECASE)
_PARTS = re.compile(r"\s*\((?:trong đó|bao gồm|gồm)\b(?:[^()]|\([^()]*\))*\)", re.IGNORECASE)
_LEAD = re.compile(
    r"^\s*(?:(?:thời (?:hạn|gian)[\w ,]{0,40}(?:là)?|không quá|tối đa(?: không quá)?"
    r"|trong(?: vòng| thời hạn)?|sau)[\s:]*)*$",
    re.IGNORECASE,
)
# What may stand behind the figure; "05 ngày để kiểm tra, sau đó …" is one phase of several.
_REST = re.compile(
    r"^\s*(?:$|[.;(–-]|,?\s*(?:kể từ|tính từ|từ (?:ngày|khi|thời điểm)|sau khi|tại\b|theo quy định))",
    re.IGNORECASE,
)
_PHASE = re.compile(r"để (?:kiểm tra|xem xét|thẩm định)|sau đó", re.IGNORECASE)
_ONE_WAY = re.compile(r"\(\s*(trực tiếp|trực tuyến|(?:dịch vụ )?bưu chính)\s*\)", re.IGNORECASE)
_CASE = re.compile(r"trường hợp|đối với|bổ sung|gia hạn|kéo dài", re.IGNORECASE)
_CHANGES = re.compile(r"kéo dài|gia hạn|ngay trong ngày|cùng ngày", re.IGNORECASE)
_WAYS = (
    (How.ONLINE, re.compile(r"^(?:nộp )?(?:hồ sơ )?trực tuyến\b[^:\d]{0,20}:\s*", re.IGNORECASE)),
    (How.DIRECT, re.compile(r"^(?:nộp )?(?:hồ sơ )?trực tiếp\b[^:\d]{0,20}:\s*", re.IGNORECASE)),
    (
        How.POST,
        re.compile(
            r"^(?:nộp )?(?:hồ sơ )?(?:qua )?(?:dịch vụ )?bưu (?:chính|điện)[^:\d]{0,20}:\s*", re.IGNORECASE
        ),
    ),
)


@dataclass(frozen=True)
class Costs:
    fees: tuple[Fee, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()  # reason, raw


@dataclass(frozen=True)
class Times:
    """The time limit of each way to hand in; under None that of all of them."""

    limits: Mapping[How | None, Quantity] = field(default_factory=dict)
    doubt: str = ""
    raw: str = ""

    def of(self, how: How) -> Quantity | None:
        return self.limits.get(how, self.limits.get(None))


def _stated(line: str, heading: str, money: Money, kind: Kind | None) -> Fee:
    behind = line[money.end :]
    unit = _UNIT.match(behind)
    rest = behind[unit.end() :] if unit else behind
    basis = _SET_BY.search(line)
    parts = [heading, line[: money.start], f"cho mỗi {unit['unit'].strip()}" if unit else "", rest]
    kept = [part for part in (part.strip(" .;:,–-") for part in parts) if part]
    kept = [
        part for part in kept if not _ONLY_LAW.match(part.strip("() ")) and not _ONLY_NAME.fullmatch(part)
    ]
    condition = ", ".join(part[1:-1] if re.fullmatch(r"\([^()]*\)", part) else part for part in kept)
    return Fee(
        amount=money.amount,
        currency=money.currency or "VND",
        kind=kind,
        condition=condition,
        basis=basis.group() if basis else "",
        raw=line,
    )


def _why_not(line: str, amounts: list[Money]) -> str:
    """Why a line with amounts states none of them, or ""."""
    if len(amounts) > 1:
        return "several amounts in one sentence"
    if _NOT_THE_FEE.search(line):
        return "the amount is bound to something that is not read"
    if amounts[0].currency == "VND" and 0 < amounts[0].amount < SMALLEST:
        return "the amount is too small: scaled"
    if _FUSED.search(amounts[0].raw) and amounts[0].amount % 1000:
        return "the figure may be two run together"
    return ""


def _headed(text: str) -> Iterator[tuple[str, str]]:
    """The lines of a section, each with the heading it stands under ("Cấp mới:")."""
    heading, above = "", ""
    for line in text.split("\n"):
        mark, words = re.sub(r"[\d.]+", "0", mark_of(line)).strip(), bare(line)
        if mark == above:
            heading = ""
        if words.endswith(":") and not find_amounts(words):
            heading, above = words.rstrip(" :"), mark
        if words:
            yield heading if words.rstrip(" :") != heading else "", words


def _why_none(fees: Sequence[Fee], text: str) -> str:
    """Why none of a section's amounts may be stated, or ""."""
    if not fees:
        return ""
    if _FOR_A_TIME.search(text):
        return "the amount is changed for a time"
    if len({fee.condition for fee in fees}) < len(fees):
        return "several amounts for one case"
    return "a tariff" if len(fees) > _TARIFF else ""


def _section(text: str, kind: Kind | None) -> Costs:
    """One fee for each line that states one amount; all other words in one fee that is left open."""
    fees: list[Fee] = []
    doubts, words = [], []
    for heading, line in _headed(text):
        if says_nothing(line) or _TIME_NOT_FEE.match(line):
            continue
        amounts = [money for money in find_amounts(line) if money.currency]
        why = _why_not(line, amounts) if amounts else ""
        if amounts and not why:
            fees.append(_stated(line, heading, amounts[0], kind))
            continue
        words.append(line)
        if why:
            doubts.append((why, line))
    if why := _why_none(fees, text):
        fees, words = [], [bare(line) for line in text.split("\n")]
        doubts.append((why, text))
    if words and not all(word.endswith(":") for word in words):
        basis = _SET_BY.search(" ".join(words))
        flat = " ".join(words)
        fees.append(Fee(kind=kind, condition=flat, basis=basis.group() if basis else "", raw=flat))
        if len(fees) == 1 and not doubts:
            doubts.append(("no amount is stated", flat))
    return Costs(tuple(fees), tuple(doubts))


def _is_free(text: str) -> bool:
    return _FREE.fullmatch(bare(text)) is not None


def _parts(block: Block) -> list[tuple[Kind | None, str]]:
    """The fee sections that say anything, each with its kind."""
    kinds: tuple[tuple[Kind | None, Label], ...] = (
        ("charge", Label.CHARGE),
        ("fee", Label.FEE),
        (None, Label.FEES),
    )
    return [
        (kind, text)
        for kind, label in kinds
        if label in block.sections
        and (text := without_fee_law(block.text(label)))
        and (_is_free(text) or not says_nothing(text))
    ]


def read_fees(block: Block) -> Costs:
    """The fees of a procedure with their conditions, or why no figure may be stated."""
    parts = _parts(block)
    free = [kind for kind, text in parts if _is_free(text)]
    paid = [(kind, text) for kind, text in parts if not _is_free(text)]
    if not parts:
        return Costs(doubts=(("not stated", ""),))
    if paid:
        read = [_section(text, kind) for kind, text in paid]
        fees = dict.fromkeys(fee for costs in read for fee in costs.fees)
        return Costs(tuple(fees), tuple(doubt for costs in read for doubt in costs.doubts))
    if None in free or {"fee", "charge"} <= set(free):
        return Costs((Fee(amount=0, raw=bare(parts[0][1])),))
    named, other = ("Lệ phí", "phí") if free == ["charge"] else ("Phí", "lệ phí")
    raw = f"{named}: {bare(parts[0][1])}"
    return Costs((Fee(kind=free[0], condition=raw, raw=raw),), ((f"{other} is not stated beside it", raw),))


def _limit(text: str) -> tuple[Quantity | None, str]:
    """One limit: the total where its parts follow ("09 ngày, cụ thể: …"), else the only figure."""
    whole = _PARTS.sub("", text)
    total = _TOTAL.split(whole)[0]
    whole = total if len(find_durations(total)) == 1 else whole
    durations = find_durations(whole)
    limit, why = read_limit("", whole)
    if (
        limit is None
        and len(durations) == 1
        and _LEAD.match(whole[: durations[0].start])
        and not _CASE.search(text)
    ):
        limit, why = durations[0].quantity(), ""
    if limit and (not _REST.match(whole[durations[0].end :]) or _PHASE.search(whole)):
        return None, "the figure may be that of one phase"
    if limit and _CHANGES.search(whole):
        return None, "the limit may change"
    return limit, "not stated as one figure" if why and durations else why


def _only_way(text: str) -> How | None:
    """The one way a limit is said for: `06 ngày làm việc (Trực tiếp)`."""
    match = _ONE_WAY.search(text)
    return next((how for how, pattern in _WAYS if pattern.match(f"{match[1]}:")), None) if match else None


def _by_way(lines: list[str]) -> dict[How | None, Quantity]:
    """`Trực tiếp: 05 ngày` a line: only when every line is of this kind and can be read."""
    limits: dict[How | None, Quantity] = {}
    for line in lines:
        how, pattern = next(((how, pattern) for how, pattern in _WAYS if pattern.match(line)), (None, None))
        limit = _limit(pattern.sub("", line))[0] if pattern else None
        if how is None or limit is None or how in limits:
            return {}
        limits[how] = limit
    return limits


def read_time(block: Block) -> Times:
    """The time limits of a procedure, or why they are open and the section's words."""
    lines = [bare(line) for line in block.text(Label.TIME).split("\n")]
    flat = " ".join(line for line in lines if line)
    if not flat or says_nothing(flat):
        elsewhere = block.text(Label.FEES, Label.FEE, Label.CHARGE, Label.DESCRIPTION)
        stated = bool(find_durations(elsewhere))
        return Times(
            doubt="stated among the fees" if stated else "not stated", raw=elsewhere if stated else ""
        )
    if by_way := _by_way(lines):
        return Times(by_way)
    limit, why = _limit(flat)
    return Times({_only_way(flat): limit} if limit else {}, why, flat)
