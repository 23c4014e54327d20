"""`motcua desk webhook …`: offices' own systems, what they are told and what they may do."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from bot.commands.options import Json, print_json, read_settings

app = typer.Typer(no_args_is_help=True, help="Offices' own systems.")
Id = Annotated[UUID, typer.Argument(help="Id, as `list` shows it.")]


@app.command("add")
def add(
    url: Annotated[
        str, typer.Argument(help="Where it is told, https; without it, it only sends to us.")
    ] = "",
    unit: Annotated[str, typer.Option(help="Id of its unit; without it, it hears of every unit.")] = "",
    event: Annotated[
        list[str] | None,
        typer.Option(
            help="ticket.filed, ticket.moved, ticket.answered, ticket.published; repeatable; all without."
        ),
    ] = None,
    deed: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may do to its unit's tickets: accept, ask, resolve, forward; repeatable; none without."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Name a system. Its secret is printed once."""
    from bot.gateway import webhooks

    made = webhooks.add(read_settings(), url, unit=unit, events=event or [], deeds=deed or [])
    print_json(made) if as_json else typer.echo(f"{made['id']}\t{made['url']}\tsecret {made['secret']}")


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """Every system, how many messages wait, were sent and were parked, and why the last one failed."""
    from bot.gateway import webhooks

    found = webhooks.rows(read_settings())
    print_json(found) if as_json else webhooks.show(found)


@app.command("remove")
def remove(webhook: Id) -> None:
    """Take a system away, with what was still to be sent there."""
    from bot.gateway import webhooks

    webhooks.remove(read_settings(), webhook)


@app.command("test")
def test(webhook: Id, as_json: Json = False) -> None:
    """Send a trial at once and say what came back."""
    from bot.gateway import webhooks

    status = webhooks.test(read_settings(), webhook)
    print_json({"status": status}) if as_json else typer.echo(f"answered {status}")


@app.command("retry")
def retry(webhook: Id, as_json: Json = False) -> None:
    """Send once more what was parked."""
    from bot.gateway import webhooks

    count = webhooks.again(read_settings(), webhook)
    print_json({"waiting": count}) if as_json else typer.echo(f"{count} wait to be sent again")
