"""Accounts and sessions of staff, below the web."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from desk import passwords, staff, staff_sessions
from desk.database import Pool
from desk.staff import Role, Staff
from desk.staff_sessions import ABSOLUTE, IDLE
from knowledge.errors import (
    BadLogin,
    LoginTaken,
    MotcuaError,
    NoStaffSession,
    StaffNotFound,
    TooManyAttempts,
    UnknownArea,
    WeakPassword,
    WrongSignIn,
)

pytestmark = pytest.mark.postgres
PASSWORD = "mua-xuan-nam-ay"


async def add(pool: Pool, now: datetime, **changes: Any) -> Staff:
    values = {"login": "lan", "name": "Lan", "roles": [Role.CONTENT], "password": PASSWORD, "area": ""}
    async with pool.connection() as conn:
        return await staff.add(conn, actor="test", now=now, **{**values, **changes})


async def enter(pool: Pool, now: datetime, **changes: str) -> tuple[str, staff_sessions.Session]:
    values = {"login": "lan", "password": PASSWORD, "asker": "203.0.113.7"}
    return await staff_sessions.sign_in(pool, now=now, **{**values, **changes})


async def test_an_account(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        assert not await staff.anybody(conn)
    made = await add(
        pool, now, login=" Lan.Tran ", roles=[Role.DESK, Role.CONTENT, Role.DESK], area="lam-dong"
    )
    assert (made.login, made.roles, made.area) == ("lan.tran", (Role.CONTENT, Role.DESK), "lam-dong")
    assert made.may(Role.DESK) and not made.may(Role.ADMIN)
    async with pool.connection() as conn:
        assert await staff.anybody(conn)
        assert await staff.list_staff(conn) == [made]
        row = await (await conn.execute("SELECT password_hash FROM staff")).fetchone()
    assert row is not None and row["password_hash"].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"login": "a"}, BadLogin),
        ({"login": "lan tran"}, BadLogin),
        ({"login": "<b>"}, BadLogin),
        ({"name": "  "}, BadLogin),
        ({"roles": []}, BadLogin),
        ({"area": "khong-co"}, UnknownArea),
        ({"password": "ngan-qua"}, WeakPassword),
        ({"password": "x" * 30}, WeakPassword),
        ({"password": "lan-lan-lan-123"}, WeakPassword),
        ({"password": "ab cd ef " * 40}, WeakPassword),
    ],
)
async def test_what_is_no_account(
    pool: Pool, now: datetime, changes: dict[str, Any], error: type[MotcuaError]
) -> None:
    with pytest.raises(error):
        await add(pool, now, **changes)
    async with pool.connection() as conn:
        assert await staff.list_staff(conn) == []


async def test_a_login_is_one_persons(pool: Pool, now: datetime) -> None:
    await add(pool, now)
    with pytest.raises(LoginTaken):
        await add(pool, now, login="LAN")
    async with pool.connection() as conn:
        with pytest.raises(StaffNotFound):
            await staff.set_active(conn, login="khac", active=False, actor="test", now=now)


async def test_a_session_lives_by_use_and_not_for_ever(pool: Pool, now: datetime) -> None:
    await add(pool, now)
    token, session = await enter(pool, now)
    assert session.expires_at == now + ABSOLUTE
    async with pool.connection() as conn:
        at = now
        while at < now + ABSOLUTE - IDLE:
            at += IDLE - timedelta(minutes=1)
            assert (await staff_sessions.find_session(conn, token, now=at)).staff.login == "lan"
        with pytest.raises(NoStaffSession):
            await staff_sessions.find_session(conn, token, now=now + ABSOLUTE)
        with pytest.raises(NoStaffSession):
            await staff_sessions.find_session(conn, token, now=at + IDLE)
        with pytest.raises(NoStaffSession):
            await staff_sessions.find_session(conn, token[:-1], now=now)
        with pytest.raises(NoStaffSession):
            await staff_sessions.find_session(conn, "", now=now)


async def test_signing_out(pool: Pool, now: datetime) -> None:
    made = await add(pool, now)
    (one, _), (two, _), (three, _) = [await enter(pool, now) for _ in range(3)]
    async with pool.connection() as conn:
        assert await staff_sessions.count_sessions(conn, made.id, now=now) == 3
        await staff_sessions.sign_out(conn, one, now=now)
        assert await staff_sessions.sign_out_elsewhere(conn, made.id, keep=two) == 1
        await staff_sessions.find_session(conn, two, now=now)
        for token in (one, three):
            with pytest.raises(NoStaffSession):
                await staff_sessions.find_session(conn, token, now=now)


async def test_old_sessions_are_swept(pool: Pool, now: datetime) -> None:
    await add(pool, now)
    await enter(pool, now - timedelta(days=2))
    await enter(pool, now)
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT count(*) AS n FROM staff_sessions")).fetchone()
    assert row == {"n": 1}


async def test_unknown_takes_as_long_as_wrong(pool: Pool, now: datetime) -> None:
    await add(pool, now)

    async def seconds(login: str, at: int) -> float:
        since = time.perf_counter()
        with pytest.raises(WrongSignIn):
            await enter(pool, now, login=login, password="sai-mat-khau-roi", asker=f"10.0.0.{at}")
        return time.perf_counter() - since

    await seconds("khac", 0)  # the hash that stands for nobody's is made once
    wrong = min([await seconds("lan", at) for at in range(5)])
    unknown = min([await seconds("khac", at) for at in range(5)])
    assert 0.4 < unknown / wrong < 2.5


async def test_many_guesses_at_once_do_not_pass_the_limit(pool: Pool, now: datetime) -> None:
    await add(pool, now)
    guesses = [enter(pool, now, password=f"sai-mat-khau-{n}") for n in range(20)]
    ended = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(one, WrongSignIn) for one in ended) <= staff_sessions.TRIES_PER_PAIR
    assert all(isinstance(one, WrongSignIn | TooManyAttempts) for one in ended)


async def test_a_stranger_does_not_lock_an_official_out(pool: Pool, now: datetime) -> None:
    await add(pool, now)
    for _ in range(staff_sessions.TRIES_PER_PAIR):
        with pytest.raises(WrongSignIn):
            await enter(pool, now, password="sai-mat-khau-roi", asker="198.51.100.1")
    with pytest.raises(TooManyAttempts):
        await enter(pool, now, asker="198.51.100.1")
    await enter(pool, now, asker="203.0.113.9")
    await enter(pool, now + staff_sessions.ATTEMPT_WINDOW, asker="198.51.100.1")


async def test_an_address_is_slowed_over_many_logins(
    pool: Pool, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_sessions, "TRIES_PER_ASKER", 4)
    for n in range(4):
        with pytest.raises(WrongSignIn):
            await enter(pool, now, login=f"ai-{n}")
    with pytest.raises(TooManyAttempts):
        await enter(pool, now, login="ai-9")


async def test_what_was_typed_for_a_login_is_not_kept(pool: Pool, now: datetime) -> None:
    with pytest.raises(WrongSignIn):
        await enter(pool, now, login=PASSWORD + "\x00", password="")
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT * FROM staff_attempts")).fetchall()
    assert len(rows) == 1 and PASSWORD not in str(rows)


async def test_a_password_typed_with_other_marks_is_the_same(pool: Pool, now: datetime) -> None:
    await add(pool, now, password="mật khẩu của tôi")
    await enter(pool, now, password="mâ\u0323t khâ\u0309u cu\u0309a tôi")
    with pytest.raises(WrongSignIn):
        await enter(pool, now, password="mat khau cua toi")


async def test_a_new_password_ends_what_was_open(pool: Pool, now: datetime) -> None:
    await add(pool, now)
    token, _ = await enter(pool, now)
    async with pool.connection() as conn:
        await staff.set_password(conn, login="lan", password="ruong-lua-chin", actor="lan", now=now)
    async with pool.connection() as conn:
        with pytest.raises(NoStaffSession):
            await staff_sessions.find_session(conn, token, now=now)
        assert await staff.is_password(conn, login="lan", password="ruong-lua-chin")
        assert not await staff.is_password(conn, login="lan", password=PASSWORD)
    with pytest.raises(WrongSignIn):
        await enter(pool, now)


async def test_hashes_keep_up_with_the_library(
    pool: Pool, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(pool, now)
    monkeypatch.setattr(passwords, "outdated", lambda stored: True)
    await enter(pool, now)
    monkeypatch.undo()
    await enter(pool, now)


def test_made_passwords_are_good_and_all_different() -> None:
    made = {passwords.generate() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.check(password, login="lan")
        assert not set(password) & set("0o1il")
