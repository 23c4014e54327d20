"""Passwords of staff: what is a good one, and how it is kept (argon2id)."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from knowledge.errors import WeakPassword

MIN_LENGTH, MAX_LENGTH = 12, 200
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no 0 o 1 i l: it is read out and typed
# argon2 takes 64 MiB a guess: two at a time, whoever asks, so that a flood of sign-ins cannot eat the memory.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
T = TypeVar("T")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # the library's defaults: RFC 9106, low memory


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(24))


def generate() -> str:
    """A password nobody has to think of: four groups of five, about 98 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def check(password: str, *, login: str) -> None:
    """Raise WeakPassword, with the reason, for one that is too easily guessed."""
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"the password is shorter than {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"the password is longer than {MAX_LENGTH} characters")
    if len(set(password)) < 5 or login in password.casefold():
        raise WeakPassword("the password repeats few characters, or contains the login")


async def hashed(password: str) -> str:
    return await _in_thread(lambda: _hasher().hash(_bytes(password)))


async def matches(password: str, stored: str) -> bool:
    """Without a stored hash the same work is done, so that no account is told from another."""
    return await _in_thread(lambda: _matches(stored or _nobodys_hash(), password)) and bool(stored)


def outdated(stored: str) -> bool:
    """Whether the library's parameters have grown since."""
    return _hasher().check_needs_rehash(stored)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, _bytes(password[: MAX_LENGTH + 1]))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """One password whichever way its marks were typed."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
