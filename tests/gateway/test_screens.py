"""Screens in offices over the real app: enrolled, heard from, read aloud, pictured, wiped, and shown to officials."""

from __future__ import annotations

import re
import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.gateway import pages
from bot.gateway.screens import board, home, voice
from bot.gateway.screens.pictures import may_lead_to
from bot.gateway.screens.voice import Voice, VoiceFailed
from bot.gateway.screens.words import words
from desk import devices
from desk.database import Pool
from desk.devices import Device, DeviceSettings, Kind
from desk.staff import Role
from knowledge.documents import Event, Plan, Procedure, SubmissionChannel
from knowledge.guides import Guide, load_guides
from tests.gateway.harness import CODE, FixedLibrary, begin, serving
from tests.gateway.staff_helpers import OWN, add, sign_in, token_in

AREA = "lam-dong/bac-binh"
CALLS = "/api/v1/screens"
NEED_VOICE = pytest.mark.skipif(voice.found_library() is None, reason="espeakng-loader is not installed")


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(
        pool, dsn, public_url="https://hoi.example.vn", zalo_link="https://zalo.me/1"
    ) as opened:
        yield opened


async def enrolled(pool: Pool, client: httpx.AsyncClient, kind: Kind = Kind.KIOSK) -> Device:
    async with pool.connection() as conn:
        made, token = await devices.enrol(
            conn, kind=kind, name="Sảnh", area=AREA, unit_id="", actor="t", now=datetime.now(UTC)
        )
    said = await client.post(f"{CALLS}/enrol", json={"token": token})
    assert said.status_code == 200, said.text
    cookie = said.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    return made


