"""Working time: exact, the same forward and back, over any calendar, at Tết and at the year's end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import calendar_data, calendar_law
from desk.calendar import LOCAL_TIME, Calendar
from desk.calendar_data import PACKS, DayBook, Hours, OfficeHours, Year, load_days, load_hours
from knowledge.errors import BadRecord

DAY = timedelta(days=1)
OFFICE = Calendar(load_hours().of("", ""), load_days())
HALF_PAST_SEVEN = time(7, 30)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_TIME)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


# ------------------------------------------------------------------ the days we know


def test_a_day_has_seven_and_a_half_hours() -> None:
    assert OFFICE.working_between(at("2026-11-20T00:00"), at("2026-11-21T00:00")) == hours(7.5)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-11-20T17:00:00", 1, "2026-11-23T08:30"),  # Friday at closing time: Monday's first hour
        ("2026-11-20T16:59:59", 1, "2026-11-23T08:29:59"),
        ("2026-11-20T12:00", 0.5, "2026-11-20T14:00"),  # noon counts for nothing
        ("2026-11-20T11:30", 3.5, "2026-11-20T17:00"),  # a limit ends with the day, not on the next morning
        ("2026-11-20T07:30", 4, "2026-11-20T11:30"),
        ("2026-11-22T03:00", 7.5, "2026-11-23T17:00"),  # Sunday night
        ("2026-11-24T09:00", 1, "2026-11-25T08:30"),  # filed on a holiday
        ("2026-02-13T16:00", 2, "2026-02-23T08:30"),  # over Tết 2026: 14/2 to 22/2
        ("2026-01-09T16:00", 2, "2026-01-10T08:30"),  # a make-up Saturday
        ("2026-08-21T16:30", 8, "2026-08-22T17:00"),
        ("2026-01-01T23:59:59", 1, "2026-01-05T08:30"),  # 2/1 was swapped away
        ("2026-12-31T16:00", 2, "2027-01-04T08:30"),
        ("2025-12-31T17:00", 0, "2026-01-05T07:30"),
    ],
)
def test_working_hours_are_added(start: str, amount: float, end: str) -> None:
    assert OFFICE.add_working(at(start), hours(amount)) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-20T09:00", 1, "2026-11-23T17:00"),
        ("2026-11-20T17:00", 5, "2026-11-30T17:00"),  # 24/11 is off
        ("2026-02-13T08:00", 3, "2026-02-25T17:00"),
        ("2026-12-31T08:00", 1, "2027-01-04T17:00"),
        ("2026-11-21T10:00", 1, "2026-11-23T17:00"),  # filed on a Saturday
    ],
)
def test_days_begin_on_the_next_and_end_at_closing(start: str, days: int, end: str) -> None:
    assert OFFICE.add_days(at(start), days) == at(end)


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ("2026-11-20T08:00", "2026-11-20T08:00"),
        ("2026-11-20T11:30", "2026-11-20T13:30"),
        ("2026-11-20T17:00", "2026-11-23T07:30"),
        ("2026-02-14T00:00", "2026-02-23T07:30"),
    ],
)
def test_the_next_open_moment(when: str, opens: str) -> None:
    assert OFFICE.next_open(at(when)) == at(opens)


def test_moments_of_any_zone_are_read_as_vietnams() -> None:
    assert OFFICE.is_open(datetime(2026, 11, 20, 0, 30, tzinfo=UTC))
    assert not OFFICE.is_open(datetime(2026, 11, 20, 10, 0, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        OFFICE.is_open(datetime(2026, 11, 20))  # noqa: DTZ001  # on purpose


def test_wrong_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        OFFICE.add_working(at("2026-11-20T08:00"), hours(-1))
    with pytest.raises(ValueError, match="at least one"):
        OFFICE.add_days(at("2026-11-20T08:00"), 0)
    with pytest.raises(ValueError, match="taken"):
        OFFICE.take_working(at("2026-11-20T08:00"), hours(0))


# ------------------------------------------------------------------ any calendar

quarter = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
week_blocks = st.lists(quarter, min_size=4, max_size=4, unique=True).map(sorted).map(
    lambda t: ((t[0], t[1]), (t[2], t[3]))
)  # fmt: skip
weeks = st.lists(st.one_of(st.just(()), week_blocks), min_size=7, max_size=7).filter(any)
days = st.integers(0, 3 * 365).map(lambda n: date(2025, 7, 1) + n * DAY)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any week, with days off in clusters like Tết, and made-up days, over three years."""
    off = {day + n * DAY for day in draw(st.lists(days, max_size=12)) for n in range(draw(st.integers(1, 9)))}
    made_up = {day: draw(days) for day in draw(st.lists(days, max_size=6, unique=True)) if day not in off}
    books = {
        year: Year(
            off=frozenset(day for day in off if day.year == year),
            made_up={day: of for day, of in made_up.items() if day.year == year},
            settled=True,
        )
        for year in range(2025, 2030)
    }
    return Calendar(Hours(by_weekday=tuple(draw(weeks))), DayBook(books))


