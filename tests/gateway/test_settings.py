"""Settings come from the environment once, are documented, and nothing else reads the environment."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.gateway.settings import Settings

PACKAGES = ("bot", "knowledge", "index", "actions", "desk")
# Rasa starts the components itself, so what they need comes to them through its own process.
# The second reads no setting: it hands the system's own names (PATH) to a child that gets nothing else.
ALLOWED = {"bot/gateway/settings.py", "knowledge/reading/sandbox.py"}


def test_defaults_and_what_follows_from_them(tmp_path: Path) -> None:
    settings = Settings.from_env({"MOTCUA_HOME": str(tmp_path), "RASA_PORT": "6006", "DATABASE_URL": ""})
    assert settings.rasa_address == "http://127.0.0.1:6006"
    assert settings.postgres_dir == tmp_path / "pg"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert len(settings.actions_token.get_secret_value()) > 30


def test_a_token_is_made_afresh_and_never_printed() -> None:
    one, two = Settings.from_env({}), Settings.from_env({})
    assert one.actions_token != two.actions_token
    assert one.actions_token.get_secret_value() not in repr(one)


def test_a_child_process_gets_the_same_settings(tmp_path: Path) -> None:
    env = {
        "MOTCUA_HOME": str(tmp_path),
        "CORPUS": f"{tmp_path}/a:{tmp_path}/b",
        "RASA_URL": "http://rasa:5005",
    }
    settings = Settings.from_env(env)
    assert settings.corpus == (tmp_path / "a", tmp_path / "b")
    assert Settings.from_env(settings.to_env()) == settings


@pytest.mark.parametrize(
    "env", [{"PORT": "x"}, {"PORT": "70000"}, {"LOG_LEVEL": "LOUD"}, {"RASA_TIMEOUT_S": "0"}]
)
def test_nonsense_is_refused(env: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.from_env(env)


def test_every_setting_is_documented(root: Path) -> None:
    page = (root / "docs" / "runbooks" / "settings.md").read_text(encoding="utf-8")
    documented = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert documented == {name.upper() for name in Settings.model_fields}


def test_nothing_else_reads_the_environment(root: Path) -> None:
    readers = set()
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            if _reads_environment(ast.parse(path.read_text(encoding="utf-8"))):
                readers.add(str(path.relative_to(root)))
    assert readers <= ALLOWED, f"only settings.py reads the environment: {sorted(readers - ALLOWED)}"


def _reads_environment(tree: ast.AST) -> bool:
    names = {"environ", "environb", "getenv"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names and getattr(node.value, "id", "") == "os")
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and names & {a.name for a in node.names})
        for node in ast.walk(tree)
    )
