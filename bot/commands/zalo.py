"""`motcua zalo …`: an Official Account's consent and set-up (docs/runbooks/zalo.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from bot.commands.options import Json, print_json, read_settings

app = typer.Typer(no_args_is_help=True, help="Zalo Official Account: log in and check.")


@app.command("login")
def login() -> None:
    """Let an administrator of the OA agree; again only when an alarm says so."""
    from bot.channels.base import SendFailed
    from bot.gateway import zalo_commands

    def paste(url: str) -> str:
        typer.echo(f"An administrator of the OA opens this address and agrees:\n\n{url}\n")
        said: str = typer.prompt("The address they were sent back to (ten minutes)")
        return said

    try:
        typer.echo(zalo_commands.login(read_settings(), paste=paste))
    except SendFailed as error:
        typer.secho(f"motcua: {error}", err=True, fg="red")
        raise typer.Exit(1) from None


@app.command("check")
def check(
    address: Annotated[
        str, typer.Option("--app", help="Address of the running app; PUBLIC_URL without it.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Settings, tokens, account, webhook and domain; 1 when something is wrong, with what to do about it."""
    from bot.gateway import zalo_commands

    found = zalo_commands.checked(read_settings(), app=address)
    print_json([asdict(one) for one in found]) if as_json else zalo_commands.show(found)
    raise typer.Exit(0 if all(one.ok for one in found) else 1)