@pytest.mark.postgres
async def test_without_a_token_there_is_nothing_but_the_empty_pages(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WEB_DIST", tmp_path)
    unbuilt = await client.get("/kiosk")
    assert (unbuilt.status_code, unbuilt.headers["refresh"]) == (503, "10")  # it looks again by itself
    (tmp_path / "assets").mkdir()
    for name in ("kiosk.js", "board.js"):
        (tmp_path / "assets" / name).touch()
    for path in ("/kiosk", "/board"):
        page = await client.get(path)
        assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
        assert "unsafe-inline" not in page.headers["content-security-policy"]
        assert "<style" not in page.text and not re.search(r"<script(?![^>]*src=)", page.text)
    assert "microphone=(self)" in (await client.get("/kiosk")).headers["permissions-policy"]
    for path, body in (("beat", {}), ("voice", {"text": "a"}), ("qr", {"address": "https://a.vn"})):
        assert (await client.post(f"{CALLS}/{path}", json=body)).status_code == 401
    assert (await client.post(f"{CALLS}/enrol", json={"token": "x" * 43})).status_code == 401
    assert (await client.get(f"{CALLS}/home")).status_code == 401


@pytest.mark.postgres
async def test_a_screen_speaks_and_hears_what_was_arranged(pool: Pool, client: httpx.AsyncClient) -> None:
    made = await enrolled(pool, client)
    told = {"version": "0.1.0", "told": {"voice": "server", "printer": "thermal"}}
    heard = (await client.post(f"{CALLS}/beat", json=told)).json()
    assert (heard["name"], heard["area"], heard["area_name"], heard["zalo"]) == (
        "Sảnh",
        AREA,
        "Xã Bắc Bình",
        True,
    )
    async with pool.connection() as conn:
        found = await devices.find(conn, made.id)
        assert found.told == told["told"] and found.seen_at
        await devices.arrange(conn, found, {"paper": "a4"}, actor="t", now=datetime.now(UTC))
    assert (await client.post(f"{CALLS}/beat", json={})).json()["settings"]["paper"] == "a4"
    async with pool.connection() as conn:
        await devices.revoke(conn, made, actor="t", now=datetime.now(UTC))
    assert (await client.post(f"{CALLS}/beat", json={})).status_code == 401


@pytest.mark.postgres
async def test_a_board_is_no_kiosk(pool: Pool, client: httpx.AsyncClient) -> None:
    await enrolled(pool, client, Kind.BOARD)
    assert (await client.get(f"{CALLS}/board")).status_code == 200
    assert (await client.get(f"{CALLS}/home")).status_code == 401
    assert (await client.post(f"{CALLS}/voice", json={"text": "a"})).status_code == 401


@pytest.mark.postgres
async def test_the_first_page_has_tiles_of_what_is_held(pool: Pool, client: httpx.AsyncClient) -> None:
    await enrolled(pool, client)
    tiles = (await client.get(f"{CALLS}/home")).json()["tiles"]
    assert tiles == [
        {
            "id": "sinh",
            "title": "Sinh con",
            "icon": "baby",
            "topics": [{"title": "Khai sinh cho con", "payload": f"#MC:PROC:{CODE}"}],
        }
    ]


@pytest.mark.postgres
async def test_a_conversation_is_taken_along_once_by_phone(pool: Pool, client: httpx.AsyncClient) -> None:
    await enrolled(pool, client)
    address, token = await begin(client, channel="kiosk", area=AREA)
    await client.post(f"{address}/messages", json={"text": "khai sinh"}, headers=token)
    ask = {"conversation_id": address.rsplit("/", 1)[1]}
    taken = (await client.post(f"{CALLS}/take", json=ask, headers=token)).json()
    assert taken["address"].startswith("https://hoi.example.vn/tiep/") and taken["minutes"] == 10
    assert taken["picture"].startswith("data:image/svg+xml")
    path = taken["address"].removeprefix("https://hoi.example.vn")
    for _ in range(2):  # a phone's preview, then the person
        page = (await client.get(path)).text
        assert "Tiếp tục tại đây" in page and f"#MC:TIEP:{path[6:]}" in page and "https://zalo.me/1" in page
    got = (await client.post(path)).json()
    assert got["conversation_id"] == ask["conversation_id"] and got["area"] == AREA
    assert (await client.get(f"{address}/messages", headers=token)).status_code == 404  # the kiosk lost it
    mine = {"Authorization": f"Bearer {got['token']}"}
    said = (await client.get(f"{address}/messages", headers=mine)).json()["messages"]
    assert [one["text"] for one in said][0] == "khai sinh"
    assert (await client.post(path)).status_code == 410
    assert (await client.get(path)).status_code == 410


@pytest.mark.postgres
async def test_without_scripts_the_phone_gets_the_plain_page(pool: Pool, client: httpx.AsyncClient) -> None:
    await enrolled(pool, client)
    address, token = await begin(client, channel="kiosk", area=AREA)
    await client.post(f"{address}/messages", json={"text": "kết hôn"}, headers=token)
    ask = {"conversation_id": address.rsplit("/", 1)[1]}
    path = (await client.post(f"{CALLS}/take", json=ask, headers=token)).json()["address"][
        len("https://hoi.example.vn") :
    ]
    page = await client.post(path, headers={"Accept": "text/html"})
    assert "kết hôn" in page.text and 'name="token"' in page.text
    again = await client.post(path, headers={"Accept": "text/html"})
    assert again.status_code == 410 and "đã quá 10 phút" in again.text


@pytest.mark.postgres
async def test_what_was_said_is_wiped(pool: Pool, client: httpx.AsyncClient) -> None:
    await enrolled(pool, client)
    address, token = await begin(client, channel="kiosk", area=AREA)
    await client.post(f"{address}/messages", json={"text": "số của tôi 0900000000"}, headers=token)
    ask = {"conversation_id": address.rsplit("/", 1)[1]}
    assert (await client.post(f"{CALLS}/wipe", json=ask, headers=token)).json() == {"erased": True}
    assert (await client.get(f"{address}/messages", headers=token)).status_code == 404
    async with pool.connection() as conn:
        assert (
            await (await conn.execute("SELECT 1 FROM inbox UNION ALL SELECT 1 FROM messages")).fetchall()
            == []
        )
    assert (await client.post(f"{CALLS}/wipe", json=ask, headers=token)).status_code == 404


@pytest.mark.postgres
@NEED_VOICE
async def test_a_sentence_is_read_aloud_and_one_screen_may_not_have_all(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await enrolled(pool, client)
    said = {"text": "Bạn cần tờ khai và giấy chứng sinh."}
    first = await client.post(f"{CALLS}/voice", json=said)
    assert first.headers["content-type"] == "audio/wav"
    with wave.open(BytesIO(first.content)) as sound:
        assert 1 < sound.getnframes() / sound.getframerate() < 6
    answers = [(await client.post(f"{CALLS}/voice", json=said)).status_code for _ in range(voice.PER_MINUTE)]
    assert answers == [200] * (voice.PER_MINUTE - 1) + [429]
    assert (await client.post(f"{CALLS}/voice", json={"text": "a" * 401})).status_code == 422


@NEED_VOICE
async def test_what_was_spoken_is_kept_within_bounds() -> None:
    one = Voice(kept_bytes=300_000)
    first = await one.speak("Một câu ngắn.")
    assert first is await one.speak("Một câu ngắn.")
    for number in range(10):
        await one.speak(f"Câu số {number}.")
    assert one._size <= 300_000
    assert sum(len(sound) for sound in one._kept.values()) == one._size
    assert await one.speak("Một câu ngắn.") is not first


async def test_a_voice_that_falls_or_is_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(VoiceFailed):
        await Voice((str(tmp_path / "none.so"), str(tmp_path))).speak("a")
    none = Voice()
    none._library = None
    assert not none.there
    with pytest.raises(VoiceFailed):
        await none.speak("a")


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://dichvucong.gov.vn/p/home/x.html", True),
        ("http://a.vn", True),
        ("tel:113", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://a.vn/" + "x" * 500, False),
    ],
)
def test_a_picture_leads_to_the_web_only(address: str, good: bool) -> None:
    assert may_lead_to(address) is good


# ------------------------------------------------------------------ boards

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam


def event(start: str, unit: str = "Sở Tư pháp") -> Event:
    return Event(title="Buổi đối thoại", unit=unit, start=datetime.fromisoformat(start))


def plan(*events: Event, area: str = AREA, state: str = "in_force") -> Plan:
    return Plan.model_validate(
        {"id": "ke-hoach", "title": "Kế hoạch", "area": area, "events": events, "validity": {"state": state}}
    )


class Held(FixedLibrary):
    def __init__(self, *plans: Plan) -> None:
        self._plans = list(plans)

    def procedure(self, code: str) -> Procedure | None:
        if code not in words()["usual"]:
            return None
        return Procedure(
            code=code,
            title=f"Thủ tục {code}",
            agency="Ủy ban nhân dân cấp xã",
            channels=(SubmissionChannel.model_validate({"how": "direct", "fees": [{"amount": 8000}]}),),
        )

    def guide(self, guide_id: str) -> Guide | None:
        return next((one for one in load_guides() if one.id == guide_id), None)

    def plans(self) -> list[Plan]:
        return self._plans


def screen(**settings: Any) -> Device:
    return Device.model_validate(
        {
            "id": "0" * 32, "kind": "board", "name": "LED", "area": AREA, "enrolled_at": NOON, "enrolled_by": "t",
            "settings": DeviceSettings(**settings),
        }
    )  # fmt: skip


def shown(*plans: Plan, now: datetime = NOON, **settings: Any) -> list[board.Slide]:
    return board.slides(Held(*plans), screen(**settings), now=now, ask_at="https://hoi.example.vn/")


def test_a_board_tells_what_records_state_and_how_to_pay_and_ask() -> None:
    found = shown(notice="Nghỉ lễ ngày 1 tháng 1")
    kinds = [one["kind"] for one in found]
    assert kinds.count("procedure") == len(words()["usual"]) and kinds[-1] == "ask"
    assert {"paying", "notice"} < set(kinds) and "event" not in kinds
    first = found[0]
    assert "8.000 đồng" in " ".join(first["lines"]) and "Ủy ban nhân dân cấp xã" in " ".join(first["lines"])
    assert all(one["picture"] for one in found if one["kind"] in ("procedure", "paying", "ask"))
    assert all(len(one["lines"]) <= board.MOST_LINES for one in found)


def test_a_board_shows_what_officials_chose_and_nothing_else() -> None:
    code = words()["usual"][2]
    found = shown(plan(event("2026-12-11T20:15:00+07:00")), procedures=(code,), events=False, paying=False)
    assert [one["kind"] for one in found] == ["procedure", "ask"] and code in found[0]["lines"][-1]


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (
            "2026-11-13T20:14:00+07:00",
            ["Hôm nay, 20:15 ngày 13/11/2026: A", "Thứ Sáu, 20:15 ngày 11/12/2026: B"],
        ),
        ("2026-11-13T20:15:00+07:00", ["Thứ Sáu, 20:15 ngày 11/12/2026: B"]),
        ("2026-12-11T20:15:00+07:00", []),
    ],
)
def test_nothing_past_is_shown_as_to_come(now: str, lines: list[str]) -> None:
    schedule = plan(event("2026-12-11T20:15:00+07:00", "B"), event("2026-11-13T20:15:00+07:00", "A"))
    found = [one for one in shown(schedule, now=datetime.fromisoformat(now)) if one["kind"] == "event"]
    assert [line for one in found for line in one["lines"]] == lines


