"""`motcua desk deadline`: an office's deadlines from the command line and from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from knowledge.errors import BadDeadline

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


def test_a_wrong_day_is_named() -> None:
    done = RUNNER.invoke(app, ["desk", "deadline", "list", "--on", "mai"])
    assert done.exit_code == 2
    assert "mai" in done.output
