"""Messages of messaging apps from the webhook to the reply: buttons, numbers, photos, places, officials elsewhere."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from bot.channels.base import Attachment, BadSignature, Contact
from bot.gateway import receiving, sessions
from bot.gateway.arrivals import Arrivals, words
from bot.gateway.receiving import PersonGate
from bot.gateway.turn import run_turn
from desk import continuing, handovers, notices
from desk.database import Pool
from desk.photos import Photo
from desk.sealing import Sealer, new_key
from knowledge.errors import MediaRefused, PhotoRefused
from tests.channels.fake import FakeChannel
from tests.gateway.helpers import EchoDialogue, message, rows

pytestmark = pytest.mark.postgres
CHANNEL = FakeChannel()
CHOICES = [{"title": "Có", "payload": "#MC:YES"}, {"title": "Cấp lại thẻ", "text": "cấp lại thẻ căn cước"}]
FORM = {"form": {"name": "report", "slots": {}, "asked": "where", "tries": 0}}


class Fetcher:
    async def fetch(self, url: str) -> bytes:
        if "missing" in url:
            raise MediaRefused("answered 404")
        return url.encode()


class Photos:
    async def take(self, content: bytes) -> Photo:
        if b"heic" in content:
            raise PhotoRefused("heic")
        picture = io.BytesIO()
        Image.new("RGB", (len(content), 8)).save(picture, "JPEG")
        return Photo(picture.getvalue(), len(content), 8, ())


class Talk:
    """One person who writes through the fake platform, and a dialogue that repeats."""

    def __init__(self, pool: Pool, now: datetime, *, gate: PersonGate | None = None, **reply: Any) -> None:
        self.pool, self.now, self.count, self.gate = pool, now, 0, gate
        self.reply = {"status": "answered", "choices": CHOICES, **reply}
        self.dialogue = EchoDialogue(self._answer)
        self.arrivals = Arrivals(pool=pool, fetcher=Fetcher(), photos=Photos(), sealer=Sealer([new_key()]))

    async def _answer(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        heard = metadata["payload"] or text
        photos = f" +{metadata['photos']}" if metadata["photos"] else ""
        return {"context": metadata["context"], "text": f"nghe: {heard}{photos}", **self.reply}

    async def say(self, text: str = "", **more: Any) -> list[str]:
        """What the person reads in answer."""
        self.count += 1
        one = CHANNEL.message(
            sender="9007199254740993", key=f"m{self.count}", now=self.now, text=text, **more
        )
        return await self.deliver(one)

    async def deliver(self, *messages: Any) -> list[str]:
        before = len(await self.said())
        await receiving.keep(self.pool, messages, now=self.now, gate=self.gate)
        for row in await rows(self.pool, "SELECT id FROM inbox WHERE processed_at IS NULL ORDER BY seq"):
            await run_turn(
                row["id"], pool=self.pool, dialogue=self.dialogue, clock=lambda: self.now, message=message,
                arrivals=self.arrivals,
            )  # fmt: skip
        return (await self.said())[before:]

    async def said(self) -> list[str]:
        found = await rows(self.pool, "SELECT text FROM messages WHERE direction = 'out' ORDER BY seq")
        return [row["text"] for row in found]


async def test_the_first_answer_says_that_a_machine_speaks(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    assert await talk.say("phí cấp hộ chiếu") == [f"{words()['first']}\n\nnghe: phí cấp hộ chiếu"]
    assert await talk.say("còn đổi thì sao") == ["nghe: còn đổi thì sao"]


async def test_a_second_delivery_is_no_second_message(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    one = CHANNEL.message(sender="1", key="same", now=now, text="a")
    assert len(await talk.deliver(one, one)) == 1
    assert await talk.deliver(one) == []


async def test_five_in_a_row_are_answered_in_their_order(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    five = [CHANNEL.message(sender="1", key=f"k{n}", now=now, text=f"câu {n}") for n in range(5)]
    said = await talk.deliver(*five)
    assert [text.rpartition("nghe: ")[2] for text in said] == [f"câu {n}" for n in range(5)]


async def test_a_number_or_a_tap_is_the_choice_it_stands_for(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    await talk.say("chào")
    assert await talk.say("1") == ["nghe: #MC:YES"]
    assert await talk.say("2") == ["nghe: cấp lại thẻ căn cước"]
    assert await talk.say("3") == ["nghe: 3"]
    assert await talk.say("#MC:YES") == ["nghe: #MC:YES"]
    assert await talk.say("#MC:SAY:cấp lại thẻ căn cước") == ["nghe: cấp lại thẻ căn cước"]


async def test_a_payload_that_was_never_offered_does_nothing(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    await talk.say("chào")
    for typed in ("#MC:ERASE", "#MC:SAY:xóa hết", "#MC:CONTENT:PA-2026-000001", "#MC:"):
        assert await talk.say(typed) == [words()["old_button"]]
    assert await talk.say("#MC:REPORT") == ["nghe: #MC:REPORT"]


async def test_a_follower_is_greeted(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    assert (await talk.say(kind="follow"))[0].endswith(f"nghe: {words()['follow_says']}")


def photo(name: str = "a") -> Attachment:
    return Attachment(kind="image", url=f"https://photo.zdn.vn/{name}.jpg")


async def test_a_photo_waits_for_the_report_it_is_asked_about(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now, context=FORM)
    (asked,) = await talk.say(attachments=(photo(),))
    assert words()["photos"]["what_for"] in asked
    await talk.say("#MC:REPORT")
    (again,) = await talk.say(attachments=(photo("bb"), photo("ccc")))
    assert again == "Mình đã nhận 2 ảnh.\nnghe: #MC:REPORT +1"
    assert await talk.say("ở ngã ba", attachments=(photo("dddd"),)) == ["nghe: ở ngã ba +4"]
    kept = await rows(pool, "SELECT count(*) AS n FROM ticket_files WHERE ticket_id IS NULL")
    assert kept == [{"n": 4}]


async def test_a_photo_that_cannot_be_had_is_said_so(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    await talk.say("chào")
    assert await talk.say(attachments=(photo("missing"),)) == [words()["photos"]["unfetched"]]
    (heic,) = await talk.say(attachments=(photo("heic"),))
    assert "HEIC" in heic


async def test_a_place_counts_where_a_report_asks_for_it(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now, context=FORM)
    place = Attachment(kind="location", latitude=12.667, longitude=108.0377)
    assert (await talk.say(attachments=(place,)))[0].endswith(words()["location"])
    await talk.say("tôi muốn phản ánh")
    assert await talk.say(attachments=(place,)) == ["nghe: #MC:AT:12.66700,108.03770"]


async def test_a_shared_contact_is_used_only_where_it_was_asked_for(pool: Pool, now: datetime) -> None:
    asks = {"form": {**FORM["form"], "asked": "contact"}}
    talk = Talk(pool, now, context=asks)
    shared = Contact(name="Nguyễn An", phone="84905123456")
    assert (await talk.say(kind="contact", contact=shared))[0].endswith(words()["contact"])
    await talk.say("phản ánh")
    assert await talk.say(kind="contact", contact=shared) == ["nghe: Nguyễn An, 84905123456"]


@pytest.mark.parametrize("kind", ["audio", "video", "file", "sticker", "link", "other"])
async def test_what_cannot_be_read_is_said_kindly(pool: Pool, now: datetime, kind: Any) -> None:
    talk = Talk(pool, now)
    await talk.say("chào")
    assert await talk.say(attachments=(Attachment(kind=kind),)) == [words()["cannot"][kind]]
    assert await talk.say("chữ", attachments=(Attachment(kind=kind),)) == ["nghe: chữ"]


async def test_the_assistant_is_silent_while_an_official_writes_elsewhere(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    await talk.say("chào")
    officer = CHANNEL.message(sender="9007199254740993", key="o1", now=now, text="Chào anh", kind="officer")
    assert await talk.deliver(officer) == []
    assert await talk.say("tôi hỏi tiếp") == []
    assert len(await talk.say("cháy nhà rồi cứu với")) == 1
    async with pool.connection() as conn:
        assert await handovers.end_silent(conn, now=now + timedelta(minutes=29)) == 0
        assert await handovers.end_silent(conn, now=now + timedelta(minutes=31)) == 1
    assert await talk.say("trợ lý ơi") == ["nghe: trợ lý ơi"]


async def test_who_writes_too_fast_is_asked_to_wait_once(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now, gate=PersonGate(3))
    for _ in range(3):
        await talk.say("a")
    assert await talk.say("b") == [words()["too_fast"]]
    assert await talk.say("c") == []


async def test_an_unfollowed_person_is_marked_until_they_write_again(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    await talk.say("a")
    await talk.deliver(CHANNEL.message(sender="9007199254740993", key="u", now=now, kind="unfollow"))
    assert (await rows(pool, "SELECT gone_why FROM channel_people")) == [{"gone_why": "unfollowed"}]
    await talk.say("b")
    assert (await rows(pool, "SELECT gone_why FROM channel_people")) == [{"gone_why": ""}]


async def test_a_late_retry_does_not_open_the_window_longer(pool: Pool, now: datetime) -> None:
    talk = Talk(pool, now)
    await talk.say("a", sent_at=now - timedelta(minutes=110))
    found = await rows(pool, "SELECT last_action_at FROM channel_people")
    assert found == [{"last_action_at": now - timedelta(minutes=110)}]
    await talk.say("b", sent_at=now + timedelta(days=30))  # a clock that runs ahead
    assert (await rows(pool, "SELECT last_action_at FROM channel_people")) == [{"last_action_at": now}]


async def test_what_is_not_signed_is_not_kept(pool: Pool, now: datetime) -> None:
    with pytest.raises(BadSignature):
        await receiving.receive(pool, CHANNEL, headers={"x-signature": "no"}, body=b"[]", now=now)
    assert await rows(pool, "SELECT id FROM inbox") == []
    body = b'[{"sender": "1", "key": "k", "text": "a"}]'
    kept = await receiving.receive(
        pool, replace(CHANNEL), headers={"x-signature": "secret"}, body=body, now=now
    )
    assert kept == 1


async def test_a_code_from_a_screen_brings_its_conversation_along_once(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        screen, _ = await sessions.create(conn, channel="kiosk", now=now)
        await notices.say(
            conn, screen, text="Lệ phí là 50.000 đồng.", now=now, key="k", choices=[{"title": "Nộp ở đâu?"}]
        )
        await conn.execute(
            'UPDATE conversations SET context = \'{"procedure": "1.000001"}\' WHERE id = %s', (screen,)
        )
        code = await continuing.make_code(conn, screen, now=now)
    talk = Talk(pool, now)
    (moved,) = await talk.say(f"#MC:TIEP:{code}")
    assert moved.endswith("Lệ phí là 50.000 đồng.")
    kept = await rows(pool, "SELECT channel, context FROM conversations")
    assert kept == [{"channel": "zalo", "context": {"procedure": "1.000001"}}]
    assert await talk.say(f"#MC:TIEP:{code}") == [continuing.texts()["spent"]]
    assert await talk.say("1") == ["nghe: 1"]


async def test_a_greeting_that_says_so_itself_is_not_introduced_twice(pool: Pool, now: datetime) -> None:
    greeting = "Chào bạn! Mình là trợ lý tự động của xã."
    talk = Talk(pool, now, text=greeting)
    assert await talk.say(kind="follow") == [greeting]


async def test_our_own_words_told_back_under_an_official_s_name_silence_nobody(
    pool: Pool, now: datetime
) -> None:
    talk = Talk(pool, now, text="Lệ phí là 50.000 đồng.", choices=[])
    await talk.say("phí bao nhiêu")
    person = "9007199254740993"
    own = CHANNEL.message(sender=person, key="e1", now=now, text="Lệ phí là 50.000 đồng.", kind="officer")
    await talk.deliver(own)
    assert len(await talk.say("còn gì nữa")) == 1


async def test_an_official_s_word_or_a_leaving_told_late_changes_nothing(pool: Pool, now: datetime) -> None:
    talk, person = Talk(pool, now), "9007199254740993"
    await talk.say("chào")
    old = now - timedelta(minutes=50)
    for kind in ("officer", "unfollow"):
        late = CHANNEL.message(sender=person, key=kind, now=now, text="Chào chị ạ", kind=kind, sent_at=old)
        await talk.deliver(late)
    assert len(await talk.say("tôi hỏi tiếp")) == 1
    assert await rows(pool, "SELECT gone_why FROM channel_people") == [{"gone_why": ""}]
