"""The second factor below the web: codes are good once, clocks drift a little, guesses are counted."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pyotp
import pytest
from psycopg.errors import InsufficientPrivilege

from desk import staff, staff_sessions, totp
from desk.bounds import bounded
from desk.database import Pool
from desk.sealing import Sealer, new_key
from desk.staff import Role, Staff
from desk.totp import Policy, Standing
from knowledge.errors import NoStaffSession, StaffNotFound, TooManyAttempts, WrongCode
from tests.desk.test_staff import add, enter

pytestmark = pytest.mark.postgres
HERE = "203.0.113.7"


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([new_key()])


@pytest.fixture
async def lan(pool: Pool, now: datetime) -> Staff:
    return await add(pool, now, roles=[Role.DESK])


@pytest.fixture
async def secret(pool: Pool, lan: Staff, sealer: Sealer, now: datetime) -> str:
    """Lan's phone, set up an hour ago."""
    return (await set_up(pool, lan, sealer, now - timedelta(hours=1)))[0]


async def set_up(pool: Pool, lan: Staff, sealer: Sealer, now: datetime) -> tuple[str, list[str]]:
    made = totp.new_secret()
    async with pool.connection() as conn:
        codes = await totp.set_up(
            conn, lan, secret=made, code=pyotp.TOTP(made).at(now), sealer=sealer, now=now
        )
    return made, codes


async def check(
    pool: Pool, lan: Staff, code: str, sealer: Sealer, now: datetime, *, asker: str = HERE
) -> None:
    await totp.check(pool, lan, code=code, asker=asker, sealer=sealer, now=now)


def code_at(secret: str, now: datetime, steps: int) -> str:
    """The code so many steps from now."""
    return pyotp.TOTP(secret).at(now + timedelta(seconds=totp.STEP_S * steps))


