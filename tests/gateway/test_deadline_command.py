"""`motcua desk deadline`: an office's deadlines from the command line and from a file."""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from desk.database import Pool
from desk.models import NewReport
from desk.routing import Router
from knowledge.errors import BadDeadline, TicketNotFound
from tests.desk.clock_helpers import filing_into, set_deadline
from tests.desk.conftest import packs, report, router
from tests.desk.test_work import SEALER

__all__ = ["packs", "report", "router"]

pytestmark = pytest.mark.postgres
RUNNER = CliRunner()
ROADS = "lam-dong-so-xay-dung"


@pytest.fixture(autouse=True)
def _database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", dsn)


def run(*arguments: str) -> Any:
    done = RUNNER.invoke(app, ["desk", "deadline", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_a_deadline_is_set_listed_and_ended() -> None:
    said = ["--unit", ROADS, "--days", "5", "--warn", "7.5", "--escalate", "0", "--basis", "QĐ 1/2026"]
    (made,) = json.loads(run("add", *said, "--since", "2026-01-01", "--json").output)
    assert (made["unit_id"], made["working_days"], made["working_hours"]) == (ROADS, 5, None)
    assert (made["warn_hours"], made["escalate_hours"]) == ("7.5", "0.0")
    assert "QĐ 1/2026" in run("list").output
    (ended,) = json.loads(run("end", made["id"], "--last", "2026-06-30", "--json").output)
    assert ended["valid_to"] == "2026-06-30"
    assert json.loads(run("list", "--on", "2026-07-01", "--json").output) == []


def test_hours_may_be_said_and_the_head_left_alone() -> None:
    (made,) = json.loads(run("add", "--hours", "40", "--basis", "QĐ 1/2026", "--json").output)
    assert (float(made["working_hours"]), made["escalate_hours"]) == (40, None)


def test_a_file_is_loaded_twice_and_sets_once(tmp_path: Path) -> None:
    path = tmp_path / "deadlines.yml"
    rows = [{"area": "lam-dong", "working_days": 5, "basis": "QĐ 1/2026", "valid_from": "2026-01-01"}]
    path.write_text(yaml.safe_dump(rows), encoding="utf-8")
    run("load", str(path))
    run("load", str(path))
    assert len(json.loads(run("list", "--json").output)) == 1


@pytest.mark.parametrize("said", [[], ["--days", "5", "--hours", "3"], ["--days", "5", "--since", "mai"]])
def test_what_cannot_be_set_is_refused(said: list[str]) -> None:
    with pytest.raises(BadDeadline):
        run("add", "--basis", "QĐ 1/2026", *said)


async def _filed(pool: Pool, report: NewReport, router: Router) -> str:
    await set_deadline(pool, working_days=1)
    return (await filing_into(pool, report, router, SEALER)("2026-11-19T09:00")).code


async def test_the_letter_is_written_to_a_folder(
    pool: Pool, report: NewReport, router: Router, tmp_path: Path
) -> None:
    code = await _filed(pool, report, router)
    done = await asyncio.to_thread(run, "apology", code, "--out", str(tmp_path), "--days", "3", "--json")
    told = json.loads(done.output)
    assert told["path"] == str(tmp_path / f"xin-loi-{code}.docx")
    assert zipfile.is_zipfile(told["path"])
    with pytest.raises(TicketNotFound):
        await asyncio.to_thread(run, "apology", "PA-2026-999999", "--out", str(tmp_path))


def test_a_wrong_day_is_named() -> None:
    done = RUNNER.invoke(app, ["desk", "deadline", "list", "--on", "mai"])
    assert done.exit_code == 2
    assert "mai" in done.output
