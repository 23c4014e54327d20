"""The Zalo adapter by itself: signatures, events, shapes. What the platform answers is test_zalo_sending.py."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest

from bot.channels.base import BadSignature, Contact, InboundMessage, OutboundMessage
from bot.channels.zalo import OLDEST, ZaloAccount, ZaloChannel, mac, phone_code
from bot.channels.zalo_events import anonymous, anonymous_ids
from tests.channels.conformance import Case, Conformance

APP, OA, PERSON, SECRET = "1234567890123456789", "9007199254740995", "9007199254740993", "motcua-oa-secret"
BODY = (
    '{"app_id":"1234567890123456789","event_name":"user_send_text","timestamp":"1763600000000",'
    '"sender":{"id":"9007199254740993"},"recipient":{"id":"9007199254740995"},'
    '"message":{"msg_id":"m-0001","text":"Đường ngập"}}'
).encode()
SIGNED_AT = datetime.fromtimestamp(1763600000, UTC)
V2 = "79dd772c7d47b50f8f1e153f1a7bb2116ad17b4446cbdbd154768456f6065326"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


class Token:
    """One token that never ends."""

    async def current(self) -> str:
        return "token"

    async def renewed(self, refused: str) -> str:
        return refused


@cache
def client() -> httpx.AsyncClient:
    """One for all that never calls: making one takes longer than a test."""
    return httpx.AsyncClient()


def channel(
    *, at: datetime = SIGNED_AT, http: httpx.AsyncClient | None = None, **account: Any
) -> ZaloChannel:
    known = {"app_id": APP, "secret": SECRET, "oa_id": OA, **account}
    return ZaloChannel(ZaloAccount(**known), tokens=Token(), http=http or client(), clock=lambda: at)


def genuine(body: bytes, given: str, **account: Any) -> bool:
    try:
        channel(**account).verify(headers={"x-zevent-signature": given}, body=body)
    except BadSignature:
        return False
    return True


def event(name: str, **fields: Any) -> dict[str, Any]:
    known = {"app_id": APP, "event_name": name, "timestamp": "1763600000000"}
    return {**known, "sender": {"id": PERSON}, "recipient": {"id": OA}, **fields}


def parsed(name: str, **fields: Any) -> list[InboundMessage]:
    return channel().parse(json.dumps(event(name, **fields)).encode(), now=NOW)


def one(name: str, **fields: Any) -> InboundMessage:
    (found,) = parsed(name, **fields)
    return found


def outgoing(
    text: str = "Chào bạn", *, recipient: str = PERSON, quote: str = "", **body: Any
) -> OutboundMessage:
    return OutboundMessage(
        channel="zalo", recipient=recipient, message_id="m1", text=text, body=body, quote=quote
    )


def shaped(message: OutboundMessage, **account: Any) -> list[dict[str, Any]]:
    return [part.content["message"] for part in channel(**account).shape(message)]


def sign(body: bytes) -> Mapping[str, str]:
    try:
        stamp = str(json.loads(body)["timestamp"])
    except (ValueError, KeyError):
        stamp = ""
    return {"x-zevent-signature": "mac=" + mac(app_id=APP, body=body, timestamp=stamp, secret=SECRET)}


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(
        channel=lambda url: channel(api_url=url, http=httpx.AsyncClient()),
        sign=sign,
        event=event("user_send_text", message={"msg_id": "m-1", "text": "Đường ngập"}),
        recipient=PERSON,
        chars=lambda content: [content["message"].get("text", "")],
        buttons=lambda content: [
            button["title"]
            for button in content["message"].get("attachment", {}).get("payload", {}).get("buttons", ())
        ],
    )


class TestConformance(Conformance):
    """The shared suite."""


# Signatures: vectors of the reference, and everything that must not pass


def test_the_published_vectors() -> None:
    v1 = mac(app_id="123", body=b'{"a":1}', timestamp="1700000000000", secret="k")
    assert v1 == "3408c69cac8ee6f3080705c880de5e0ab31ff5ef98faf5e628a8d0631874ecee"
    assert len(BODY) == 219
    assert mac(app_id=APP, body=BODY, timestamp="1763600000000", secret=SECRET) == V2
    decomposed = unicodedata.normalize("NFD", BODY.decode()).encode()
    v3 = mac(app_id=APP, body=decomposed, timestamp="1763600000000", secret=SECRET)
    assert v3 == "bea1147e53287eb3833f8b354116e6d90f905fd511cbaae58aab36c4726de607"
    assert not genuine(decomposed, V2)


def test_with_and_without_the_prefix() -> None:
    assert genuine(BODY, f"mac={V2}")
    assert genuine(BODY, V2)


def test_what_is_not_signed_so_is_refused() -> None:
    assert not genuine(json.dumps(json.loads(BODY)).encode(), V2)
    assert not genuine(BODY, hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest())
    assert not genuine(BODY, V2, secret="another")
    assert not genuine(BODY, V2, secret="")
    assert not genuine(BODY, V2[:-1])
    assert not genuine(BODY, V2.upper())
    with pytest.raises(BadSignature):
        channel().verify(headers={"x-hub-signature-256": f"mac={V2}"}, body=BODY)


def test_no_secret_at_all_signs_nothing() -> None:
    empty = mac(app_id=APP, body=BODY, timestamp="1763600000000", secret="")
    assert not genuine(BODY, empty, secret="")


@pytest.mark.parametrize(
    ("age", "taken"),
    [(timedelta(minutes=110), True), (OLDEST, True), (OLDEST + timedelta(milliseconds=1), False),
     (timedelta(hours=3), False), (-OLDEST - timedelta(milliseconds=1), False)],
)  # fmt: skip
def test_a_late_retry_is_taken_and_a_replay_is_not(age: timedelta, taken: bool) -> None:
    assert genuine(BODY, V2, at=SIGNED_AT + age) is taken


def test_the_oa_id_in_front_only_behind_its_flag() -> None:
    given = mac(app_id=OA, body=BODY, timestamp="1763600000000", secret=SECRET)
    assert not genuine(BODY, given)
    assert genuine(BODY, given, oa_id_signs=True)
    assert genuine(BODY, V2, oa_id_signs=True)


def test_the_two_usual_mistakes_are_named() -> None:
    by_app = mac(app_id=APP, body=BODY, timestamp="1763600000000", secret="app-secret")
    with pytest.raises(BadSignature, match="app's secret"):
        channel(app_secret="app-secret").verify(headers={"x-zevent-signature": by_app}, body=BODY)
    by_oa = mac(app_id=OA, body=BODY, timestamp="1763600000000", secret=SECRET)
    with pytest.raises(BadSignature, match="OA's id"):
        channel().verify(headers={"x-zevent-signature": by_oa}, body=BODY)


# Events


def test_ids_stay_whole_and_a_quote_is_named() -> None:
    found = one("user_send_text", message={"msg_id": "m-1", "text": "Đường ngập", "quote_msg_id": "m-0"})
    assert (found.sender, found.dedupe_key, found.reply_to) == (PERSON, "m-1", "m-0")
    assert (found.text, found.payload, found.sent_at) == ("Đường ngập", "", SIGNED_AT)


def test_a_button_is_a_text_with_the_reserved_beginning() -> None:
    found = one("user_send_text", message={"msg_id": "m-1", "text": "#MC:PAKN:XAC_NHAN"})
    assert (found.text, found.payload) == ("", "#MC:PAKN:XAC_NHAN")
    assert one("user_send_text", message={"msg_id": "m-1", "text": "#mc:a"}).payload == ""


def attached(*payloads: Any, **message: Any) -> dict[str, Any]:
    rows = [{"type": "image", "payload": payload} for payload in payloads]
    return {"message": {"msg_id": "m-1", "attachments": rows, **message}}


def test_pictures_with_and_without_words() -> None:
    rows = [{"url": f"https://photo.zdn.vn/{number}.jpg"} for number in range(3)]
    found = one("user_send_image", **attached(*rows))
    assert found.text == ""
    assert [(at.kind, at.url[-5:]) for at in found.attachments] == [
        ("image", "0.jpg"), ("image", "1.jpg"), ("image", "2.jpg")
    ]  # fmt: skip
    assert one("user_send_gif", **attached(rows[0], text="đây")).text == "đây"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("user_send_link", "link"), ("user_send_sticker", "sticker"), ("user_send_audio", "audio"),
     ("user_send_video", "video"), ("user_send_business_card", "contact")],
)  # fmt: skip
def test_every_kind_of_attachment(name: str, kind: str) -> None:
    (found,) = one(name, **attached({"url": "https://a.zdn.vn/x", "title": "Một"})).attachments
    assert (found.kind, found.url, found.name) == (kind, "https://a.zdn.vn/x", "Một")


def test_a_file_says_its_name_type_and_size() -> None:
    payload = {"url": "https://f.zdn.vn/x", "name": "don.pdf", "size": "2048", "type": "pdf", "checksum": "0"}
    (found,) = one("user_send_file", **attached(payload)).attachments
    assert (found.name, found.bytes, found.media_type) == ("don.pdf", 2048, "pdf")
    (found,) = one("user_send_file", **attached({**payload, "size": "-1"})).attachments
    assert found.bytes is None


def test_places_are_read_from_strings() -> None:
    where = {"coordinates": {"latitude": "11.9404", "longitude": "108.4583"}}
    (found,) = one("user_send_location", **attached(where)).attachments
    assert (found.kind, found.latitude, found.longitude) == ("location", 11.9404, 108.4583)


@pytest.mark.parametrize(
    ("latitude", "longitude", "taken"),
    [("90", "180", True), ("-90", "-180", True), (11.5, 108, True), ("90.0001", "0", False), ("0", "180.1", False),
     ("nan", "1", False), ("inf", "1", False), ("1e1", "1", False), ("mười", "1", False), (None, "1", False),
     (True, 1, False), ("1_0", "1", False), ([], {}, False), (float("nan"), 1.0, False), ("٣", "1", False)],
)  # fmt: skip
def test_what_is_no_place_is_none(latitude: Any, longitude: Any, taken: bool) -> None:
    where = {"coordinates": {"latitude": latitude, "longitude": longitude}}
    (found,) = one("user_send_location", **attached(where)).attachments
    assert (found.kind == "location") is taken
    assert (found.latitude is not None) is taken


def test_a_contact_of_both_shapes() -> None:
    full = {"user_city": "Lâm Đồng", "user_ward": "Xã Bắc Bình", "user_address": "12 Trần Phú"}
    new = one(
        "user_submit_info", info={"name": "An", "phone": "84900000000", "gender": "1", "full_address": full}
    )
    old = {
        "name": "An",
        "phone": 84900000000,
        "address": "12 Trần Phú",
        "ward": "P1",
        "district": "Q1",
        "city": "Huế",
    }
    assert new.kind == "contact"
    assert new.contact == Contact(
        name="An", phone="84900000000", address="12 Trần Phú, Xã Bắc Bình, Lâm Đồng"
    )
    assert one("user_submit_info", info=old).contact == Contact(
        name="An", phone="84900000000", address="12 Trần Phú, P1, Q1, Huế"
    )
    assert parsed("user_submit_info", info={}) == []


def test_following_and_leaving() -> None:
    fields = {"sender": None, "recipient": None, "oa_id": OA, "follower": {"id": PERSON}, "source": "qr"}
    came, left = one("follow", **fields), one("unfollow", **fields)
    assert (came.kind, left.kind, came.sender) == ("follow", "unfollow", PERSON)
    assert came.dedupe_key != left.dedupe_key
    assert came.dedupe_key == one("follow", **fields).dedupe_key
    assert came.dedupe_key != one("follow", **fields, timestamp="1763600000001").dedupe_key


def echo(**sender: Any) -> InboundMessage:
    sides = {"sender": {"id": OA, **sender}, "recipient": {"id": PERSON}}
    return one("oa_send_text", **sides, message={"msg_id": "e-1", "text": "Đã nhận"})


def test_what_we_sent_comes_back_and_an_officer_is_told_apart() -> None:
    ours, officer = echo(), echo(admin_id="77")
    assert (ours.kind, ours.sender, ours.dedupe_key, ours.text) == ("echo", PERSON, "e-1", "Đã nhận")
    assert (officer.kind, officer.sender) == ("officer", PERSON)
    assert (
        one("oa_send_template", sender={"id": OA}, recipient={"id": PERSON}, message={"msg_id": "e"}).text
        == ""
    )


def test_a_visitor_without_an_account_is_known_by_two_ids() -> None:
    in_message = {
        "message": {"msg_id": "m", "text": "chào", "conversation_id": "c:1"},
        "sender": {"id": "a 1"},
    }
    above = {"message": {"msg_id": "m", "text": "chào"}, "anonymous_id": "a 1", "conversation_id": "c:1"}
    for fields in (in_message, above):
        assert anonymous_ids(one("anonymous_send_text", **fields).sender) == ("a 1", "c:1")
    assert parsed("anonymous_send_text", message={"msg_id": "m", "text": "chào"}) == []
    assert anonymous_ids(PERSON) is None


@pytest.mark.parametrize(
    "name",
    ["user_seen_message", "user_send_group_text", "oa_send_group_text", "add_user_to_tag", "user_feedback",
     "user_click_chatnow", "user_reacted_message", "user_asking_product", "user_click_button", "đó_là_gì", ""],
)  # fmt: skip
def test_what_is_no_word_to_us_is_nothing(name: str) -> None:
    assert parsed(name, message={"msg_id": "m", "text": "chào"}) == []


def test_a_delivery_of_a_template_is_no_chat() -> None:
    told = {"msg_id": "z", "tracking_id": "t", "delivery_time": "1763600000000"}
    assert parsed("user_received_message", recipient={"id": "84900000000"}, message=told) == []


def test_another_oa_of_the_same_app_is_not_ours() -> None:
    assert parsed("user_send_text", recipient={"id": "1"}, message={"msg_id": "m", "text": "chào"}) == []


def test_what_may_be_about_rights_over_data_is_told_aloud(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert parsed("user_data_subject_request") == []
        assert parsed("something_new") == []
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


# Shapes


def test_two_thousand_letters_and_one_more() -> None:
    assert [len(one["text"]) for one in shaped(outgoing("ế" * 2000))] == [2000]
    assert [len(one["text"]) for one in shaped(outgoing("ế" * 2001))] == [2000, 1]
    assert shaped(outgoing(unicodedata.normalize("NFD", "ế" * 2000))) == [{"text": "ế" * 2000}]


def test_five_buttons_and_six() -> None:
    choices = [{"title": f"Mục {number}", "payload": f"#MC:{number}"} for number in range(1, 7)]
    (five,) = shaped(outgoing("Bạn chọn:", choices=choices[:5]))
    assert [one["title"] for one in five["attachment"]["payload"]["buttons"]] == [
        f"Mục {n}" for n in range(1, 6)
    ]
    (six,) = shaped(outgoing("Bạn chọn:", choices=choices))
    assert "attachment" not in six
    assert six["text"].endswith("4. Mục 4\n5. Mục 5\n6. Mục 6")


def test_titles_and_payloads_at_their_limits() -> None:
    def fits(title: int, payload: int) -> bool:
        choice = {"title": "t" * title, "payload": "#MC:" + "p" * (payload - 4)}
        return "attachment" in shaped(outgoing("Bạn chọn:", choices=[choice]))[-1]

    assert [fits(100, 1000), fits(101, 1000), fits(100, 1001)] == [True, False, False]


def test_buttons_stand_on_the_last_part_and_open_pages_and_phones() -> None:
    choices = [
        {"title": "Gửi phản ánh", "payload": "#MC:PAKN"},
        {"title": "Mở Cổng", "url": "https://dichvucong.gov.vn"},
        {"title": "Gọi", "url": "tel:02361022022"},
        {"title": "Hỏi lệ phí", "text": "Lệ phí bao nhiêu?"},
    ]
    first, last = shaped(outgoing("Một câu dài. " * 200, choices=choices))
    assert "attachment" not in first
    assert last["attachment"] == {
        "type": "template",
        "payload": {
            "buttons": [
                {"title": "Gửi phản ánh", "type": "oa.query.hide", "payload": "#MC:PAKN"},
                {"title": "Mở Cổng", "type": "oa.open.url", "payload": {"url": "https://dichvucong.gov.vn"}},
                {"title": "Gọi", "type": "oa.open.phone", "payload": {"phone_code": "842361022022"}},
                {"title": "Hỏi lệ phí", "type": "oa.query.hide", "payload": "#MC:SAY:Lệ phí bao nhiêu?"},
            ]
        },
    }


def test_phone_numbers_as_zalo_takes_them() -> None:
    assert [phone_code(one) for one in ("0900 000 000", "+84 900000000", "1022", "113", "1900 1234")] == [
        "84900000000", "84900000000", "1022", "113", "19001234"
    ]  # fmt: skip


def test_a_visitor_without_an_account_reads_numbers() -> None:
    message = outgoing(
        "Bạn chọn:", recipient=anonymous("a", "c"), choices=[{"title": "Có", "payload": "#MC:YES"}]
    )
    assert shaped(message) == [{"text": "Bạn chọn:\n\nBạn nhắn số của mục cần chọn:\n1. Có"}]


def test_a_quote_names_the_message_by_the_field_that_is_set() -> None:
    message = outgoing("a" * 2001, quote="m-0")
    assert [one.get("quote_message_id") for one in shaped(message)] == ["m-0", None]
    assert "react_message_id" in shaped(message, quote_field="react_message_id")[0]
    assert list(shaped(message, quote_field="")[0]) == ["text"]


def test_the_form_for_a_contact_comes_after_the_question_and_may_fail() -> None:
    message = outgoing("Số điện thoại của bạn?", asks="contact")
    assert len(shaped(message)) == 1
    asked, form = channel(contact_image="https://mc.example/a.png").shape(message)
    assert (asked.optional, form.optional) == (False, True)
    payload = form.content["message"]["attachment"]["payload"]
    assert payload["template_type"] == "request_user_info"
    (element,) = payload["elements"]
    assert len(element["title"]) <= 100 and len(element["subtitle"]) <= 500
    visitor = outgoing("Số?", recipient=anonymous("a", "c"), asks="contact")
    assert len(shaped(visitor, contact_image="https://mc.example/a.png")) == 1


def test_nothing_to_say_is_no_call() -> None:
    assert shaped(outgoing("")) == []
