"""The report on screen, as files and from the command line; and the list of unanswered questions."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import docx
import httpx
import pytest
from openpyxl import load_workbook
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from bot.cli import app
from bot.gateway import periodic, reporting
from desk.database import Pool
from desk.report_period import Period
from knowledge.errors import BadPeriod
from tests.gateway.desk_helpers import ROADS, file, people
from tests.gateway.harness import serving
from tests.gateway.staff_helpers import OWN, sign_in, token_in

pytestmark = pytest.mark.postgres
PAGE, LIST = "/can-bo/bao-cao", "/can-bo/cau-hoi-chua-tra-loi"
RUNNER = CliRunner()
NOW = datetime.now(UTC)
KY = Period.of(NOW.astimezone(reporting.LOCAL_TIME).date()).said


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


async def ask(
    pool: Pool, text: str, *, status: str = "no_information", useful: bool | None = None, area: str = "lam-dong",
    payload: str = "", code: str = "", talk: UUID | None = None, at: datetime = NOW,
) -> UUID:  # fmt: skip
    """A question and its reply, as a turn keeps them; the reply's id."""
    conversation, inbox, message = talk or uuid4(), uuid4(), uuid4()
    body = {"procedure": {"code": code, "title": "Thủ tục đăng ký khai sinh"} if code else None}
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO conversations (id, channel, area) VALUES (%s, 'web', %s) ON CONFLICT DO NOTHING",
            (conversation, area),
        )
        await conn.execute(
            "INSERT INTO inbox (id, channel, dedupe_key, conversation_id, text, payload, body, received_at,"
            " processed_at) VALUES (%s, 'web', %s, %s, %s, %s, %s, %s, %s)",
            (inbox, str(inbox), conversation, text, payload, Jsonb({"asked": {"area": area}}), at, at),
        )
        await conn.execute(
            "INSERT INTO messages (id, conversation_id, direction, inbox_id, text, body, status, created_at)"
            " VALUES (%s, %s, 'out', %s, 'Trả lời', %s, %s, %s)",
            (message, conversation, inbox, Jsonb(body), status, at),
        )
        if useful is not None:
            await conn.execute(
                "INSERT INTO feedback (message_id, conversation_id, useful, created_at) VALUES (%s, %s, %s, %s)",
                (message, conversation, useful, at),
            )
    return message


