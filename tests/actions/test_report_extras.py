"""What a report carries besides its words: photos, a place, its kind, a public answer, another's voice."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import report_talk
from actions.direct import converse
from actions.extract import contact_details
from actions.kinds import KINDS, kind_of
from actions.location import AT, EAST, NORTH, SOUTH, WEST, coordinates
from actions.replies import Reply
from actions.report_form import ReportForm, StepKind, advance
from actions.report_state import ATTACH_TEXT, CONSENT_VERSION, PUBLISH_TEXT
from actions.turns import Turn, act_of_payload
from bot.answer.messages import message
from tests.actions.memory import MemoryServices

FILLED = ReportForm(
    what="Rác chất đống",
    where="chợ Tân Lợi",
    when="hôm qua",
    contact="",
    consent={"version": "1"},
    similar=(),
)
HUE = f"{AT}16.46371,107.59090"
OTHER = {"code": "PA-2026-000007", "summary": "Rác thải, chợ Tân Lợi (gửi ngày 19/11/2026)"}


def pressed(payload: str, **metadata: Any) -> Turn:
    return Turn("", act_of_payload(payload), 1.0, payload, metadata)


def said(text: str, act: str = "report", **metadata: Any) -> Turn:
    return Turn(text, act, 1.0, "", metadata)


class Talk:
    """A conversation of buttons and words without Rasa, its context carried along."""

    def __init__(self, services: MemoryServices, **metadata: Any) -> None:
        self.services, self.metadata = services, {"inbox_id": "m1", "channel": "web", **metadata}
        self.reply: Reply = {}

    async def say(self, text: str, act: str = "report", **changes: Any) -> Reply:
        payload = text if text.startswith("#MC:") else ""
        self.metadata |= {"context": self.reply.get("context", {}), **changes}
        turn = Turn(
            "" if payload else text, act_of_payload(payload) if payload else act, 1.0, payload, self.metadata
        )
        self.reply = await converse(turn, self.services)
        return self.reply

    @property
    def asked(self) -> str:
        return str((self.reply["context"].get("form") or {}).get("asked", ""))

    @property
    def payloads(self) -> list[str]:
        return [one["payload"] for one in self.reply["choices"]]

    async def to_summary(self, **changes: Any) -> Talk:
        await self.say("Rác đổ đầy ở đường Lê Lợi từ hôm qua", **changes)
        await self.say("#MC:SKIP")
        await self.say("#MC:YES")
        return self

    @property
    def filed(self) -> dict[str, Any]:
        (report,) = self.services.filed.values()
        return report


async def test_without_photos_and_place_nothing_more_is_asked() -> None:
    talk = await Talk(MemoryServices()).to_summary()
    assert talk.asked == "confirm"
    await talk.say("#MC:YES")
    assert (talk.filed["photos"], talk.filed["latitude"], talk.filed["may_publish"]) == (False, None, False)
    assert talk.filed["consent"]["also"] == []


async def test_photos_and_the_exact_place_need_a_yes_of_their_own() -> None:
    talk = Talk(MemoryServices(), photos=2)
    await talk.say("Rác đổ đầy ở đường Lê Lợi từ hôm qua")
    await talk.say(HUE)
    await talk.say("#MC:SKIP")
    await talk.say("#MC:YES")
    assert talk.asked == "attach"
    await talk.say("#MC:YES", now="2026-11-20T10:00:00+07:00")
    assert "2 ảnh, vị trí chính xác" in talk.reply["text"]
    await talk.say("#MC:YES")
    assert (talk.filed["photos"], talk.filed["latitude"], talk.filed["longitude"]) == (
        True,
        16.46371,
        107.5909,
    )
    assert talk.filed["where"] == "ở đường Lê Lợi"
    (also,) = talk.filed["consent"]["also"]
    assert (also["text_id"], also["version"], also["message_id"]) == (ATTACH_TEXT, CONSENT_VERSION, "m1")


async def test_a_no_to_photos_takes_them_away_and_nothing_else() -> None:
    talk = Talk(MemoryServices(), photos=1)
    await talk.say("Rác chất đống hôi thối")
    await talk.say(HUE)
    assert talk.asked == "when"
    for payload in ("#MC:SKIP", "#MC:SKIP", "#MC:YES"):
        await talk.say(payload)
    await talk.say("#MC:NO")
    assert (talk.asked, talk.services.forgotten) == ("where", 1)  # it was named by the map alone
    await talk.say("chợ Tân Lợi", photos=0)
    await talk.say("#MC:YES")
    assert (talk.filed["photos"], talk.filed["latitude"], talk.filed["where"]) == (False, None, "chợ Tân Lợi")


def test_a_photo_added_after_the_summary_is_asked_about_before_sending() -> None:
    late = advance(FILLED.asking("confirm"), pressed("#MC:YES", photos=1))
    assert (late.kind, late.form.asked) == (StepKind.ASK, "attach")
    after_no = advance(replace(FILLED, attach={}).asking("confirm"), pressed("#MC:YES", photos=1))
    assert after_no.form.asked == "attach"


async def test_giving_up_throws_the_photos_away() -> None:
    talk = await Talk(MemoryServices(), photos=1).to_summary()
    await talk.say("#MC:CANCEL")
    assert talk.services.forgotten == 1


async def test_nothing_is_ticked_before_a_tap_and_a_tap_is_taken_back() -> None:
    talk = await Talk(MemoryServices()).to_summary()
    assert "Công khai: không" in talk.reply["text"]
    await talk.say("#MC:PUBLISH")
    assert "Công khai: bạn đồng ý" in talk.reply["text"] and "#MC:PRIVATE" in talk.payloads
    await talk.say("#MC:PRIVATE")
    assert "Công khai: không" in talk.reply["text"]
    await talk.say("#MC:PUBLISH")
    await talk.say("#MC:YES")
    assert talk.filed["may_publish"]
    assert [one["text_id"] for one in talk.filed["consent"]["also"]] == [PUBLISH_TEXT]


def test_changed_consent_texts_need_a_new_version() -> None:
    digests = [hashlib.sha256(message(key).encode()).hexdigest()[:12] for key in (ATTACH_TEXT, PUBLISH_TEXT)]
    assert (CONSENT_VERSION, digests) == ("2026-11", ["f15e996754bf", "241623c2c215"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ổ gà rất sâu trước chợ", "hien_truong"),
        ("Tôi nộp hồ sơ đất ba tháng chưa có kết quả", "giai_quyet"),
        ("can bo mot cua hen len hen xuong", "giai_quyet"),
        ("Quy định phải công chứng hai lần là bất cập", "quy_dinh"),
        ("", "hien_truong"),
    ],
)
def test_a_report_is_of_one_kind(text: str, kind: str) -> None:
    assert kind_of(text) == kind


async def test_the_kind_is_shown_with_its_reason_and_corrected_in_one_tap() -> None:
    talk = await Talk(MemoryServices()).to_summary()
    assert "Loại: việc ở hiện trường (vì" in talk.reply["text"]
    assert {"#MC:KIND:giai_quyet", "#MC:KIND:quy_dinh"} < set(talk.payloads)
    await talk.say("#MC:KIND:giai_quyet")
    assert "hồ sơ, thủ tục (theo lựa chọn của bạn)" in talk.reply["text"]
    await talk.say("#MC:KIND:khong_co")
    await talk.say("#MC:YES")
    assert talk.filed["kind"] == "giai_quyet"


async def test_a_report_of_another_may_be_joined() -> None:
    services = MemoryServices()
    services.similar = [OTHER]
    talk = await Talk(services).to_summary()
    assert talk.asked == "similar" and OTHER["summary"] in talk.reply["text"]
    await talk.say(f"#MC:JOIN:{OTHER['code']}")
    assert services.voices == [(OTHER["code"], "Rác đổ đầy ở đường Lê Lợi từ hôm qua")]
    assert OTHER["code"] in talk.reply["text"] and talk.asked == "" and not services.filed


async def test_or_the_report_is_filed_for_itself() -> None:
    services = MemoryServices()
    services.similar = [OTHER]
    talk = await Talk(services).to_summary()
    await talk.say("#MC:NO")
    assert talk.asked == "confirm"
    await talk.say("#MC:YES")
    assert len(services.filed) == 1 and not services.voices


async def test_only_what_was_shown_can_be_joined() -> None:
    services = MemoryServices()
    services.similar = [OTHER]
    talk = await Talk(services).to_summary()
    await talk.say("#MC:JOIN:PA-2026-000001")
    assert talk.asked == "similar" and not services.voices


async def test_a_report_that_closed_meanwhile_is_said_to_be() -> None:
    services = MemoryServices()
    services.similar, services.closed = [OTHER], True
    talk = await Talk(services).to_summary()
    assert "khép lại" in (await talk.say("#MC:YES"))["text"]


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (HUE, (16.46371, 107.5909)),
        (f"{AT}21.0278,105.8342", (21.0278, 105.8342)),
        (f"{AT}48.8566,2.3522", None),
        (f"{AT}-16.4,107.5", None),
        (f"{AT}107.59,16.46", None),
        (f"{AT}nan,107.5", None),
        (f"{AT}16.4,107.5;DROP", None),
        (AT, None),
    ],
)
def test_a_place_lies_in_vietnam(payload: str, found: tuple[float, float] | None) -> None:
    assert coordinates(payload) == found


@given(st.text(max_size=60))
def test_any_place_is_in_bounds_or_none(text: str) -> None:
    at = coordinates(AT + text)
    assert at is None or (SOUTH <= at[0] <= NORTH and WEST <= at[1] <= EAST)


def test_a_place_outside_is_asked_for_in_words() -> None:
    after = advance(ReportForm(what="Rác").asking("where"), pressed(f"{AT}48.8566,2.3522"))
    assert (after.hint, after.form.at, after.form.asked) == ("report.hint.location", None, "where")


@pytest.mark.parametrize("channel", ["web", "zalo"])
def test_only_a_surface_that_knows_the_place_offers_it(channel: str) -> None:
    asked = report_talk.question(
        ReportForm(what="Rác").asking("where"), MemoryServices(), metadata={"channel": channel}
    )
    assert ("#MC:LOCATE" in [one["payload"] for one in asked["choices"]]) == (channel == "web")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("số của em là 0905 123 456 nha", "0905123456"),
        ("Nguyễn Văn A, 12 Lê Lợi, 0905123456", "Nguyễn Văn A, 12 Lê Lợi, 0905123456"),
        ("tôi tên Trần Thị Bình ở tổ 3", "tôi tên Trần Thị Bình ở tổ 3"),
        ("lan@thu.vn", "lan@thu.vn"),
        ("12345", ""),
        ("để xem đã", ""),
    ],
)
def test_name_and_address_are_kept_with_the_number(text: str, kept: str) -> None:
    assert contact_details(text) == kept


@pytest.mark.parametrize("asked", ["attach", "similar", "confirm", "where"])
@given(
    payload=st.sampled_from([HUE, f"{AT}x", "#MC:LOCATE", "#MC:PUBLISH", "#MC:PRIVATE", "#MC:JOIN:x", "#MC:YES",
                             "#MC:NO", "#MC:SKIP", *(f"#MC:KIND:{kind}" for kind in KINDS), "#MC:KIND:"]),
    photos=st.integers(0, 5),
)  # fmt: skip
def test_any_button_at_any_question_leaves_a_form_that_goes_on_or_ends(
    asked: str, payload: str, photos: int
) -> None:
    form = replace(FILLED, similar=(OTHER,) if asked == "similar" else ()).asking(asked)
    after = advance(form, pressed(payload, photos=photos))
    assert ReportForm.from_json(after.form.to_json()) == after.form
    assert not after.hint or message(after.hint)
    if after.kind is StepKind.SUBMIT:
        assert not after.form.has_extras or after.form.attach is not None
