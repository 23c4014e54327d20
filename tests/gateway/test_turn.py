from __future__ import annotations

import asyncio
import logging
from typing import Any

import psycopg
import pytest

from bot.gateway import sessions, turn
from bot.gateway.turn import run_turn
from desk import service
from desk.database import Pool
from desk.models import Consent, NewReport
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.errors import DatabaseDown, DialogueDown
from tests.gateway.helpers import EchoDialogue, answers, begin, clock, message, rows, say

pytestmark = pytest.mark.postgres


async def answer(pool: Pool, inbox_id: Any, dialogue: EchoDialogue, **options: Any) -> None:
    await run_turn(inbox_id, pool=pool, dialogue=dialogue, clock=clock, message=message, **options)


def failing(error: Exception) -> EchoDialogue:
    async def fail(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        raise error

    return EchoDialogue(fail)


def saying(**reply: Any) -> EchoDialogue:
    async def fixed(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        return reply

    return EchoDialogue(fixed)


async def test_a_message_is_answered_and_everything_kept_at_once(pool: Pool) -> None:
    conversation = await begin(pool, area="lam-dong")
    asked = await say(pool, conversation, "phí bao nhiêu", payload="#MC:ASK:1.001193:fee")
    dialogue = EchoDialogue()
    await answer(pool, asked, dialogue)
    text, metadata = dialogue.asked[0]
    assert text == "phí bao nhiêu"
    assert metadata["payload"] == "#MC:ASK:1.001193:fee"
    assert (metadata["conversation_id"], metadata["inbox_id"]) == (str(conversation), str(asked))
    assert (metadata["channel"], metadata["area"], metadata["locale"]) == ("web", "lam-dong", "vi")
    assert metadata["context"] == {}
    assert metadata["now"].endswith("+00:00")
    reply = (await rows(pool, "SELECT text, status, body FROM messages WHERE direction = 'out'"))[0]
    assert (reply["text"], reply["status"]) == ("1: phí bao nhiêu", "answered")
    assert "context" not in reply["body"]
    assert (await rows(pool, "SELECT context FROM conversations"))[0]["context"] == {"count": 1}
    assert (await rows(pool, "SELECT processed_at, error FROM inbox"))[0]["processed_at"] is not None


async def test_the_context_goes_round_and_its_area_rules(pool: Pool) -> None:
    conversation = await begin(pool, area="lam-dong")
    dialogue = saying(status="answered", text="a", context={"area": "dak-lak", "form": {"what": "x"}})
    await answer(pool, await say(pool, conversation, "một"), dialogue)
    await answer(pool, await say(pool, conversation, "hai"), dialogue)
    assert dialogue.asked[1][1]["context"] == {"area": "dak-lak", "form": {"what": "x"}}
    assert dialogue.asked[1][1]["area"] == "dak-lak"


async def test_run_again_it_asks_and_answers_once(pool: Pool) -> None:
    conversation = await begin(pool)
    asked = await say(pool, conversation, "xin chào")
    dialogue = EchoDialogue()
    for _ in range(3):
        await answer(pool, asked, dialogue)
    assert len(dialogue.asked) == 1
    assert await answers(pool, conversation) == ["1: xin chào"]


async def test_two_workers_at_once_still_answer_once(pool: Pool) -> None:
    conversation = await begin(pool)
    asked = await say(pool, conversation, "xin chào")
    together = asyncio.Barrier(3)

    async def slow(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        await together.wait()
        return {"status": "answered", "text": text, "context": {"count": 1}}

    await asyncio.gather(*(answer(pool, asked, EchoDialogue(slow)) for _ in range(3)))
    assert await answers(pool, conversation) == ["xin chào"]
    assert len(await rows(pool, "SELECT 1 FROM outbox")) == 1


async def test_earlier_messages_go_first_whatever_became_of_their_jobs(pool: Pool) -> None:
    conversation = await begin(pool)
    asked = [await say(pool, conversation, str(number)) for number in range(4)]
    other = await begin(pool)
    await say(pool, other, "của người khác")
    dialogue = EchoDialogue()
    await answer(pool, asked[2], dialogue)
    assert await answers(pool, conversation) == ["1: 0", "2: 1", "3: 2"]
    await answer(pool, asked[3], dialogue)
    assert (await answers(pool, conversation))[3] == "4: 3"
    assert await answers(pool, other) == []


@pytest.mark.parametrize(
    "error", [DialogueDown("rasa"), ValueError("cccd 012345678901"), TimeoutError(), KeyError("x"), OSError()]
)
async def test_whatever_fails_the_person_reads_a_sentence(
    pool: Pool, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = await begin(pool)
    asked = await say(pool, conversation, "nội dung riêng")
    with caplog.at_level(logging.ERROR):
        await answer(pool, asked, failing(error))
    assert await answers(pool, conversation) == ["<error_try_again>"]
    kept = await rows(pool, "SELECT error FROM inbox")
    assert kept[0]["error"] == type(error).__name__
    assert f"turn of {asked} failed" in caplog.text
    assert "012345678901" not in caplog.text
    assert "nội dung riêng" not in caplog.text


@pytest.mark.parametrize(
    "reply", [{}, {"status": "answered"}, {"status": 1, "text": []}, {"text": "a", "b": 1}]
)
async def test_a_reply_that_is_none_is_an_error_and_the_context_stays(
    pool: Pool, reply: dict[str, Any]
) -> None:
    conversation = await begin(pool)
    await answer(pool, await say(pool, conversation, "một"), EchoDialogue())
    await answer(pool, await say(pool, conversation, "hai"), saying(**reply))
    assert (await answers(pool, conversation))[1] == "<error_try_again>"
    assert (await rows(pool, "SELECT context FROM conversations"))[0]["context"] == {"count": 1}


async def test_a_dialogue_that_never_answers_is_given_up(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "DIALOGUE_LIMIT_S", 0.1)

    async def hang(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    conversation = await begin(pool)
    await answer(pool, await say(pool, conversation, "a"), EchoDialogue(hang))
    assert await answers(pool, conversation) == ["<error_try_again>"]


@pytest.mark.parametrize("error", [psycopg.OperationalError("gone"), DatabaseDown()])
async def test_an_absent_database_is_left_to_the_job_until_the_last_try(pool: Pool, error: Exception) -> None:
    conversation = await begin(pool)
    asked = await say(pool, conversation, "a")
    with pytest.raises(type(error)):
        await answer(pool, asked, failing(error))
    assert await answers(pool, conversation) == []
    await answer(pool, asked, failing(error), last_try=True)
    assert await answers(pool, conversation) == ["<error_try_again>"]


async def test_a_conversation_deleted_meanwhile_is_let_go(pool: Pool) -> None:
    conversation = await begin(pool)
    asked = await say(pool, conversation, "a")

    async def delete(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        async with pool.connection() as conn:
            await sessions.delete(conn, conversation)
        return {"status": "answered", "text": "b"}

    await answer(pool, asked, EchoDialogue(delete))
    await answer(pool, asked, EchoDialogue())
    assert await rows(pool, "SELECT 1 FROM messages") == []


async def test_what_cannot_be_stored_in_a_reply_is_taken_out(pool: Pool) -> None:
    conversation = await begin(pool)
    dialogue = saying(status="answered", text="a\x00\ud800", context={"k": "\x00"}, snapshot="\x00")
    await answer(pool, await say(pool, conversation, "a"), dialogue)
    assert await answers(pool, conversation) == ["a?"]


def filing(pool: Pool, *, then: Exception | None) -> EchoDialogue:
    """A dialogue that files a report, and perhaps dies before it can say so."""

    async def file(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        consent = Consent(version="1", text_id="report", at=clock())
        async with pool.connection() as conn:
            filed = await service.file_report(
                conn,
                NewReport(what=text, consent=consent),
                origin=metadata["inbox_id"],
                router=Router(categories=[], rules=[], units=[]),
                sealer=Sealer([new_key()]),
                now=clock(),
            )
        if then:
            raise then
        return turn.filed_reply(filed, context=metadata["context"]).model_dump(mode="json")

    return EchoDialogue(file)


async def test_a_filed_report_is_told_with_its_secret_and_ends_the_form(pool: Pool) -> None:
    conversation = await begin(pool)
    dialogue = saying(status="answered", text="a", context={"form": {"what": "x"}, "area": "dak-lak"})
    await answer(pool, await say(pool, conversation, "phản ánh"), dialogue)
    await answer(pool, await say(pool, conversation, "ổ gà"), filing(pool, then=None))
    reply = (await rows(pool, "SELECT body FROM messages WHERE status = 'report_filed'"))[0]["body"]
    ticket, _ = await service.find(
        pool, code=reply["ticket"]["code"], secret=reply["ticket"]["secret"], asker="a", now=clock()
    )
    assert ticket.what == "ổ gà"
    assert (await rows(pool, "SELECT context FROM conversations"))[0]["context"] == {"area": "dak-lak"}
    assert (await rows(pool, "SELECT secret_shown FROM tickets"))[0]["secret_shown"]


async def test_a_report_filed_before_the_death_is_answered_from_its_ticket(pool: Pool) -> None:
    conversation = await begin(pool)
    asked = await say(pool, conversation, "ổ gà")
    with pytest.raises(psycopg.OperationalError):
        await answer(pool, asked, filing(pool, then=psycopg.OperationalError("killed")))
    untouched = failing(AssertionError("the dialogue is not asked again"))
    await answer(pool, asked, untouched)
    assert untouched.asked == []
    bodies = await rows(pool, "SELECT body FROM messages WHERE direction = 'out'")
    assert [row["body"]["status"] for row in bodies] == ["report_filed"]
    ticket = bodies[0]["body"]["ticket"]
    found, _ = await service.find(pool, code=ticket["code"], secret=ticket["secret"], asker="a", now=clock())
    assert found.origin == str(asked)
    assert len(await rows(pool, "SELECT 1 FROM tickets")) == 1