async def post(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    token = token_in((await client.get(LIST)).text)
    return await client.post(LIST, data={"csrf": token, **fields}, headers=OWN, follow_redirects=True)


async def rows(pool: Pool, sql: str) -> list[dict[str, Any]]:
    async with pool.connection() as conn:
        return await (await conn.execute(sql.encode())).fetchall()


# ------------------------------------------------------------------ reports


@pytest.mark.parametrize(
    ("login", "seen", "unseen"),
    [
        ("truong", ["Sở Xây dựng tỉnh Lâm Đồng"], ["Sở Y tế tỉnh Lâm Đồng"]),
        ("ba", ["Sở Y tế tỉnh Lâm Đồng"], ["Sở Xây dựng tỉnh Lâm Đồng"]),
        ("loc", ["Sở Xây dựng tỉnh Lâm Đồng", "Sở Y tế tỉnh Lâm Đồng"], []),
        ("soat", ["Sở Xây dựng tỉnh Lâm Đồng", "Sở Y tế tỉnh Lâm Đồng"], []),
    ],
)
async def test_each_reads_the_report_of_their_own(
    pool: Pool, client: httpx.AsyncClient, login: str, seen: list[str], unseen: list[str]
) -> None:
    await people(pool, login)
    await file(pool)
    await file(pool, "Bệnh viện không có nước", unit="lam-dong-so-y-te")
    await sign_in(client, login)
    html = (await client.get(PAGE)).text
    assert all(name in html for name in seen)
    assert not any(name in html for name in unseen)
    assert "Mỗi phản ánh tính một lần" in html
    assert "<rect" in html and "style=" not in html and "<script" not in html
    for one in ("docx", "xlsx"):
        content = (await client.get(f"{PAGE}.{one}")).content
        text = words_of(content, one)
        assert all(name in text for name in seen)
        assert not any(name in text for name in unseen)


def words_of(content: bytes, kind: str) -> str:
    if kind == "docx":
        tables = docx.Document(io.BytesIO(content)).tables
        return "\n".join(cell.text for table in tables for row in table.rows for cell in row.cells)
    book = load_workbook(io.BytesIO(content))
    return "\n".join(
        str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row
    )


async def test_whoever_has_no_part_in_the_desk_reads_none(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "noi")
    await sign_in(client, "noi")
    for path in (PAGE, f"{PAGE}.docx", LIST):
        assert (await client.get(path)).status_code == 403


async def test_odd_addresses_are_pages_that_are_not_there(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "soat")
    await sign_in(client, "soat")
    for path in (f"{PAGE}?ky=2026-13", f"{PAGE}.pdf", f"{PAGE}?tu=40", f"{PAGE}?ky=%3Cscript%3E"):
        assert (await client.get(path)).status_code == 404
    for path in (
        f"{PAGE}?ky=2026&tu=1&dia_ban=&don_vi=&linh_vuc=",
        f"{PAGE}?ky=2024-Q1",
        f"{PAGE}?ky=2026&tu=15&dia_ban=lam-dong&don_vi=x&linh_vuc=y",
    ):
        assert (await client.get(path)).status_code == 200


async def test_what_people_wrote_is_no_markup(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "quan")
    await file(pool, unit="<script>alert(1)</script>")
    await ask(pool, "<img src=x onerror=alert(1)>")
    await sign_in(client, "quan")
    await post(client, viec="gom")
    for path in (PAGE, LIST):
        html = (await client.get(path)).text
        assert "<script>alert" not in html and "<img src=x" not in html
        assert "&lt;" in html


async def test_questions_are_counted_by_area(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "soat", "quan")
    await ask(pool, "khai sinh", status="answered", code="1.001193", useful=True)
    await ask(pool, "khai sinh muộn", status="partial", code="1.001193", useful=False)
    await ask(pool, "xin chào", status="smalltalk")
    await ask(pool, "bảng giá đất")
    await ask(pool, "bảng giá đất", area="dak-lak")
    async with pool.connection() as conn:
        report = await reporting.whole(conn, Period.parse(KY), reporting.Scope(area="lam-dong"), now=NOW)
    expected = {"asked": 3, "answered": 2, "no_information": 1, "judged": 2, "not_useful": 1, "unanswered": 2}
    assert {name: report.questions.counts[name] for name in expected} == expected
    assert [(row["code"], row["asked"], row["not_useful"]) for row in report.questions.most] == [
        ("1.001193", 2, 1)
    ]


# ------------------------------------------------------------------ the command


def test_the_command_writes_both_files_and_json(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", dsn)
    for name in ("bao-cao.docx", "bao-cao.xlsx"):
        done = RUNNER.invoke(app, ["report", "--period", "2026-11", "--out", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
        assert (tmp_path / name).stat().st_size > 5000
    done = RUNNER.invoke(app, ["report", "--period", "2026-Q4", "--area", "lam-dong", "--json"])
    said = json.loads(done.output)
    assert (said["totals"]["received"], said["rates"]["on_time_rate"], said["scope"]["area"]) == (
        0,
        None,
        "lam-dong",
    )


@pytest.mark.parametrize(
    "said", [["--json"], ["--period", "2026-11"], ["--period", "2026-11", "--out", "x.pdf"]]
)
def test_the_command_says_what_is_missing(said: list[str]) -> None:
    assert RUNNER.invoke(app, ["report", *said]).exit_code == 2


def test_the_command_knows_periods() -> None:
    done = RUNNER.invoke(app, ["report", "--period", "tháng 11", "--json"])
    assert isinstance(done.exception, BadPeriod)


async def test_the_night_collects_in_a_child_and_only_when_there_is_something(
    pool: Pool, dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "motcua.collect_unanswered" in {one.name for one in periodic.ALL}
    started: list[tuple[Any, ...]] = []
    begin = asyncio.create_subprocess_exec

    async def counting(*arguments: Any, **options: Any) -> Any:
        started.append(arguments)
        return await begin(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", counting)
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path))
    await reporting.collect_nightly(pool, NOW)
    assert started == []
    await ask(pool, "bảng giá đất năm nay")
    await reporting.collect_nightly(pool, NOW)
    assert len(started) == 1
    (item,) = await rows(pool, "SELECT title, unit_id, procedure_code FROM unanswered_items")
    assert item == {"title": "bảng giá đất năm nay", "unit_id": "lam-dong-phan-loai", "procedure_code": ""}


# ------------------------------------------------------------------ the work list


async def test_a_question_becomes_work_for_the_unit_and_is_marked_done(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await people(pool, "loc", "ba")
    for text in (
        "bảng giá đất 2026 xem ở đâu",
        "bang gia dat 2026 xem o dau",
        "gọi 0912345678 hỏi bảng giá đất 2026",
    ):
        await ask(pool, text)
    await sign_in(client, "loc")
    html = (await post(client, viec="gom")).text
    assert "Đã gom các câu hỏi mới." in html
    assert "0912345678" not in html
    (item,) = await rows(pool, "SELECT * FROM unanswered_items WHERE asked > 1")
    assert (item["asked"], item["unit_id"], item["state"]) == (3, "lam-dong-phan-loai", "open")
    marked = {"ma": str(item["id"]), "so": "1", "trang_thai": "xong", "note": "Đã công bố <bảng giá>"}
    assert "Đã lưu." in (await post(client, **marked)).text
    assert "vừa được người khác sửa" in (await post(client, **marked)).text
    html = (await client.get(LIST, params={"trang_thai": "xong"})).text
    assert "Đã công bố &lt;bảng giá&gt;" in html
    (line,) = await rows(pool, "SELECT actor, action FROM audit WHERE object_kind = 'unanswered'")
    assert line == {"actor": "loc", "action": "unanswered.done"}
    client.cookies.clear()
    await sign_in(client, "ba")
    assert "bảng giá" not in (await client.get(LIST, params={"trang_thai": "tat-ca"})).text
    assert (await post(client, **{**marked, "so": "2"})).status_code == 404


async def test_an_auditor_reads_and_changes_nothing(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "soat")
    await ask(pool, "bảng giá đất")
    await sign_in(client, "soat")
    html = (await client.get(LIST)).text
    assert "Gom câu hỏi mới" not in html
    token = token_in(html)
    assert (await client.post(LIST, data={"csrf": token, "viec": "gom"}, headers=OWN)).status_code == 403
    assert (await client.post(LIST, data={"viec": "gom"}, headers=OWN)).status_code != 200


async def test_forms_that_make_no_sense_are_refused(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "loc")
    await sign_in(client, "loc")
    good = {"ma": str(uuid4()), "so": "1", "trang_thai": "xong", "note": ""}
    for changes in ({"ma": "x"}, {"so": "một"}, {"trang_thai": "hong"}, {}):
        assert (await post(client, **{**good, **changes})).status_code == 404


async def test_a_roads_procedure_goes_to_the_roads_office(pool: Pool, client: httpx.AsyncClient) -> None:
    from dataclasses import dataclass

    from bot.gateway.schemas import SearchResult
    from desk.routing import Router
    from knowledge.documents import Procedure

    record = Procedure(code="1.000314", title="Cấp phép thi công đường", agency="Sở Xây dựng")

    @dataclass
    class Roads:
        snapshot: str = "x"
        encoder: None = None

        def search(self, query: str, *, area: str, k: int) -> list[SearchResult]:
            return [
                SearchResult(kind="plan", title="Kế hoạch", score=0.9),
                SearchResult(kind="procedure", code=record.code, title=record.title, score=0.5),
            ]

        def procedure(self, code: str) -> Procedure | None:
            return record if code == record.code else None

    await ask(pool, "xin phép đào đường ở đâu")
    await ask(pool, "kể chuyện cười đi", status="out_of_scope")
    async with pool.connection() as conn:
        assert await reporting.collect(conn, Roads(), Router.from_packs(), now=NOW) == 2
        assert await reporting.collect(conn, Roads(), Router.from_packs(), now=NOW) == 0
    found = await rows(pool, "SELECT title, unit_id, procedure_code FROM unanswered_items ORDER BY title")
    assert [tuple(row.values()) for row in found] == [
        ("kể chuyện cười đi", "lam-dong-phan-loai", ""),
        ("xin phép đào đường ở đâu", ROADS, "1.000314"),
    ]
