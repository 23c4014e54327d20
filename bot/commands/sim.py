"""`motcua sim …`: talk to a running app as a person on a messaging app does, without that app.

The platforms are simulated by what lies under tests/simulators, so this needs a checkout of the repository.
"""

from __future__ import annotations

import importlib
import sys
from typing import Annotated, Any

import typer

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


def _simulator(name: str) -> Any:  # noqa: ANN401  # a module that is not always there
    from bot.gateway.settings import ROOT

    if not (ROOT / "tests" / "simulators" / f"{name}.py").is_file():
        raise typer.BadParameter("the simulators are part of the repository, not of an installation")
    sys.path.insert(0, str(ROOT))
    return importlib.import_module(f"tests.simulators.{name}")
