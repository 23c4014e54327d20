"""A person asks for their data to be erased, in chat or over the API: asked back, done after a yes, with a receipt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from bot.gateway import own_data
from bot.gateway.own_data import YES, command_in, words
from bot.gateway.turn import run_turn
from desk.database import Pool
from tests.gateway.harness import begin as begin_online
from tests.gateway.harness import serving
from tests.gateway.helpers import EchoDialogue, begin, clock, message, rows, say
from tests.gateway.test_citizen_desk import filed, talk

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    "text",
    [
        "xóa dữ liệu của tôi", "Xoá dữ liệu của tôi đi ạ", "XOA DU LIEU CUA TOI",
        "tôi muốn xóa hết dữ liệu cá nhân của tôi",
        "giúp em xóa cuộc trò chuyện này với", "làm ơn xóa lịch sử chat", "tôi yêu cầu xóa thông tin cá nhân của tôi",
    ],
)  # fmt: skip
def test_commands_to_erase(text: str) -> None:
    assert command_in(text) == "erase"


@pytest.mark.parametrize(
    "text",
    [
        "xóa dữ liệu của tôi thì bao lâu?", "làm sao để xóa dữ liệu của tôi", "xóa đăng ký thường trú", "", "xóa",
        "tôi bị xóa tên khỏi hộ khẩu", "xóa án tích cần gì", "xóa đăng ký thế chấp quyền sử dụng đất", "🙂",
        "cán bộ xóa dữ liệu của tôi mà không báo", "tại sao lại xóa dữ liệu của tôi",
    ],
)  # fmt: skip
def test_what_is_no_command(text: str) -> None:
    assert command_in(text) == ""


@pytest.mark.parametrize(
    "text", ["xuất dữ liệu của tôi", "cho tôi xem dữ liệu của tôi", "xuat du lieu ca nhan"]
)
def test_commands_to_give_out(text: str) -> None:
    assert command_in(text) == "export"


async def test_erased_after_a_yes_with_a_receipt(pool: Pool) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, conversation)
    await talk(pool, conversation, "sđt của tôi 0905123456")
    asked = await talk(pool, conversation, "xóa dữ liệu của tôi")
    assert asked["status"] == "erase_confirm"
    assert [one["title"] for one in asked["choices"]] == [words()["button_yes"], words()["button_no"]]
    assert await rows(pool, "SELECT 1 AS one FROM data_requests") == []
    done = await talk(pool, conversation, "Xóa dữ liệu", YES)
    assert done["status"] == "data_erased"
    assert "XD-" in done["text"] and "tin nhắn" in done["text"]
    left = await rows(pool, "SELECT text, direction FROM messages")
    assert [row["direction"] for row in left] == ["out"]
    kept = await rows(
        pool, "SELECT i.text || i.body::text || c.context::text AS t FROM inbox i, conversations c"
    )
    assert not [row for row in kept if "0905123456" in row["t"]]
    (register,) = await rows(pool, "SELECT code, conversation_id FROM tickets")
    assert register == {"code": ticket.code, "conversation_id": None}
    assert (await talk(pool, conversation, "xin chào"))["text"].endswith("xin chào")  # and life goes on


@pytest.mark.parametrize("yes", ["có", "đồng ý", "Vâng", "ok"])
async def test_a_yes_in_words_is_enough(pool: Pool, yes: str) -> None:
    conversation = await begin(pool)
    await talk(pool, conversation, "xóa dữ liệu của tôi")
    assert (await talk(pool, conversation, yes))["status"] == "data_erased"


async def test_a_yes_to_something_else_erases_nothing(pool: Pool) -> None:
    conversation = await begin(pool)
    assert (await talk(pool, conversation, "có"))["status"] == "answered"
    await talk(pool, conversation, "xóa dữ liệu của tôi")
    assert (await talk(pool, conversation, "mà khai sinh cần gì"))["status"] == "answered"
    assert (await talk(pool, conversation, "có"))["status"] == "answered"
    late = await talk(pool, conversation, "Xóa dữ liệu", YES)  # the button of an hour ago
    assert late["text"] == words()["expired"].strip()
    await talk(pool, conversation, "xóa dữ liệu của tôi")
    kept = await talk(pool, conversation, "Không xóa", own_data.NO)
    assert "Không có gì bị xóa" in kept["text"]
    assert await rows(pool, "SELECT 1 AS one FROM data_requests") == []
    assert len(await rows(pool, "SELECT id FROM inbox")) == 7


async def test_a_worker_that_died_after_erasing_tells_the_same_receipt(pool: Pool) -> None:
    conversation = await begin(pool)
    await talk(pool, conversation, "xóa dữ liệu của tôi")
    asked = await say(pool, conversation, "có")

    class Dies(RuntimeError):
        pass

    def dying() -> Any:
        if clock_calls:
            raise Dies
        clock_calls.append(1)
        return clock()

    clock_calls: list[int] = []
    with pytest.raises(Dies):  # between the erasure and the keeping of the answer
        await run_turn(asked, pool=pool, dialogue=EchoDialogue(), clock=dying, message=message)
    (first,) = await rows(pool, "SELECT code FROM data_requests")
    await run_turn(asked, pool=pool, dialogue=EchoDialogue(), clock=clock, message=message)
    (told,) = await rows(pool, "SELECT text, status FROM messages WHERE direction = 'out'")
    assert told["status"] == "data_erased" and first["code"] in told["text"]
    assert len(await rows(pool, "SELECT code FROM data_requests")) == 1


async def test_what_is_kept_is_counted(pool: Pool) -> None:
    conversation = await begin(pool)
    await filed(pool, conversation)
    said = await talk(pool, conversation, "xuất dữ liệu của tôi")
    assert said["status"] == "data_export"
    assert "1 phản ánh" in said["text"]


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


async def test_over_the_api_the_copy_is_ones_own_and_the_receipt_is_named(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    at, token = await begin_online(client)
    _, stranger = await begin_online(client)
    await filed(pool, UUID(at.rsplit("/", 1)[1]))
    assert (await client.get(f"{at}/data", headers=stranger)).status_code == 404
    assert (await client.get(f"{at}/data")).status_code == 401
    copy = await client.get(f"{at}/data", headers=token)
    assert copy.status_code == 200 and "attachment" in copy.headers["content-disposition"]
    assert copy.headers["cache-control"] == "no-store"
    assert [ticket["what"] for ticket in copy.json()["tickets"]] == ["Ổ gà trước chợ"]
    gone = await client.delete(at, headers=token)
    assert (gone.status_code, gone.headers["erasure-receipt"][:3]) == (204, "XD-")
    assert (await client.get(f"{at}/data", headers=token)).status_code == 404
