"""What a board shows, page after page: procedures, the schedule to come, how to pay, where to ask.

Every fact comes from a record as the answers tell it; what is past is never shown as to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypedDict

from bot.answer.compose.closing import brief
from bot.answer.compose.fields import current_fees, day_text, shorten, title_of
from bot.answer.context import VIETNAM
from bot.gateway.ports import Library
from bot.gateway.screens.pictures import picture
from bot.gateway.screens.words import words
from desk.devices import Device
from knowledge.documents import Event, Plan, Procedure, Validity, ValidityState, area_covers

MOST_LINES = 4
LONGEST_TITLE = 80
LONGEST_LINE = 130  # letters that can be read in the time a page stands


class Slide(TypedDict):
    """A page: its kind, heading, lines, and the picture with what it is for. No picture: ""."""

    kind: str
    label: str
    title: str
    lines: list[str]
    picture: str
    scan: str


def slides(library: Library, screen: Device, *, now: datetime, ask_at: str) -> list[Slide]:
    """The pages of one board, in the order they are shown; there is always one."""
    local, chosen = now.astimezone(VIETNAM), screen.settings
    shown = list(_procedures(library, chosen.procedures or words()["usual"], local))
    extra = [
        *_events(library.plans(), screen.area, local, shown=chosen.events),
        *_paying(library, shown=chosen.paying),
        *_notice(chosen.notice),
    ]
    return [*_woven(shown, extra), _ask(ask_at)]


def _woven(many: list[Slide], few: list[Slide]) -> Iterator[Slide]:
    """The few spread among the many, so that nobody waits long for the schedule."""
    step = max(1, len(many) // (len(few) + 1))
    for number, slide in enumerate(many, 1):
        yield slide
        if few and number % step == 0:
            yield few.pop(0)
    yield from few


def _procedures(library: Library, codes: Iterable[str], now: datetime) -> Iterator[Slide]:
    for code in codes:
        record = library.procedure(code)
        if record is None or record.listed_only or not _holds(record.validity, now):
            continue
        if lines := _facts(record, now):
            link = record.portal_url or words()["portal"]
            yield _slide("procedure", title=_called(record), lines=lines, link=link)


def _called(record: Procedure) -> str:
    """As the kiosk's tiles call it, else as it is published."""
    ours = (topic for tile in words()["tiles"] for topic in tile["topics"])
    short = next((str(topic["title"]) for topic in ours if record.code in topic["codes"]), "")
    return short or shorten(title_of(record), LONGEST_TITLE)


def _facts(record: Procedure, now: datetime) -> list[str]:
    """When a person must act, how it is handed in, time limit, fees, place: where the record says it without ifs."""
    facts = [*record.deadlines[:1], *_ways(record), *brief(current_fees(record, now.date()))]
    if not facts:
        return []
    code = words()["board"]["procedure_code"].format(code=record.code)
    return [*[_sentence(fact) for fact in facts if len(fact) <= LONGEST_LINE][: MOST_LINES - 1], code]


def _ways(record: Procedure) -> list[str]:
    board = words()["board"]
    ways = dict.fromkeys(
        board["way"][channel.how] for channel in record.channels if channel.how in board["way"]
    )
    return [board["ways"].format(ways=", ".join(ways))] if ways else []


def _sentence(fact: str) -> str:
    return fact[:1].upper() + fact[1:]


def _events(plans: Iterable[Plan], area: str, now: datetime, *, shown: bool) -> Iterator[Slide]:
    """The next ones of the plans in force here, the earliest first; none that has begun."""
    found = sorted(
        (
            event
            for plan in plans
            if shown and _is_here(plan, area, now)
            for event in plan.events
            if event.start > now
        ),
        key=lambda event: event.start,
    )
    if found:
        lines = [_event_line(event, now) for event in found[:MOST_LINES]]
        title = shorten(found[0].title, LONGEST_TITLE)
        yield _slide("event", title=title, lines=lines, link="")


def _is_here(plan: Plan, area: str, now: datetime) -> bool:
    return bool(area) and area_covers(plan.area, area) and _holds(plan.validity, now)


def _holds(validity: Validity, now: datetime) -> bool:
    return validity.on(now.date()) in (ValidityState.IN_FORCE, ValidityState.UNKNOWN)


def _event_line(event: Event, now: datetime) -> str:
    start = event.start.astimezone(VIETNAM)
    on = words()["board"]["today"] if start.date() == now.date() else words()["weekdays"][start.weekday()]
    when = words()["board"]["event_when"].format(start=f"{start:%H:%M}", day=day_text(start.date()))
    return f"{on}, {when}: {event.unit}"


def _paying(library: Library, *, shown: bool) -> Iterator[Slide]:
    guide = library.guide(words()["guide_of_paying"]) if shown else None
    if guide is not None:
        yield _slide("paying", title=guide.title, lines=list(guide.lines), link=words()["portal"])


def _notice(text: str) -> Iterator[Slide]:
    if text.strip():
        yield _slide("notice", title=text.strip(), lines=[], link="")


def _ask(address: str) -> Slide:
    made = _slide("ask", title=words()["board"]["ask"], lines=words()["board"]["ask_lines"], link=address)
    return {**made, "scan": words()["board"]["scan_ask"], "label": ""}


def _slide(kind: str, *, title: str, lines: list[str], link: str) -> Slide:
    board: dict[str, Any] = words()["board"]
    label = board[kind] if isinstance(board.get(kind), str) else ""
    drawn = picture(link) if link else ""
    return {
        "kind": kind,
        "label": label,
        "title": title,
        "lines": [line for line in lines if len(line) <= LONGEST_LINE][:MOST_LINES],  # never a fact cut short
        "picture": drawn,
        "scan": board["scan_portal"] if drawn else "",
    }
