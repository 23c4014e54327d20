"""`motcua desk …`: the register at a glance, accounts, and the keys that personal data is sealed with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bot.commands import deadlines, webhooks
from bot.commands.options import Area, Json, print_json, read_settings

app = typer.Typer(no_args_is_help=True, help="The desk: reports that became tickets.")
app.add_typer(deadlines.app, name="deadline")
app.add_typer(webhooks.app, name="webhook")


@app.command("list")
def desk_list(
    state: Annotated[str, typer.Option(help="Only tickets in this state.")] = "",
    area: Area = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """The newest tickets."""
    from bot.gateway.desk_list import rows, show

    found = rows(read_settings(), state=state, area=area, limit=limit)
    print_json(found) if as_json else show(found)


@app.command("audit")
def desk_audit(as_json: Json = False) -> None:
    """Whether the audit is whole; exits with 1 when somebody changed it or took lines out."""
    from bot.gateway import desk_users

    found = desk_users.audit_faults(read_settings())
    whole = not any(found.values())
    told = "the audit is whole" if whole else f"broken lines {found['lines']}, broken seals {found['seals']}"
    print_json(found) if as_json else typer.echo(told)
    raise typer.Exit(0 if whole else 1)


@app.command("merge-unit")
def desk_merge_unit(
    old: Annotated[str, typer.Argument(help="Id of the unit that ceases.")],
    into: Annotated[str, typer.Argument(help="Id of the unit that it becomes part of.")],
    reason: Annotated[
        str, typer.Option(help="Said to reporters, in Vietnamese; with the decision's number.")
    ],
    as_json: Json = False,
) -> None:
    """Hand a merged unit's tickets, people and settings to the other; docs/runbooks/unit-merged.md."""
    from bot.gateway import desk_users

    moved = desk_users.merge_unit(read_settings(), old, into=into, reason=reason)
    print_json(moved) if as_json else typer.echo(
        ", ".join(f"{name}: {rows}" for name, rows in moved.items()) or "-"
    )


user = typer.Typer(no_args_is_help=True, help="Accounts of the staff pages.")
app.add_typer(user, name="user")
Login = Annotated[str, typer.Argument(help="Small letters, digits, dots and dashes.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make the password here and print it once.")]


class StaffRole(StrEnum):
    CONTENT = "content"
    DESK = "desk"
    HEAD = "head"
    TRIAGE = "triage"
    AUDITOR = "auditor"
    ADMIN = "admin"


@user.command("add")
def desk_user_add(
    login: Login,
    name: Annotated[str, typer.Option(help="The person's name, as colleagues read it.")],
    role: Annotated[list[StaffRole], typer.Option(help="What they may do; repeatable.")],
    unit: Annotated[
        str, typer.Option(help="The unit they work in, by its id in knowledge/packs/units.")
    ] = "",
    area: Area = "",
    generate: Generate = False,
    as_json: Json = False,
) -> None:
    """Make an account. The password is asked for, or read from standard input."""
    from bot.gateway import desk_users
    from desk.staff import Role

    roles = [Role(one) for one in role]
    made = desk_users.add(
        read_settings(), login, name=name, roles=roles, unit=unit, area=area, generate=generate
    )
    print_json(made) if as_json else desk_users.show([made])


@user.command("list")
def desk_user_list(as_json: Json = False) -> None:
    """Every account."""
    from bot.gateway import desk_users

    found = desk_users.rows(read_settings())
    print_json(found) if as_json else desk_users.show(found)


@user.command("disable")
def desk_user_disable(
    login: Login, enable: Annotated[bool, typer.Option("--enable", help="Let the account in again.")] = False
) -> None:
    """Close an account: it cannot sign in, and its sessions end at once."""
    from bot.gateway import desk_users

    desk_users.set_active(read_settings(), login, active=enable)


@user.command("password")
def desk_user_password(login: Login, generate: Generate = False, as_json: Json = False) -> None:
    """Set a password; every session of the account ends."""
    from bot.gateway import desk_users

    done = desk_users.change_password(read_settings(), login, generate=generate)
    print_json(done) if as_json else typer.echo("\t".join(str(value) for value in done.values()))


@user.command("totp-reset")
def desk_user_totp_reset(login: Login) -> None:
    """Take a lost phone's second factor away; sessions end, and the next sign-in sets up another."""
    from bot.gateway import desk_users

    desk_users.reset_totp(read_settings(), login)


@app.command("key")
def desk_key(as_json: Json = False) -> None:
    """A new key for DATA_KEYS. Nothing is changed: put it in front of the old ones, then run `reseal`."""
    from desk.sealing import new_key

    made = new_key()
    print_json({"key": made}) if as_json else typer.echo(made)


@app.command("reseal")
def desk_reseal(as_json: Json = False) -> None:
    """Put all personal data under the first key of DATA_KEYS; can be stopped and run again."""
    from bot.gateway.keys import reseal

    done = reseal(read_settings())
    print_json(done) if as_json else typer.echo("\n".join(f"{rows}\t{table}" for table, rows in done.items()))
