"""`motcua doctor`: what this machine lacks, and the command that gets it."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.gateway.settings import ROOT, Settings

FREE_GB = 6  # two environments, models, an index and a database
_TIMEOUT_S = 20


@dataclass(frozen=True)
class Check:
    """One thing looked at. What is not `required` only switches something off."""

    name: str
    ok: bool
    found: str
    get: str = ""
    required: bool = True


def examine(settings: Settings, *, root: Path = ROOT) -> list[Check]:
    """Everything, in the order in which it is needed."""
    return [
        _app_python(),
        _lock(root, venv=".venv", lock="app", also="dev"),
        _dialogue_python(root),
        _lock(root, venv=".venv-rasa", lock="rasa"),
        _node(),
        _web(root),
        _chromium(),
        _tesseract(),
        _disk(settings.home),
        _port("web port", settings.host, settings.port, name="PORT"),
        _port("Rasa port", "127.0.0.1", settings.rasa_port, name="RASA_PORT"),
        _rasa_model(settings),
        _index(settings),
    ]


def show(checks: list[Check]) -> None:
    """One screen: a line a check, and below it the command that helps."""
    table = Table("", "What", "Found", "To get it", show_edge=False, pad_edge=False)
    for check in checks:
        sign = "[green]✓[/green]" if check.ok else "[red]✗[/red]" if check.required else "[yellow]–[/yellow]"
        table.add_row(sign, check.name, check.found, "" if check.ok else check.get)
    console = Console()
    console.print(table)
    lacking = [check.name for check in checks if check.required and not check.ok]
    console.print(f"\nMissing: {', '.join(lacking)}" if lacking else "\nEverything needed is here.")


def _output(*argv: str) -> str | None:
    """What a program says, or None when it is not there or does not run."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout or done.stderr).strip()


def _app_python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "Python of the app",
        (3, 11) <= sys.version_info < (3, 14),
        version,
        "install Python 3.11, then make setup",
    )


def _dialogue_python(root: Path) -> Check:
    said = _output(str(root / ".venv-rasa" / "bin" / "python"), "--version")
    if said and said.startswith("Python 3.10."):
        return Check("Python of Rasa", True, said.removeprefix("Python "))
    if said:
        return Check("Python of Rasa", True, f"{said.removeprefix('Python ')} (3.10 is the tested one)")
    found = _output("python3.10", "--version")
    return Check(
        "Python of Rasa",
        False,
        f"no .venv-rasa; {found or 'no python3.10'}",
        "make setup (fetches Python 3.10)",
    )


def _lock(root: Path, *, venv: str, lock: str, also: str = "") -> Check:
    """Whether an environment was installed from today's lock; `also` names a wider lock that includes it."""
    for name in filter(None, (also, lock)):
        stamp = root / venv / f".installed-{name}"
        if stamp.is_file() and stamp.read_text().strip() == lock_hash(root, name):
            return Check(f"packages in {venv}", True, f"{name}.txt")
    return Check(f"packages in {venv}", False, f"not those of {lock}.txt", "make setup")


def lock_hash(root: Path, name: str) -> str:
    """The same short hash that deploy/setup.sh writes into its stamps."""
    lock = root / "deploy" / "requirements" / f"{name}.txt"
    return hashlib.sha256(lock.read_bytes()).hexdigest()[:16]


def _node() -> Check:
    npm = _output("npm", "--version")
    found = f"node {_output('node', '--version')}, npm {npm}" if npm else "no npm"
    return Check(
        "Node.js",
        npm is not None,
        found,
        "install Node.js 20.19 or newer (builds the chat page)",
        required=False,
    )


def _web(root: Path) -> Check:
    built = (root / "web" / "dist" / "index.html").is_file()
    return Check(
        "chat page", built, "built" if built else "the plain page is served", "make setup", required=False
    )


def _chromium() -> Check:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Check(
        "Chromium",
        bool(path),
        path or "browser tests are skipped",
        "apt-get install chromium",
        required=False,
    )


def _tesseract() -> Check:
    languages = _output("tesseract", "--list-langs")
    vietnamese = "vie" in (languages or "").split()
    found = "with Vietnamese" if vietnamese else "without Vietnamese" if languages else "scans are not read"
    return Check(
        "Tesseract", vietnamese, found, "apt-get install tesseract-ocr tesseract-ocr-vie", required=False
    )


def _disk(home: Path) -> Check:
    folder = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    return Check(
        "disk space",
        free >= FREE_GB,
        f"{free:.0f} GB free",
        f"free {FREE_GB} GB, or set MOTCUA_HOME elsewhere",
    )


def _port(what: str, host: str, port: int, *, name: str) -> Check:
    taken = port != 0 and port_taken(host, port)
    said = f"{port} is taken (by motcua serve, perhaps)" if taken else f"{port} is free"
    return Check(what, not taken, said, f"set {name} to another port", required=False)


def port_taken(host: str, port: int) -> bool:
    """Whether something listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _rasa_model(settings: Settings) -> Check:
    models = sorted(settings.rasa_models_dir.glob("*.tar.gz"))
    found = models[-1].name if models else "none yet"
    return Check(
        "dialogue model", bool(models), found, "motcua train rasa (motcua serve does it)", required=False
    )


def _index(settings: Settings) -> Check:
    link = settings.index_dir / "current"
    found = link.resolve().name if link.exists() else "none yet"
    return Check(
        "index", link.exists(), found, "motcua ingest; motcua publish (motcua serve does it)", required=False
    )
