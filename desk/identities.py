"""Outside identities: whose account an identity of the office's own provider opens.

No account is ever made here. An administrator makes it with the person's e-mail address as its login; the first
sign-in with that address, which the provider must have verified, links the two. From then on the provider's own name
for the person counts, whatever becomes of the address.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from desk.database import Conn, storable
from desk.staff import Account, clean_login, find, record
from knowledge.errors import StaffNotFound, UnknownIdentity


class Identity(BaseModel):
    """Who a provider says somebody is."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    subject: str
    email: str = ""  # "" unless the provider verified it
    second_factor: bool = False  # whether the provider asked for one

    @property
    def key(self) -> str:
        return f"{self.issuer}|{self.subject}"


async def account_of(conn: Conn, identity: Identity, *, now: datetime) -> Account:
    """The open account of an identity, linked now if its e-mail address is the login of an unlinked one.

    Raises:
        UnknownIdentity: there is none, it is closed, or it is linked to somebody else.
    """
    cursor = await conn.execute("SELECT login FROM staff WHERE oidc_subject = %s", (storable(identity.key),))
    row = await cursor.fetchone()
    login = row["login"] if row else await _linked_now(conn, identity, now=now)
    person = await find(conn, login)
    if not person.active:
        raise UnknownIdentity
    return person


async def _linked_now(conn: Conn, identity: Identity, *, now: datetime) -> str:
    # Letters that only look like others would be folded into another person's login.
    login = clean_login(identity.email) if identity.email.isascii() and "@" in identity.email else ""
    cursor = await conn.execute(
        "UPDATE staff SET oidc_subject = %s WHERE login = %s AND active AND oidc_subject IS NULL",
        (storable(identity.key), storable(login)),
    )
    if not cursor.rowcount:
        raise UnknownIdentity
    details = {"issuer": identity.issuer}
    await record(conn, actor=login, action="staff.identity_linked", login=login, now=now, details=details)
    return login


async def unlink(conn: Conn, login: str, *, actor: str, now: datetime) -> None:
    """Let the outside identity go; the next one with this verified address is linked.

    Raises:
        StaffNotFound: nobody has the login.
    """
    cursor = await conn.execute(
        "UPDATE staff SET oidc_subject = NULL WHERE login = %s RETURNING login", (clean_login(login),)
    )
    if await cursor.fetchone() is None:
        raise StaffNotFound
    action = "staff.identity_unlinked"
    await record(conn, actor=actor, action=action, login=clean_login(login), now=now)
