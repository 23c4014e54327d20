"""The simulated Zalo keeps the documented rules itself: what passes there is worth something."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.simulators.platform import Call, poster, serving
from tests.simulators.zalo import ZaloPlatform
from tests.simulators.zalo_world import PAUSES

PERSON = "9007199254740993"


@pytest.fixture
def platform() -> ZaloPlatform:
    made = ZaloPlatform()
    made.tokens.grant()
    made.writes(PERSON, "xin chào")
    made.deliveries.waiting.clear()
    return made


def ask(
    platform: ZaloPlatform, path: str, data: Any = None, *, token: str | None = None, method: str = "POST"
) -> Any:
    headers = {"access_token": platform.tokens.access if token is None else token}
    body = json.dumps(data).encode()
    return platform.answer(Call(method=method, path=path, query={}, headers=headers, body=body)).body


def send(platform: ZaloPlatform, message: Any, *, to: Any = PERSON, token: str | None = None) -> int:
    """The error's code; 0 when it was taken."""
    data = {"recipient": {"user_id": to}, "message": message}
    return int(ask(platform, "/v3.0/oa/message/cs", data, token=token)["error"])


def button(title: str = "Có", payload: Any = "#MC:YES", kind: str = "oa.query.hide") -> dict[str, Any]:
    return {"title": title, "type": kind, "payload": payload}


def buttons(*made: dict[str, Any]) -> dict[str, Any]:
    return {"text": "?", "attachment": {"type": "template", "payload": {"buttons": list(made)}}}


def form(title: str = "t", subtitle: str = "s", image: str = "https://x/y.png") -> dict[str, Any]:
    element = {"title": title, "subtitle": subtitle, "image_url": image}
    payload = {"template_type": "request_user_info", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


# Messages


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": "a" * 2000}, 0), ({"text": "a" * 2001}, -210), ({"text": " "}, -201), ({"text": 5}, -201),
        ({}, -201), (None, -201), ("x", -201),
        (buttons(*[button()] * 5), 0), (buttons(*[button()] * 6), -210), (buttons(), -201),
        (buttons(button("t" * 100)), 0), (buttons(button("t" * 101)), -210), (buttons(button("")), -201),
        (buttons(button(payload="p" * 1000)), 0), (buttons(button(payload="p" * 1001)), -210),
        (buttons(button(payload="")), -201), (buttons(button(kind="oa.what")), -201),
        (buttons(button(payload={"url": "https://x"}, kind="oa.open.url")), 0),
        (buttons(button(payload="https://x", kind="oa.open.url")), -201),
        (buttons(button(payload={"phone_code": "84"}, kind="oa.open.phone")), 0),
        (form(), 0), (form("t" * 100, "s" * 500), 0), (form("t" * 101), -210), (form(subtitle="s" * 501), -210),
        (form(image="http://x"), -201),
        ({"attachment": {"type": "template", "payload": {"template_type": "list"}}}, -233),
        ({"attachment": {"type": "file", "payload": {"token": "unknown"}}}, -201),
        ({"attachment": {"type": "song"}}, -233),
    ],
)  # fmt: skip
def test_messages_at_their_limits(platform: ZaloPlatform, message: Any, code: int) -> None:
    assert send(platform, message) == code
    assert len(platform.calls) == (code == 0)


def test_whom_a_message_reaches(platform: ZaloPlatform) -> None:
    platform.person("moi")
    assert [send(platform, {"text": "a"}, to=to) for to in (PERSON, "unknown", 9, "moi")] == [
        0,
        -201,
        -201,
        -232,
    ]
    for state, code in (("banned", -227), ("restricted", -244)):
        platform.person(PERSON).state = state
        assert send(platform, {"text": "a"}) == code


def test_the_window_and_who_pays_in_it(platform: ZaloPlatform) -> None:
    def after(pause: timedelta) -> int:
        platform.clock.move(pause)
        platform.tokens.until = platform.clock.now() + timedelta(hours=1)
        return send(platform, {"text": "a"})

    assert after(timedelta(hours=48)) == 0
    assert after(timedelta(seconds=1)) == -320
    platform.billing = 1
    assert after(timedelta()) == 0
    assert after(timedelta()) == -321
    assert after(timedelta(days=5)) == -230
    platform.writes(PERSON, "còn đây")
    assert send(platform, {"text": "a"}) == 0
    assert [one.quota for one in platform.person(PERSON).shown] == ["reply", "purchase_quota", "reply"]


