"""Deadlines are set by offices, each with its document; the most particular one counts, or there is none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from desk import deadlines, deadlines_set, service
from desk.calendar import LOCAL_TIME
from desk.database import Pool
from desk.deadlines import NewRule, Rule, calendar_of
from desk.deadlines_set import checked
from desk.models import NewReport, Ticket
from desk.routing import Router
from knowledge.errors import BadDeadline
from tests.desk.test_work import SEALER

pytestmark = pytest.mark.postgres
ROADS = "lam-dong-so-xay-dung"


def new(**values: Any) -> NewRule:
    return checked({"working_days": 5, "basis": "QĐ 1/2026", "valid_from": date(2026, 1, 1), **values})


@pytest.fixture
async def ticket(pool: Pool, report: NewReport, router: Router, now: datetime) -> Ticket:
    async with pool.connection() as conn:
        return (
            await service.file_report(conn, report, origin="o1", router=router, sealer=SEALER, now=now)
        ).ticket


async def test_the_most_particular_rule_wins(pool: Pool, ticket: Ticket, now: datetime) -> None:
    ladder = [
        new(basis="everybody"),
        new(basis="province", area="lam-dong"),
        new(basis="commune", area="lam-dong/bac-binh"),
        new(basis="category", category="duong"),
        new(basis="category here", category="duong", area="lam-dong"),
        new(basis="unit", unit_id=ROADS),
        new(basis="unit and category", unit_id=ROADS, category="duong"),
    ]
    async with pool.connection() as conn:
        assert await deadlines.rule_for(conn, ticket, at=now) is None
        for rule in ladder:
            await deadlines_set.add(conn, rule, actor="x", now=now)
            found = await deadlines.rule_for(conn, ticket, at=now)
            assert found
            assert found.basis == rule.basis
        for stranger in (
            {"unit_id": "khac"},
            {"area": "dak-lak"},
            {"unit_id": ROADS, "category": "rac"},
        ):
            await deadlines_set.add(conn, new(basis="stranger", **stranger), actor="x", now=now)
        found = await deadlines.rule_for(conn, ticket, at=now)
        assert found
        assert found.basis == "unit and category"


async def test_an_area_is_no_prefix_of_letters(pool: Pool, ticket: Ticket, now: datetime) -> None:
    other = ticket.model_copy(update={"area": "lam-dong-moi/x"})
    async with pool.connection() as conn:
        await deadlines_set.add(conn, new(area="lam-dong"), actor="x", now=now)
        assert await deadlines.rule_for(conn, other, at=now) is None


async def test_validity_is_by_vietnams_day(pool: Pool, ticket: Ticket, now: datetime) -> None:
    async with pool.connection() as conn:
        old = await deadlines_set.add(conn, new(basis="old"), actor="x", now=now)
        await deadlines_set.end(conn, old.id, last=date(2026, 11, 19), actor="x", now=now)
        await deadlines_set.add(conn, new(basis="new", valid_from=date(2026, 11, 20)), actor="x", now=now)
        at = [datetime(2026, 11, day, hour, tzinfo=LOCAL_TIME) for day, hour in ((19, 23), (20, 0))]
        found = [await deadlines.rule_for(conn, ticket, at=moment) for moment in at]
        assert [rule.basis for rule in found if rule] == ["old", "new"]
        assert len(await deadlines.rules(conn)) == 2
        assert [rule.basis for rule in await deadlines.rules(conn, on=date(2026, 11, 20))] == ["new"]


async def test_setting_again_changes_nothing_and_two_at_once_are_refused(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        one = await deadlines_set.add(conn, new(), actor="x", now=now)
        assert await deadlines_set.add(conn, new(), actor="x", now=now) == one
        with pytest.raises(BadDeadline, match="same unit"):
            await deadlines_set.add(conn, new(working_days=7), actor="x", now=now)
        with pytest.raises(BadDeadline, match="no deadline"):
            await deadlines_set.end(conn, uuid4(), last=date(2026, 12, 1), actor="x", now=now)
        with pytest.raises(BadDeadline, match="begins"):
            await deadlines_set.end(conn, one.id, last=date(2025, 12, 1), actor="x", now=now)
        lines = await (await conn.execute("SELECT action FROM audit ORDER BY id")).fetchall()
        assert [line["action"] for line in lines] == ["deadline.set"]


@pytest.mark.parametrize(
    "values",
    [
        {"working_days": None},
        {"working_hours": 8},
        {"working_days": 0},
        {"basis": "  "},
        {"area": "khong-co"},
        {"valid_to": date(2025, 1, 1)},
        {"warn_hours": -1},
        {"because": "x"},
    ],
)
def test_a_rule_that_does_not_hold_together_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadDeadline):
        new(**values)


async def test_a_file_sets_all_or_names_its_row(pool: Pool, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "deadlines.yml"
    good = {"working_hours": 40, "basis": "QĐ 2/2026", "valid_from": date(2026, 1, 1), "area": "lam-dong"}
    path.write_text(yaml.safe_dump([good, {**good, "area": "dak-lak", "warn_hours": 7.5}]), encoding="utf-8")
    async with pool.connection() as conn:
        loaded = await deadlines_set.load(conn, path, actor="x", now=now)
        assert [rule.area for rule in loaded] == ["lam-dong", "dak-lak"]
        assert loaded[1].warn_hours == Decimal("7.5")
    for content in (yaml.safe_dump([good, {"basis": "x"}]), "a: [", "a: 1"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(BadDeadline, match=r"deadlines\.yml"):
            deadlines_set.read(path)


def test_warnings_are_reckoned_in_working_time() -> None:
    rule = Rule(
        id=uuid4(), working_hours=Decimal(8), warn_hours=Decimal(2), escalate_hours=Decimal(1), basis="QĐ 1",
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
    calendar = calendar_of("x", "")
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=LOCAL_TIME)
    due = rule.due(friday, calendar)
    assert due == datetime(2026, 11, 23, 16, 30, tzinfo=LOCAL_TIME)
    assert rule.warn_at(due, calendar) == due - timedelta(hours=2)
    assert rule.escalate_at(due, calendar) == datetime(2026, 11, 25, 8, 0, tzinfo=LOCAL_TIME)
    at_once = rule.model_copy(update={"escalate_hours": Decimal(0), "warn_hours": Decimal(0)})
    assert (at_once.warn_at(due, calendar), at_once.escalate_at(due, calendar)) == (None, due)
    assert rule.model_copy(update={"escalate_hours": None}).escalate_at(due, calendar) is None
