"""Offices' systems hear of each ticket's moves: signed, again after failures, never inside, never without the move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk import service, webhook_sending, webhooks, work
from desk.bounds import bounded
from desk.database import Pool
from desk.models import NewReport, Ticket, TicketState
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.staff import Role, Staff
from desk.webhook_sending import MAX_ATTEMPTS, is_public, pause, send_due
from desk.webhooks import Webhook
from knowledge.errors import BadWebhook, WebhookFailed, WebhookNotFound
from tests.gateway.helpers import rows
from tests.simulators.webhook_receiver import Receiver, listening

pytestmark = pytest.mark.postgres
SEALER = Sealer([new_key()])
ROADS = "lam-dong-so-xay-dung"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as listener:
        yield listener


async def hook(pool: Pool, url: str, *, now: datetime, **changes: Any) -> tuple[Webhook, str]:
    values = {"unit_id": "", "events": webhooks.EVENTS, "deeds": (), "actor": "test", **changes}
    async with pool.connection() as conn:
        return await webhooks.add(conn, url=url, sealer=SEALER, now=now, allow_private=True, **values)


async def filed(pool: Pool, report: NewReport, router: Router, *, now: datetime, origin: str = "t") -> Ticket:
    async with pool.connection() as conn:
        made = await service.file_report(conn, report, origin=origin, router=router, sealer=SEALER, now=now)
        return made.ticket


def official(unit: str = ROADS) -> Staff:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Staff.model_validate({
        "id": "00000000-0000-0000-0000-000000000001", "login": "lan", "name": "Lan", "roles": [Role.DESK],
        "unit_id": unit, "created_at": at, "password_set_at": at,
    })  # fmt: skip


async def sent(pool: Pool, now: datetime, **changes: Any) -> dict[str, int]:
    return await send_due(
        pool, sealer=SEALER, now=now, **{"allow_private": True, "timeout_s": 8.0, **changes}
    )


async def test_a_ticket_s_moves_are_told_signed_and_without_a_person_s_words(
    pool: Pool, router: Router, report: NewReport, now: datetime, receiver: Receiver
) -> None:
    _, receiver.secret = await hook(pool, receiver.url + "/nhan?x=1", now=now)
    ticket = await filed(pool, report, router, now=now)
    async with bounded(pool, official()) as conn:  # as the console does it, under row-level security
        hand = await work.take(conn, code=ticket.code, version=None, staff=official(), now=now)
        await work.resolve(hand, public="Đã vá xong.", reopen_for=timedelta(days=1))
    assert await sent(pool, now) == {"sent": 5, "failed": 0, "parked": 0}
    told = [(one["event"], one["ticket"]["state"]) for one in receiver.taken]
    assert sorted(told) == [
        ("ticket.answered", "DA_TRA_LOI"), ("ticket.filed", "MOI_TIEP_NHAN"), ("ticket.moved", "DANG_PHAN_LOAI"),
        ("ticket.moved", "DANG_XU_LY"), ("ticket.moved", "THUOC_THAM_QUYEN"),
    ]  # fmt: skip
    assert {one["X-Motcua-Delivery"] for one in receiver.headers} == {one["id"] for one in receiver.taken}
    assert receiver.headers[0]["Host"] == receiver.url.removeprefix("http://")
    assert set(receiver.met) == {"/nhan?x=1"}
    everything = json.dumps(receiver.taken, ensure_ascii=False)
    for private in (report.what, report.where, report.contact, "0900", "Nguyễn", "vá xong", str(ticket.id)):
        assert private not in everything
    assert await sent(pool, now + timedelta(hours=1)) == {"sent": 0, "failed": 0, "parked": 0}


async def test_only_the_units_concerned_hear_and_only_what_they_asked_for(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    mine, _ = await hook(pool, "https://mot.example/", now=now, unit_id=ROADS)
    theirs, _ = await hook(pool, "https://hai.example/", now=now, unit_id="chung-phong-kinh-te")
    answered, _ = await hook(pool, "https://ba.example/", now=now, events=["ticket.answered"])
    ticket = await filed(pool, report, router, now=now)
    unit = router.unit("chung-phong-kinh-te")
    assert unit is not None
    async with bounded(pool, official()) as conn:
        hand = await work.take(conn, code=ticket.code, version=None, staff=official(), now=now)
        await work.forward(hand, to=unit, reason="Đường của xã.")
    found = await rows(pool, "SELECT webhook_id, body->'ticket'->>'state' AS state FROM webhook_deliveries")
    heard = {(row["webhook_id"], row["state"]) for row in found}
    assert (mine.id, "CHUYEN_CO_QUAN") in heard, "the unit it leaves hears of it"
    assert {state for webhook, state in heard if webhook == theirs.id} == {"CHUYEN_CO_QUAN"}
    assert not {state for webhook, state in heard if webhook == answered.id}


async def test_without_its_move_nothing_is_told(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    await hook(pool, "https://mot.example/", now=now)
    with pytest.raises(RuntimeError):
        async with pool.connection() as conn:
            await service.file_report(conn, report, origin="t", router=router, sealer=SEALER, now=now)
            raise RuntimeError("the process dies before the end")
    assert not await rows(pool, "SELECT 1 FROM webhook_deliveries")


async def test_officials_write_deliveries_but_read_neither_them_nor_secrets(
    pool: Pool, now: datetime
) -> None:
    await hook(pool, "https://mot.example/", now=now)
    for statement in ("SELECT sealed_secret FROM webhooks", "SELECT * FROM webhook_deliveries"):
        with pytest.raises(Exception, match="permission denied"):
            async with bounded(pool, official()) as conn:
                await conn.execute(statement.encode())


@pytest.mark.parametrize("mood", ["500", "drop", "slow", "404"])
async def test_what_fails_is_tried_again_later(
    pool: Pool, router: Router, report: NewReport, now: datetime, receiver: Receiver, mood: str
) -> None:
    _, receiver.secret = await hook(pool, receiver.url, now=now)
    await filed(pool, report, router, now=now)
    receiver.moods = [mood]
    timeout_s = 0.7 if mood == "slow" else 8.0
    assert (await sent(pool, now, timeout_s=timeout_s))["failed"] == 1
    assert await sent(pool, now + timedelta(seconds=5)) == {"sent": 0, "failed": 0, "parked": 0}
    (row,) = await rows(pool, "SELECT attempts, error, next_try_at FROM webhook_deliveries")
    assert row["attempts"] == 1 and row["error"] and row["next_try_at"] == now + pause(1)
    assert (await sent(pool, now + timedelta(minutes=1)))["sent"] == 1
    assert len(receiver.taken) == 1


async def test_a_redirect_is_not_followed(
    pool: Pool, router: Router, report: NewReport, now: datetime, receiver: Receiver
) -> None:
    _, receiver.secret = await hook(pool, receiver.url + "/cong", now=now)
    await filed(pool, report, router, now=now)
    receiver.moods = [f"redirect:{receiver.url}/ben-trong"]
    assert (await sent(pool, now))["failed"] == 1
    assert receiver.met == ["/cong"]
    (row,) = await rows(pool, "SELECT error FROM webhook_deliveries")
    assert "redirect" in row["error"]


async def test_a_long_answer_is_not_read(
    pool: Pool, router: Router, report: NewReport, now: datetime, receiver: Receiver
) -> None:
    _, receiver.secret = await hook(pool, receiver.url, now=now)
    await filed(pool, report, router, now=now)
    receiver.moods = ["long"]
    assert (await sent(pool, now))["sent"] == 1


async def test_after_the_last_try_it_is_parked_with_its_reason_and_can_be_sent_again(
    pool: Pool, router: Router, report: NewReport, now: datetime, receiver: Receiver
) -> None:
    made, receiver.secret = await hook(pool, receiver.url, now=now)
    await filed(pool, report, router, now=now)
    receiver.moods = ["503"] * MAX_ATTEMPTS
    at = now
    for attempt in range(1, MAX_ATTEMPTS + 1):
        outcome = await sent(pool, at)
        assert outcome["parked" if attempt == MAX_ATTEMPTS else "failed"] == 1
        at += pause(attempt)
    assert timedelta(hours=4) < at - now < timedelta(hours=12)
    assert await sent(pool, at + timedelta(days=1)) == {"sent": 0, "failed": 0, "parked": 0}
    async with pool.connection() as conn:
        (line,) = await webhooks.every(conn)
        assert (line["parked"], line["error"]) == (1, "answered 503, not 2xx")
        assert await webhooks.again(conn, made.id, actor="test", now=at) == 1
    assert (await sent(pool, at))["sent"] == 1


async def test_a_system_that_is_down_holds_up_no_other(
    pool: Pool, router: Router, report: NewReport, now: datetime, receiver: Receiver
) -> None:
    _, receiver.secret = await hook(pool, receiver.url, now=now)
    with listening() as other:
        _, other.secret = await hook(pool, other.url, now=now)
        other.moods = ["drop"] * 100
        for number in range(20):
            await filed(pool, report, router, now=now, origin=f"t{number}")
        outcome = await sent(pool, now)
        assert outcome["sent"] == 20 and len(receiver.taken) == 20
        assert len(other.met) <= 8, "after the first failures the rest waits"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "https://localhost:1/"])
async def test_never_to_this_machine(
    pool: Pool, router: Router, report: NewReport, now: datetime, receiver: Receiver, url: str
) -> None:
    await hook(pool, url.replace(":1/", f":{receiver.url.rpartition(':')[2]}/"), now=now)
    await filed(pool, report, router, now=now)
    assert (await sent(pool, now, allow_private=False))["parked"] == 1
    (row,) = await rows(pool, "SELECT error FROM webhook_deliveries")
    assert "https" in row["error"] or "not of the public internet" in row["error"]
    assert not receiver.met


async def test_the_name_is_asked_once_and_that_address_is_used(
    monkeypatch: pytest.MonkeyPatch, now: datetime, receiver: Receiver
) -> None:
    """A name that changes its address between the look and the connection gains nothing."""
    asked: list[str] = []

    def public(address: str) -> bool:
        asked.append(address)
        return True

    monkeypatch.setattr(webhook_sending, "is_public", public)
    url = receiver.url.replace("127.0.0.1", "localhost").replace("http:", "https:")
    one = webhook_sending.Delivery(
        id=official().id,
        webhook_id=official().id,
        event="ping",
        body={},
        attempts=1,
        url=url,
        sealed_secret=b"",
    )
    import socket

    real, calls = socket.getaddrinfo, []

    def counted(host: Any, *rest: Any, **more: Any) -> Any:
        calls.append(host)
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    with pytest.raises(WebhookFailed):  # it speaks no TLS: there it ends, after the address was chosen
        await webhook_sending.post(one, secret="s", now=now, allow_private=False, timeout_s=2)
    assert asked and calls.count("localhost") == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "ff02::1",
        "64:ff9b::a00:1", "2002:a00:1::1", "fec0::1", "198.18.0.1", "240.0.0.1",
    ],
)  # fmt: skip
def test_addresses_inside_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "113.160.0.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_outside_are_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://office.example/"}, {"url": "ftp://office.example/"}, {"url": "https://"}, {"url": "x"},
        {"url": "https://a:b@office.example/"}, {"url": "https://office.example:99999/"},
        {"url": "https://office.example/#x"}, {"events": ["ticket.eaten"]}, {"events": []},
        {"deeds": ["accept"]}, {"deeds": ["publish"], "unit_id": ROADS}, {"url": "", "events": []},
    ],
)  # fmt: skip
def test_what_cannot_be_a_webhook(changes: dict[str, Any]) -> None:
    values = {"url": "https://office.example/", "unit_id": "", "events": ["ticket.filed"], "deeds": []}
    with pytest.raises(BadWebhook):
        webhooks.check(**{**values, **changes}, allow_private=False)


async def test_a_webhook_s_life_is_in_the_audit_and_its_secret_is_sealed(pool: Pool, now: datetime) -> None:
    made, secret = await hook(pool, "https://mot.example/", now=now)
    (row,) = await rows(pool, "SELECT sealed_secret FROM webhooks")
    assert secret.encode() not in bytes(row["sealed_secret"]) and SEALER.text(row["sealed_secret"]) == secret
    async with pool.connection() as conn:
        await webhooks.remove(conn, made.id, actor="test", now=now)
        for deed in (
            webhooks.remove(conn, made.id, actor="test", now=now),
            webhooks.find(conn, made.id, sealer=SEALER),
        ):
            with pytest.raises(WebhookNotFound):
                await deed
    actions = await rows(pool, "SELECT action FROM audit WHERE object_id = %s ORDER BY id", str(made.id))
    assert [row["action"] for row in actions] == ["webhook.added", "webhook.removed"]


def test_events_have_their_names() -> None:
    assert {webhooks.event_name(_event(state)) for state in TicketState} == {
        "ticket.moved", "ticket.answered", "ticket.published",
    }  # fmt: skip


def _event(state: TicketState) -> Any:
    from desk.models import TicketEvent

    return TicketEvent(at=datetime.now(UTC), actor="x", from_state=TicketState.SORTING, to_state=state)