def test_old_and_anonymous_addresses(platform: ZaloPlatform) -> None:
    platform.visits("khach", "c", "chào")
    visitor = {"anonymous_id": "khach", "conversation_id": "c"}
    text, file = {"text": "a"}, {"attachment": {"type": "file", "payload": {"token": "asset"}}}
    platform.assets["asset"] = "file", platform.clock.now()
    v2, v3 = "/v2.0/oa/message", "/v3.0/oa/message/cs"
    for path, to, message, code in (
        (v2, {"user_id": PERSON}, text, -240), (v2, visitor, text, 0), (v3, visitor, text, -233),
        (v3, visitor, file, 0), (v2, visitor, file, -233), (v2, visitor, buttons(button()), -233),
        (v2, {**visitor, "conversation_id": "d"}, text, -201),
    ):  # fmt: skip
        assert ask(platform, path, {"recipient": to, "message": message})["error"] == code


def test_calls_a_minute_and_what_the_headers_say(platform: ZaloPlatform) -> None:
    platform.per_minute = 2
    assert [send(platform, {"text": "a"}) for _ in range(3)] == [0, 0, -32]
    call = Call(method="GET", path="/v2.0/oa/getoa", query={}, headers={}, body=b"")
    assert platform.answer(call).headers == {"X-RateLimit-Limit": "2", "X-RateLimit-Remain": "0"}
    platform.clock.move(timedelta(minutes=1))
    assert send(platform, {"text": "a"}) == 0


# Tokens


def test_tokens_live_and_die(platform: ZaloPlatform) -> None:
    assert send(platform, {"text": "a"}, token="") == -216
    assert send(platform, {"text": "a"}, token="wrong") == -216
    platform.clock.move(timedelta(hours=25) - timedelta(seconds=1))
    assert send(platform, {"text": "a"}) == 0
    platform.clock.move(timedelta(seconds=1))
    assert send(platform, {"text": "a"}) == -220


def refresh(platform: ZaloPlatform, token: str, *, secret: str = "") -> dict[str, Any]:
    form = {"app_id": platform.app_id, "grant_type": "refresh_token", "refresh_token": token}
    return platform.tokens.answer(form, secret=secret or platform.app_secret)


def test_a_refresh_token_works_once_and_kills_the_access_token(platform: ZaloPlatform) -> None:
    (old,), access = platform.tokens.refreshable, platform.tokens.access
    assert refresh(platform, old, secret="wrong")["error"] == -14004
    pair = refresh(platform, old)
    assert pair["expires_in"] == "90000"
    assert send(platform, {"text": "a"}, token=access) == -216
    assert send(platform, {"text": "a"}, token=pair["access_token"]) == 0
    assert refresh(platform, old)["error"] == -14014
    platform.clock.move(timedelta(days=90, seconds=1))
    assert refresh(platform, pair["refresh_token"])["error"] == -14014


def test_consent_needs_the_registered_address_and_the_verifier(platform: ZaloPlatform) -> None:
    with serving(platform) as url, httpx.Client(base_url=url) as http:
        asked = {"app_id": platform.app_id, "redirect_uri": platform.redirect_uri, "state": "s"}
        asked["code_challenge"] = "x" * 43
        assert http.get("/v4/oa/permission", params={**asked, "app_id": "1"}).text.startswith("-14002")
        assert http.get("/v4/oa/permission", params={**asked, "redirect_uri": "x"}).text.startswith("-14003")
        answer = http.get("/v4/oa/permission", params=asked)
        assert answer.status_code == 302
        code = httpx.URL(answer.headers["location"]).params["code"]
        form = {
            "app_id": platform.app_id,
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": "y" * 43,
        }
        told = http.post("/v4/oa/access_token", data=form, headers={"secret_key": platform.app_secret})
        assert told.json()["error"] == -14005


# Webhooks


