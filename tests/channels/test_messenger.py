"""What Messenger delivers: signed by it, read whatever it is, and each kind of event what it is to us."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import BadSignature, InboundMessage
from bot.channels.messenger import MessengerChannel, MessengerConfig, Page, challenge

SECRET = "motcua-app-secret"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
BODY = (
    rb'{"object":"page","entry":[{"id":"101","time":1763600000000,"messaging":[{"sender":{"id":"202"},"recipient":'
    rb'{"id":"101"},"timestamp":1763600000000,"message":{"mid":"m_1","text":"\u0110\u01b0\u1eddng ng\u1eadp"}}]}]}'
)
M1 = "c3a92ff9e274cdcce27a58c15a78ec6dcbbdbd0038a87e7a11baef2028fd8bff"
M2 = "cdc06e4a131334331fe2a2a3dfdb3a1bb42766928de8162940c9b9e658dda4f7"
UNESCAPED = "983ca4407ce376e91eea043c64621b5fc30a3c7d1f2b84e0dbd233de0acb19e1"


@cache
def channel(secret: str = SECRET) -> MessengerChannel:
    config = MessengerConfig(
        app_id="900",
        app_secret=secret,
        verify_token="v",
        pages=(Page(id="101", token="t1", area="dak-lak"), Page(id="102", token="t2")),
    )
    return MessengerChannel(config, httpx.AsyncClient())


def event(**fields: Any) -> dict[str, Any]:
    return {"sender": {"id": "202"}, "recipient": {"id": "101"}, "timestamp": 1763600000000, **fields}


def parsed(*events: dict[str, Any], page: str = "101", key: str = "messaging") -> list[InboundMessage]:
    body = json.dumps({"object": "page", "entry": [{"id": page, key: list(events)}]})
    return channel().parse(body.encode(), now=NOW)


def one(**fields: Any) -> InboundMessage:
    (found,) = parsed(event(**fields))
    return found


# ------------------------------------------------------------------ is it Messenger


def test_the_challenge_goes_back_byte_for_byte_to_whoever_knows_the_token() -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "v", "hub.challenge": " 00 9<ạ"}
    assert challenge(asked, verify_token="v") == " 00 9<ạ"
    for wrong in (
        {"hub.verify_token": "w"},
        {"hub.verify_token": ""},
        {"hub.mode": "x"},
        {"hub.verify_token": "ạ"},
    ):
        with pytest.raises(BadSignature):
            challenge({**asked, **wrong}, verify_token="v")
    del asked["hub.verify_token"]
    for token in ("v", ""):
        with pytest.raises(BadSignature):
            challenge(asked, verify_token=token)


@pytest.mark.parametrize(("secret", "body", "mac"), [("k", b'{"a":1}', M1), ("motcua-app-secret", BODY, M2)])
def test_the_reference_signatures_are_right(secret: str, body: bytes, mac: str) -> None:
    channel(secret).verify(headers={"x-hub-signature-256": f"sha256={mac}"}, body=body)


def test_the_signature_is_of_the_bytes_that_came() -> None:
    again = json.dumps(json.loads(BODY), ensure_ascii=False, separators=(",", ":")).encode()
    assert hmac.new(b"motcua-app-secret", again, hashlib.sha256).hexdigest() == UNESCAPED
    spaced = json.dumps(json.loads(BODY)).encode()
    for body in (again, spaced, BODY + b" "):
        with pytest.raises(BadSignature):
            channel().verify(headers={"x-hub-signature-256": f"sha256={M2}"}, body=body)
    with pytest.raises(BadSignature):
        channel().verify(headers={"x-hub-signature-256": f"sha256={UNESCAPED}"}, body=BODY)


def _sha1() -> str:
    return hmac.new(b"motcua-app-secret", BODY, hashlib.sha1).hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature": f"sha1={_sha1()}"},
        {"x-hub-signature-256": f"sha1={_sha1()}"},
        {"x-hub-signature-256": M2},
        {"x-hub-signature-256": f"SHA256={M2}"},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=ạ\udc80"},
    ],
)
def test_another_signature_or_none_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        channel().verify(headers=headers, body=BODY)


def test_without_a_secret_nothing_is_genuine() -> None:
    mac = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    with pytest.raises(BadSignature):
        channel("").verify(headers={"x-hub-signature-256": f"sha256={mac}"}, body=BODY)


# ------------------------------------------------------------------ what it is


def test_the_reference_message_is_read() -> None:
    (message,) = channel().parse(BODY, now=NOW)
    assert (message.text, message.sender, message.dedupe_key) == ("Đường ngập", "202", "m_1")
    assert (message.kind, message.area, message.received_at) == ("message", "dak-lak", NOW)
    assert message.sent_at == datetime(2025, 11, 20, 0, 53, 20, tzinfo=UTC)


def test_typed_text_a_quick_reply_and_a_button_carry_the_same_payload() -> None:
    quick = one(message={"mid": "m", "text": "Có", "quick_reply": {"payload": "#MC:YES"}})
    button = one(postback={"mid": "m", "title": "Có", "payload": "#MC:YES"})
    assert (quick.text, quick.payload) == (button.text, button.payload) == ("Có", "#MC:YES")
    assert one(message={"mid": "m", "text": "#MC:YES"}).payload == ""


def test_payloads_that_are_none_of_ours_are_what_their_button_says() -> None:
    assert one(postback={"mid": "m", "title": "Giờ làm việc", "payload": "OTHER_TOOL"}).text == "Giờ làm việc"
    phone = one(message={"mid": "m", "text": "+84912345678", "quick_reply": {"payload": "+84912345678"}})
    assert (phone.text, phone.payload) == ("+84912345678", "")


def test_both_shapes_of_a_sticker_and_every_kind_of_attachment() -> None:
    def kinds(*attachments: dict[str, Any]) -> list[str]:
        return [
            found.kind for found in one(message={"mid": "m", "attachments": list(attachments)}).attachments
        ]

    new, old = (
        {"type": "sticker", "payload": {"url": "u"}},
        {"type": "image", "payload": {"sticker_id": 369, "url": "u"}},
    )
    assert kinds(new, old) == ["sticker", "sticker"]
    said = ("image", "video", "audio", "file", "fallback", "template", "reel")
    assert kinds(*({"type": one, "payload": {"url": "u"}} for one in said)) == [
        "image", "video", "audio", "file", "link", "other", "other",
    ]  # fmt: skip
    at = {"type": "location", "payload": {"coordinates": {"lat": 12.6, "long": "108.05"}}}
    (place,) = one(message={"mid": "m", "attachments": [at]}).attachments
    assert (place.kind, place.latitude, place.longitude) == ("location", 12.6, 108.05)
    nowhere = {"type": "location", "payload": {"coordinates": {"lat": 91, "long": "x"}}}
    assert kinds(nowhere) == ["other"]


def test_a_picture_without_words_a_shared_link_and_what_the_platform_cannot_pass_on() -> None:
    (image,) = one(
        message={"mid": "m", "attachments": [{"type": "image", "payload": {"url": "https://x/1"}}]}
    ).attachments
    assert image.url == "https://x/1"
    (link,) = one(
        message={
            "mid": "m",
            "attachments": [{"type": "fallback", "title": "Tin", "payload": {"url": "https://x"}}],
        }
    ).attachments
    assert (link.kind, link.name, link.url) == ("link", "Tin", "https://x")
    assert one(message={"mid": "m", "is_unsupported": True}).attachments[0].kind == "other"


def test_receipts_reactions_edits_deletions_and_standby_are_none_of_ours() -> None:
    silent = [
        event(delivery={"mids": ["m"], "watermark": 1}),
        event(read={"watermark": 1}),
        event(reaction={"mid": "m", "action": "react", "emoji": "👍"}),
        event(message_edit={"mid": "m", "text": "x", "num_edit": 1}),
        event(message={"mid": "m", "is_deleted": True}),
        event(optin={"ref": "x"}),
    ]
    assert parsed(*silent) == []
    assert parsed(event(message={"mid": "m", "text": "x"}), key="standby") == []


def test_our_echo_is_told_from_an_officials() -> None:
    def echo(**fields: Any) -> InboundMessage:
        return one(
            sender={"id": "101"},
            recipient={"id": "202"},
            message={"mid": "m_o", "is_echo": True, "text": "x", **fields},
        )

    ours = echo(app_id=900, metadata="mc:abc:0")
    assert (ours.kind, ours.tag, ours.sender, ours.dedupe_key) == ("echo", "mc:abc:0", "202", "m_o")
    assert echo(metadata="mc:abc:0").kind == "echo"
    assert echo(app_id="900").kind == "echo"
    assert [echo(app_id=263902037430900).kind, echo().kind, echo(metadata="x").kind] == ["officer"] * 3
    assert echo(app_id=5, metadata="theirs").tag == ""


def test_links_that_open_the_conversation_bring_it_along_or_are_greeted() -> None:
    code = "abcdefghjkmnpqrs"
    opened = one(referral={"ref": code, "source": "SHORTLINK", "type": "OPEN_THREAD"})
    assert (opened.kind, opened.payload) == ("message", "#MC:TIEP:" + code.upper())
    start = {"mid": "m", "title": "Bắt đầu", "payload": "#MC:START"}
    started = one(postback={**start, "referral": {"ref": code}})
    assert (started.kind, started.payload, started.dedupe_key) == ("message", "#MC:TIEP:" + code.upper(), "m")
    assert (one(postback=start).kind, one(postback=start).payload) == ("follow", "")
    poster = one(referral={"ref": "<poster>", "source": "SHORTLINK"})
    assert (poster.kind, poster.payload, poster.raw["ref"]) == ("follow", "", "<poster>")


def test_a_batch_of_two_pages_in_any_order_is_read_by_time_and_other_pages_are_left() -> None:
    entries: list[dict[str, Any]] = [
        {"id": page, "messaging": [event(timestamp=stamp, message={"mid": f"m{stamp}", "text": "x"})]}
        for stamp, page in zip(range(50, 0, -1), ["101", "102", "103"] * 17, strict=False)
    ]
    entries[3]["messaging"].append(event(timestamp=99, read={"watermark": 1}))
    found = channel().parse(json.dumps({"object": "page", "entry": entries}).encode(), now=NOW)
    stamps = [int(message.dedupe_key[1:]) for message in found]
    assert stamps == sorted(stamps)
    assert len(stamps) == 50 - 16
    assert {message.sender for message in found} == {"202", "102:202"}
    assert {message.area for message in found} == {"dak-lak", ""}


def test_a_batch_of_a_thousand_entries_is_read() -> None:
    entries = [
        {"id": "101", "messaging": [event(message={"mid": f"m{n}", "text": "x"})]} for n in range(1000)
    ]
    assert len(channel().parse(json.dumps({"object": "page", "entry": entries}).encode(), now=NOW)) == 1000


def test_an_event_without_an_id_has_one_of_its_own_and_keeps_it() -> None:
    first, again, other = parsed(
        event(postback={"title": "a", "payload": "#MC:YES"}),
        event(postback={"title": "a", "payload": "#MC:YES"}),
        event(postback={"title": "a", "payload": "#MC:NO"}),
    )
    assert first.dedupe_key == again.dedupe_key != other.dedupe_key


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_INSIDE = ("sender", "recipient", "timestamp", "message", "postback", "referral")
_FIELDS = (
    "mid",
    "text",
    "quick_reply",
    "reply_to",
    "attachments",
    "is_echo",
    "metadata",
    "payload",
    "title",
    "ref",
)
GARBAGE = st.dictionaries(
    st.sampled_from(_INSIDE), JSON | st.dictionaries(st.sampled_from(_FIELDS), JSON, max_size=4), max_size=5
)


@given(st.lists(GARBAGE, max_size=3), JSON)
def test_garbage_inside_a_delivery_never_breaks_it(events: list[dict[str, Any]], junk: Any) -> None:
    real = event(message={"mid": "real", "text": "thật"})
    body = {
        "object": "page",
        "entry": [{"id": "101", "messaging": [*events, real]}, junk, {"id": junk, "messaging": junk}],
    }
    found = channel().parse(json.dumps(body).encode(), now=NOW)
    assert "real" in [message.dedupe_key for message in found]


@given(st.binary(max_size=200))
def test_garbage_gives_nothing(body: bytes) -> None:
    assert channel().parse(body, now=NOW) == []


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"object":"page","entry":[[[[1]]]]}', b'{"object":"instagram"}']
)
def test_deep_and_foreign_bodies_give_nothing(body: bytes) -> None:
    assert channel().parse(body, now=NOW) == []
