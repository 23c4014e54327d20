"""The officers' API: every deed, every role, conflicts told kindly, and nobody over a unit's line."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import docx
import httpx
import pytest
from PIL import Image

from bot.gateway.console import listing
from desk.database import Pool
from tests.desk.clock_helpers import set_deadline
from tests.gateway import staff_helpers
from tests.gateway.desk_helpers import ROADS, SORTERS, Official, file, official, people, sealer_of
from tests.gateway.harness import CODE, serving

pytestmark = pytest.mark.postgres
HEALTH = "lam-dong-so-y-te"
WORDS = ("một", "hai", "ba", "bốn", "năm")


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


async def codes(who: Official, **wanted: Any) -> list[str]:
    answer = await who.get("/tickets", **wanted)
    assert answer.status_code == 200, answer.text
    return [row["code"] for row in answer.json()["tickets"]]


async def test_only_signed_in_officials_come_in(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "noi")
    ticket = await file(pool)
    for path in ("/me", "/tickets", "/counts", f"/tickets/{ticket.code}", "/units", "/templates", "/filters"):
        refused = await client.get(f"/api/v1/desk{path}")
        assert (refused.status_code, refused.json()["code"]) == (401, "desk_sign_in"), path
    async with official(client, "noi") as content_editor:
        assert (await content_editor.get("/tickets")).json()["code"] == "deed_not_yours"
        assert (await client.get("/can-bo/phan-anh")).status_code == 403


async def test_a_password_alone_opens_nothing_where_a_second_factor_is_asked_for(
    pool: Pool, dsn: str
) -> None:
    await people(pool, "lan")
    async with serving(pool, dsn, staff_totp="desk") as client:
        await staff_helpers.sign_in(client, "lan")
        for path in ("/me", "/tickets", "/counts"):
            assert (await client.get(f"/api/v1/desk{path}")).status_code == 401


async def test_a_change_needs_this_sessions_token_and_page(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan")
    ticket = await file(pool)
    path, body = f"/api/v1/desk/tickets/{ticket.code}/take", {"version": ticket.version}
    async with official(client, "lan") as lan:
        for headers, code in (
            (staff_helpers.OWN, "desk_form_token"),
            ({**lan.headers, "X-CSRF-Token": "x"}, "desk_form_token"),
            ({**lan.headers, "Origin": "http://elsewhere.test"}, "desk_other_site"),
            ({**lan.headers, "Sec-Fetch-Site": "cross-site"}, "desk_other_site"),
        ):
            refused = await client.post(path, json=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, code)
        assert (await client.post(path, json=body, headers=lan.headers)).status_code == 200


async def test_the_page_may_run_our_script_and_nothing_else(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "soat")
    for login in ("lan", "soat"):
        async with official(client, login):
            answer = await client.get("/can-bo/phan-anh")
            policy = answer.headers["content-security-policy"]
            assert answer.status_code == 200 and "script-src 'self'" in policy and "unsafe" not in policy
            assert 'href="/can-bo/phan-anh" aria-current="page"' in answer.text


async def test_an_officers_day(pool: Pool, client: httpx.AsyncClient) -> None:
    """Accept, note, ask, answer; the reporter's contact only when asked for, and written down."""
    await people(pool, "lan")
    ticket = await file(pool, sealer=sealer_of(client))
    async with official(client, "lan") as lan:
        assert await codes(lan) == [ticket.code] and await codes(lan, queue="mine") == []
        taken = (await lan.do(ticket, "take")).json()["ticket"]
        assert (
            taken["assigned"] == {"login": "lan", "name": "Nguyễn Thị Lan"} and "take" not in taken["deeds"]
        )
        assert await codes(lan, queue="mine") == [ticket.code]
        assert (await lan.do(ticket, "accept")).json()["ticket"]["state"] == "DANG_XU_LY"
        noted = (await lan.do(ticket, "note", text="Đã gọi <b>đội</b> đường.")).json()["ticket"]
        assert [(note["author"], note["text"]) for note in noted["notes"]] == [
            ("Nguyễn Thị Lan", "Đã gọi <b>đội</b> đường.")
        ]
        waiting = (await lan.do(ticket, "ask", text="Bạn chụp giúp một tấm ảnh.")).json()["ticket"]
        assert waiting["state"] == "YEU_CAU_BO_SUNG" and "0900" not in str(waiting)
        shown = await lan.send("POST", f"/tickets/{ticket.code}/contact")
        assert shown.json() == {"contact": "Nguyễn Văn A, 0900 000 000"}
        told = (await lan.do(ticket, "resolve", text="Đã vá xong.", private="Cảm ơn bạn.")).json()["ticket"]
        assert told["state"] == "DA_TRA_LOI" and told["answer_public"] == "Đã vá xong."
        assert told["deeds"] == ["note", "collect"]
        kept = datetime.fromisoformat(told["reopen_until"]) - datetime.fromisoformat(told["answered_at"])
        assert kept == timedelta(days=15)
        assert (await lan.do(ticket, "collect")).json()["ticket"]["state"] == "TAP_HOP_NGHIEN_CUU"
    async with pool.connection() as conn:
        read = await conn.execute("SELECT actor FROM audit WHERE action = 'ticket.contact_read'")
        assert await read.fetchall() == [{"actor": "lan"}]


