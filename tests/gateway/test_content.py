"""The content desk over HTTP: what is listed, shown, corrected, signed, and by whom."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.gateway.content import listing, queries
from bot.gateway.content.queries import Wanted
from desk.database import Pool
from desk.staff import Role
from knowledge.documents import Doubt, Procedure
from knowledge.reviews import list_corrections
from knowledge.store import connect
from tests.gateway.content_helpers import CODE, HOSTILE, File, pdf, plan, procedure, stage
from tests.gateway.harness import serving
from tests.gateway.helpers import rows
from tests.gateway.staff_helpers import OWN, add, sign_in, token_in

pytestmark = pytest.mark.postgres
RECORD = "/can-bo/noi-dung/ban-ghi"


@dataclass
class Office:
    """Somebody at the desk, and what they work on."""

    client: httpx.AsyncClient
    pool: Pool
    dsn: str
    home: Path

    async def get(self, path: str, **query: Any) -> str:
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def record(self, key: str = CODE, kind: str = "procedure", **query: Any) -> str:
        return await self.get(RECORD, loai=kind, ma=key, **query)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        form = {"csrf": token_in(await self.get("/can-bo/tai-khoan")), **fields}
        return await self.client.post(path, data=form, headers=OWN)

    async def correct(
        self, path: str, *, key: str = CODE, kind: str = "procedure", **fields: str
    ) -> httpx.Response:
        page = await self.record(key, kind, truong=path, sua="1")
        seen = re.search(r'name="seen" value="(\w+)"', page)
        assert seen, "no form"
        given = {
            "loai": kind,
            "ma": key,
            "truong": path,
            "seen": seen[1],
            "reason": "đã đối chiếu văn bản",
            **fields,
        }
        return await self.post("/can-bo/noi-dung/sua", **given)

    def corrections(self) -> list[tuple[str, Any, Any]]:
        with connect(self.dsn) as conn:
            return [(one.field, one.before, one.after) for one in list_corrections(conn)]


@pytest.fixture
async def client(pool: Pool, dsn: str, home: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn, motcua_home=home) as opened:
        yield opened


@pytest.fixture
async def office(client: httpx.AsyncClient, pool: Pool, dsn: str, home: Path) -> Office:
    await add(pool)
    await sign_in(client)
    return Office(client, pool, dsn, home)


def line(record: Procedure, **more: object) -> bytes:
    return (json.dumps({"ten_thu_tuc": record.title, **more}, ensure_ascii=False) + "\n").encode()


# ------------------------------------------------------------------ who


async def test_other_roles_do_not_come_in(
    client: httpx.AsyncClient, pool: Pool, dsn: str, home: Path
) -> None:
    stage(dsn, home, [procedure()])
    await add(pool, "binh", Role.DESK)
    await sign_in(client, "binh")
    for path in ("/can-bo/noi-dung", f"{RECORD}?loai=procedure&ma={CODE}", "/can-bo/noi-dung/cong-bo"):
        answer = await client.get(path)
        assert (answer.status_code, "chưa được giao" in answer.text) == (403, True)
    assert (await client.get("/can-bo")).headers["location"] == "/can-bo/phan-anh"


async def test_publishing_is_for_administrators(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()], publish=True)
    stage(office.dsn, office.home, [procedure(title="Khác")])
    page = await office.get("/can-bo/noi-dung/cong-bo")
    assert 'value="publish"' not in page and 'value="rollback"' not in page and 'value="stage"' in page
    for action in ("publish", "rollback"):
        assert (await office.post("/can-bo/noi-dung/cong-bo", viec=action)).status_code == 403
    assert await rows(office.pool, "SELECT * FROM content_jobs") == []


async def test_a_place_changes_its_own_records_only(
    client: httpx.AsyncClient, pool: Pool, dsn: str, home: Path
) -> None:
    stage(dsn, home, [procedure(), plan(), procedure(area="lam-dong/bac-binh")])
    await add(pool, "hoa", area="lam-dong")
    await sign_in(client, "hoa")
    office = Office(client, pool, dsn, home)
    assert "chỉ xem" in await office.record()
    refused = await office.post("/can-bo/noi-dung/sua", loai="procedure", ma=CODE, truong="title", value="x")
    assert (refused.status_code, "Không thuộc địa bàn" in refused.text) == (403, True)
    assert (
        await office.correct("signer", key="ke-hoach-thu", kind="plan", value="Lê Văn Tám")
    ).status_code == 303
    below = f"{CODE}@lam-dong/bac-binh"
    assert (await office.correct("agency", key=below, value="Ủy ban nhân dân xã")).status_code == 303


# ------------------------------------------------------------------ lists


async def test_before_anything_is_read(office: Office) -> None:
    page = await office.get("/can-bo/noi-dung")
    assert "motcua ingest" in page and "Không có mục nào" in page
    for path in ("ho-so", "trang-kem", "mau-thuan", "da-sua", "cong-bo"):
        await office.get(f"/can-bo/noi-dung/{path}")


async def test_doubts_are_filtered(office: Office) -> None:
    stage(
        office.dsn,
        office.home,
        [procedure(), plan(), procedure("1.999999", title="Cấp giấy phép", doubts=())],
    )
    page = await office.get("/can-bo/noi-dung")
    assert "1–3 trong 3" in page
    assert "Thời hạn giải quyết – Trực tiếp: Con số không có đơn vị" in page
    assert "no line below the seal" in page  # a reason nobody has put into words yet is shown as it is
    for query, found in (
        ({"muc": "fees"}, 1),
        ({"ly_do": "the number has no unit"}, 1),
        ({"dia_ban": "lam-dong"}, 1),
        ({"dia_ban": "-"}, 2),
        ({"tim": "nuoi ca LONG"}, 2),
        ({"tim": "Kế hoạch nuôi"}, 1),
        ({"tim": "100%_"}, 0),
        ({"muc": "fees", "dia_ban": "lam-dong"}, 0),
        ({"trang_thai": "signed"}, 0),
        ({"trang_thai": ""}, 3),
    ):
        shown = await office.get("/can-bo/noi-dung", **query)
        assert (f"trong {found}<" if found else "Không có mục nào") in shown, query
    assert (await office.client.get("/can-bo/noi-dung?trang_thai=vua")).status_code == 404
    assert "1–1 trong 1<" in await office.get("/can-bo/noi-dung/ho-so", tim="giay phep")


async def test_a_long_list_has_pages(office: Office) -> None:
    many = tuple(Doubt(field="dossier", reason="a paper with no count", raw=f"tờ {n:03}") for n in range(120))
    stage(office.dsn, office.home, [procedure(doubts=many)])
    first = await office.get("/can-bo/noi-dung", muc="dossier")
    assert "1–50 trong 120" in first and "tờ 049" in first and "tờ 050" not in first
    last = await office.get("/can-bo/noi-dung", muc="dossier", trang=3)
    assert "101–120 trong 120" in last and "tờ 119" in last
    assert "muc=dossier&amp;trang_thai=open&amp;trang=2" in last


async def test_conflicts_and_disputes_of_the_report(office: Office) -> None:
    report = {
        "conflicts": [{"code": CODE, "field": "channels.direct.fees", "pack": "50.000", "crawl": HOSTILE}],
        "disputes": [{"kind": "plan", "key": "ke-hoach-thu", "field": "number", "text": "12 / 13: hai số"}],
    }
    stage(office.dsn, office.home, [procedure(), plan()], report=report)
    page = await office.get("/can-bo/noi-dung/mau-thuan")
    assert "trong 2" in page and "12 / 13: hai số" in page and "Phí, lệ phí – Trực tiếp" in page
    assert "<script>" not in page and HOSTILE in unescape(page)


async def test_a_version_is_listed_once_and_the_next_adds_its_own(pool: Pool, dsn: str, home: Path) -> None:
    stage(dsn, home, [procedure(), plan()])
    assert await listing.prepare(pool, 1) == 2
    assert await listing.prepare(pool, 1) == 0
    stage(dsn, home, [procedure(title="Khác"), plan()])
    assert await listing.prepare(pool, 2) == 1


# ------------------------------------------------------------------ a record beside its source


async def test_a_record_of_a_pdf(office: Office) -> None:
    file = File(
        "qd.pdf",
        pdf("Trang mot", "Trang hai"),
        "pdf",
        [("Trang một", 0.9), ("Trang hai", 0.3)],
        [("1", procedure())],
    )
    stage(office.dsn, office.home, [procedure()], files=[file])
    page = await office.record(truong="channels.0.time_limit")
    assert "qd.pdf" in page and "trang 2/2" in page  # where the doubt stands
    address = re.search(r'src="(/can-bo/noi-dung/anh/[^"]+)"', page)
    assert address and address[1].endswith(f"{file.sha}/2/1000")
    image = await office.client.get(address[1])
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")
    assert image.content.startswith(b"\x89PNG") and image.headers["cache-control"] == "no-store"
    assert (await office.client.get(address[1])).content == image.content
    for other in (f"{file.sha}/9/1000", f"{file.sha}/1/123", f"{'0' * 64}/1/1000", "..%2f..%2fetc/1/1000"):
        assert (await office.client.get(f"/can-bo/noi-dung/anh/{other}")).status_code == 404, other
    wider = await office.record(truong="channels.0.time_limit", rong=2000, trang=1)
    assert f"{file.sha}/1/2000" in wider


async def test_a_record_of_json_shows_what_the_file_says(office: Office) -> None:
    record = procedure()
    data = line(procedure("1.000001")) + line(record, cach_thuc_thuc_hien=f"Trực tiếp5{HOSTILE}", bo=1)
    stage(office.dsn, office.home, [record], files=[File("a.jsonl", data, "jsonl", records=[("2", record)])])
    page = await office.record(truong="channels.0.fees")
    assert "<script>" not in page and f"Trực tiếp5{HOSTILE}" in unescape(page)
    assert re.search(r"<details class=\"piece\" open>\s*<summary><code>cach_thuc_thuc_hien", page)


async def test_a_record_without_a_file_says_so(office: Office) -> None:
    stage(office.dsn, office.home, [procedure(), plan()])
    assert "không có tệp nguồn" in await office.record()
    page = await office.record("ke-hoach-thu", "plan", truong="sections.0.text", sua="1")
    assert "Mục đích" in page and "<textarea" in page
    gone = await office.client.get(RECORD, params={"loai": "procedure", "ma": "9.999999"})
    assert (gone.status_code, "Không tìm thấy" in gone.text) == (404, True)


async def test_hostile_text_stays_text(office: Office) -> None:
    doubts = (Doubt(field=HOSTILE, reason=HOSTILE, raw=HOSTILE),)
    hostile = procedure(title=HOSTILE, steps=(HOSTILE,), doubts=doubts, portal_url="javascript:alert(1)")
    data = json.dumps({HOSTILE: HOSTILE}).encode()
    file = File(f"{HOSTILE}.json".replace("/", ""), data, "json", [(HOSTILE, 0.1)], [("1", hostile)])
    stage(office.dsn, office.home, [hostile], files=[file])
    await office.correct("agency", value=HOSTILE, reason=HOSTILE)
    pages = [await office.record(), await office.record(truong="title", sua="1")]
    pages += [await office.get("/can-bo/noi-dung", tim=HOSTILE), await office.get("/can-bo/noi-dung/da-sua")]
    pages += [
        await office.get("/can-bo/noi-dung/trang-kem"),
        await office.get("/can-bo/noi-dung/trang", tep=file.sha),
    ]
    for page in pages:
        assert "<script>" not in page and "<img src=x" not in page and 'href="javascript' not in page
        assert HOSTILE in unescape(page)


# ------------------------------------------------------------------ corrections


async def test_a_time_limit_is_corrected(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    saved = await office.correct(
        "channels.0.time_limit", value="2,5", unit="working_day", reason="QĐ 12/QĐ-UBND"
    )
    assert saved.status_code == 303 and saved.headers["location"].endswith("#truong")
    assert office.corrections() == [
        (
            "channels.0.time_limit",
            {"value": None, "unit": None, "raw": "5"},
            {"value": 2.5, "unit": "working_day", "raw": "5"},
        )
    ]
    page = await office.record()
    assert "2,5 ngày làm việc" in page and "QĐ 12/QĐ-UBND" in page and "Nguyễn Thị Lan" in page
    assert "nguyên văn: “5”" in page  # what the source says stays in sight
    left = await office.get("/can-bo/noi-dung")
    assert "Con số không có đơn vị" not in left.split("Danh sách")[1]
    done = await office.get("/can-bo/noi-dung", trang_thai="corrected")
    assert "Con số không có đơn vị" in done.split("Danh sách")[1]
    assert "<strong>1</strong> nội dung sửa chưa ghép" in left


async def test_fees_are_corrected_row_by_row(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    fields = {
        "rows": "3",
        "r0.amount": "60.000 đ", "r0.currency": "VND", "r0.kind": "charge", "r0.condition": "mỗi lồng",
        "r1.amount": "0", "r1.currency": "VND", "r1.condition": "hộ nghèo\r\nvà cận nghèo", "r1.basis": "Nghị quyết 3",
        "r2.currency": "VND",
    }  # fmt: skip
    assert (await office.correct("channels.0.fees", **fields)).status_code == 303
    ((_, _, after),) = office.corrections()
    assert [(row["amount"], row["condition"]) for row in after] == [
        (60000, "mỗi lồng"), (0, "hộ nghèo\nvà cận nghèo"),
    ]  # fmt: skip
    assert after[0]["raw"] == "50.000 đồng"
    page = await office.record()
    assert "60.000 đồng · Lệ phí · mỗi lồng" in page and "Miễn phí · hộ nghèo" in page
    more = await office.correct("channels.0.fees", them="1", **{"rows": "2", "r0.amount": "vừa gõ"})
    assert more.status_code == 200
    assert 'name="r2.amount"' in more.text and "vừa gõ" in more.text and "Chưa lưu được" not in more.text


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("channels.0.time_limit", {"value": "5"}, "Chọn đơn vị"),
        ("channels.0.time_limit", {"unit": "day"}, "Ghi con số"),
        ("channels.0.time_limit", {"value": "năm", "unit": "day"}, "lớn hơn 0"),
        ("channels.0.fees", {"rows": "1", "r0.amount": "1.5"}, "Số tiền chưa đọc được"),
        ("channels.0.fees", {"rows": "1", "r0.amount": "50", "r0.currency": "VND"}, "Số tiền quá nhỏ"),
        ("validity", {"state": "in_force", "start": "31/02/2026"}, "Ngày chưa đúng"),
        ("validity", {"state": "in_force", "start": "2026-05-01", "end": "2026-04-01"}, "trước ngày bắt đầu"),
        ("title", {"value": ""}, "cần được điền"),
        ("agency", {"value": "Ủy ban nhân dân cấp xã"}, "giống giá trị đang có"),
        ("agency", {"value": "Sở Y tế", "reason": "ok"}, "Ghi lý do"),
    ],
)
async def test_a_slip_is_said_and_costs_nothing(
    office: Office, path: str, fields: dict[str, str], said: str
) -> None:
    stage(office.dsn, office.home, [procedure()])
    refused = await office.correct(path, **fields)
    assert refused.status_code == 422
    assert said in refused.text
    for value in fields.values():
        assert f'value="{value}"' in refused.text or value in refused.text
    assert office.corrections() == []


async def test_other_kinds_of_fields(office: Office) -> None:
    stage(office.dsn, office.home, [procedure(), plan()])
    for path, fields, after in (
        ("steps", {"value": "Một\r\nhai\r\n\r\nBa"}, ["Một\nhai", "Ba"]),
        ("levels", {"value.commune": "1", "value.province": "1"}, ["commune", "province"]),
        ("payment.online", {"value": "no"}, False),
        ("online_level", {"value": "full"}, "full"),
        (
            "legal_basis",
            {"rows": "1", "r0.number": "12/2026/NĐ-CP", "r0.issued": "01/02/2026"},
            [{"number": "12/2026/NĐ-CP", "title": "", "issued": "2026-02-01", "issuer": ""}],
        ),
        ("validity", {"state": "superseded", "end": "2026-06-30", "by": "QĐ 5"},
         {"state": "superseded", "start": None, "end": "2026-06-30", "by": "QĐ 5"}),
    ):  # fmt: skip
        assert (await office.correct(path, **fields)).status_code == 303, path
        field, _, now = office.corrections()[-1]
        assert field == path
        assert now == ({**now, **after} if isinstance(after, dict) else after)
    saved = await office.correct("issued", key="ke-hoach-thu", kind="plan", value="20/11/2026")
    assert saved.status_code == 303
    page = await office.record("ke-hoach-thu", "plan")
    assert "20/11/2026" in page


async def test_a_record_without_channels_gets_one_and_its_fee(office: Office) -> None:
    stage(
        office.dsn,
        office.home,
        [procedure(channels=(), doubts=(Doubt(field="channels", reason="not stated"),))],
    )
    assert (await office.correct("channels", **{"rows": "1", "r0.how": "post"})).status_code == 303
    fee = {"rows": "1", "r0.amount": "20.000", "r0.currency": "VND"}
    assert (await office.correct("channels.0.fees", **fee)).status_code == 303
    page = await office.record()
    assert "Phí, lệ phí – Qua bưu chính" in page and "20.000 đồng" in page
    assert "không còn điểm chưa rõ" in page


async def test_a_correction_is_taken_back(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    await office.correct("agency", value="Sở Nông nghiệp")
    await office.correct("agency", value="Sở Nông nghiệp và Môi trường")
    assert office.corrections() == [("agency", "Ủy ban nhân dân cấp xã", "Sở Nông nghiệp và Môi trường")]
    back = await office.post("/can-bo/noi-dung/rut", loai="procedure", ma=CODE, truong="agency")
    assert back.status_code == 303 and office.corrections() == []
    page = await office.record()
    assert page.count("Rút lại nội dung sửa: ") + page.count("Rút lại nội dung sửa “") >= 1
    await office.correct("agency", value="Sở X")
    await office.correct("agency", value="Ủy ban nhân dân cấp xã")  # the source's own word again
    assert office.corrections() == []


async def test_nobody_overwrites_what_they_did_not_see(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    page = await office.record(truong="agency", sua="1")
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    await office.correct("agency", value="Sở Một")
    fields = {"loai": "procedure", "ma": CODE, "truong": "agency", "reason": "theo văn bản"}
    late = await office.post("/can-bo/noi-dung/sua", seen=seen[1], value="Sở Hai", **fields)
    assert late.status_code == 422
    assert (
        "vừa được sửa bởi người khác" in late.text and 'value="Sở Hai"' in late.text and "Sở Một" in late.text
    )
    assert office.corrections()[0][2] == "Sở Một"


async def test_what_is_no_field_is_not_corrected(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    for path in ("code", "provenance.sha256", "doubts", "channels.9.fees", "area", "__class__", ""):
        answer = await office.post("/can-bo/noi-dung/sua", loai="procedure", ma=CODE, truong=path, value="x")
        assert answer.status_code == 404, path


async def test_a_source_that_came_to_disagree_is_shown(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    await office.correct("agency", value="Sở Nông nghiệp")
    dispute = {"kind": "procedure", "key": CODE, "field": "agency", "text": "nguồn ghi Sở Công Thương"}
    stage(office.dsn, office.home, [procedure(agency="Sở Công Thương")], report={"disputes": [dispute]})
    assert "<strong>1</strong> chỗ nguồn nay nói khác" in await office.get("/can-bo/noi-dung")
    page = await office.get("/can-bo/noi-dung/da-sua", lech="1")
    assert "Nguồn nay nói khác: nguồn ghi Sở Công Thương" in page and "Sở Nông nghiệp" in page
    assert "Không có mục nào" in await office.get(
        "/can-bo/noi-dung/mau-thuan"
    )  # it is no conflict of records


async def test_a_made_up_choice_is_not_kept(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    refused = await office.correct("channels.0.time_limit", value="5", unit="tuan")
    assert (refused.status_code, "không hợp lệ" in refused.text) == (422, True)
    assert office.corrections() == []


# ------------------------------------------------------------------ signatures


async def test_a_doubt_is_signed_and_opens_again_when_it_changes(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    page = await office.record()
    marks = re.findall(r'name="dau" value="(\w{64})"', page)
    assert len(marks) == 2
    fields = {"loai": "procedure", "ma": CODE, "truong": "channels.1.fees"}
    done = await office.post(
        "/can-bo/noi-dung/ky", dau=marks[1], ket_luan="correct", note="không thu phí", **fields
    )
    assert done.status_code == 303
    page = await office.record()
    assert "đúng như nguồn" in page and "không thu phí" in page and "1 điểm chưa rõ" in page
    assert "1–1 trong 1<" in await office.get("/can-bo/noi-dung", trang_thai="signed")
    for changed in ({"dau": "0" * 64}, {"dau": marks[0], "ket_luan": "vua"}):
        wrong = {"ket_luan": "correct", **fields, **changed}
        assert (await office.post("/can-bo/noi-dung/ky", **wrong)).status_code == 404
    first, second = procedure().doubts
    doubts = (first, second.model_copy(update={"raw": "khác"}))
    stage(office.dsn, office.home, [procedure(doubts=doubts)])
    assert "2 điểm chưa rõ" in await office.record()


async def test_a_poor_page_is_looked_at_and_signed(office: Office) -> None:
    file = File("quet.pdf", pdf("x", "y"), "pdf", [("chữ rõ ràng", 0.95), ("@#$ rac", 0.2)], method="ocr")
    stage(office.dsn, office.home, [procedure()], files=[file])
    listed = await office.get("/can-bo/noi-dung/trang-kem")
    assert "quet.pdf, trang 2" in listed and "quet.pdf, trang 1" not in listed
    page = await office.get("/can-bo/noi-dung/trang", tep=file.sha, so=2)
    assert "@#$ rac" in page and f"/anh/{file.sha}/2/1000" in page and "20 %" in page
    fields = {"tep": file.sha, "so": "2", "dau": listing.page_hash("@#$ rac")}
    stale = await office.post(
        "/can-bo/noi-dung/ky-trang", **{**fields, "dau": "0" * 64, "ket_luan": "correct"}
    )
    assert "xong" not in stale.headers["location"]
    await office.post("/can-bo/noi-dung/ky-trang", **fields, ket_luan="unreadable", note="mờ")
    assert "Không có mục nào" in await office.get("/can-bo/noi-dung/trang-kem")
    page = await office.get("/can-bo/noi-dung/trang", tep=file.sha, so=2)
    assert "không đọc được" in page and "mờ" in page and "Nguyễn Thị Lan" in page
    assert (
        await office.client.get("/can-bo/noi-dung/trang", params={"tep": file.sha, "so": 7})
    ).status_code == 404


async def test_everything_people_do_is_written_down(office: Office) -> None:
    stage(office.dsn, office.home, [procedure()])
    await office.correct("agency", value="Sở Y tế")
    await office.post("/can-bo/noi-dung/rut", loai="procedure", ma=CODE, truong="agency")
    found = await rows(
        office.pool, "SELECT actor, action FROM audit WHERE object_kind = 'procedure' ORDER BY id"
    )
    assert [(row["actor"], row["action"]) for row in found] == [
        ("lan", "correct"),
        ("lan", "withdraw correction"),
    ]


# ------------------------------------------------------------------ size


async def test_thousands_of_records_are_listed_fast(pool: Pool, dsn: str, home: Path) -> None:
    import time

    many = [procedure(f"1.{number:06}", title=f"Thủ tục số {number}") for number in range(3000)]
    stage(dsn, home, many)
    await listing.prepare(pool, 1)
    async with pool.connection() as conn:
        since = time.perf_counter()
        found, total = await queries.doubts(conn, version=1, wanted=Wanted(text="so 29"), page=2)
        groups = await queries.doubt_totals(conn, 1)
        took = time.perf_counter() - since
    assert (len(found), total) == (50, 2 * 111) and sum(group["n"] for group in groups) == 6000
    assert took < 2.0
