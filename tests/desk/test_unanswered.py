"""Questions without an answer: put together alike, given to whose matter they are, and never counted twice."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from desk import unanswered
from desk.bounds import bounded
from desk.database import Pool
from desk.report_period import Period
from desk.routing import Router
from desk.unanswered import Nearest, Tools
from desk.unanswered_groups import Asked, grouped, most_common
from desk.unanswered_owner import sorters, unit_of
from index.dense import HashEncoder
from knowledge.errors import TicketChanged, TicketNotFound
from tests.desk.clock_helpers import at
from tests.desk.test_work import HEAD, READER, SORTER
from tests.gateway.test_desk_reports import ask, rows

NOVEMBER = Period.parse("2026-11")
DAY = at("2026-11-10T09:00")
PLATES = [
    "xin cấp lại biển số nhà bị mất",
    "xin cap lai bien so nha bi mat",
    "cấp lại biển số nhà bị mất ở đâu",
]
POWER = ["tuần này khu mình có cúp điện không", "lịch cúp điện tuần này khu mình"]
DANCE = ["lớp học khiêu vũ cho người già"]


def asked(texts: list[str]) -> list[Asked]:
    return [
        Asked(UUID(int=place), text, "lam-dong", DAY + timedelta(minutes=place), "no_information")
        for place, text in enumerate(texts)
    ]


def wordings(groups: list[list[Asked]]) -> list[list[str]]:
    return [sorted(one.text for one in group) for group in groups]


# ------------------------------------------------------------------ alike or not


@pytest.mark.parametrize("encode", [None, lambda texts: HashEncoder().encode(texts, query=True)])
def test_what_asks_the_same_stands_together(encode: Any) -> None:
    found = grouped(asked([*PLATES, *POWER, *DANCE]), [], encode)
    assert wordings(found.new) == [sorted(PLATES), sorted(POWER), DANCE]
    assert found.joined == {}


def test_the_order_of_asking_changes_no_group() -> None:
    questions = asked([*PLATES, *POWER, *DANCE, *PLATES])
    first = grouped(questions, [])
    for seed in range(5):
        shuffled = random.Random(seed).sample(questions, len(questions))  # noqa: S311  # an order, not a secret
        assert grouped(shuffled, []) == first


def test_what_is_like_an_item_joins_it() -> None:
    found = grouped(asked([*POWER, *DANCE]), ["cấp lại biển số nhà", "khu mình có cúp điện tuần này không"])
    assert {one.text for one in found.joined[1]} == set(POWER)
    assert (list(found.joined), wordings(found.new)) == ([1], [DANCE])


def test_the_same_to_the_letter_is_one_and_empty_is_none() -> None:
    assert grouped([], ["x"]).new == []
    assert grouped(asked(["???", "???"]), []).new == [asked(["???", "???"])]
    assert most_common(["b", "a", "b", "a"]) == "a" and most_common([]) == ""


def test_two_thousand_questions_are_grouped_in_seconds() -> None:
    words = ["đất", "nhà", "xe", "rác", "điện", "nước", "trường", "thuế", "hộ", "lúa", "đường", "chợ", "sổ"]
    dice = random.Random(7)  # noqa: S311  # sentences, not secrets
    texts = [" ".join(dice.choices(words, k=5)) + f" {place % 50}" for place in range(2000)]
    found = grouped(asked(texts), [])
    assert sum(len(group) for group in found.new) == 2000


# ------------------------------------------------------------------ whose matter


@pytest.mark.parametrize(
    ("agency", "area", "unit"),
    [
        ("Sở Tư pháp", "lam-dong", "lam-dong-so-tu-phap"),
        ("Sở Xây dựng", "dak-lak/krong-pac", "dak-lak-so-xay-dung"),
        ("Sở Nông nghiệp và Môi trường, UBND cấp xã", "quang-tri", "quang-tri-so-nong-nghiep-moi-truong"),
        ("Ủy ban nhân dân cấp xã", "lam-dong/bac-binh", "lam-dong-bac-binh-ubnd"),
        ("Công an cấp Xã", "lam-dong/bac-binh", "lam-dong-bac-binh-cong-an-xa"),
        (
            "Cục Cảnh sát giao thông; Công an cấp xã nơi có điểm tiếp nhận",
            "lam-dong/bac-binh",
            "lam-dong-bac-binh-cong-an-xa",
        ),
        ("Công an tỉnh", "lam-dong/bac-binh", "lam-dong-cong-an-tinh"),
        ("Chủ tịch Ủy ban nhân dân cấp tỉnh", "lam-dong", "lam-dong-ubnd"),
        ("Ủy ban nhân dân cấp xã", "lam-dong", None),  # which commune?
        ("Sở Nông nghiệp và Môi trường Thành phố Hà Nội", "lam-dong", None),
        ("Bộ Công an", "lam-dong", None),
        ("Sở", "lam-dong", None),
        ("Sở Tư pháp", "", None),
        ("", "lam-dong", None),
    ],
)
def test_an_agency_is_the_places_own_unit_or_nobody(agency: str, area: str, unit: str | None) -> None:
    found = unit_of(agency, area, Router.from_packs())
    assert (found.id if found else None) == unit


def test_what_is_nobodys_goes_to_those_who_sort() -> None:
    router = Router.from_packs()
    assert sorters("lam-dong/bac-binh", router)[0] == "lam-dong-bac-binh-phan-loai"
    assert sorters("lam-dong", router)[0] == "lam-dong-phan-loai"
    assert all(sorters("", router))


# ------------------------------------------------------------------ the list


def tools(packs: Path, **nearest: str) -> Tools:
    async def near(text: str, area: str, about: str) -> Nearest:
        return Nearest(**{"code": about, **nearest})

    return Tools(
        mask=lambda text: text.replace("0912345678", "•••"), near=near, router=Router.from_packs(packs)
    )


async def collect(pool: Pool, by: Tools) -> int:
    async with pool.connection() as conn:
        return await unanswered.collect(conn, NOVEMBER, by)


@pytest.mark.postgres
async def test_only_what_found_no_answer_is_collected(pool: Pool, packs: Path) -> None:
    talk = uuid4()
    await ask(pool, "hỏi lại rồi nói tiếp", status="clarify", talk=talk, at=DAY)
    await ask(pool, "trả lời được", status="answered", talk=talk, at=DAY)
    await ask(pool, "hỏi lại rồi thôi", status="clarify", at=DAY)
    await ask(pool, "hữu ích", status="answered", useful=True, at=DAY)
    await ask(
        pool,
        "Lệ phí?",
        status="answered",
        useful=False,
        payload="#MC:ASK:1.001193:fee",
        code="1.001193",
        at=DAY,
    )
    await ask(pool, "xin chào", status="smalltalk", at=DAY)
    await ask(pool, "tháng trước", at=DAY - timedelta(days=30))
    await ask(pool, "gọi 0912345678 hỏi hộ", at=DAY)
    assert await collect(pool, tools(packs)) == 3
    found = await rows(pool, "SELECT title, procedure_code FROM unanswered_items")
    assert {row["title"]: row["procedure_code"] for row in found} == {
        "gọi ••• hỏi hộ": "",
        "hỏi lại rồi thôi": "",
        "Lệ phí? (Thủ tục đăng ký khai sinh)": "1.001193",
    }


@pytest.mark.postgres
async def test_collecting_again_adds_what_is_new_to_what_is_there(pool: Pool, packs: Path) -> None:
    for text in PLATES:
        await ask(pool, text, at=DAY)
    assert [await collect(pool, tools(packs, agency="Sở Xây dựng")) for _ in range(2)] == [3, 0]
    (item,) = await rows(pool, "SELECT * FROM unanswered_items")
    assert (item["asked"], item["unit_id"], item["first_at"]) == (3, "lam-dong-so-xay-dung", DAY)
    async with bounded(pool, HEAD) as conn:
        await unanswered.mark(
            conn, item["id"], state="done", note="đã đăng", version=1, staff=HEAD, now=DAY + timedelta(days=1)
        )
    await ask(pool, PLATES[0], at=DAY + timedelta(days=2))
    assert await collect(pool, tools(packs)) == 1
    async with bounded(pool, HEAD) as conn:
        (row,), total = await unanswered.items(conn, state="done")
        assert await unanswered.counts(conn) == {"open": 0, "done": 1, "wont": 0}
    assert (row["asked"], row["again"], row["note"], row["state"], total) == (4, 1, "đã đăng", "done", 1)
    async with pool.connection() as conn:
        said = await unanswered.wordings(conn, [item["id"]], str.upper)
    assert {text.upper() for text in PLATES} == set(said[item["id"]])


@pytest.mark.postgres
async def test_two_collectors_at_once_put_each_question_once(pool: Pool, packs: Path) -> None:
    for text in [*PLATES, *POWER]:
        await ask(pool, text, at=DAY)
    found = await asyncio.gather(*(collect(pool, tools(packs)) for _ in range(4)))
    assert sorted(found) == [0, 0, 0, 5]
    (sums,) = await rows(
        pool, "SELECT sum(asked)::int AS asked, count(*)::int AS items FROM unanswered_items"
    )
    assert sums == {"asked": 5, "items": 2}


@pytest.mark.postgres
async def test_places_are_kept_apart_and_seen_by_their_own(pool: Pool, packs: Path) -> None:
    for area in ("lam-dong", "lam-dong/bac-binh", "dak-lak", ""):
        await ask(pool, PLATES[0], area=area, at=DAY)
    await collect(pool, tools(packs, agency="Sở Xây dựng"))
    found = await rows(pool, "SELECT area, asked FROM unanswered_items ORDER BY area")
    assert [tuple(row.values()) for row in found] == [("", 1), ("dak-lak", 1), ("lam-dong", 2)]
    seen = {}
    for one in (HEAD, SORTER, READER):
        async with bounded(pool, one) as conn:
            items, _ = await unanswered.items(conn, state=None)
            seen[one.login] = sorted(row["area"] for row in items)
    assert seen == {"truong": ["lam-dong"], "loc": ["lam-dong"], "soat": ["", "dak-lak", "lam-dong"]}


@pytest.mark.postgres
async def test_an_item_of_another_unit_or_another_version_is_not_marked(pool: Pool, packs: Path) -> None:
    await ask(pool, PLATES[0], area="dak-lak", at=DAY)
    await ask(pool, PLATES[0], area="lam-dong", at=DAY)
    await collect(pool, tools(packs, agency="Sở Xây dựng"))
    ids = {row["area"]: row["id"] for row in await rows(pool, "SELECT area, id FROM unanswered_items")}
    for area, version, error in (("dak-lak", 1, TicketNotFound), ("lam-dong", 7, TicketChanged)):
        with pytest.raises(error):
            async with bounded(pool, HEAD) as conn:
                await unanswered.mark(
                    conn, ids[area], state="wont", note="", version=version, staff=HEAD, now=DAY
                )


@pytest.mark.postgres
async def test_what_is_erased_leaves_the_number_and_no_words(pool: Pool, packs: Path) -> None:
    for text in PLATES:
        await ask(pool, text, at=DAY)
    await collect(pool, tools(packs))
    titles = []
    for _ in PLATES:
        (item,) = await rows(pool, "SELECT id, title, title_of, asked FROM unanswered_items")
        titles.append(item["title"])
        async with pool.connection() as conn:
            await conn.execute(
                "DELETE FROM conversations WHERE id = (SELECT conversation_id FROM messages WHERE id = %s)",
                (item["title_of"],),
            )
        assert await collect(pool, tools(packs)) == 0
    (item,) = await rows(pool, "SELECT title, asked FROM unanswered_items")
    assert set(titles) == set(PLATES)
    assert item == {"title": "(câu hỏi đã được xóa)", "asked": 3}
