"""Personal data lies sealed: what a stolen database or backup shows of it is noise.

Fernet of `cryptography` (AES-128-CBC with HMAC-SHA256). Keys come from DATA_KEYS, the newest first: it seals, all of
them open. To change keys: docs/runbooks/rotate-key.md.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from desk.database import Pool
from knowledge.errors import SealBroken

KEY_FILE = "data.key"
_BATCH = 200
# Every column that holds sealed data, with its table's key.
SEALED = (
    ("ticket_contacts", "ticket_id", "sealed"),
    ("ticket_files", "id", "sealed"),
    ("staff", "id", "totp_sealed"),
    ("webhooks", "id", "sealed_secret"),
    ("channel_tokens", "account", "sealed"),
)


class Sealer:
    """Seals with the first of its keys, opens with any of them.

    Raises:
        SealBroken: no key, or one that is none: 32 bytes in URL-safe base64, as `motcua desk key` prints them.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SealBroken(
                "DATA_KEYS: a key is 32 bytes in URL-safe base64; `motcua desk key` makes one"
            ) from error

    @classmethod
    def of(cls, data_keys: str, home: Path) -> Sealer:
        """From the setting, or from a key file of this machine, made when there is none."""
        return cls(data_keys.replace(",", " ").split() or [_kept_key(home / KEY_FILE)])

    def seal(self, content: str | bytes) -> bytes:
        return self._fernet.encrypt(content.encode() if isinstance(content, str) else content)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed.

        Raises:
            SealBroken: no key of ours fits, or the bytes were changed.
        """
        try:
            return self._fernet.decrypt(bytes(sealed))
        except InvalidToken as error:
            raise SealBroken from error

    def text(self, sealed: bytes | None) -> str:
        return self.open(sealed).decode() if sealed else ""

    def again(self, sealed: bytes) -> bytes:
        """The same content under the newest key.

        Raises:
            SealBroken: as `open`.
        """
        try:
            return self._fernet.rotate(bytes(sealed))
        except InvalidToken as error:
            raise SealBroken from error


def new_key() -> str:
    return Fernet.generate_key().decode()


def _kept_key(path: Path) -> str:
    """The machine's own key: for an office that sets none, and never inside the database or its dump."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = new_key()
        file.write(key + "\n")
    return key


async def reseal(pool: Pool, sealer: Sealer) -> dict[str, int]:
    """Put everything under the newest key, and what lay in clear from before; returns {table: rows}.

    Works in small transactions, so that it can be stopped and run again while the desk works.

    Raises:
        SealBroken: something lies under a key that is not given; nothing of that batch is changed.
    """
    done = {"contacts in clear": await _seal_old_contacts(pool, sealer)}
    for table, key, column in SEALED:
        done[table] = await _reseal_table(pool, sealer, table=table, key=key, column=column)
    return done


async def _seal_old_contacts(pool: Pool, sealer: Sealer) -> int:
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT ticket_id, contact FROM ticket_contacts WHERE contact IS NOT NULL FOR UPDATE"
        )
        rows = await cursor.fetchall()
        for row in rows:
            await conn.execute(
                "UPDATE ticket_contacts SET sealed = %s, contact = NULL WHERE ticket_id = %s",
                (sealer.seal(row["contact"]), row["ticket_id"]),
            )
    return len(rows)


async def _reseal_table(pool: Pool, sealer: Sealer, *, table: str, key: str, column: str) -> int:
    count, last = 0, "00000000-0000-0000-0000-000000000000"
    while True:
        async with pool.connection() as conn:
            cursor = await conn.execute(
                f"SELECT {key} AS key, {column} AS sealed FROM {table}"  # noqa: S608  # our names
                f" WHERE {column} IS NOT NULL AND {key} > %s ORDER BY {key} LIMIT {_BATCH} FOR UPDATE",
                (last,),
            )
            rows = await cursor.fetchall()
            for row in rows:
                await conn.execute(
                    f"UPDATE {table} SET {column} = %s WHERE {key} = %s",  # noqa: S608
                    (sealer.again(row["sealed"]), row["key"]),
                )
        if not rows:
            return count
        count, last = count + len(rows), str(rows[-1]["key"])
