"""The doctor names what is missing and the command that gets it, in one screen."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.gateway import doctor
from bot.gateway.settings import Settings


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Settings]:
    """A machine with nothing on PATH and a fresh clone."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    locks = tmp_path / "deploy" / "requirements"
    locks.mkdir(parents=True)
    for name in ("app", "dev", "rasa"):
        (locks / f"{name}.txt").write_text(f"{name}==1\n")
    return tmp_path, Settings(motcua_home=tmp_path / "var", port=0, rasa_port=0)


def by_name(checks: list[doctor.Check]) -> dict[str, doctor.Check]:
    return {check.name: check for check in checks}


def test_a_bare_machine_is_told_what_to_do(bare: tuple[Path, Settings]) -> None:
    root, settings = bare
    found = by_name(doctor.examine(settings, root=root))
    missing = {name for name, check in found.items() if not check.ok}
    assert {"Python of Rasa", "packages in .venv", "Node.js", "Chromium", "Tesseract", "index"} <= missing
    assert all(found[name].get for name in missing)
    assert not found["Chromium"].required
    assert found["Python of Rasa"].required
    assert "apt-get install tesseract-ocr tesseract-ocr-vie" in found["Tesseract"].get


def test_the_screen_is_one_screen(bare: tuple[Path, Settings], capsys: pytest.CaptureFixture[str]) -> None:
    root, settings = bare
    checks = doctor.examine(settings, root=root)
    doctor.show(checks)
    said = capsys.readouterr().out
    assert all(check.name in said for check in checks)
    assert "Missing: " in said


def test_stamps_of_the_set_up_are_believed(bare: tuple[Path, Settings]) -> None:
    root, settings = bare
    (root / ".venv").mkdir()
    (root / ".venv" / ".installed-dev").write_text(doctor.lock_hash(root, "dev") + "\n")
    assert by_name(doctor.examine(settings, root=root))["packages in .venv"].ok
    (root / "deploy" / "requirements" / "dev.txt").write_text("dev==2\n")
    assert not by_name(doctor.examine(settings, root=root))["packages in .venv"].ok


def test_the_hash_is_the_one_that_setup_writes(root: Path) -> None:
    script = (root / "deploy" / "setup.sh").read_text()
    assert re.search(r"sha256sum \| cut -c1-16", script)
    assert ".installed-$2" in script


def test_a_taken_port_is_said(bare: tuple[Path, Settings]) -> None:
    root, settings = bare
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        taken = settings.model_copy(update={"port": port})
        check = by_name(doctor.examine(taken, root=root))["web port"]
    assert not check.ok
    assert "PORT" in check.get


def test_json_is_one_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path))
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert {check["name"] for check in json.loads(result.stdout)} >= {"Python of the app", "index"}