async def test_forwarding_refusing_to_own_and_sorting(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "ba", "loc")
    ticket = await file(pool)
    async with official(client, "lan") as lan:
        nowhere = await lan.do(ticket, "forward", to="khong-co", reason="nhầm")
        assert (nowhere.status_code, nowhere.json()["code"]) == (422, "desk_no_unit")
        no_reason = await lan.do(ticket, "forward", to=SORTERS)
        assert no_reason.json()["code"] == "desk_text_missing"
        units = (await lan.get("/units", q="phan loai lam dong")).json()["units"]
        assert SORTERS in [unit["id"] for unit in units]
        near = (await lan.get("/units", area="lam-dong/bac-binh")).json()["units"]
        assert near[0]["area"] == "lam-dong/bac-binh" and near[-1]["area"] != "lam-dong/bac-binh"
        gone = await lan.do(ticket, "disown", reason="Đường của tỉnh khác.")
        assert gone.json() == {"ticket": None, "made": ""}
        assert (await lan.get(f"/tickets/{ticket.code}")).status_code == 404 and await codes(lan) == []
        assert (await lan.do(ticket, "sort", to=ROADS, reason="x", version=9)).status_code == 404
    async with official(client, "loc") as loc:
        assert await codes(loc, queue="triage") == [ticket.code]
        sorted_ = await loc.do(ticket, "sort", to=ROADS, reason="Đúng là của sở.", category="")
        assert sorted_.json()["ticket"]["unit_id"] == ROADS  # sorters see the whole area
    async with official(client, "lan") as lan:
        assert await codes(lan) == [ticket.code]
        refused = await lan.do(ticket, "sort", to=SORTERS, reason="x")
        assert (refused.status_code, refused.json()["code"]) == (403, "deed_not_yours")


async def test_refuse_merge_split_publish(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "truong")
    first, second, third = [await file(pool, f"Ổ gà trên đường, chỗ {name}") for name in "abc"]
    async with official(client, "lan") as lan:
        bad = await lan.do(first, "refuse", ground="khong_thich")
        assert (bad.status_code, bad.json()["code"]) == (409, "deed_not_now")
        assert (await lan.do(first, "refuse", ground="thu_rac")).json()["ticket"][
            "state"
        ] == "KHONG_TIEP_NHAN"
        again = await lan.do(first, "accept")
        assert (again.status_code, again.json()["code"]) == (409, "deed_not_now")
        merged = (await lan.do(second, "merge", into=third.code)).json()["ticket"]
        assert [(one["code"], one["how"]) for one in merged["related"]] == [(third.code, "merged_into")]
        split = (await lan.do(third, "split", text="Đèn cũng hỏng", to=ROADS, reason="Việc khác.")).json()
        assert split["made"] in [one["code"] for one in split["ticket"]["related"]]
        async with pool.connection() as conn:
            await conn.execute("UPDATE tickets SET may_publish = true WHERE code = %s", (third.code,))
        done = (await lan.do(third, "resolve", text="Đã sửa.")).json()["ticket"]
        assert "publish" not in done["deeds"]
        assert (await lan.do(third, "publish", text="Ổ gà")).json()["code"] == "deed_not_yours"
    async with official(client, "truong") as head:
        shown = (await head.do(third, "publish", text="Ổ gà đã được vá")).json()["ticket"]
        assert (shown["state"], shown["published_what"]) == ("CONG_KHAI", "Ổ gà đã được vá")


