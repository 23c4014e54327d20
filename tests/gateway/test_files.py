"""Photos over the API: added to a report being written, sent with it, opened by the official it belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from bot.gateway.periodic import sweep_photos
from bot.gateway.ports import Parts
from desk import files
from desk.database import Pool
from desk.models import Consent, FiledTicket, NewReport
from tests.desk.photo_helpers import bomb, encoded, street, with_place
from tests.gateway.desk_helpers import official, people
from tests.gateway.harness import begin, clock, serving
from tests.gateway.helpers import rows

ROADS = "lam-dong-so-xay-dung"


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


def parts_of(client: httpx.AsyncClient) -> Parts:
    parts: Parts = client._transport.app.state.parts  # type: ignore[attr-defined]
    return parts


async def send(
    client: httpx.AsyncClient, at: str, token: dict[str, str], content: bytes, name: str = "a.jpg"
) -> httpx.Response:
    return await client.post(f"{at}/files", headers=token, files={"file": (name, content, "image/jpeg")})


async def filed(client: httpx.AsyncClient, at: str, *, origin: str = "m1") -> FiledTicket:
    report = NewReport(
        what="Mặt đường tỉnh lộ có ổ gà rất sâu",
        area="lam-dong/bac-binh",
        consent=Consent(version="1", text_id="report", at=clock()),
        conversation_id=UUID(at.rsplit("/", 1)[1]),
        photos=True,
    )
    return await parts_of(client).tickets.file(report, origin=origin)


async def test_added_listed_and_removed(client: httpx.AsyncClient, pool: Pool) -> None:
    at, token = await begin(client)
    made = await send(client, at, token, with_place(street()), name="../../nhà tôi ở số 5.jpg")
    assert made.status_code == 201, made.text
    assert made.json()["name"] == "anh-1.jpg"
    assert (await send(client, at, token, with_place(street()))).json() == made.json()
    listed = (await client.get(f"{at}/files", headers=token)).json()["files"]
    assert made.json()["place"] == {"latitude": 16.46361, "longitude": 107.59028}
    assert listed == [{**made.json(), "place": None}]  # offered once, kept nowhere
    assert "16.46" not in str(await rows(pool, "SELECT f::text AS f FROM ticket_files f"))
    for one in listed:
        assert (await client.delete(f"{at}/files/{one['id']}", headers=token)).status_code == 204
    assert (await client.get(f"{at}/files", headers=token)).json() == {"files": []}
    gone = await client.delete(f"{at}/files/{made.json()['id']}", headers=token)
    assert (gone.status_code, gone.json()["code"]) == (404, "file_not_found")


async def test_the_same_picture_is_kept_once_and_six_are_too_many(client: httpx.AsyncClient) -> None:
    at, token = await begin(client)
    first = encoded(street(200, 200), "PNG")
    ids = {(await send(client, at, token, first)).json()["id"] for _ in range(2)}
    assert len(ids) == 1
    for seed in range(2, 6):
        other = encoded(street(200, 200, seed=seed), "PNG")
        assert (await send(client, at, token, other)).status_code == 201
    full = await send(client, at, token, encoded(street(200, 200, seed=6), "PNG"))
    assert (full.status_code, full.json()["code"]) == (409, "photo_too_many")
    assert "5 ảnh" in full.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "photo_no_photo"),
        (bomb(), 422, "photo_huge"),
        (encoded(street(300, 300))[:900], 422, "photo_damaged"),
        (b"", 422, "photo_empty"),
        (b"\xff\xd8\xff" + bytes(50 * 1024 * 1024), 413, "photo_too_large"),
        (b"\xff\xd8\xff" + bytes(10 * 1024 * 1024), 413, "photo_too_large"),
    ],
)
async def test_refusals_are_kind_sentences(
    client: httpx.AsyncClient, pool: Pool, content: bytes, status: int, code: str
) -> None:
    at, token = await begin(client)
    said = await send(client, at, token, content)
    assert (said.status_code, said.json()["code"]) == (status, code)
    assert "Bạn" in said.json()["detail"]
    assert await rows(pool, "SELECT 1 AS one FROM ticket_files") == []


async def test_only_the_conversations_own_token_adds_or_removes(client: httpx.AsyncClient) -> None:
    at, token = await begin(client)
    other, theirs = await begin(client)
    made = (await send(client, at, token, encoded(street(200, 200)))).json()
    assert (await send(client, at, {}, encoded(street(200, 200)))).status_code == 401
    assert (await send(client, at, theirs, encoded(street(200, 200)))).status_code == 404
    assert (await client.get(f"{at}/files", headers=theirs)).status_code == 404
    assert (await client.delete(f"{other}/files/{made['id']}", headers=theirs)).status_code == 404
    assert len((await client.get(f"{at}/files", headers=token)).json()["files"]) == 1


async def test_what_is_no_form_is_refused(client: httpx.AsyncClient) -> None:
    at, token = await begin(client)
    for sent in ({"json": {"file": "x"}}, {"content": b"--x"}, {"files": {"other": b"x"}}):
        values: dict[str, Any] = sent
        assert (await client.post(f"{at}/files", headers=token, **values)).status_code in (400, 422)


async def test_photos_go_with_the_report_once_and_are_erased_with_their_person(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    at, token = await begin(client)
    await send(client, at, token, encoded(street(200, 200)))
    first = await filed(client, at)
    await send(client, at, token, encoded(street(210, 210)))
    assert (await filed(client, at)).again
    kept = await rows(pool, "SELECT ticket_id, sealed FROM ticket_files ORDER BY at")
    assert [row["ticket_id"] for row in kept] == [first.ticket.id, None]
    assert b"JFIF" not in bytes(kept[0]["sealed"])
    assert (await client.delete(at, headers=token)).status_code == 204
    assert await rows(pool, "SELECT ticket_id FROM ticket_files") == []


async def test_photos_of_reports_never_sent_are_swept_after_a_day(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    at, token = await begin(client)
    await send(client, at, token, encoded(street(200, 200)))
    await filed(client, at)
    await send(client, at, token, encoded(street(210, 210)))
    await sweep_photos(pool, clock() + files.WAITING_KEPT - timedelta(minutes=5))
    assert len(await rows(pool, "SELECT 1 AS one FROM ticket_files")) == 2
    await sweep_photos(pool, clock() + files.WAITING_KEPT + timedelta(minutes=5))
    assert len(await rows(pool, "SELECT ticket_id FROM ticket_files WHERE ticket_id IS NOT NULL")) == 1
    assert len(await rows(pool, "SELECT 1 AS one FROM ticket_files")) == 1


async def test_officials_see_previews_and_opening_is_written_down(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    await people(pool, "lan", "ba")
    at, token = await begin(client)
    made = (await send(client, at, token, encoded(street()))).json()
    ticket = (await filed(client, at)).ticket
    async with pool.connection() as conn:
        await conn.execute("UPDATE tickets SET unit_id = %s", (ROADS,))
    path = f"/tickets/{ticket.code}/files/{made['id']}"
    async with official(client, "lan") as lan:
        small, whole = await lan.get(f"{path}/preview"), await lan.get(path)
        assert small.headers["content-type"] == whole.headers["content-type"] == "image/jpeg"
        assert len(small.content) < len(whole.content)
        assert "sandbox" in whole.headers["content-security-policy"]
        assert (await lan.get(f"/tickets/{ticket.code}/files/{uuid4()}/preview")).status_code == 404
        assert (await lan.get(f"/tickets/{ticket.code}/files/x")).status_code == 404
    read = await rows(pool, "SELECT actor, object_id FROM audit WHERE action = 'ticket.file_read'")
    assert read == [{"actor": "lan", "object_id": ticket.code}]
    async with official(client, "ba") as ba:
        assert (await ba.get(path)).json()["code"] == "desk_ticket_not_found"
        assert (await ba.get(f"{path}/preview")).status_code == 404
    assert (await client.get(f"/api/v1/desk{path}")).status_code == 401