@pytest.mark.parametrize(
    ("area", "state", "there"),
    [
        (AREA, "in_force", True),
        ("lam-dong", "unknown", True),
        ("lam-dong/tuy-phong", "in_force", False),
        (AREA, "superseded", False),
        (AREA, "repealed", False),
    ],
)
def test_the_schedule_is_of_plans_in_force_here(area: str, state: str, there: bool) -> None:
    found = shown(plan(event("2026-12-11T20:15:00+07:00"), area=area, state=state))
    assert ("event" in [one["kind"] for one in found]) is there


def test_every_tile_names_procedures_by_their_codes() -> None:
    codes = [code for tile in words()["tiles"] for topic in tile["topics"] for code in topic["codes"]]
    assert all(re.fullmatch(r"\d\.\d{6}", code) for code in [*codes, *words()["usual"]])
    assert home.tiles(FixedLibrary())[0]["id"] == "sinh"


# ------------------------------------------------------------------ the page of officials


@pytest.mark.postgres
async def test_an_administrator_enrols_arranges_and_revokes(pool: Pool, client: httpx.AsyncClient) -> None:
    await add(pool, "quantri", Role.ADMIN, area="lam-dong")
    await sign_in(client, "quantri")

    async def send(path: str, **data: str) -> httpx.Response:
        form = token_in((await client.get("/can-bo/thiet-bi")).text)
        return await client.post(path, data={"csrf": form, **data}, headers=OWN, follow_redirects=True)

    assert (await send("/can-bo/thiet-bi", kind="kiosk", name="Sảnh", area="dak-lak")).status_code == 422
    assert (await send("/can-bo/thiet-bi", kind="bảng", name="Sảnh", area=AREA)).status_code == 422
    made = await send("/can-bo/thiet-bi", kind="board", name="LED cổng", area=AREA)
    address = re.search(r'id="dia-chi">([^<]+)<', made.text)[1]  # type: ignore[index]
    assert address.startswith("https://hoi.example.vn/board#")
    token = address.partition("#")[2]
    listed = (await client.get("/can-bo/thiet-bi")).text
    assert "LED cổng" in listed and token not in listed and "Chưa kết nối" in listed
    about = (await client.post(f"{CALLS}/enrol", json={"token": token})).json()
    assert about["kind"] == "board"
    one = re.search(r'href="(/can-bo/thiet-bi/[0-9a-f-]{36})"', listed)[1]  # type: ignore[index]
    wrong = await send(f"{one}/hien-thi", procedures="9.999999", seconds="20")
    assert wrong.status_code == 422 and "9.999999" in wrong.text
    assert (await send(f"{one}/hien-thi", procedures=f"{CODE}\n{CODE}", seconds="4")).status_code == 422
    done = await send(f"{one}/hien-thi", procedures=f"{CODE}\n{CODE}", seconds="20", notice="Nghỉ lễ")
    assert "Đã lưu" in done.text
    settings = (await client.post(f"{CALLS}/beat", json={})).json()["settings"]
    assert (settings["procedures"], settings["seconds"], settings["events"]) == ([CODE], 20, False)
    other = await send(f"{one}/ma-moi")
    assert "Mã chỉ hiện một lần" in other.text and token not in other.text
    assert (await client.post(f"{CALLS}/beat", json={})).status_code == 401
    assert "Đã thu hồi" in (await send(f"{one}/thu-hoi")).text
    async with pool.connection() as conn:
        rows = await (
            await conn.execute("SELECT action, actor FROM audit WHERE object_kind = 'device'")
        ).fetchall()
    assert [row["action"].removeprefix("device.") for row in rows] == [
        "enrolled",
        "arranged",
        "new_token",
        "revoked",
    ]
    assert {row["actor"] for row in rows} == {"quantri"}


