"""Which records may answer where and when: of each code one, of plans those that hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from index.rows import procedure_row
from index.siblings import Siblings
from index.standing import LISTED, OLD, PlanStanding, Standing
from knowledge.documents import Procedure, Validity, ValidityState
from knowledge.periods import Period

DAY = date(2026, 11, 20)
ENDED = Validity(state=ValidityState.SUPERSEDED, start=date(2023, 7, 4), end=date(2025, 6, 30))
THEN = Period(date(2024, 1, 1), date(2024, 12, 31))
VAGUE = Period(None, date(2026, 11, 19), vague=True)


def rows(*records: dict[str, Any]) -> list[dict[str, Any]]:
    made = [Procedure(**{"code": "9.000001", "title": "A"} | record) for record in records]
    return [procedure_row(one, siblings=Siblings(), entries=(one.title,)) for one in made]


def found(
    *records: dict[str, Any], area: str = "da-nang", day: date = DAY, period: Period | None = None
) -> list[str]:
    held = rows(*records)
    mask = Standing(held).mask(area, day, period)
    return [row["key"] for row, allowed in zip(held, mask, strict=True) if allowed]


OLD_LOCAL = {"area": "da-nang", "variant": "old", "validity": ENDED}
LOCAL = {"area": "da-nang"}
NATIONAL: dict[str, Any] = {}
LIST = {"area": "da-nang", "listed_only": True}


def test_the_nearest_record_of_a_code_answers() -> None:
    assert found(NATIONAL, LOCAL) == ["9.000001@da-nang"]
    assert found(NATIONAL, LOCAL, area="da-nang/hoa-vang") == ["9.000001@da-nang"]
    assert found(NATIONAL, LOCAL, area="quang-tri") == ["9.000001"]
    assert found(NATIONAL, LOCAL, area="") == ["9.000001"]
    assert found(LOCAL, area="quang-tri") == []


def test_an_old_record_is_found_when_its_time_is_asked_for() -> None:
    assert found(NATIONAL, OLD_LOCAL) == ["9.000001"]
    assert found(NATIONAL, OLD_LOCAL, period=THEN) == ["9.000001@da-nang~old"]
    assert found(NATIONAL, OLD_LOCAL, period=VAGUE) == ["9.000001@da-nang~old"]
    assert found(NATIONAL, OLD_LOCAL, period=Period(date(2016, 1, 1), date(2016, 12, 31))) == ["9.000001"]
    assert found(NATIONAL, OLD_LOCAL, area="quang-tri", period=THEN) == ["9.000001"]


def test_an_old_record_is_found_when_nothing_else_is_held() -> None:
    assert found(OLD_LOCAL) == ["9.000001@da-nang~old"]
    assert found(OLD_LOCAL, area="quang-tri") == []


def test_a_listed_one_gives_way_to_content_and_stands_before_what_ended() -> None:
    assert found(NATIONAL, LIST) == ["9.000001"]
    assert found(LIST, OLD_LOCAL) == ["9.000001@da-nang"]
    assert found(LIST) == ["9.000001@da-nang"]
    assert found(LIST, area="quang-tri") == []


def test_the_lesser_of_two_that_disagree_is_not_found() -> None:
    assert found(NATIONAL, {"variant": "ban-cu"}) == ["9.000001"]


def test_a_day_decides_between_what_ends_and_what_starts() -> None:
    ends = {"variant": "2024", "validity": Validity(state=ValidityState.SUPERSEDED, end=date(2027, 2, 28))}
    starts = {"validity": Validity(state=ValidityState.IN_FORCE, start=date(2027, 3, 1))}
    assert found(ends, starts) == ["9.000001~2024"]
    assert found(ends, starts, day=date(2027, 3, 1)) == ["9.000001"]


def test_scores_of_what_is_listed_or_old_count_less() -> None:
    standing = Standing(rows(NATIONAL, LIST | {"code": "9.000002"}, OLD_LOCAL | {"code": "9.000003"}))
    assert [standing.factor(row, DAY) for row in range(3)] == [1.0, LISTED, OLD]


def test_rows_of_a_snapshot_without_validity_answer() -> None:
    bare = [{"key": "9.000001", "code": "9.000001", "area": "", "title": "A"}]
    assert Standing(bare).mask("", DAY, None).tolist() == [True]


def plan(name: str, area: str, validity: Validity) -> dict[str, Any]:
    return {
        "id": f"head:{name}:0",
        "area": area,
        "validity": validity.model_dump(mode="json", exclude_defaults=True),
    }


def test_of_plans_those_that_hold_speak_and_others_only_of_their_time() -> None:
    old = Validity(state=ValidityState.SUPERSEDED, start=date(2020, 1, 1), end=date(2020, 12, 31))
    new = Validity(state=ValidityState.IN_FORCE, start=date(2026, 1, 1), end=date(2026, 12, 31))
    guide = {"id": "guide:x:0", "area": ""}
    held = [plan("old", "dak-lak", old), plan("new", "dak-lak", new), guide, plan("old", "lam-dong", old)]
    standing = PlanStanding(held)

    def allowed(area: str, day: date = DAY, period: Period | None = None) -> list[bool]:
        return [bool(one) for one in standing.mask(area, day, period)]

    assert allowed("dak-lak") == [False, True, True, False]
    assert allowed("dak-lak", period=Period(date(2020, 1, 1), date(2020, 12, 31))) == [
        True,
        True,
        True,
        False,
    ]
    assert allowed("dak-lak", period=VAGUE) == [True, False, True, False]
    assert allowed("lam-dong") == [False, False, True, True], "told that only an old one is held"
    assert allowed("dak-lak", day=date(2027, 2, 1)) == [True, True, True, False]