def wrong_code(secret: str, now: datetime) -> str:
    """Six digits that fit no step near now."""
    right = {code_at(secret, now, offset) for offset in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


async def test_the_secret_lies_sealed(pool: Pool, secret: str, sealer: Sealer) -> None:
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT totp_sealed FROM staff")).fetchone()
    assert row is not None and secret.encode() not in bytes(row["totp_sealed"])
    assert sealer.text(row["totp_sealed"]) == secret


async def test_the_published_examples_hold() -> None:
    """RFC 6238, appendix B: SHA-1, the last six of eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(seconds=seconds)
        assert totp.steps_that_fit(secret, code, now=at) == [seconds // 30]


async def test_a_code_is_good_once(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    code = pyotp.TOTP(secret).at(now)
    await check(pool, lan, f" {code[:3]} {code[3:]} ", sealer, now)
    with pytest.raises(WrongCode):
        await check(pool, lan, code, sealer, now)
    with pytest.raises(WrongCode):  # nor an older one after it
        await check(pool, lan, code_at(secret, now, -1), sealer, now)
    await check(pool, lan, code_at(secret, now, 1), sealer, now)


async def test_the_code_that_set_it_up_does_not_sign_in(
    pool: Pool, lan: Staff, sealer: Sealer, now: datetime
) -> None:
    secret, _ = await set_up(pool, lan, sealer, now)
    with pytest.raises(WrongCode):
        await check(pool, lan, pyotp.TOTP(secret).at(now), sealer, now)


async def test_the_same_code_at_once_passes_once(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    code = pyotp.TOTP(secret).at(now)
    tries = [check(pool, lan, code, sealer, now) for _ in range(5)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert [one for one in ended if one is None] == [None]
    assert all(one is None or isinstance(one, WrongCode) for one in ended)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_clock_may_be_half_a_minute_off(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime, steps: int, good: bool
) -> None:
    code = code_at(secret, now, steps)
    if good:
        await check(pool, lan, code, sealer, now)
    else:
        with pytest.raises(WrongCode):
            await check(pool, lan, code, sealer, now)


async def test_guessing_is_stopped_from_anywhere_and_the_right_code_waits_too(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    for n in range(totp.LIMITS[0].login):
        with pytest.raises(WrongCode):
            await check(pool, lan, wrong_code(secret, now), sealer, now, asker=f"198.51.100.{n}")
    with pytest.raises(TooManyAttempts):
        await check(pool, lan, pyotp.TOTP(secret).at(now), sealer, now)
    later = now + totp.LIMITS[0].window
    await check(pool, lan, pyotp.TOTP(secret).at(later), sealer, later)


async def test_patient_guessing_is_stopped_by_the_day(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    refused = 0
    for quarter in range(8):
        at = now + quarter * totp.LIMITS[0].window
        for n in range(totp.LIMITS[0].login):
            with pytest.raises((WrongCode, TooManyAttempts)) as caught:
                await check(pool, lan, wrong_code(secret, at), sealer, at, asker=f"198.51.100.{n}")
            refused += caught.type is TooManyAttempts
    assert refused == 80 - totp.LIMITS[1].login
    next_day = now + timedelta(days=2)
    await check(pool, lan, pyotp.TOTP(secret).at(next_day), sealer, next_day)


async def test_many_guesses_at_once_do_not_pass_the_limit(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    guesses = [check(pool, lan, wrong_code(secret, now), sealer, now) for _ in range(20)]
    ended = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(one, WrongCode) for one in ended) <= totp.LIMITS[0].pair
    assert all(isinstance(one, WrongCode | TooManyAttempts) for one in ended)


async def test_guesses_at_codes_do_not_stand_in_the_way_of_passwords(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    for _ in range(totp.LIMITS[0].pair):
        with pytest.raises(WrongCode):
            await check(pool, lan, wrong_code(secret, now), sealer, now)
    await enter(pool, now)


async def test_recovery_codes_are_ten_and_good_once(
    pool: Pool, lan: Staff, sealer: Sealer, now: datetime
) -> None:
    _, codes = await set_up(pool, lan, sealer, now)
    assert len({*codes}) == 10
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT code_hash FROM staff_recovery")).fetchall()
    assert not any(totp.plain(code).encode() in bytes(row["code_hash"]) for code in codes for row in rows)
    await check(pool, lan, codes[3].upper().replace("-", " "), sealer, now)
    with pytest.raises(WrongCode):
        await check(pool, lan, codes[3], sealer, now)
    async with pool.connection() as conn:
        assert await totp.recovery_left(conn, lan.id) == 9
        new = await totp.renew_recovery(conn, lan, now=now)
    with pytest.raises(WrongCode):
        await check(pool, lan, codes[4], sealer, now)
    await check(pool, lan, new[0], sealer, now)


async def test_nobody_elses_recovery_code(pool: Pool, lan: Staff, sealer: Sealer, now: datetime) -> None:
    _, codes = await set_up(pool, lan, sealer, now)
    binh = await add(pool, now, login="binh")
    with pytest.raises(WrongCode):
        await check(pool, binh, codes[0], sealer, now)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\x00", "１２３４５６", "0" * 5000])
async def test_what_is_no_code(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime, code: str
) -> None:
    with pytest.raises(WrongCode):
        await check(pool, lan, code, sealer, now)


async def test_another_phone_needs_to_replace_the_first(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    with pytest.raises(WrongCode):
        await set_up(pool, lan, sealer, now)
    new = totp.new_secret()
    async with pool.connection() as conn:
        code = pyotp.TOTP(new).at(now)
        await totp.set_up(conn, lan, secret=new, code=code, sealer=sealer, now=now, replaces=True)
    with pytest.raises(WrongCode):
        await check(pool, lan, code_at(secret, now, 1), sealer, now)
    await check(pool, lan, code_at(new, now, 1), sealer, now)


async def test_reset_ends_sessions_and_is_written_down(
    pool: Pool, lan: Staff, secret: str, sealer: Sealer, now: datetime
) -> None:
    token, _ = await enter(pool, now)
    async with pool.connection() as conn:
        await totp.reset(conn, "LAN", actor="quan", now=now)
    async with pool.connection() as conn:
        with pytest.raises(NoStaffSession):
            await staff_sessions.find_session(conn, token, now=now)
        with pytest.raises(StaffNotFound):
            await totp.reset(conn, "khac", actor="quan", now=now)
        assert (await staff.find(conn, "lan")).totp_since is None
        rows = await (await conn.execute("SELECT actor, action FROM audit ORDER BY id")).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("test", "staff.added"), ("lan", "staff.totp_set"), ("lan", "staff.signed_in"), ("quan", "staff.totp_reset"),
    ]  # fmt: skip
    with pytest.raises(WrongCode):
        await check(pool, lan, pyotp.TOTP(secret).at(now), sealer, now)


async def test_the_cookie_changes_with_the_second_factor(
    pool: Pool, lan: Staff, secret: str, now: datetime
) -> None:
    token, before = await enter(pool, now)
    async with pool.connection() as conn:
        new, after = await staff_sessions.raised(conn, token, now=now)
        with pytest.raises(NoStaffSession):
            await staff_sessions.find_session(conn, token, now=now)
    assert new != token and after.csrf != before.csrf and after.id == before.id
    assert (before.second_factor, after.second_factor) == (False, True)


async def test_who_needs_one(pool: Pool, lan: Staff, now: datetime) -> None:
    _, session = await enter(pool, now)
    assert totp.standing(session, Policy.DESK) is Standing.ENROL
    assert totp.standing(session, Policy.OFF) is Standing.IN
    for role in Role:
        assert totp.needed([role], Policy.DESK) is (role is not Role.CONTENT)
        assert totp.needed([role], Policy.ALL) and not totp.needed([role], Policy.OFF)
    having = session.model_copy(update={"has_totp": True})
    assert {totp.standing(having, policy) for policy in Policy} == {Standing.CODE}
    passed = having.model_copy(update={"second_factor": True})
    assert {totp.standing(passed, policy) for policy in Policy} == {Standing.IN}


async def test_the_desk_reads_no_secret_of_an_account(pool: Pool, lan: Staff, secret: str) -> None:
    """Within an official's bounds names are there, and nothing one could sign in with."""
    async with bounded(pool, lan) as conn:
        assert await (await conn.execute("SELECT login FROM staff")).fetchall() == [{"login": "lan"}]
    for column in ("password_hash", "totp_sealed", "oidc_subject", "*"):
        with pytest.raises(InsufficientPrivilege):
            async with bounded(pool, lan) as conn:
                await conn.execute(f"SELECT {column} FROM staff")
    for table in ("staff_sessions", "staff_recovery", "staff_attempts"):
        with pytest.raises(InsufficientPrivilege):
            async with bounded(pool, lan) as conn:
                await conn.execute(f"SELECT * FROM {table}")
