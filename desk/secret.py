"""The short secret that lets a person follow a ticket, and how it is kept.

Eight characters can be read out on the phone, and so can be guessed by a machine that has the hashes: they
are stored with scrypt, about ten milliseconds a guess.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no 0 O 1 I L
LENGTH = 8
_N, _R, _P = 2**12, 8, 1


def new_secret() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def clean(secret: str) -> str:
    """As people type it back: any case, with spaces or dashes."""
    return "".join(char for char in secret.upper() if char.isalnum())


async def hash_secret(secret: str) -> str:
    salt = secrets.token_bytes(16)
    digest = await _scrypt(secret, salt)
    return f"scrypt${_N}${salt.hex()}${digest.hex()}"


async def matches(secret: str, stored: str) -> bool:
    """Constant-time; without a stored hash the same work is done, so that no code is told from another."""
    _, _, salt, digest = (stored or f"scrypt${_N}${'00' * 16}$").split("$")
    found = await _scrypt(secret, bytes.fromhex(salt))
    return hmac.compare_digest(found.hex(), digest)


async def _scrypt(secret: str, salt: bytes) -> bytes:
    data = clean(secret).encode()
    return await asyncio.to_thread(hashlib.scrypt, data, salt=salt, n=_N, r=_R, p=_P, dklen=32)
