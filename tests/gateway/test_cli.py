"""The command line: quick to say what it can, one JSON document where asked, one line where it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.gateway import evaluating
from bot.gateway.settings import ROOT
from tests.gateway.conftest import database_folder

RUN = CliRunner()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with database_folder() as folder:
        monkeypatch.setenv("MOTCUA_HOME", str(folder))
        yield folder


def motcua(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {"MOTCUA_HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *args],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_imports_nothing_heavy(home: Path) -> None:
    program = "import sys, bot.cli; print([m for m in ('torch', 'numpy', 'fastapi', 'psycopg') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_command_explains_itself(home: Path) -> None:
    names = [
        "serve",
        "ingest",
        "diff",
        "publish",
        "rollback",
        "versions",
        "replay",
        "ask",
        "eval",
        "train",
        "desk",
        "doctor",
        "version",
    ]
    shown = RUN.invoke(app, ["--help"]).stdout
    for name in names:
        assert name in shown
        assert RUN.invoke(app, [name, "--help"]).exit_code == 0


def test_version_as_json(home: Path) -> None:
    assert set(json.loads(RUN.invoke(app, ["version", "--json"]).stdout)) == {"motcua"}


def test_a_failure_of_ours_is_one_line(home: Path) -> None:
    done = motcua(home, "ask", "xin chào")
    assert done.returncode == 1
    assert done.stderr.startswith("motcua: ")
    assert "motcua publish" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.postgres
def test_ingest_publish_and_ask(home: Path) -> None:
    """What we wrote ourselves, read, indexed and asked, each with one JSON document on standard output."""
    taken = motcua(home, "ingest", "--json")
    assert json.loads(taken.stdout)["changed"] is True, taken.stderr
    first = json.loads(motcua(home, "publish", "--json").stdout)
    assert first["changed"] is True
    assert (home / "index" / "current").resolve().name == first["snapshot"]
    again = motcua(home, "publish", "--if-stale", "--json")
    assert json.loads(again.stdout) == {"changed": False}
    (listed,) = json.loads(motcua(home, "versions", "--json").stdout)
    assert (listed["version"], listed["state"]) == (first["version"], "serves")
    assert json.loads(motcua(home, "diff", "--json").stdout)["amended"] == []
    assert "no other version served before" in motcua(home, "rollback").stderr
    reply = json.loads(motcua(home, "ask", "đăng ký khai sinh cần giấy tờ gì", "--json").stdout)
    assert reply["status"] in ("answered", "partial")
    assert "khai sinh" in reply["procedure"]["title"].lower()
    assert "context" not in reply


def test_an_unknown_kind_or_no_file_is_said(home: Path, tmp_path: Path) -> None:
    unknown = RUN.invoke(app, ["eval", "riddles"])
    assert unknown.exit_code == 2
    none = RUN.invoke(app, ["eval", "plans", str(tmp_path)])
    assert none.exit_code == 2


def test_which_files_an_evaluation_reads(tmp_path: Path) -> None:
    for name in ("plans", "traps"):
        (tmp_path / f"{name}.jsonl").write_text("{}\n")
    other = tmp_path / "mine.jsonl"
    other.write_text("{}\n")
    assert evaluating.files_of("all", [tmp_path]) == {
        "plans": [tmp_path / "plans.jsonl"],
        "traps": [tmp_path / "traps.jsonl"],
    }
    assert evaluating.files_of("plans", [other]) == {"plans": [other]}
    with pytest.raises(ValueError, match="unknown kind"):
        evaluating.files_of("riddles", [])


def test_serve_refuses_a_corpus_that_is_not_there(home: Path) -> None:
    done = motcua(home, "serve", "--corpus", str(home / "missing.jsonl"), "--port", "0")
    assert done.returncode == 2
    assert "no such file or folder" in done.stdout
