"""`motcua messenger …`: what stands at Meta, looked at and set up (docs/runbooks/messenger.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from bot.commands.options import Json, print_json, read_settings

app = typer.Typer(no_args_is_help=True, help="Facebook Messenger: check and set up.")


@app.command("check")
def check(as_json: Json = False) -> None:
    """Look at each Page's token, subscription, profile and persona; 1 when something is missing."""
    from bot.gateway import messenger

    found = messenger.checked(read_settings())
    print_json([asdict(one) for one in found]) if as_json else messenger.show(found)
    raise typer.Exit(0 if all(one.ok for one in found) else 1)


@app.command("setup")
def setup(
    picture: Annotated[
        str, typer.Option(help="https address of a picture: makes the persona that officials write as.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Subscribe each Page to what is read, and write its greeting, menu and first questions."""
    from bot.gateway import messenger

    found = messenger.made(read_settings(), picture=picture)
    print_json([asdict(one) for one in found]) if as_json else messenger.show(found)
    raise typer.Exit(0 if all(one.ok for one in found) else 1)