moments = st.datetimes(datetime(2025, 7, 1), datetime(2028, 6, 30), timezones=st.just(LOCAL_TIME))  # noqa: DTZ001
amounts = st.timedeltas(timedelta(microseconds=1), timedelta(hours=400))


@given(calendars(), moments, amounts)
@settings(max_examples=150, deadline=None)
def test_what_was_added_is_measured(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    assert calendar.working_between(start, calendar.add_working(start, amount)) == amount


@given(calendars(), moments, amounts)
@settings(max_examples=100, deadline=None)
def test_what_was_taken_is_measured(calendar: Calendar, end: datetime, amount: timedelta) -> None:
    start = calendar.take_working(end, amount)
    assert calendar.working_between(start, end) == amount
    assert calendar.is_open(start)


@given(calendars(), moments, amounts, amounts)
@settings(max_examples=100, deadline=None)
def test_adding_twice_is_adding_the_sum(
    calendar: Calendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    once = calendar.add_working(start, one + two)
    assert calendar.add_working(calendar.add_working(start, one), two) == once


@given(calendars(), moments, moments, amounts)
@settings(max_examples=100, deadline=None)
def test_later_starts_never_end_earlier(
    calendar: Calendar, one: datetime, two: datetime, amount: timedelta
) -> None:
    earlier, later = sorted((one, two))
    assert calendar.add_working(earlier, amount) <= calendar.add_working(later, amount)
    assert calendar.working_between(earlier, later) >= timedelta(0)
    assert calendar.working_between(later, earlier) == -calendar.working_between(earlier, later)


@given(calendars(), moments, amounts)
@settings(max_examples=100, deadline=None)
def test_a_limit_ends_within_hours(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    end = calendar.add_working(start, amount)
    assert calendar.is_open(end - timedelta(microseconds=1))  # the moment before belongs to the work


@given(calendars(), moments, amounts, st.timedeltas(timedelta(0), timedelta(days=90)), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_a_pause_takes_nothing_away(
    calendar: Calendar, start: datetime, amount: timedelta, pause: timedelta, share: float
) -> None:
    due = calendar.add_working(start, amount)
    stopped = start + (due - start) * share
    left = calendar.working_between(stopped, due)
    resumed = stopped + pause
    again = calendar.add_working(resumed, left)
    assert calendar.working_between(start, stopped) + calendar.working_between(resumed, again) == amount


@given(calendars(), moments, moments, moments)
@settings(max_examples=100, deadline=None)
def test_time_between_adds_up(calendar: Calendar, one: datetime, two: datetime, three: datetime) -> None:
    first, second, third = sorted((one, two, three))
    parts = calendar.working_between(first, second) + calendar.working_between(second, third)
    assert parts == calendar.working_between(first, third)


@given(calendars(), moments)
@settings(max_examples=100, deadline=None)
def test_the_next_open_moment_is_open_and_nothing_lies_before_it(calendar: Calendar, when: datetime) -> None:
    opens = calendar.next_open(when)
    assert calendar.is_open(opens)
    assert opens >= when
    assert calendar.working_between(when, opens) == timedelta(0)


def test_it_is_the_same_as_counting_each_minute() -> None:
    """The one slow way, over Tết and a make-up Saturday."""
    for start, end in (("2026-02-12T07:00", "2026-02-24T18:00"), ("2025-12-31T06:00", "2026-01-12T18:00")):
        counted = sum(OFFICE.is_open(minute) for minute in _minutes(at(start), at(end)))
        assert OFFICE.working_between(at(start), at(end)) == timedelta(minutes=counted)


def _minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += timedelta(minutes=1)


# ------------------------------------------------------------------ the data


def test_the_years_that_are_set() -> None:
    assert load_days().settled == [2025, 2026]
    assert OFFICE.is_settled(2026)
    assert not OFFICE.is_settled(2027)


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_set_year_holds_every_day_of_the_law(year: int) -> None:
    book = load_days().year(year)
    tet = {day for day in book.off if day.month in (1, 2) and day != date(year, 1, 1)} - {
        *book.made_up.values()
    }
    assert len(tet) == 5  # which five is decided each year
    weekdays = {day for day in calendar_law.days_off(year) if day.weekday() < 5 and day.month > 2}
    assert weekdays <= book.off
    assert len(book.off - set(book.made_up.values())) == (12 if year == 2026 else 11)
    assert all(day.weekday() == 5 for day in book.made_up)


def test_a_year_not_set_has_the_laws_days() -> None:
    off = calendar_law.days_off(2027)
    assert {date(2027, 1, 1), date(2027, 2, 6), date(2027, 4, 16), date(2027, 4, 30), date(2027, 9, 2)} <= off
    assert date(2027, 5, 3) in off  # 1/5 is a Saturday
    assert date(2027, 2, 10) in off  # two days of Tết fall on a weekend
    assert date(2027, 2, 11) in off
    assert date(2027, 2, 12) not in off


def test_far_years_have_the_suns_days_alone() -> None:
    assert date(2090, 4, 30) in calendar_law.days_off(2090)
    assert not any(day.month in (2, 3) for day in calendar_law.days_off(2090))


def test_the_lunar_days_stand_with_the_moon() -> None:
    """A lunar month begins on the day of the new moon at UTC+7: reckoned here by another way (Meeus, ch. 49)."""
    for year, known in yaml.safe_load((PACKS / "lunar.yml").read_text(encoding="utf-8")).items():
        assert known["tet"] == _new_moon_near(known["tet"]), year
        assert known["gio_to"] - 9 * DAY == _new_moon_near(known["gio_to"] - 9 * DAY), year


def _new_moon_near(day: date) -> date:
    k = round((day.year + (day.timetuple().tm_yday - 1) / 365.25 - 2000) * 12.3685)
    found = [_new_moon(k + step) for step in (-1, 0, 1)]
    return min(found, key=lambda one: abs(one - day))


def _new_moon(k: int) -> date:
    t = k / 1236.85
    days = 2451550.09766 + 29.530588861 * k + 0.00015437 * t**2
    sun = math.radians(2.5534 + 29.1053567 * k)
    moon = math.radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2)
    node = math.radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2)
    days += (
        -0.4072 * math.sin(moon) + 0.17241 * math.sin(sun) + 0.01608 * math.sin(2 * moon)
        + 0.01039 * math.sin(2 * node) + 0.00739 * math.sin(moon - sun) - 0.00514 * math.sin(moon + sun)
        + 0.00208 * math.sin(2 * sun) - 0.00111 * math.sin(moon - 2 * node)
    )  # fmt: skip
    local = datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=days - 2451545.0, hours=7, seconds=-72)
    return local.date()


# ------------------------------------------------------------------ reading it


def packs_with(folder: Path, **files: object) -> Path:
    for name, content in files.items():
        path = folder / f"{name.lstrip('y')}.yml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder


def test_damaged_years_name_their_file(tmp_path: Path) -> None:
    for content in (
        {"sources": ["x"], "days_off": {date(2027, 1, 1): "Tết"}},  # of another year
        {"sources": [], "days_off": {}},
        {"sources": ["x"], "days_off": {date(2026, 1, 10): "x"},
         "swaps": [{"rest": date(2026, 1, 2), "work": date(2026, 1, 10)}]},
    ):  # fmt: skip
        with pytest.raises(BadRecord, match=r"2026\.yml"):
            load_days(packs_with(tmp_path, y2026=content))
    (tmp_path / "2026.yml").write_text("days_off: [", encoding="utf-8")
    with pytest.raises(BadRecord, match=r"2026\.yml"):
        load_days(tmp_path)


def test_a_units_own_hours_come_first_then_its_areas(tmp_path: Path) -> None:
    row = {"days": ["thu-2"], "blocks": ["08:00-12:00"]}
    office: OfficeHours = load_hours(
        packs_with(
            tmp_path,
            hours=[
                row,
                {**row, "area": "lam-dong", "blocks": ["07:00-11:00"]},
                {**row, "unit": "lam-dong-so-y-te", "days": ["thu-2", "thu-7"], "blocks": ["06:00-10:00"]},
            ],
        )
    )
    assert office.of("khac", "dak-lak").of(0)[0][0] == time(8)
    assert office.of("khac", "lam-dong/bac-binh").of(0)[0][0] == time(7)
    assert office.of("lam-dong-so-y-te", "lam-dong").of(5)[0][0] == time(6)


@pytest.mark.parametrize(
    "row",
    [
        {"days": ["thu-2"], "blocks": []},
        {"days": ["thu-8"], "blocks": ["08:00-12:00"]},
        {"days": ["thu-2"], "blocks": ["12:00-08:00"]},
        {"days": ["thu-2"], "blocks": ["08:00-12:00", "11:00-13:00"]},
        {"days": ["thu-2"], "blocks": ["sáng"]},
        {"days": ["thu-2"], "blocks": ["08:00-12:00"], "area": "lam-dong"},  # nobody else has hours
    ],
)
def test_hours_that_make_no_sense_are_refused(tmp_path: Path, row: dict[str, object]) -> None:
    with pytest.raises((BadRecord, ValueError)):
        load_hours(packs_with(tmp_path, hours=[row]))


def test_the_packs_are_read_once() -> None:
    assert calendar_data.days() is calendar_data.days()
    assert calendar_data.office_hours().of("", "").of(0)[0][0] == HALF_PAST_SEVEN
