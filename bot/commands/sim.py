"""`motcua sim …`: talk to a running app as a person on a messaging app does, without that app.

The platforms are simulated by what lies under tests/simulators, so this needs a checkout of the repository.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from bot.commands.options import read_settings

app = typer.Typer(no_args_is_help=True, help="Chat in the terminal through a simulated messaging platform.")
App = Annotated[str, typer.Option("--app", help="Address of the running app.")]
Env = Annotated[
    bool, typer.Option("--env", help="Print the settings that the app needs, and do nothing else.")
]


@app.command("messenger")
def messenger(
    address: App = "http://127.0.0.1:8000",
    port: Annotated[int, typer.Option(help="Port of the simulated platform.")] = 8711,
    env: Env = False,
) -> None:
    """Messenger: words are sent as typed; /help says what else there is."""
    raise typer.Exit(_simulator("messenger_terminal").main(app=address, port=port, only_settings=env))


@app.command("zalo")
def zalo(
    address: App = "http://127.0.0.1:8000",
    port: Annotated[int, typer.Option(help="Port of the simulated platform.")] = 8712,
    env: Env = False,
) -> None:
    """Zalo: words are sent as typed; /help says what else there is. Logs the app in first, by its own database."""
    from bot.gateway import zalo_commands

    terminal = _simulator("zalo_terminal")

    def login(given: dict[str, str], paste: Callable[[str], str]) -> str:
        return zalo_commands.login(read_settings().model_copy(update=settings_of(given)), paste=paste)

    raise typer.Exit(terminal.main(app=address, port=port, only_settings=env, login=login))


def settings_of(given: dict[str, str]) -> dict[str, object]:
    """Some settings by their names in the environment, as the fields they fill."""
    from bot.gateway.settings import Settings

    read = Settings.from_env(given)
    return {name.lower(): getattr(read, name.lower()) for name in given}


def _simulator(name: str) -> Any:  # noqa: ANN401  # a module that is not always there
    from bot.gateway.settings import ROOT

    if not (ROOT / "tests" / "simulators" / f"{name}.py").is_file():
        raise typer.BadParameter("the simulators are part of the repository, not of an installation")
    sys.path.insert(0, str(ROOT))
    return importlib.import_module(f"tests.simulators.{name}")
