"""Open311 GeoReport v2, asked by a program written from the specification, in JSON and in XML."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]

from bot.gateway import open311
from desk import service, work
from desk.bounds import bounded
from desk.database import Pool
from desk.models import Consent, NewReport, Route, TicketState
from desk.staff import Role, Staff
from tests.gateway import harness
from tests.gateway.helpers import rows
from tests.simulators.open311_client import Open311Client, Refused

pytestmark = pytest.mark.postgres
KEY = "khoa-cua-ung-dung"
AREA = "lam-dong/bac-binh"
ROADS = "lam-dong-so-xay-dung"
REPORT = {
    "service_code": "duong-giao-thong",
    "jurisdiction_id": AREA,
    "address_string": "trước chợ Lương Sơn",
    "lat": "11.21987",
    "long": "108.35123",
    "description": "Mặt đường <b>hư</b> có ổ gà rất sâu",
    "first_name": "Nguyễn",
    "last_name": "Văn A",
    "phone": "0900 000 000",
    "email": "a@example.org",
    "attribute[dong_y]": "co",
}


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def program(
    pool: Pool, dsn: str, form: str, *, key: str = KEY, **changes: Any
) -> AsyncIterator[Open311Client]:
    changes = {"open311_keys": f"khac {KEY}", **changes}
    async with harness.serving(pool, dsn, address="203.0.113.9", **changes) as http:
        yield Open311Client(http, form, api_key=key)


def official(unit: str, *roles: Role) -> Staff:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Staff.model_validate({
        "id": "00000000-0000-0000-0000-000000000001", "login": "lan", "name": "Lan", "roles": roles,
        "unit_id": unit, "created_at": at, "password_set_at": at,
    })  # fmt: skip


async def answered(pool: Pool, code: str, *, published: str = "") -> None:
    now = datetime.now(UTC)
    async with pool.connection() as conn:
        unit = (await service.get(conn, code=code)).unit_id
    staff = official(unit, Role.HEAD)
    async with bounded(pool, staff) as conn:
        hand = await work.take(conn, code=code, version=None, staff=staff, now=now)
        hand = await work.resolve(
            hand, public="Đã vá xong đoạn đường.", private="Gặp anh A.", reopen_for=timedelta(days=1)
        )
        if published:
            await work.publish(hand, what=published)


async def test_a_program_finds_its_way_by_itself(pool: Pool, dsn: str, form: str) -> None:
    async with program(pool, dsn, form) as client:
        found = await client.discovery()
        (endpoint,) = found["endpoints"]
        assert endpoint["url"] == "http://motcua.test/open311/v2"
        assert endpoint["formats"] == ["application/json", "text/xml"]
        services = await client.services(jurisdiction_id=AREA)
        assert len(services) > 20 and len({one["service_code"] for one in services}) == len(services)
        for one in services[:3]:
            assert one["metadata"] is True and one["type"] == "realtime" and one["service_name"]
        asked = (await client.definition(services[0]["service_code"]))["attributes"]
        assert [one["code"] for one in asked[:3]] == ["dong_y", "cong_khai", "hoi_1"]
        assert asked[0]["required"] is True and asked[1]["required"] is False
        assert asked[0]["values"] == [{"key": "co", "name": "Đồng ý"}]


async def test_a_report_is_filed_read_and_shown_step_by_step(pool: Pool, dsn: str, form: str) -> None:
    async with program(pool, dsn, form) as client:
        made = await client.post({**REPORT, "attribute[cong_khai]": "co", "attribute[hoi_1]": "Đường ĐT 715"})
        code = made["service_request_id"]
        (row,) = await rows(pool, "SELECT * FROM tickets WHERE code = %s", code)
        assert (row["latitude"], row["longitude"], row["may_publish"]) == (11.21987, 108.35123, True)
        assert row["what"].startswith(REPORT["description"]) and "Đường ĐT 715" in row["what"]
        assert row["consent"]["text_id"] == "report-open311-publish" and row["channel"] == "open311"
        (kept,) = await rows(pool, "SELECT contact, sealed FROM ticket_contacts")
        assert kept["contact"] is None and b"0900" not in bytes(kept["sealed"])
        assert code in made["service_notice"] and row["unit_name"] in made["service_notice"]
        # Anybody may know that there is one, and nothing that the person wrote.
        before = await client.request(code)
        assert (before["status"], before["service_code"]) == ("open", "duong-giao-thong")
        assert before["description"] is None and before["lat"] is None and before["address"] is None
        assert before["agency_responsible"] == row["unit_name"]
        await answered(pool, code)
        after = await client.request(code)
        assert (after["status"], after["description"]) == ("closed", None)
        assert "vá xong" not in str(after)
        for private in ("0900", "Nguyễn", "a@example.org", "chợ Lương Sơn", "ổ gà", "715"):
            assert private not in str(before) + str(after)


async def test_a_published_report_is_shown_as_the_official_released_it(
    pool: Pool, dsn: str, form: str
) -> None:
    async with program(pool, dsn, form) as client:
        code = (await client.post({**REPORT, "attribute[cong_khai]": "co"}))["service_request_id"]
        await answered(pool, code, published="Mặt đường hư <hỏng> & có ổ gà.\x0b")
        one = await client.request(code.lower())
        assert one["description"].rstrip("\x0b") == "Mặt đường hư <hỏng> & có ổ gà."
        assert one["status_notes"] == "Đã vá xong đoạn đường."
        assert (one["lat"], one["long"]) == (11.22, 108.351), "to about a hundred metres"
        assert "Gặp anh A" not in str(one) and "chợ Lương Sơn" not in str(one)
        assert await client.token(code) == code
        (row,) = await rows(pool, "SELECT id FROM tickets")
        assert await client.token(str(row["id"])) == code


async def test_what_is_not_agreed_to_is_not_even_named_by_unit(pool: Pool, dsn: str, form: str) -> None:
    async with program(pool, dsn, form) as client:
        code = (await client.post(REPORT))["service_request_id"]
        one = await client.request(code)
        assert one["agency_responsible"] is None and one["expected_datetime"] is None
        with pytest.raises(Exception, match="did not agree"):
            await answered(pool, code, published="x")


async def test_a_complaint_found_in_the_queue_is_not_there_for_others(
    pool: Pool, dsn: str, form: str
) -> None:
    async with program(pool, dsn, form) as client:
        code = (await client.post(REPORT))["service_request_id"]
        async with pool.connection() as conn:
            staff = official((await service.get(conn, code=code)).unit_id, Role.DESK)
            hand = await work.take(conn, code=code, version=None, staff=staff, now=datetime.now(UTC))
            await work.refuse(hand, ground="khieu_nai_to_cao", note="")
        assert await client.requests() == []
        with pytest.raises(Refused) as refused:
            await client.request(code)
        assert refused.value.status == 404


async def test_filters(pool: Pool, dsn: str, form: str) -> None:
    now = datetime.now(UTC)
    async with pool.connection() as conn:
        for number in range(7):
            at = now - timedelta(days=20 * number)
            report = NewReport(
                what="x", area=AREA if number % 2 else "lam-dong",
                consent=Consent(version="1", text_id="t", at=at),
            )  # fmt: skip
            route = Route(
                category="cay-xanh" if number % 2 else "dien", category_name="Tên", unit_id="u", unit_name="U",
                reason="r", confidence="sure",
            )  # fmt: skip
            ticket = await service.insert(conn, report, origin=f"o{number}", route=route, now=at, secret="s")
            if number == 1:
                await service.move(conn, ticket, to=TicketState.SORTING, actor="x", now=at)
                await service.transition(conn, code=ticket.code, to=TicketState.REFUSED, actor="x", now=at)
    async with program(pool, dsn, form) as client:
        recent = await client.requests()
        assert len(recent) == 5, "of the last 90 days"
        times = [one["requested_datetime"] for one in recent]
        assert times == sorted(times, reverse=True)
        all_codes = [one["service_request_id"] for one in recent]
        assert len(await client.requests(service_code="cay-xanh")) == 2
        assert len(await client.requests(service_code="cay-xanh,dien")) == 5
        assert len(await client.requests(status="closed")) == 1
        assert len(await client.requests(status="open")) == 4
        assert len(await client.requests(jurisdiction_id=AREA)) == 2
        assert len(await client.requests(jurisdiction_id="lam-dong")) == 5
        old = (now - timedelta(days=130)).isoformat()
        assert len(await client.requests(start_date=old)) == 5, "90 days from there"
        assert len(await client.requests(end_date=old)) == 0
        assert (
            len(
                await client.requests(
                    start_date=old.replace("+", " "), end_date=(now - timedelta(days=90)).isoformat()
                )
            )
            == 2
        )
        two = await client.requests(page="2", page_size="2")
        assert [one["service_request_id"] for one in two] == all_codes[2:4]
        chosen = ",".join([all_codes[0], all_codes[3], "PA-1999-000001"])
        assert len(await client.requests(service_request_id=chosen, status="closed")) == 2, "overrides all"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"start_date": "hôm qua"}, 400), ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01"}, 400),
        ({"start_date": "2026-11-02T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, 400),
        ({"end_date": "0001-01-01T00:00:00Z"}, 400), ({"start_date": "9999-12-31T23:59:59-14:00"}, 400),
        ({"status": "lost"}, 400), ({"page": "0"}, 400), ({"page": "-1"}, 400), ({"page_size": "5000"}, 400),
        ({"page": "9" * 30}, 400), ({"jurisdiction_id": "sao-hoa"}, 404),
    ],
)  # fmt: skip
async def test_filters_that_are_none(pool: Pool, dsn: str, query: dict[str, str], status: int) -> None:
    async with program(pool, dsn, "xml") as client:
        with pytest.raises(Refused) as refused:
            await client.requests(**query)
        assert refused.value.status == status


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"api_key": "falsch"}, 403, "api_key"), ({"api_key": ""}, 403, "api_key"),
        ({"service_code": ""}, 400, "service_code"), ({"service_code": "x"}, 404, "service_code"),
        ({"jurisdiction_id": ""}, 400, "jurisdiction_id"),
        ({"jurisdiction_id": "ha-noi/ba-dinh"}, 404, "jurisdiction_id"),
        ({"attribute[dong_y]": ""}, 400, "consent"), ({"attribute[dong_y]": "true"}, 400, "consent"),
        ({"lat": "", "long": "", "address_string": ""}, 400, "location"), ({"lat": "nan"}, 400, "lat"),
        ({"lat": "0", "long": "0"}, 400, "lat"), ({"long": ""}, 400, "lat"), ({"description": ""}, 400, "description"),
        ({"description": "x" * 4001}, 400, "4000"), ({"media_url": "http://anh.example/1.jpg"}, 400, "https"),
        ({"media_url": "javascript:alert(1)"}, 400, "https"), ({"media_url": "https://a:b@anh.example/"}, 400, "https"),
        ({"media_url": 'https://anh.example/"><script>'}, 400, "https"), ({"phone": "0" * 51}, 400, "phone"),
        ({"description": "Cháy nhà, có người mắc kẹt, cứu với"}, 400, "114"),
        ({"description": "Tôi muốn tố cáo ông chủ tịch xã nhận hối lộ"}, 400, ""),
    ],
)  # fmt: skip
async def test_reports_that_are_refused_leave_nothing(
    pool: Pool, dsn: str, form: str, changes: dict[str, str], status: int, said: str
) -> None:
    async with program(pool, dsn, form) as client:
        with pytest.raises(Refused) as refused:
            await client.post({**REPORT, **changes})
        assert refused.value.status == status and said in refused.value.said
    assert not await rows(pool, "SELECT 1 FROM tickets")


async def test_without_keys_nobody_writes(pool: Pool, dsn: str, form: str) -> None:
    async with program(pool, dsn, form, key="", open311_keys="") as client:
        with pytest.raises(Refused) as refused:
            await client.post(REPORT)
        assert refused.value.status == 403


async def test_a_report_sent_twice_is_one(pool: Pool, dsn: str, form: str) -> None:
    async with program(pool, dsn, form) as client:
        made = [await client.post(REPORT, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
        assert len({one["service_request_id"] for one in made}) == 1
        client.api_key = "khac"  # another program's same key is another report
        again = await client.post(REPORT, headers={"Idempotency-Key": "k1"})
        assert again["service_request_id"] != made[0]["service_request_id"]


async def test_only_forms_are_taken(pool: Pool, dsn: str) -> None:
    async with program(pool, dsn, "json") as client:
        path = "/open311/v2/requests.json"
        for sent in (
            await client.http.post(path, json=REPORT),
            await client.http.post(
                path, content=b"\xff=\xfe&" * 3, headers={"content-type": "application/x-www-form-urlencoded"}
            ),
            await client.http.post(path, data={f"f{number}": "x" for number in range(300)}),
        ):
            assert sent.status_code == 400 and sent.json()[0]["code"] == 400


async def test_photos_addresses_are_kept_and_not_followed(pool: Pool, dsn: str) -> None:
    async with program(pool, dsn, "json") as client:
        await client.post({**REPORT, "media_url": "https://anh.example/1.jpg?x=1"})
    (row,) = await rows(pool, "SELECT what FROM tickets")
    assert "https://anh.example/1.jpg?x=1" in row["what"]


async def test_errors_of_every_kind_have_the_specification_s_shape(pool: Pool, dsn: str, form: str) -> None:
    async with program(pool, dsn, form, web_rate_per_minute=1) as client:
        for path in ("requests/PA-2026-999999", "tokens/x", "services/x"):
            with pytest.raises(Refused) as refused:
                await client._get(path)
            assert refused.value.status == 404
        with pytest.raises(Refused) as refused:
            for _ in range(20):
                await client.discovery()
        assert refused.value.status == 429
        unknown = await client.http.get("/open311/v2/services.yaml")
        assert unknown.status_code in (400, 429)


def test_letters_that_xml_cannot_hold_are_left_out() -> None:
    made = open311.answer({"a": "x\x00\x0b\ud800y<&>"}, root="r", form="xml")
    assert etree.fromstring(bytes(made.body)).findtext("a") == "xy<&>"
    assert json.loads(bytes(open311.answer(["đ"], root="r", form="json").body)) == ["đ"]