async def test_begun_work_is_refused_or_merged_with_a_word_and_the_published_is_corrected(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await people(pool, "lan", "truong")
    first, second = [await file(pool, f"Ổ gà trên đường, chỗ {name}") for name in "ab"]
    async with official(client, "lan") as lan:
        for one in (first, second):
            offered = (await lan.do(one, "accept")).json()["ticket"]["deeds"]
            assert {"refuse", "merge", "disown"} <= {*offered}
        silent = await lan.do(second, "refuse", ground="thu_rac")
        assert (silent.status_code, silent.json()["code"]) == (422, "desk_text_missing")
        merged = (await lan.do(second, "merge", into=first.code, reason="Cùng một chỗ.")).json()["ticket"]
        assert merged["history"][-1]["note"].endswith("Cùng một chỗ.")
        async with pool.connection() as conn:
            await conn.execute("UPDATE tickets SET may_publish = true WHERE code = %s", (first.code,))
        await lan.do(first, "resolve", text="Đã vá ngày 31/11.")
    async with official(client, "truong") as head:
        shown = (await head.do(first, "publish", text="Ổ gà trước nhà ông A")).json()["ticket"]
        assert "correct" in shown["deeds"]
        fields = {"text": "Đã vá ngày 30/11.", "what": "Ổ gà", "reason": "Ghi nhầm ngày."}
        after = (await head.do(first, "correct", **fields)).json()["ticket"]
        assert (after["answer_public"], after["published_what"]) == ("Đã vá ngày 30/11.", "Ổ gà")
        assert after["log"][0]["what"] == "đính chính câu trả lời đã công khai"
        assert (await client.get(f"/phan-anh/{first.code}")).text.count("30/11") == 1
    async with official(client, "lan") as lan:
        assert (await lan.do(first, "correct", **fields)).json()["code"] == "deed_not_yours"


async def test_the_letter_of_apology_and_a_new_date_are_offered_where_a_deadline_runs(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await people(pool, "lan", "truong", "soat")
    without = await file(pool, "Ổ gà cũ")
    await set_deadline(pool, working_days=5)
    ticket = await file(pool)
    async with official(client, "lan") as lan:
        told = (await lan.get(f"/tickets/{without.code}")).json()
        assert not {"apology", "extend"} & {*told["deeds"]} and told["new_day"] == ""
        assert (await lan.do(without, "apology", day="2027-01-04")).json()["code"] == "deed_not_now"
        told = (await lan.get(f"/tickets/{ticket.code}")).json()
        assert "apology" in told["deeds"] and "extend" not in told["deeds"]
        day = told["new_day"]
        letter = await lan.do(ticket, "apology", day=day)
        assert letter.headers["content-disposition"] == f'attachment; filename="xin-loi-{ticket.code}.docx"'
        said = "\n".join(one.text for one in docx.Document(io.BytesIO(letter.content)).paragraphs)
        assert f"17 giờ 00 ngày {date.fromisoformat(day):%d/%m/%Y}" in said
        for wrong in ({}, {"day": "2020-01-01"}, {"day": "2099-01-01"}):
            assert (await lan.do(ticket, "apology", **wrong)).json()["code"] == "desk_no_day"
        assert (await lan.do(ticket, "extend", day=day, reason="Mưa")).json()["code"] == "deed_not_yours"
        assert (await lan.get(f"/tickets/{ticket.code}")).json()["version"] == told["version"]
    async with official(client, "soat") as reader:
        assert (await reader.do(ticket, "apology", day=day)).json()["code"] == "deed_not_yours"
    async with official(client, "truong") as head:
        assert "extend" in (await head.get(f"/tickets/{ticket.code}")).json()["deeds"]
        assert (await head.do(ticket, "extend", day=day)).json()["code"] == "desk_text_missing"
        longer = (await head.do(ticket, "extend", day=day, reason="Mưa lớn.")).json()["ticket"]
        assert longer["due_at"].startswith(day) and "extend" not in longer["deeds"]
        assert [one["what"] for one in longer["log"]] == ["gia hạn trả lời", "lấy bản thảo văn bản xin lỗi"]
        assert (await head.do(ticket, "extend", day=day, reason="Mưa")).json()["code"] == "deed_not_now"


async def test_who_was_quicker_is_said(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "minh")
    ticket = await file(pool)
    async with official(client, "minh") as minh:
        assert (await minh.do(ticket, "accept")).status_code == 200
    async with official(client, "lan") as lan:
        late = await lan.do(ticket, "resolve", text="Đã vá.", version=ticket.version)
        assert late.status_code == 409 and late.headers["content-type"] == "application/problem+json"
        body = late.json()
        assert (
            body["code"] == "ticket_changed"
            and "Trần Văn Minh" in body["detail"]
            and "Đang xử lý" in body["detail"]
        )
        assert body["errors"][0]["who"] == "Trần Văn Minh"
        assert (await lan.do(ticket, "note", text="vẫn ghi được", version=None)).status_code == 200
        assert (await lan.do(ticket, "accept", version=None)).status_code == 422
        late = await lan.do(ticket, "resolve", text="Đã vá.", version=int(body["errors"][0]["version"]))
        assert late.status_code == 200


async def test_no_unit_reaches_into_another(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "ba")
    ticket, theirs = await file(pool), await file(pool, "Trạm y tế đóng cửa", unit=HEALTH)
    note = uuid4()
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO ticket_files (id, ticket_id, at, author, name, media_type, bytes, sha256, sealed)"
            " VALUES (%s, %s, now(), 'citizen', 'a.jpg', 'image/jpeg', 1, '', '')",
            (note, ticket.id),
        )
    async with official(client, "ba") as ba:
        for queue in ("mine", "unit", "triage", "all"):
            assert ticket.code not in await codes(ba, queue=queue)
        assert (
            await codes(ba, queue="all", q=ticket.code) == [] == await codes(ba, queue="all", q="mặt đường")
        )
        assert (await ba.get("/counts")).json()["all"] == 1
        for path in (f"/tickets/{ticket.code}", f"/tickets/{ticket.code}/files/{note}"):
            assert (await ba.get(path)).json()["code"] == "desk_ticket_not_found"
        assert (await ba.send("POST", f"/tickets/{ticket.code}/contact")).status_code == 404
        for deed in ("take", "accept", "note", "resolve", "forward", "disown", "merge", "split"):
            crossed = await ba.do(ticket, deed, text="x", to=HEALTH, reason="x", into=theirs.code, version=1)
            assert crossed.status_code in (404, 422), deed
        merged = await ba.do(theirs, "merge", into=ticket.code)
        assert merged.json()["code"] == "desk_ticket_not_found"
        bulk = {"deed": "note", "text": "x", "tickets": [{"code": ticket.code, "version": 1}]}
        outcome = (await ba.send("POST", "/tickets/bulk", bulk)).json()["outcomes"][ticket.code]
        assert outcome["code"] == "desk_ticket_not_found"


async def test_auditors_and_admins(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "soat", "quan", "lan")
    ticket = await file(pool)
    async with official(client, "soat") as auditor:
        assert await codes(auditor, queue="all") == [ticket.code]
        assert (await auditor.get(f"/tickets/{ticket.code}")).json()["deeds"] == []
        for deed in ("take", "accept", "note", "resolve"):
            assert (await auditor.do(ticket, deed, text="x")).json()["code"] == "deed_not_yours"
        assert (await auditor.send("POST", f"/tickets/{ticket.code}/contact")).status_code == 403
        new = {"title": "a", "text": "b"}
        assert (await auditor.send("POST", "/templates", new)).status_code == 403
    async with official(client, "quan") as admin:
        assert (await admin.do(ticket, "assign", to="lan")).json()["ticket"]["assigned"]["login"] == "lan"


async def test_only_heads_hand_out_work(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "minh", "truong", "ba")
    ticket = await file(pool)
    async with official(client, "lan") as lan:
        assert (await lan.do(ticket, "assign", to="minh")).status_code in (403, 409)
        assert (await lan.do(ticket, "take")).status_code == 200
        assert (await lan.do(ticket, "assign", to="minh")).json()["code"] == "deed_not_yours"
        assert (await lan.do(ticket, "assign", to="")).json()["ticket"]["assigned"] is None
    async with official(client, "truong") as head:
        there = (await head.get(f"/tickets/{ticket.code}")).json()
        assert [(one["who"], one["what"]) for one in there["log"]] == [
            ("Nguyễn Thị Lan", "trả phiếu về hàng đợi của đơn vị"),
            ("Nguyễn Thị Lan", "giao phiếu cho Nguyễn Thị Lan"),
        ]
        assert [one["login"] for one in there["colleagues"]] == ["truong", "lan", "minh"]
        assert (await head.do(ticket, "assign", to="minh")).json()["ticket"]["assigned"]["login"] == "minh"
        for wrong in ("ba", "khong-co"):
            assert (await head.do(ticket, "assign", to=wrong)).json()["code"] == "deed_not_yours"


async def test_many_at_once(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "truong")
    tickets = [await file(pool, f"Việc {at}") for at in range(3)]
    chosen = [{"code": one.code, "version": one.version} for one in tickets]
    chosen[2]["version"] = 99
    async with official(client, "truong") as head:
        done = await head.send("POST", "/tickets/bulk", {"deed": "assign", "to": "lan", "tickets": chosen})
        outcomes = done.json()["outcomes"]
        assert [outcomes[one.code] for one in tickets[:2]] == [None, None]
        assert outcomes[tickets[2].code]["code"] == "ticket_changed_by_other"
        away: dict[str, Any] = {"deed": "forward", "to": SORTERS, "reason": "Nhầm nơi nhận", "tickets": []}
        assert (await head.send("POST", "/tickets/bulk", away)).status_code == 422
        away["tickets"] = [{"code": tickets[2].code, "version": tickets[2].version}]
        assert (await head.send("POST", "/tickets/bulk", away)).json()["outcomes"] == {tickets[2].code: None}
        assert sorted(await codes(head)) == [tickets[0].code, tickets[1].code]


async def test_lists_filter_page_and_count(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "loc")
    tickets = [await file(pool, f"Đèn đường ngõ {name} không sáng") for name in WORDS]
    late = datetime.now(UTC) - timedelta(hours=1)
    async with pool.connection() as conn:
        await conn.execute("UPDATE tickets SET due_at = %s WHERE code = %s", (late, tickets[3].code))
        await conn.execute(
            "UPDATE tickets SET due_at = %s WHERE code = %s", (late + timedelta(days=2), tickets[4].code)
        )
    in_turn = [tickets[at].code for at in (3, 4, 0, 1, 2)]
    async with official(client, "lan") as lan:
        for order, expected in {
            "due": in_turn,
            "new": [one.code for one in reversed(tickets)],
            "old": [one.code for one in tickets],
        }.items():
            seen: list[str] = []
            after = ""
            for _ in range(3):
                answer = (await lan.get("/tickets", order=order, limit=2, after=after)).json()
                seen, after = [*seen, *(row["code"] for row in answer["tickets"])], answer["next"]
            assert (seen, after) == (expected, "")
        assert await codes(lan, overdue=True) == [tickets[3].code]
        assert await codes(lan, q="den duong NGO ba") == [tickets[2].code]
        assert await codes(lan, q="Đèn 100%") == [] and await codes(lan, q="%&|!:*") == []
        assert len(await codes(lan, q="đư ng' & !x") or [0]) == 1 and len(await codes(lan, q="đèn đư")) == 5
        _, year, number = tickets[1].code.split("-")
        assert await codes(lan, q=f"pa {year} {int(number)}") == [tickets[1].code]
        assert len(await codes(lan, queue="all", open=True)) == 5
        assert await codes(lan, state="DA_TRA_LOI") == [] and len(await codes(lan, area="lam-dong")) == 5
        assert await codes(lan, category="khong-co") == [] and len(await codes(lan, unassigned=True)) == 5
        await lan.do(tickets[0], "take")
        assert len(await codes(lan, unassigned=True)) == 4
        counted = (await lan.get("/counts")).json()
        assert counted == {"mine": 1, "unit": 5, "triage": 0, "all": 5, "overdue": 1}
        for bad in ("x", "W10=", "WyJhIl0="):
            assert (await lan.get("/tickets", after=bad)).json()["code"] == "invalid"
        assert (await lan.get("/tickets", queue="theirs")).status_code == 422
    async with official(client, "loc") as loc:
        assert len(await codes(loc, queue="all")) == 5 and await codes(loc, queue="unit") == []


async def test_words_that_many_have_are_found_the_same(
    pool: Pool, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people(pool, "lan")
    tickets = [await file(pool, f"Cống ngõ {name} tắc") for name in WORDS[:3]]
    for few in (2_000, 0):
        monkeypatch.setattr(listing, "FEW", few)
        async with official(client, "lan") as lan:
            assert await codes(lan, q="công TĂC", order="old") == [one.code for one in tickets]
            assert await codes(lan, q="ong tac") == [] == await codes(lan, q="%_")
            assert await codes(lan, q="cong, hai!") == [tickets[1].code]


async def test_templates_quote_records_with_their_validity(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "ba", "quan")
    new = {"title": "Khai sinh", "text": f"Theo thủ tục {CODE}, và 9.999999 thì không."}
    async with official(client, "lan") as lan:
        made = (await lan.send("POST", "/templates", new)).json()["id"]
        (kept,) = (await lan.get("/templates")).json()["templates"]
        assert [(one["code"], one["validity"]) for one in kept["quotes"]] == [
            (CODE, "unknown"),
            ("9.999999", "missing"),
        ]
        changed = await lan.send("PUT", f"/templates/{made}", {"title": "b", "text": "c"})
        assert changed.status_code == 204
        assert (await lan.send("POST", "/templates", {**new, "common": True})).status_code == 403
        assert (await lan.send("PUT", f"/templates/{uuid4()}", new)).status_code == 404
        assert (await lan.send("PUT", "/templates/x", new)).status_code == 404
    async with official(client, "ba") as ba:
        assert (await ba.get("/templates")).json()["templates"] == []
        assert (await ba.send("DELETE", f"/templates/{made}")).json()["code"] == "deed_not_yours"
    async with official(client, "quan") as admin:
        assert (await admin.send("POST", "/templates", {**new, "common": True})).status_code == 201
    async with official(client, "lan") as lan:
        shown = (await lan.get("/templates")).json()["templates"]
        assert [(one["title"], one["mine"]) for one in shown] == [("b", True), ("Khai sinh", False)]
        assert (await lan.send("DELETE", f"/templates/{made}")).status_code == 204


async def test_filters_are_ones_own(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan", "minh")
    async with official(client, "lan") as lan:
        for query in ("overdue=true", "overdue=true&area=lam-dong"):
            assert (
                await lan.send("PUT", "/filters", {"name": "Trễ / gấp", "query": query})
            ).status_code == 204
        kept = [{"name": "Trễ / gấp", "query": "overdue=true&area=lam-dong"}]
        assert (await lan.get("/filters")).json()["filters"] == kept
        for at in range(29):
            await lan.send("PUT", "/filters", {"name": f"f{at}", "query": ""})
        full = await lan.send("PUT", "/filters", {"name": "nữa", "query": ""})
        assert (full.status_code, full.json()["code"]) == (409, "desk_too_many_filters")
        assert (await lan.send("DELETE", "/filters/Trễ%20%2F%20gấp")).status_code == 204
        assert len((await lan.get("/filters")).json()["filters"]) == 29
    async with official(client, "minh") as minh:
        assert (await minh.get("/filters")).json()["filters"] == []


async def test_files_open_only_for_this_ticket(pool: Pool, client: httpx.AsyncClient) -> None:
    await people(pool, "lan")
    ticket, other = await file(pool), await file(pool, "Việc khác")
    picture, page = uuid4(), uuid4()
    async with pool.connection() as conn:
        for file_id, name, kind in ((picture, "ảnh 1.jpg", "image/jpeg"), (page, "x.html", "text/html")):
            await conn.execute(
                "INSERT INTO ticket_files (id, ticket_id, at, author, name, media_type, bytes, sha256, sealed)"
                " VALUES (%s, %s, now(), 'citizen', %s, %s, 1, '', %s)",
                (file_id, ticket.id, name, kind, sealer_of(client).seal(b"<script>1</script>")),
            )
    async with official(client, "lan") as lan:
        listed = (await lan.get(f"/tickets/{ticket.code}")).json()["files"]
        assert [(one["name"], one["author"]) for one in listed] == [
            ("ảnh 1.jpg", "Người gửi phản ánh"),
            ("x.html", "Người gửi phản ánh"),
        ]
        shown = await lan.get(f"/tickets/{ticket.code}/files/{picture}")
        assert shown.headers["content-type"] == "image/jpeg" and shown.content == b"<script>1</script>"
        kept = await lan.get(f"/tickets/{ticket.code}/files/{page}")
        assert kept.headers["content-type"] == "application/octet-stream"
        assert kept.headers["content-disposition"].startswith("attachment") and "sandbox" in str(kept.headers)
        assert (await lan.get(f"/tickets/{ticket.code}/files/{page}", preview=True)).status_code == 404
        for path in (f"/tickets/{other.code}/files/{picture}", f"/tickets/{ticket.code}/files/x"):
            assert (await lan.get(path)).status_code == 404


async def test_officials_add_photos(pool: Pool, client: httpx.AsyncClient) -> None:
    """Read and written anew as those of citizens are; an auditor and another unit add none."""
    await people(pool, "lan", "soat", "ba")
    ticket = await file(pool, "Số của tôi 0905 123 456, đường hỏng")
    path = f"/api/v1/desk/tickets/{ticket.code}/files"
    drawn = io.BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(drawn, "PNG")
    sent = {"file": ("../../x.png", drawn.getvalue(), "image/png")}
    for login, status in (("soat", 403), ("ba", 404)):
        async with official(client, login) as who:
            assert (await client.post(path, files=sent, headers=who.headers)).status_code == status
    async with official(client, "lan") as lan:
        told = (await client.post(path, files=sent, headers=lan.headers)).json()["ticket"]
        (kept,) = told["files"]
        assert (kept["author"], kept["name"], kept["media_type"]) == (
            "Nguyễn Thị Lan",
            "can-bo-1.jpg",
            "image/jpeg",
        )
        for query in ({}, {"preview": True}):
            shown = await lan.get(f"/tickets/{ticket.code}/files/{kept['id']}", **query)
            assert shown.headers["content-type"] == "image/jpeg" and shown.content.startswith(b"\xff\xd8\xff")
        bad = {"file": ("x.svg", b"<svg onload='1'/>", "image/svg+xml")}
        assert (await client.post(path, files=bad, headers=lan.headers)).json()["code"] == "photo_no_photo"
        assert "0905" not in told["masked"] and "đường hỏng" in told["masked"]


async def change(pool: Pool, statement: str, *values: Any) -> None:
    async with pool.connection() as conn:
        await conn.execute(statement.encode(), values)


async def test_an_officials_photo_is_published_with_the_answer_and_a_reporters_never(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    """The reporter agreed to theirs for the handling alone."""
    await people(pool, "lan", "truong")
    ticket = await file(pool, may_publish=True)
    picture = io.BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(picture, "JPEG")
    path = f"/api/v1/desk/tickets/{ticket.code}/files"
    sent = {"file": ("sau-khi-va.jpg", picture.getvalue(), "image/jpeg")}
    async with official(client, "lan") as lan:
        (kept,) = (await client.post(path, files=sent, headers=lan.headers)).json()["ticket"]["files"]
        await lan.do(ticket, "resolve", text="Đã vá.")
    shown_at = f"/phan-anh/{ticket.code}/anh/{kept['id']}.jpg"
    async with official(client, "truong") as head:
        for column, value in (("author", "citizen"), ("flags", ["face"])):
            await change(pool, f"UPDATE ticket_files SET {column} = %s", value)
            refused = await head.do(ticket, "publish", text="Ổ gà", photos=kept["id"])
            assert refused.json()["code"] == "deed_not_now", column
            await change(pool, "UPDATE ticket_files SET (author, flags) = ('lan', '{}')")
        published = (await head.do(ticket, "publish", text="Ổ gà", photos=kept["id"])).json()["ticket"]
        assert published["files"][0]["public"] is True
        picture_shown = await client.get(shown_at)
        assert (picture_shown.status_code, picture_shown.headers["content-type"]) == (200, "image/jpeg")
        assert shown_at in (await client.get(f"/phan-anh/{ticket.code}")).text
        (found,) = (await client.get(f"/open311/v2/requests/{ticket.code}.json")).json()
        assert found["media_url"].endswith(shown_at) and found["media_url"].startswith("http")
        assert (await client.get(f"/phan-anh/PA-2026-999999/anh/{kept['id']}.jpg")).status_code == 404
        corrected = await head.do(ticket, "correct", text="Đã vá xong.", reason="Rõ hơn.", photos="")
        assert corrected.json()["ticket"]["files"][0]["public"] is False
        assert (await client.get(shown_at)).status_code == 404
