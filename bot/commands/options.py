"""What the commands of `motcua` share: their options, the settings, and how they print."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.gateway.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="One JSON document and nothing else.")]
Area = Annotated[str, typer.Option(help="Area, such as lam-dong/bac-binh.")]


def read_settings(**changes: object) -> Settings:
    """The settings of the environment, with those that the command line gives."""
    from bot.gateway.settings import Settings

    return Settings.from_env().model_copy(update={name: value for name, value in changes.items() if value})


def print_json(data: object) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")