@pytest.mark.postgres
async def test_who_minds_the_content_arranges_but_does_not_enrol(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await add(pool, "lan", Role.CONTENT, area=AREA)
    async with pool.connection() as conn:
        near, _ = await devices.enrol(
            conn, kind=Kind.KIOSK, name="Gần", area=AREA, unit_id="", actor="t", now=datetime.now(UTC)
        )
        far, _ = await devices.enrol(
            conn, kind=Kind.KIOSK, name="Xa", area="dak-lak", unit_id="", actor="t", now=datetime.now(UTC)
        )
    await sign_in(client, "lan")
    listed = (await client.get("/can-bo/thiet-bi")).text
    assert "Gần" in listed and "Xa" not in listed and "Đăng ký thiết bị" not in listed
    page = (await client.get(f"/can-bo/thiet-bi/{near.id}")).text
    form = {"csrf": token_in(page)}
    paper = await client.post(
        f"/can-bo/thiet-bi/{near.id}/hien-thi", data={**form, "paper": "a4"}, headers=OWN
    )
    assert paper.status_code == 303
    assert (await client.get(f"/can-bo/thiet-bi/{far.id}")).status_code == 403
    for path in (
        "/can-bo/thiet-bi",
        f"/can-bo/thiet-bi/{near.id}/thu-hoi",
        f"/can-bo/thiet-bi/{near.id}/ma-moi",
    ):
        assert (await client.post(path, data=form, headers=OWN)).status_code == 403


@pytest.mark.postgres
async def test_others_do_not_see_the_screens(pool: Pool, client: httpx.AsyncClient) -> None:
    await add(pool, "kiem", Role.AUDITOR)
    await sign_in(client, "kiem")
    assert (await client.get("/can-bo/thiet-bi")).status_code == 403
