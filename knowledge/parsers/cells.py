"""The glued cell "Cách thức thực hiện": channel, time limit, fee, note of the fee and description, run together.

`Trực tuyến10 Ngày làm việc50,000 VNĐ(…)…Trực tiếp1Miễn phí…` is split at channel words that are followed by
a time and a fee; channel words inside prose are not. What a column states is believed only where nothing
beside it says otherwise: the rules for that are in `fees` and `limits`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from knowledge.documents import Doubt, How, SubmissionChannel
from knowledge.parsers.case_limits import case_limits
from knowledge.parsers.durations import column_duration
from knowledge.parsers.fees import FeeCell, read_fee
from knowledge.parsers.letters import UPPER
from knowledge.parsers.limits import is_first_phase, is_phase, read_limit
from knowledge.parsers.tail import clean, is_empty

HEADER = "Hình thức nộpThời gianPhí, lệ phíMô tả"
_HOW = {"Trực tuyến": How.ONLINE, "Trực tiếp": How.DIRECT, "Dịch vụ bưu chính": How.POST}
_CHANNEL = "|".join(_HOW)
_UNITS = "Ngày làm việc|Ngày|Giờ làm việc|Giờ|Tháng|Năm"
_PRICE = r"Miễn phí|Không có thông tin|\d[\d.,]* (?:VNĐ|Việt Nam Đồng|Đồng|USD|[A-Z]{3})(?!\w*/)"
# A time in words starts right after the channel word, with a capital: `Trực tiếpHệ thống phản hồi tự động`.
_ROW = re.compile(
    rf"(?P<channel>{_CHANNEL})"
    rf"(?:(?P<time>\d[\d.,]* (?:{_UNITS})|Không có thông tin)(?P<price>{_PRICE})"
    rf"|(?P<fused>\d[\d.,]* (?:VNĐ|Việt Nam Đồng|Đồng|USD|[A-Z]{{3}}))"
    rf"|(?P<bare>\d[\d.,]*)(?P<bareprice>Miễn phí|Không có thông tin)"
    rf"|(?P<words>[{UPPER}](?:(?!{_CHANNEL})[^\n]){{3,400}}?)(?P<wordprice>{_PRICE}))"
)
_ENUMERATOR = re.compile(r"(?:^|(?<=[\s;,.(:]))[a-zđ\d]{1,2}$")

_GLUED_END = re.compile(r"\)(?=[^\s.,;:)/])")


@dataclass(frozen=True)
class Row:
    """One row of the cell, as its columns read."""

    how: How
    time: str
    price: str
    note: str  # what stands in brackets behind the price
    description: str
    fused: bool = False
    phase: bool = False  # one of several rows of one way of submission that go through its phases
    cut: bool = False  # the note's bracket never closes: its end is lost


@dataclass(frozen=True)
class Channels:
    channels: tuple[SubmissionChannel, ...]
    doubts: tuple[Doubt, ...]


def _note_end(text: str) -> int | None:
    """Where the bracket opened at 0 closes; `a)` and `1)` are enumerators, not closings."""
    depth = 0
    for place, sign in enumerate(text):
        if sign == "(":
            depth += 1
        elif sign == ")" and not (depth == 1 and _ENUMERATOR.search(text[:place])):
            depth -= 1
            if depth == 0:
                return place
    return None


def _split_note(rest: str, price: str) -> tuple[str, str, bool]:
    """The note, the description, and whether the note's bracket never closes."""
    # Without a price there is nothing to note: `Không có thông tin(2) Trường hợp…` is a description.
    if not rest.startswith("(") or price == "Không có thông tin":
        return "", rest, False
    end = _note_end(rest)
    if end is None and (glued := list(_GLUED_END.finditer(rest))):
        # One bracket too many was opened; the last that closes with the next cell glued to it ends the note.
        end = glued[-1].start()
        return rest[1:end].removeprefix("("), rest[end + 1 :], False
    # Otherwise an unclosed bracket hides where the note ends: everything is read as note, the careful side.
    return (rest[1:], "", True) if end is None else (rest[1:end], rest[end + 1 :], False)


def split_rows(cell: str) -> tuple[list[Row], str]:
    """The rows, and what stood before the first one."""
    text = cell.replace("\xa0", " ").strip().removeprefix(HEADER)
    matches = list(_ROW.finditer(text))
    rows = []
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        price = match["price"] or match["bareprice"] or match["wordprice"] or ""
        rest = text[match.end() : following.start() if following else len(text)]
        note, description, cut = _split_note(rest, price)
        rows.append(
            Row(
                how=_HOW[match["channel"]],
                time=match["time"] or match["fused"] or match["bare"] or match["words"] or "",
                price=price,
                note=clean(note),
                description=clean(description),
                fused=match["fused"] is not None,
                cut=cut,
            )
        )
    return rows, text[: matches[0].start()] if matches else text


def _phases(rows: list[Row]) -> list[Row]:
    """Rows marked that tell the phases of one way of submission: "check: 2 days", "decide: 1 day" are no limits."""
    begun = {row.how for row in rows if is_first_phase(row.description)}
    several = {row.how for row in rows if sum(other.how is row.how for other in rows) > 1}
    return [replace(row, phase=row.how in begun & several and is_phase(row.description)) for row in rows]


def _doubts(name: str, reasons: list[tuple[str, str, str]]) -> list[Doubt]:
    return [
        Doubt(field=f"channels.{name}.{field}", reason=reason, raw=raw[:300])
        for field, reason, raw in reasons
    ]


def channels_of(row: Row) -> tuple[list[SubmissionChannel], list[Doubt]]:
    """What one row states with certainty, and what it leaves open: one channel, or one for each case it times."""
    channel, doubts = _channel_of(row)
    timed = (
        None
        if channel.time_limit or row.fused or row.phase or column_duration(row.time)
        else case_limits(row.description)
    )
    if not timed:
        return [channel], doubts
    cases = [channel.model_copy(update={"time_limit": limit, "note": words}) for limit, words in timed]
    return cases, [doubt for doubt in doubts if not doubt.field.endswith(".time_limit")]


def _channel_of(row: Row) -> tuple[SubmissionChannel, list[Doubt]]:
    reasons: list[tuple[str, str, str]] = []
    limit, why = read_limit("" if row.fused else row.time, row.description)
    if row.phase:
        limit, why = None, "the description states one phase only"
    if why:
        reasons.append(
            (
                "time_limit",
                "time and fee run together" if row.fused else why,
                f"{row.time} | {row.description}",
            )
        )
    cell = FeeCell(row.price, row.note, row.description, fused=row.time if row.fused else "", cut=row.cut)
    fees, why = read_fee(cell)
    if why:
        reasons.append(("fees", why, f"{row.price or row.time} | {row.note}"))
    note = "" if is_empty(row.description) else row.description
    return SubmissionChannel(how=row.how, time_limit=limit, fees=fees, note=note), _doubts(
        row.how.value, reasons
    )


def parse_channels(cell: str) -> Channels:
    """The channels a cell states. A cell that cannot be split states none and leaves a doubt."""
    rows, before = split_rows(cell)
    doubts: list[Doubt] = []
    if not is_empty(clean(before)):
        doubts.append(
            Doubt(field="channels", reason="text before the first channel", raw=clean(before)[:300])
        )
    channels: list[SubmissionChannel] = []
    for row in _phases(rows):
        stated, open_fields = channels_of(row)
        if not all(channel in channels for channel in stated):
            channels += stated
            doubts += open_fields
    return Channels(tuple(channels), tuple(dict.fromkeys(doubts)))
