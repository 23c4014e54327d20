"""Rasa as a program: how it is trained, how it is started, when it is ready.

The model is trained when anything it is made of has changed: data, configuration, components, or the text code
that the components import (which Rasa's own cache would not notice).
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import httpx
from pydantic import SecretStr

from bot.gateway.settings import ROOT, Settings, process_environment
from knowledge.errors import OutsideError

MODEL = "motcua"
LAUNCHER = "bot.components.launch"
_SOURCES = ("config.yml", "bot/domain", "bot/nlu", "bot/rules", "bot/components", "knowledge/text")
_READY_S = 1.0
_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "PYTHONWARNINGS": "ignore",
}


class TrainingFailed(OutsideError):
    """Rasa could not be trained."""

    retryable = False


def python(root: Path = ROOT) -> Path:
    """The dialogue environment's interpreter."""
    return root / ".venv-rasa" / "bin" / "python"


# Of the settings, all that is secret but the one Rasa shows us.
SECRETS = tuple(
    name.upper()
    for name, field in Settings.model_fields.items()
    if field.annotation is SecretStr and name != "actions_token"
)


def model_path(settings: Settings) -> Path:
    return settings.rasa_models_dir / f"{MODEL}.tar.gz"


def fingerprint(root: Path = ROOT) -> str:
    """A hash of everything the model is made of."""
    digest = hashlib.sha256()
    files = [path for name in _SOURCES for path in _files(root / name)]
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [*path.rglob("*.yml"), *path.rglob("*.py")]


def is_trained(settings: Settings, *, root: Path = ROOT) -> bool:
    """Whether the model on disk is of today's sources."""
    note = _note(settings)
    return model_path(settings).is_file() and note.is_file() and note.read_text() == fingerprint(root)


def _note(settings: Settings) -> Path:
    return settings.rasa_models_dir / f"{MODEL}.fingerprint"


def train_command(settings: Settings, *, root: Path = ROOT) -> tuple[list[str], dict[str, str]]:
    """(arguments, what to add to the environment) to train; to be run in `root`, then `mark_trained`."""
    argv = [str(python(root)), "-m", LAUNCHER, "train", "--config", "config.yml", "--domain", "bot/domain"]
    argv += ["--data", "bot/nlu", "bot/rules", "--skip-validation", "--fixed-model-name", MODEL]
    argv += ["--out", str(settings.rasa_models_dir)]
    # Our fingerprint decides when to train; Rasa's own cache would only be a second opinion on disk.
    return argv, {**_QUIET, "PYTHONPATH": str(root), "RASA_MAX_CACHE_SIZE": "0"}


def mark_trained(settings: Settings, *, root: Path = ROOT) -> None:
    _note(settings).write_text(fingerprint(root))


def train(settings: Settings, *, root: Path = ROOT, force: bool = False) -> bool:
    """Train if needed; whether it was.

    Raises:
        TrainingFailed: with the last lines Rasa wrote.
    """
    if not force and is_trained(settings, root=root):
        return False
    settings.rasa_models_dir.mkdir(parents=True, exist_ok=True)
    argv, env = train_command(settings, root=root)
    done = subprocess.run(
        argv, cwd=root, env={**process_environment(), **env}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not model_path(settings).is_file():
        raise TrainingFailed("\n".join((done.stdout + done.stderr).splitlines()[-15:]))
    mark_trained(settings, root=root)
    return True


def rasa_command(
    settings: Settings, *, actions_url: str = "", root: Path = ROOT
) -> tuple[list[str], dict[str, str]]:
    """(arguments, what to add to the environment) of the Rasa server; to be run in `root`.

    It listens on loopback only and has no HTTP API besides the REST channel.
    """
    argv = [str(python(root)), "-m", LAUNCHER, "run", "--interface", "127.0.0.1"]
    argv += ["--port", str(settings.rasa_port), "--model", str(model_path(settings))]
    argv += ["--endpoints", "bot/endpoints.yml", "--credentials", "bot/credentials.yml"]
    env = {
        "PYTHONPATH": str(root),
        "ACTIONS_URL": actions_url or f"http://127.0.0.1:{settings.port}/rasa/actions",
        "ACTIONS_TOKEN": settings.actions_token.get_secret_value(),
        **dict.fromkeys(SECRETS, ""),  # not for this process
        "LOG_LEVEL": settings.log_level,
        "SANIC_ACCESS_LOG": "false",
    }
    return argv, {**_QUIET, **env}


async def is_ready(http: httpx.AsyncClient, settings: Settings) -> bool:
    try:
        return (await http.get(f"{settings.rasa_address}/", timeout=_READY_S)).is_success
    except httpx.HTTPError:
        return False
