"""The public pages: only what an official released, rates with their definition, a state for whoever has both codes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.gateway import public_page
from desk import service, work
from desk.bounds import bounded
from desk.database import Pool
from desk.models import Consent, FiledTicket, NewReport
from desk.public import Published, Punctual
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.staff import Role, Staff
from tests.gateway import harness
from tests.gateway.helpers import rows
from tests.gateway.test_quality import Balanced

pytestmark = pytest.mark.postgres
ROUTER, SEALER = Router.from_packs(), Sealer([new_key()])
ATTACK = '<script>alert(1)</script><img src=x onerror=alert(2)> " onmouseover="x'


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with harness.serving(pool, dsn, address="203.0.113.9", web_rate_per_minute=600) as http:
        yield http


def head(unit: str) -> Staff:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Staff.model_validate({
        "id": "00000000-0000-0000-0000-000000000001", "login": "lan", "name": "Lan", "roles": [Role.HEAD],
        "unit_id": unit, "created_at": at, "password_set_at": at,
    })  # fmt: skip


async def filed(
    pool: Pool, what: str = "Mặt đường có ổ gà, hỏi anh Bảy 0900 111 222", **changes: Any
) -> FiledTicket:
    now = datetime.now(UTC)
    report = NewReport.model_validate({
        "what": what, "where": "nhà số 5 hẻm 3", "contact": "Nguyễn Văn A", "area": "lam-dong/bac-binh",
        "category": "duong-giao-thong", "consent": Consent(version="1", text_id="t", at=now), **changes,
    })  # fmt: skip
    async with pool.connection() as conn:
        made = await service.file_report(
            conn, report, origin=f"t:{now.isoformat()}", router=ROUTER, sealer=SEALER, now=now
        )
        await conn.execute("UPDATE tickets SET may_publish = true WHERE id = %s", (made.ticket.id,))
    return made


async def published(
    pool: Pool, made: FiledTicket, *, what: str = "Mặt đường có ổ gà.", said: str = "Đã vá."
) -> str:
    now = datetime.now(UTC)
    staff = head(made.ticket.unit_id)
    async with bounded(pool, staff) as conn:
        hand = await work.take(conn, code=made.ticket.code, version=None, staff=staff, now=now)
        hand = await work.resolve(hand, public=said, private="Riêng anh A.", reopen_for=timedelta(days=1))
        await work.publish(hand, what=what)
    return made.ticket.code


async def test_only_what_was_released_is_shown(client: httpx.AsyncClient, pool: Pool) -> None:
    assert public_page.words()["nothing"] in (await client.get("/phan-anh")).text
    open_one, made = await filed(pool, what="chuyện riêng chưa công khai"), await filed(pool)
    code = await published(pool, made)
    listed, alone = (await client.get("/phan-anh")).text, (await client.get(f"/phan-anh/{code.lower()}")).text
    for text in (listed, alone):
        assert "Mặt đường có ổ gà." in text and "Đã vá." in text and code in text
        for private in ("0900", "anh Bảy", "Nguyễn Văn A", "Riêng anh A", "hẻm 3", "chuyện riêng"):
            assert private not in text
    missing = await client.get(f"/phan-anh/{open_one.ticket.code}")
    assert missing.status_code == 404 and "chuyện riêng" not in missing.text
    await rows(pool, "UPDATE tickets SET may_publish = false WHERE code = %s RETURNING 1", code)
    assert (await client.get(f"/phan-anh/{code}")).status_code == 404, "consent withdrawn"
    assert code not in (await client.get("/phan-anh")).text


async def test_filters_and_pages(client: httpx.AsyncClient, pool: Pool) -> None:
    codes = []
    for number in range(23):
        made = await filed(pool, category="cay-xanh" if number < 2 else "duong-giao-thong", area="lam-dong")
        codes.append(await published(pool, made, what=f"Việc số {number}."))
    first = (await client.get("/phan-anh")).text
    assert first.count("<h3>") == 20 and 'href="/phan-anh?trang=2"' in first
    second = (await client.get("/phan-anh?trang=2")).text
    assert second.count("<h3>") == 3 and 'href="/phan-anh"' in second
    trees = (await client.get("/phan-anh", params={"linh-vuc": "cay-xanh", "khu-vuc": "lam-dong"})).text
    assert trees.count("<h3>") == 2 and 'value="cay-xanh" selected' in trees
    assert (await client.get("/phan-anh", params={"khu-vuc": "lam-dong/bac-binh"})).text.count("<h3>") == 0
    assert (await client.get("/phan-anh?trang=0")).status_code == 422


async def test_the_map_is_there_only_with_places_and_blurred(client: httpx.AsyncClient, pool: Pool) -> None:
    code = await published(pool, await filed(pool))
    assert "<circle" not in (await client.get("/phan-anh")).text
    await rows(
        pool,
        "UPDATE tickets SET latitude = 11.21987, longitude = 108.35123 WHERE code = %s RETURNING 1",
        code,
    )
    page = (await client.get("/phan-anh")).text
    assert page.count("<circle") == 1 and f'href="/phan-anh/{code}"' in page and "108.35123" not in page


@pytest.mark.parametrize(
    "places", [[(11.2, 108.3)], [(11.2, 108.3), (11.2, 108.4)], [(8.6, 104.7), (23.3, 105.3), (10.0, 114.0)]]
)
def test_dots_lie_inside_the_map_north_up(places: list[tuple[float, float]]) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    found = [
        Published(
            code=f"PA-2026-{number:06}", category="c", category_name="C", area="", unit_name="U", received_at=at,
            answered_at=at, published_at=at, what="x", answer="y", latitude=north, longitude=east,
        )
        for number, (north, east) in enumerate(places)
    ]  # fmt: skip
    drawn = public_page.drawn(found)
    assert drawn is not None
    assert all(0 < dot.x < public_page.WIDTH and 0 < dot.y < drawn.height for dot in drawn.dots)
    highest = max(range(len(places)), key=lambda number: places[number][0])
    assert drawn.dots[highest].y == min(dot.y for dot in drawn.dots)
    assert public_page.drawn([]) is None


def test_a_share_of_a_few_is_not_said_and_all_is_only_all() -> None:
    assert Punctual("u", answered=9, timed=4, on_time=4).hundred is None
    assert Punctual("u", answered=9, timed=5, on_time=5).hundred == 100
    assert Punctual("u", answered=1000, timed=1000, on_time=999).hundred == 99


async def test_rates_count_each_answer_once_by_its_last_stop(client: httpx.AsyncClient, pool: Pool) -> None:
    now = datetime.now(UTC)
    for number in range(6):
        made = await filed(pool)
        await published(pool, made)
        due = now + timedelta(hours=1) if number else now - timedelta(days=2)
        if number < 5:  # the sixth has no deadline
            await rows(
                pool,
                "UPDATE ticket_clock SET due_at = %s WHERE ticket_id = %s RETURNING 1",
                due,
                made.ticket.id,
            )
    made = await filed(pool)  # still open: no part in it
    await rows(
        pool, "INSERT INTO ticket_clock (ticket_id, at, event, unit_id, due_at)"
        " VALUES (%s, %s, 'stop', 'u', %s) RETURNING 1",
        made.ticket.id, now, now,
    )  # fmt: skip
    page = (await client.get("/phan-anh/dung-han")).text
    assert "<strong>80</strong>" in page and "4 trên 5 phản ánh có hạn; 6 phản ánh đã trả lời" in page
    assert page.count('<th scope="row">') == 1
    assert all(line in page for line in public_page.words()["rates_how"]), "the definition stands beside it"
    await rows(pool, "DELETE FROM ticket_clock RETURNING 1")
    assert (await client.get("/phan-anh/dung-han")).text == page, "counted once in some minutes"


async def test_without_answers_there_are_no_rates(client: httpx.AsyncClient) -> None:
    assert public_page.words()["rates_none"] in (await client.get("/phan-anh/dung-han")).text


async def test_a_state_is_found_with_both_codes_and_the_secret_is_in_no_address(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    made = await filed(pool)
    page = (await client.get("/phan-anh/tra-cuu")).text
    assert 'method="post"' in page and "noindex" in page
    form = {"code": made.ticket.code.lower(), "secret": made.secret}
    found = await client.post("/phan-anh/tra-cuu", data=form)
    assert found.status_code == 200 and "Mới tiếp nhận".lower() in found.text
    assert "chưa đặt thời hạn" in found.text and made.secret not in found.text
    assert found.headers["cache-control"] == "no-store"
    assert (await client.get("/phan-anh/tra-cuu", params=form)).text == page, (
        "nothing is looked up by an address"
    )


async def test_guessing_secrets_ends_soon(client: httpx.AsyncClient, pool: Pool) -> None:
    made = await filed(pool)
    answers = [
        (
            await client.post("/phan-anh/tra-cuu", data={"code": made.ticket.code, "secret": f"AAAA{number}"})
        ).status_code
        for number in range(7)
    ]
    assert answers == [404] * 5 + [429] * 2
    right = await client.post("/phan-anh/tra-cuu", data={"code": made.ticket.code, "secret": made.secret})
    assert right.status_code == 429


class Clean(Balanced):
    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag not in ("script", "style") and not any(
            name == "style" or name.startswith("on") or "javascript:" in (value or "")
            for name, value in attrs
        )
        super().handle_starttag(tag, attrs)


async def test_the_pages_are_clean_for_the_policy_whatever_was_written(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    made = await filed(pool, what=ATTACK)
    code = await published(pool, made, what=ATTACK, said=ATTACK)
    await rows(
        pool, "UPDATE tickets SET latitude = 11.2, longitude = 108.3 WHERE code = %s RETURNING 1", code
    )
    found = [
        await client.get(path)
        for path in ("/phan-anh", f"/phan-anh/{code}", "/phan-anh/dung-han", "/phan-anh/tra-cuu")
    ]
    found.append(await client.post("/phan-anh/tra-cuu", data={"code": ATTACK[:40], "secret": "x"}))
    found.append(await client.post("/phan-anh/tra-cuu", data={"code": code, "secret": made.secret}))
    for answer in found:
        assert "unsafe" not in answer.headers["content-security-policy"]
        parser = Clean()
        parser.feed(answer.text.replace("<input", "<meta"))
        assert parser.open == []
        for address in re.findall(r'(?:href|src)="(/phan-anh/[^"]+\.[a-z]+)"', answer.text):
            assert (await client.get(address)).status_code == 200