def test_an_event_is_signed_and_told_again_until_the_webhook_is_off(platform: ZaloPlatform) -> None:
    made, met = platform.writes(PERSON, "Đường ngập"), []

    def post(headers: Any, body: bytes) -> int:
        met.append((headers.get("num_retry", ""), platform.clock.now()))
        content = platform.app_id.encode() + body + json.loads(body)["timestamp"].encode()
        mac = hashlib.sha256(content + platform.oa_secret.encode()).hexdigest()
        assert headers["X-ZEvent-Signature"] == f"mac={mac}"
        return 500

    start = platform.clock.now()
    for _ in range(7000):
        platform.deliveries.deliver(post)
        platform.clock.move(timedelta(seconds=1))
        if not platform.enabled:
            break
    assert [retry for retry, _ in met] == ["", "1", "2", "3", "4", "5"]
    assert [at - start for _, at in met[1:]] == [sum(PAUSES[: n + 1], timedelta()) for n in range(5)]
    assert sum(PAUSES, timedelta()) == timedelta(minutes=110, seconds=30)
    assert made.given_up
    platform.writes(PERSON, "còn ai không")
    assert not platform.deliveries.due()


def test_who_is_slow_was_not_told(platform: ZaloPlatform) -> None:
    platform.writes(PERSON, "xin chào")
    slow = ZaloPlatform()  # any server will do to be slow
    slow.faults.script += ["slow:0.2"]
    with serving(slow) as url, httpx.Client() as http:
        assert platform.deliveries.deliver(poster(url, http, timeout_s=0.05)) == 0
    assert platform.deliveries.waiting


def test_what_was_sent_is_told_back_and_officers_by_name(platform: ZaloPlatform) -> None:
    send(platform, {"text": "Đã nhận"})
    send(platform, form())
    platform.official_writes(PERSON, "Chào bác")
    told = [json.loads(one.body) for one in platform.deliveries.waiting]
    assert [one["event_name"] for one in told] == ["oa_send_text", "oa_send_template", "oa_send_text"]
    assert [one["sender"].get("admin_id") for one in told] == [None, None, "77"]
    assert told[0]["message"]["msg_id"] == platform.person(PERSON).shown[0].id


def test_a_tap_on_a_query_is_a_text_and_on_a_link_nothing(platform: ZaloPlatform) -> None:
    send(platform, buttons(button(), button("Mở", {"url": "https://x"}, "oa.open.url")))
    made = platform.taps(PERSON, "Có")
    assert made is not None
    assert json.loads(made.body)["message"]["text"] == "#MC:YES"
    assert platform.taps(PERSON, "Mở") is None
    with pytest.raises(LookupError):
        platform.taps(PERSON, "Không")


# Files


def upload(platform: ZaloPlatform, kind: str, content: bytes) -> Any:
    request = httpx.Request("POST", "http://x", files={"file": ("a", content)})
    headers = {"content-type": request.headers["content-type"], "access_token": platform.tokens.access}
    call = Call(method="POST", path=f"/v2.0/oa/upload/{kind}", query={}, headers=headers, body=request.read())
    return platform.answer(call).body


@pytest.mark.parametrize(
    ("kind", "start", "most"), [("image", b"\xff\xd8\xff", 1), ("gif", b"GIF89a", 5), ("file", b"%PDF", 5)]
)
def test_uploads_at_their_limits(platform: ZaloPlatform, kind: str, start: bytes, most: int) -> None:
    whole = start + b"x" * (most * 1024 * 1024 - len(start))
    assert [upload(platform, kind, one)["error"] for one in (whole, whole + b"x", b"MZ")] == [0, -210, -201]
    assert upload(platform, "song", b"x")["error"] == -201


def test_uploads_expire_and_are_counted(platform: ZaloPlatform) -> None:
    platform.uploads_a_month = 1
    asset = upload(platform, "file", b"%PDF")["data"]["token"]
    assert upload(platform, "file", b"%PDF")["error"] == -211
    message = {"attachment": {"type": "file", "payload": {"token": asset}}}
    assert send(platform, message) == 0
    platform.clock.move(timedelta(days=7, seconds=1))
    platform.writes(PERSON, "còn đây")
    platform.tokens.until = platform.clock.now() + timedelta(hours=1)
    assert send(platform, message) == -100
    platform.clock.move(timedelta(days=30))
    platform.tokens.until = platform.clock.now() + timedelta(hours=1)
    assert upload(platform, "file", b"%PDF")["error"] == 0


def test_an_address_that_is_none_is_not_registered(platform: ZaloPlatform) -> None:
    assert ask(platform, "/v1/what")["error"] == -212
    platform.error = -204
    assert send(platform, {"text": "a"}) == -204
