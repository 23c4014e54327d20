"""Tokens of an OA: kept before they are used, renewed once however many ask, and not lost by a death."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from bot.channels.base import ChannelStopped, SendFailed, TryLater, Unsure
from bot.gateway import zalo_refresh
from bot.gateway.zalo_oauth import ACCESS_LASTS, REFRESH_LASTS, Asked, OAuth, code_in, granted
from bot.gateway.zalo_tokens import ZaloTokens
from desk.database import EmbeddedPostgres, Pool, open_pool
from desk.sealing import Sealer, new_key, reseal
from tests.gateway.conftest import TEMPLATE, in_database_created
from tests.simulators.platform import serving
from tests.simulators.zalo import ZaloPlatform

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
KEY = new_key()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ZaloPlatform, str]]:
    platform = ZaloPlatform()
    with serving(platform) as url:
        yield platform, url


@dataclass
class Office:
    """The platform, and what an office has of it."""

    platform: ZaloPlatform
    url: str
    pool: Pool
    dsn: str
    home: Path

    def oauth(self) -> OAuth:
        known = self.platform
        return OAuth(
            url=self.url, app_id=known.app_id, app_secret=known.app_secret, redirect_uri=known.redirect_uri
        )

    def tokens(self, **changes: Any) -> ZaloTokens:
        known: dict[str, Any] = {
            "pool": self.pool,
            "sealer": Sealer([KEY]),
            "oauth": self.oauth(),
            "oa_id": self.platform.oa_id,
            "home": self.home,
            "clock": self.platform.clock.now,
            "limit_s": 2.0,
        }
        return ZaloTokens(**{**known, **changes})

    async def login(self) -> ZaloTokens:
        pair = granted(200, json.dumps(self.platform.tokens.grant()), now=self.platform.clock.now())
        await self.tokens().store(pair)
        return self.tokens()

    def works(self, token: str) -> bool:
        return token == self.platform.tokens.access

    @property
    def refreshes(self) -> int:
        return self.platform.tokens.asked.count("refresh_token")

    def left(self) -> list[str]:
        return [path.name for path in (self.home / "tokens").glob("*")]

    def process(self, stale: str, *, dies: str = "", limit_s: float = 2.0) -> subprocess.Popen[bytes]:
        job = {
            "dsn": self.dsn, "home": str(self.home), "key": KEY, "url": self.url, "oa_id": self.platform.oa_id,
            "stale": stale, "dies": dies, "now": self.platform.clock.now().isoformat(), "limit_s": limit_s,
        }  # fmt: skip
        made = subprocess.Popen([sys.executable, "-m", "tests.gateway.zalo_holder"], stdin=subprocess.PIPE)
        assert made.stdin
        made.stdin.write(json.dumps(job).encode())
        made.stdin.close()
        return made


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    """One for the module: a database takes longer to make than a test to run."""
    return in_database_created(postgres.dsn, f"zalo{uuid4().hex[:10]}", TEMPLATE)


@pytest.fixture
async def office(served: tuple[ZaloPlatform, str], database: str, tmp_path: Path) -> AsyncIterator[Office]:
    platform, url = served
    platform.__init__()  # type: ignore[misc]  # the server holds the object
    async with await open_pool(database, min_size=1, max_size=6) as pool:
        async with pool.connection() as conn:
            await conn.execute("DELETE FROM channel_tokens")
        yield Office(platform, url, pool, database, tmp_path)


# Everyday


async def test_without_a_login_nothing_is_sent(office: Office) -> None:
    with pytest.raises(ChannelStopped, match="zalo login"):
        await office.tokens().current()
    assert await office.tokens().tend() == "no login"


async def test_a_pair_is_kept_sealed_and_used_until_it_is_nearly_over(office: Office) -> None:
    tokens = await office.login()
    access, (refresh,) = office.platform.tokens.access, office.platform.tokens.refreshable
    assert await tokens.current() == access
    async with office.pool.connection() as conn:
        row = await (await conn.execute("SELECT * FROM channel_tokens")).fetchone()
    assert row is not None
    assert access.encode() not in bytes(row["sealed"]) and refresh.encode() not in bytes(row["sealed"])
    office.platform.clock.move(timedelta(hours=24, minutes=57))
    assert await tokens.current() == access
    office.platform.clock.move(timedelta(minutes=2))
    renewed = await tokens.current()
    assert renewed != access and office.works(renewed)
    assert (office.refreshes, office.left()) == (1, [])


async def test_it_is_renewed_at_twenty_hours_and_not_before(office: Office) -> None:
    tokens = await office.login()
    office.platform.clock.move(timedelta(hours=20) - timedelta(seconds=1))
    assert (await tokens.tend(), office.refreshes) == ("", 0)
    office.platform.clock.move(timedelta(seconds=1))
    assert (await tokens.tend(), office.refreshes) == ("", 1)
    assert office.works(await office.tokens().current())
    held = await tokens.standing()
    assert held is not None
    assert held.renew_by == office.platform.clock.now() + REFRESH_LASTS


async def test_ten_refusals_at_once_are_one_renewal(office: Office) -> None:
    await office.login()
    stale, several = office.platform.tokens.access, [office.tokens() for _ in range(3)]
    office.platform.faults.script += ["slow:0.1"]
    found = await asyncio.gather(*(several[n % 3].renewed(stale) for n in range(10)))
    assert len(set(found)) == 1
    assert office.works(found[0])
    assert office.refreshes == 1


async def test_somebody_elses_renewal_is_found_without_another(office: Office) -> None:
    tokens = await office.login()
    stale = await tokens.current()
    await office.tokens().renewed(stale)
    assert office.works(await tokens.renewed(stale))
    assert office.refreshes == 1


async def test_after_months_of_renewals_the_last_pair_works(office: Office) -> None:
    tokens = await office.login()
    for _ in range(5):
        office.platform.clock.move(timedelta(hours=20))
        await tokens.tend()
    assert office.works(await tokens.current())
    assert (office.refreshes, len(office.platform.tokens.refreshable)) == (5, 1)


@pytest.mark.parametrize(
    ("said", "lasts"),
    [("90000", timedelta(hours=25)), (3600, timedelta(hours=1)), ("", ACCESS_LASTS), (None, ACCESS_LASTS),
     ("soon", ACCESS_LASTS), (True, ACCESS_LASTS), (-5, ACCESS_LASTS), ("0", ACCESS_LASTS), ("1e5", ACCESS_LASTS)],
)  # fmt: skip
def test_seconds_come_as_strings(said: Any, lasts: timedelta) -> None:
    body = json.dumps({"access_token": "a", "refresh_token": "r", "expires_in": said})
    pair = granted(200, body, now=NOW)
    assert (pair.expires_at - NOW, pair.renew_by - NOW) == (lasts, REFRESH_LASTS)


@pytest.mark.parametrize(
    ("body", "kind"),
    [('{"error":-32}', TryLater), ('{"error":"-14014","error_name":"x"}', ChannelStopped), ("<html>", Unsure),
     ('{"access_token":"a"}', Unsure), ("[]", Unsure), ('{"error":-14002}', ChannelStopped),
     ('{"access_token":"a","refresh_token":""}', Unsure)],
)  # fmt: skip
def test_answers_that_are_no_pair(body: str, kind: type[SendFailed]) -> None:
    with pytest.raises(kind):
        granted(200, body, now=NOW)


async def test_they_are_sealed_again_when_the_key_changes(office: Office) -> None:
    await office.login()
    newest = new_key()
    assert (await reseal(office.pool, Sealer([newest, KEY])))["channel_tokens"] == 1
    assert office.works(await office.tokens(sealer=Sealer([newest])).current())


# Trouble on the way


async def test_an_address_that_is_not_reached_spends_nothing(office: Office) -> None:
    tokens = await office.login()
    away = office.tokens(oauth=replace(office.oauth(), url="http://127.0.0.1:9"))
    with pytest.raises(TryLater):
        await away.renewed(await tokens.current())
    held = await tokens.standing()
    assert held is not None
    assert (held.intents, held.broken_at, office.left()) == ((), None, [])
    assert office.works(await tokens.renewed(await tokens.current()))


async def test_where_no_answer_could_be_kept_nothing_is_asked(office: Office) -> None:
    tokens = await office.login()
    (office.home / "tokens").write_text("in the way")
    with pytest.raises(TryLater):
        await tokens.renewed(await tokens.current())
    assert office.refreshes == 0
    (office.home / "tokens").unlink()
    assert office.works(await tokens.renewed(await tokens.current()))


async def test_too_many_calls_are_for_later(office: Office) -> None:
    tokens = await office.login()
    office.platform.tokens.throttled = True
    with pytest.raises(TryLater):
        await tokens.renewed(await tokens.current())
    office.platform.tokens.throttled = False
    assert office.works(await tokens.renewed(await tokens.current()))


@pytest.mark.parametrize("mood", ["503", "html", "drop"])
async def test_a_failure_before_anything_was_done_costs_nothing(office: Office, mood: str) -> None:
    tokens = await office.login()
    office.platform.faults.script += [mood]
    with pytest.raises(TryLater):
        await tokens.renewed(await tokens.current())
    fresh = office.tokens(limit_s=0.1)
    assert office.works(await fresh.renewed(await tokens.current()))


async def test_a_lost_answer_is_an_alarm_and_a_login_heals_it(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.login()
    tokens = office.tokens(limit_s=0.1)
    office.platform.clock.move(timedelta(hours=20))
    office.platform.faults.script += ["lost"]
    await tokens.tend()
    with caplog.at_level(logging.ERROR):
        said = await tokens.tend()
    assert "log in again before 2026-11-21T03:00" in said and "an answer was lost on" in said
    assert "motcua zalo login" in caplog.text
    assert not any(token in caplog.text for token in office.platform.tokens.refreshable)
    assert await tokens.current()  # as long as it lives; what the platform says of it is its matter
    with pytest.raises(ChannelStopped):
        await tokens.renewed(await tokens.current())
    asked = office.refreshes
    office.platform.clock.move(timedelta(minutes=10))
    await tokens.tend()
    assert office.refreshes == asked + 1  # while an answer may still turn up, it is looked for
    await office.login()
    assert await tokens.tend() == ""
    assert office.works(await office.tokens().current())


async def test_a_refused_token_is_asked_for_again_only_once_an_hour(office: Office) -> None:
    tokens = await office.login()
    office.platform.tokens.refreshable.clear()
    office.platform.clock.move(timedelta(hours=20))
    for _ in range(8):
        assert "log in again" in await tokens.tend()
        office.platform.clock.move(timedelta(minutes=10))
    assert office.refreshes == 2


async def test_the_refresh_tokens_own_end_is_told_two_weeks_before(office: Office) -> None:
    await office.login()
    away = office.tokens(oauth=replace(office.oauth(), url="http://127.0.0.1:9"))
    office.platform.clock.move(timedelta(days=75))
    assert await away.tend() == "the access token has ended and was not renewed"
    office.platform.clock.move(timedelta(days=1))
    assert "ends at 2027-02-18" in await away.tend()


# Deaths


async def test_killed_while_the_answer_is_on_its_way(office: Office) -> None:
    tokens = await office.login()
    stale = await tokens.current()
    office.platform.faults.script += ["slow:0.5"]
    process = office.process(stale)
    await until(lambda: bool(office.platform.faults.met))
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    assert office.works(stale)  # the platform has not answered yet
    assert office.works(await office.tokens().renewed(stale))
    assert (office.refreshes, office.left()) == (1, [])


async def test_killed_between_the_answer_and_the_commit(office: Office) -> None:
    tokens = await office.login()
    stale = await tokens.current()
    process = office.process(stale, dies="before the commit")
    assert await asyncio.to_thread(process.wait) == -signal.SIGKILL
    assert not office.works(stale)
    (name,) = office.left()
    content = (office.home / "tokens" / name).read_bytes()
    assert office.platform.tokens.access.encode() not in content
    assert oct((office.home / "tokens" / name).stat().st_mode)[-3:] == "600"
    assert await office.tokens().tend() == ""  # what a worker does after its start
    assert office.works(await office.tokens().current())
    assert (office.refreshes, office.left()) == (1, [])


async def test_killed_after_the_commit(office: Office) -> None:
    tokens = await office.login()
    stale = await tokens.current()
    process = office.process(stale, dies="after the commit")
    assert await asyncio.to_thread(process.wait) == -signal.SIGKILL
    assert office.works(await office.tokens().renewed(stale))
    assert office.refreshes == 1
    (name,) = office.left()
    yesterday = time.time() - 2 * 86_400
    os.utime(office.home / "tokens" / name, (yesterday, yesterday))
    await office.tokens().tend()
    assert office.left() == []


async def test_killed_before_the_call(office: Office) -> None:
    tokens = await office.login()
    stale = await tokens.current()
    process = office.process(stale, dies="before the call", limit_s=0.1)
    assert await asyncio.to_thread(process.wait) == -signal.SIGKILL
    assert office.works(await office.tokens(limit_s=0.1).renewed(stale))
    assert office.refreshes == 1


async def test_an_answer_on_another_machine_heals_when_that_comes_back(
    office: Office, tmp_path: Path
) -> None:
    tokens = await office.login()
    stale = await tokens.current()
    process = office.process(stale, dies="before the commit", limit_s=0.1)
    await asyncio.to_thread(process.wait)
    elsewhere = office.tokens(home=tmp_path / "other", limit_s=0.1)
    with pytest.raises(ChannelStopped):
        await elsewhere.renewed(stale)
    assert "log in again" in await elsewhere.tend()
    assert await office.tokens().tend() == ""
    assert office.works(await elsewhere.renewed(stale))


def test_the_asking_process_heeds_no_signal_but_one_and_ends(tmp_path: Path) -> None:
    platform = ZaloPlatform()
    platform.faults.script += ["slow:0.4"]
    with serving(platform) as url:
        job = {"url": url + "/v4/oa/access_token", "headers": {}, "form": {}, "key": KEY, "limit_s": 2}
        job["out"] = str(tmp_path / "x.answer")
        child = subprocess.Popen([sys.executable, "-I", zalo_refresh.__file__], stdin=subprocess.PIPE)
        assert child.stdin
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
        wait_for(lambda: bool(platform.faults.met))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            child.send_signal(number)
        assert child.wait(5) == zalo_refresh.KEPT
    assert (tmp_path / "x.answer").exists()
    assert not (tmp_path / "x.part").exists()


@pytest.mark.parametrize("said", [b"", b'{"url": "http'])
def test_whoever_dies_while_asking_has_asked_nothing(said: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-I", zalo_refresh.__file__], input=said, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (zalo_refresh.NOT_SENT, b"")


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not done() and time.monotonic() < until:
        time.sleep(0.01)
    assert done()


async def until(done: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_for, done)


# Consent


async def consented(office: Office, asked: Asked) -> str:
    async with httpx.AsyncClient() as http:
        answer = await http.get(office.oauth().consent_url(asked))
    return str(answer.headers["location"])


async def test_consent_becomes_the_first_pair(office: Office) -> None:
    asked = Asked.afresh()
    assert len(asked.verifier) == 43
    back = await consented(office, asked)
    code = code_in(back, state=asked.state, oa_id=office.platform.oa_id)
    async with httpx.AsyncClient() as http:
        pair = await office.oauth().exchange(http, code, verifier=asked.verifier, now=NOW)
        await office.tokens().store(pair)
        assert office.works(await office.tokens().current())
        with pytest.raises(ChannelStopped, match="invalid_code"):
            await office.oauth().exchange(http, code, verifier=asked.verifier, now=NOW)


async def test_consent_that_is_too_old_or_not_ours_is_refused(office: Office) -> None:
    asked, other = Asked.afresh(), Asked.afresh()
    async with httpx.AsyncClient() as http:
        for verifier, pause in ((other.verifier, 0), (asked.verifier, 601)):
            code = code_in(await consented(office, asked), state=asked.state, oa_id="")
            office.platform.clock.move(timedelta(seconds=pause))
            with pytest.raises(ChannelStopped):
                await office.oauth().exchange(http, code, verifier=verifier, now=NOW)
        with pytest.raises(TryLater):
            away = replace(office.oauth(), url="http://127.0.0.1:9")
            await away.exchange(http, "c", verifier="v", now=NOW)


def test_what_an_administrator_pastes() -> None:
    back = "https://mc.example/channels/zalo/consent?" + urlencode({"code": "c1", "oa_id": "9", "state": "s"})
    assert code_in(f"  {back}\n", state="s", oa_id="9") == "c1"
    assert code_in("c1", state="s", oa_id="9") == "c1"
    for changed in (back.replace("state=s", "state=t"), back.replace("oa_id=9", "oa_id=8"), "?error=-14003"):
        with pytest.raises(ChannelStopped):
            code_in(changed, state="s", oa_id="9")
    with suppress(ChannelStopped):
        code_in("?error=-14003", state="s", oa_id="9")
