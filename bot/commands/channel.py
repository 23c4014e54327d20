"""`motcua channel …`: messaging channels, closed and opened by whoever runs the machine."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from bot.commands.options import Json, print_json, read_settings

app = typer.Typer(no_args_is_help=True, help="Messaging channels: Zalo, Messenger.")
Name = Annotated[str, typer.Argument(help="zalo or messenger.")]


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """Whether each is open, what waits and what was parked."""
    from bot.gateway import channel_commands

    found = channel_commands.rows(read_settings())
    print_json(found) if as_json else channel_commands.show(found)


@app.command("close")
def close(
    name: Name, reason: Annotated[str, typer.Option(help="Why, for colleagues and the audit.")]
) -> None:
    """Stop sending. What people write there is kept, and answered when it is opened again."""
    from bot.gateway import channel_commands

    channel_commands.close(read_settings(), name, reason=reason)


@app.command("open")
def reopen(name: Name) -> None:
    """Send again, beginning with what waited."""
    from bot.gateway import channel_commands

    channel_commands.reopen(read_settings(), name)


@app.command("parked")
def parked(as_json: Json = False) -> None:
    """What could not be sent, and why (docs/runbooks/channels.md)."""
    from bot.gateway import channel_commands

    found = channel_commands.parked(read_settings())
    print_json(found) if as_json else channel_commands.show(found)


@app.command("release")
def release(outbox_id: Annotated[UUID, typer.Argument(help="Id, as `parked` shows it.")]) -> None:
    """Try one of them again."""
    from bot.gateway import channel_commands

    if not channel_commands.release(read_settings(), outbox_id):
        typer.echo("nothing parked has this id: see `motcua channel parked`", err=True)
        raise typer.Exit(1)
