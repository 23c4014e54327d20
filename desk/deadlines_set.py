"""Setting and ending deadlines, by hand or from a YAML file; each act is in the audit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml
from pydantic import ValidationError

from desk.database import Conn, storable
from desk.deadlines import NewRule, Rule, Terms, rule, rules
from desk.service import audit
from knowledge.errors import BadDeadline


async def add(conn: Conn, new: NewRule, *, actor: str, now: datetime) -> Rule:
    """Set a deadline for tickets that come from now on. Set again just so, it stays one.

    Raises:
        BadDeadline: another deadline for the same unit, area and category begins on the same day.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('deadline_rules', 11))")
    for known in await rules(conn):
        if known.model_dump(exclude={"id"}) == new.model_dump():
            return known
        if _place(known) == _place(new):
            raise BadDeadline(f"{known.id} is set for the same unit, area and category from {new.valid_from}")
    made = Rule(id=uuid4(), **new.model_dump())
    values = {name: storable(value) for name, value in made.model_dump().items()}
    marks = ", ".join(f"%({name})s" for name in values)
    await conn.execute(
        f"INSERT INTO deadline_rules ({', '.join(values)}, actor, at) VALUES ({marks}, %(actor)s, %(now)s)",  # noqa: S608
        {**values, "actor": actor, "now": now},
    )
    await _audit(conn, "deadline.set", made, actor=actor, now=now)
    return made


def _place(one: Terms) -> tuple[str, str, str, date]:
    return one.unit_id, one.area, one.category, one.valid_from


async def end(conn: Conn, rule_id: UUID, *, last: date, actor: str, now: datetime) -> Rule:
    """Let a deadline count up to its last day. Clocks that run by it run on.

    Raises:
        BadDeadline: no such rule, or the day is before its first.
    """
    known = await rule(conn, rule_id)
    if known is None:
        raise BadDeadline(f"no deadline {rule_id}")
    if last < known.valid_from:
        raise BadDeadline(f"{rule_id} begins on {known.valid_from}")
    await conn.execute("UPDATE deadline_rules SET valid_to = %s WHERE id = %s", (last, rule_id))
    ended = known.model_copy(update={"valid_to": last})
    await _audit(conn, "deadline.ended", ended, actor=actor, now=now)
    return ended


async def load(conn: Conn, path: Path, *, actor: str, now: datetime) -> list[Rule]:
    """Set every deadline of a YAML file, or none.

    Raises:
        BadDeadline: the file or a row of it is damaged; the row is named.
    """
    return [await add(conn, new, actor=actor, now=now) for new in read(path)]


def read(path: Path) -> list[NewRule]:
    """The rows of a YAML file, each with the fields of `NewRule`.

    Raises:
        BadDeadline: it is no list, or a row is damaged.
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadDeadline(f"{path.name}: {error}") from None
    if not isinstance(loaded, list):
        raise BadDeadline(f"{path.name}: a list of deadlines was expected")
    return [checked(row, said=f"{path.name}, row {place}") for place, row in enumerate(loaded, 1)]


def checked(row: Any, *, said: str = "deadline") -> NewRule:  # noqa: ANN401  # whatever was typed
    """A rule from what somebody wrote.

    Raises:
        BadDeadline: it does not hold together; `said` names it.
    """
    try:
        return NewRule.model_validate(row)
    except ValidationError as error:
        raise BadDeadline(f"{said}: {_reasons(error.errors())}") from None


def _reasons(errors: Iterable[Any]) -> str:
    return "; ".join(" ".join([*map(str, one["loc"]), str(one["msg"])]) for one in errors)


async def _audit(conn: Conn, action: str, one: Rule, *, actor: str, now: datetime) -> None:
    details = one.model_dump(mode="json", exclude={"id"})
    await audit(
        conn,
        actor=actor,
        action=action,
        object_kind="deadline",
        object_id=str(one.id),
        now=now,
        details=details,
    )
