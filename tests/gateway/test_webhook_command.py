"""`motcua desk webhook`, and the worker that sends: from the command line to an office's system and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.gateway import webhooks
from bot.gateway.settings import Settings
from desk.database import open_pool
from knowledge.errors import BadWebhook, WebhookFailed, WebhookNotFound
from tests.gateway.desk_helpers import ROADS, file
from tests.simulators.webhook_receiver import Receiver, listening

pytestmark = pytest.mark.postgres
RUNNER = CliRunner()
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(autouse=True)
def _environment(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": dsn,
        "MOTCUA_HOME": str(tmp_path),
        "WEBHOOK_ALLOW_PRIVATE": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as listener:
        yield listener


def run(*arguments: str) -> Any:
    done = RUNNER.invoke(app, ["desk", "webhook", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_a_system_is_named_tried_told_and_removed(dsn: str, receiver: Receiver) -> None:
    made = json.loads(run("add", receiver.url, "--unit", ROADS, "--deed", "accept", "--json").output)
    receiver.secret = made["secret"]
    assert len(made["events"]) == 4 and made["deeds"] == ["accept"]
    assert json.loads(run("test", made["id"], "--json").output) == {"status": 204}
    assert receiver.taken[0]["event"] == "ping"
    assert asyncio.run(_told(dsn)) == 1
    assert receiver.taken[1]["event"] == "ticket.filed"
    (line,) = json.loads(run("list", "--json").output)
    assert (line["sent"], line["waiting"], line["parked"]) == (1, 0, 0) and "secret" not in json.dumps(line)
    assert ROADS[:5] in run("list").output
    assert json.loads(run("retry", made["id"], "--json").output) == {"waiting": 0}
    run("remove", made["id"])
    assert json.loads(run("list", "--json").output) == []


async def _told(dsn: str) -> int:
    """A report comes, and the worker's minute; returns how many messages then were sent."""
    async with await open_pool(dsn, min_size=1, max_size=4) as pool:
        await file(pool)
        await webhooks.timed(Settings.from_env()).deed(pool, datetime.now(UTC))
        async with pool.connection() as conn:
            row = await (
                await conn.execute("SELECT count(*) AS sent FROM webhook_deliveries WHERE state = 'sent'")
            ).fetchone()
            assert row is not None
            return int(row["sent"])


def test_the_secret_is_shown_by_adding_alone(receiver: Receiver) -> None:
    said = run("add", receiver.url).output
    secret = said.strip().rpartition("secret ")[2]
    assert len(secret) > 30 and secret not in run("list").output + run("list", "--json").output


@pytest.mark.parametrize(
    "said",
    [["https://a.example/", "--unit", "khong-co"], ["https://a.example/", "--deed", "accept"], [],
     ["https://a.example/", "--event", "ticket.x"], ["file:///etc/passwd"]],
)  # fmt: skip
def test_what_cannot_be_is_refused(said: list[str]) -> None:
    with pytest.raises(BadWebhook):
        run("add", *said)


def test_a_trial_says_what_is_wrong(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(run("add", receiver.url, "--json").output)
    with pytest.raises(WebhookFailed, match="401"):
        run("test", made["id"])  # the receiver has no secret yet
    monkeypatch.setenv("WEBHOOK_ALLOW_PRIVATE", "false")
    with pytest.raises(BadWebhook):
        run("test", made["id"])
    with pytest.raises(WebhookNotFound):
        run("test", NOBODY)
    inward = json.loads(run("add", "--unit", ROADS, "--deed", "accept", "--json").output)
    with pytest.raises(BadWebhook, match="no address"):
        run("test", inward["id"])
