"""`motcua desk user`: accounts from the command line."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.gateway import desk_users
from knowledge.errors import LoginTaken, StaffNotFound, UnknownUnit, WeakPassword

pytestmark = pytest.mark.postgres
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", dsn)


def run(*arguments: str, said: str = "") -> Any:
    done = RUNNER.invoke(app, ["desk", "user", *arguments], input=said)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_an_account_from_the_command_line() -> None:
    made = run(
        "add",
        "lan",
        "--name",
        "Lan",
        "--role",
        "content",
        "--role",
        "desk",
        "--json",
        said="mua-xuan-nam-ay\n",
    )
    assert json.loads(made.output) == {
        "login": "lan", "name": "Lan", "roles": "content,desk", "unit": "", "area": "", "active": True,
    }  # fmt: skip
    assert "lan" in run("list").output
    run("disable", "lan")
    assert json.loads(run("list", "--json").output)[0]["active"] is False
    run("disable", "lan", "--enable")
    assert json.loads(run("list", "--json").output)[0]["active"] is True


def test_roles_and_a_unit_that_exists() -> None:
    unit = "lam-dong-phan-loai"
    options = ["--name", "Hoa", "--role", "head", "--role", "triage", "--unit", unit, "--generate", "--json"]
    made = json.loads(run("add", "hoa", *options).output)
    assert (made["unit"], made["roles"]) == (unit, "head,triage")
    with pytest.raises(UnknownUnit):
        run("add", "minh", "--name", "Minh", "--role", "desk", "--unit", "khong-co", "--generate")
    assert [one["login"] for one in json.loads(run("list", "--json").output)] == ["hoa"]


def test_a_lost_phone(dsn: str) -> None:
    run("add", "lan", "--name", "Lan", "--role", "desk", "--generate")
    with psycopg.connect(dsn) as conn:
        conn.execute("UPDATE staff SET totp_sealed = 'x', totp_since = now()")
    assert json.loads(run("list", "--json").output)[0]["second_factor"] is True
    run("totp-reset", "lan")
    assert json.loads(run("list", "--json").output)[0]["second_factor"] is False
    with psycopg.connect(dsn) as conn:
        last = conn.execute("SELECT actor, action, object_id FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("motcua", "staff.totp_reset", "lan")
    with pytest.raises(StaffNotFound):
        run("totp-reset", "khac")


def test_a_password_made_here_is_shown_once() -> None:
    made = json.loads(run("add", "binh", "--name", "Bình", "--role", "admin", "--generate", "--json").output)
    assert len(made["password"]) == 23
    assert made["password"] not in run("list", "--json").output
    again = json.loads(run("password", "binh", "--generate", "--json").output)
    assert again["password"] != made["password"]


def test_what_is_refused() -> None:
    with pytest.raises(WeakPassword):
        run("add", "lan", "--name", "Lan", "--role", "content", said="ngan\n")
    run("add", "lan", "--name", "Lan", "--role", "content", "--generate")
    with pytest.raises(LoginTaken):
        run("add", "lan", "--name", "Lan", "--role", "content", "--generate")
    assert run("add", "lan", "--name", "Lan", "--role", "vua", "--generate").exit_code == 2


def test_a_password_is_never_an_argument() -> None:
    for command in ("add", "password"):
        assert "--password" not in RUNNER.invoke(app, ["desk", "user", command, "--help"]).output


def test_typed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["mua-xuan-nam-ay", "mua-xuan-nam-ay", "mua-xuan-nam-ay", "mua-he-nam-ay"])
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    assert desk_users.read_password(generate=False) == "mua-xuan-nam-ay"
    with pytest.raises(WeakPassword):
        desk_users.read_password(generate=False)


def test_the_deeds_of_the_runbooks_for_a_merged_unit_and_a_doubted_audit(dsn: str) -> None:
    """docs/runbooks/unit-merged.md and ticket-went-wrong.md, as they are typed."""
    old, new = "lam-dong-so-xay-dung", "lam-dong-so-cong-thuong"
    run("add", "thu", "--name", "Thu", "--role", "desk", "--unit", old, "--generate", "--json")

    def desk(*arguments: str) -> Any:
        return RUNNER.invoke(app, ["desk", *arguments])

    merged = desk("merge-unit", old, new, "--reason", "Hợp nhất theo QĐ 12/2026", "--json")
    assert json.loads(merged.output) == {"staff": 1}
    assert [one["unit"] for one in json.loads(run("list", "--json").output) if one["login"] == "thu"] == [new]
    assert isinstance(desk("merge-unit", old, "khong-co", "--reason", "x").exception, UnknownUnit)
    whole = desk("audit")
    assert (whole.exit_code, whole.output.strip()) == (0, "the audit is whole")
    with psycopg.connect(dsn) as conn:
        conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_kept")
        conn.execute("UPDATE audit SET actor = 'ai khác' WHERE id = (SELECT min(id) FROM audit)")
    assert desk("audit").exit_code == 1
