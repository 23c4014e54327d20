"""The simulated Messenger keeps the documented rules itself: what passes there is worth something."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.simulators.messenger import MessengerPlatform
from tests.simulators.platform import Call, poster, serving

TOKEN = "page-token"


@pytest.fixture
def platform() -> MessengerPlatform:
    made = MessengerPlatform()
    made.writes("202", "Xin chào")
    made.events.clear()
    return made


def ask(
    platform: MessengerPlatform, path: str, data: dict[str, Any], *, method: str = "POST", token: str = TOKEN
) -> Any:
    body = json.dumps({**data, "access_token": token}).encode()
    call = Call(method=method, path=f"/v26.0/{path}", query={}, headers={}, body=body)
    return platform.answer(call).body


def code(answer: Any) -> str:
    error = answer.get("error", {})
    return "/".join(str(error[name]) for name in ("code", "error_subcode") if name in error)


def send(platform: MessengerPlatform, message: dict[str, Any], *, to: str = "202", **fields: Any) -> str:
    """The error's code; "" when it was taken."""
    data = {"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": message, **fields}
    return code(ask(platform, "101/messages", data))


def buttons(text: str, *made: dict[str, str]) -> dict[str, Any]:
    payload = {"template_type": "button", "text": text, "buttons": list(made)}
    return {"attachment": {"type": "template", "payload": payload}}


def quick(count: int, title: str = "a", payload: str = "p") -> dict[str, Any]:
    one = {"content_type": "text", "title": title, "payload": payload}
    return {"text": "?", "quick_replies": [one] * count}


LINK = {"type": "web_url", "title": "Mở", "url": "https://x"}
PHONE = {"type": "phone_number", "title": "Gọi", "payload": "+84262000000"}
TAP = {"type": "postback", "title": "Có", "payload": "p"}
AT_THE_LIMIT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"text": "a" * 2000}, {"text": "a" * 2001}),
    ({"text": "👍" * 1000}, {"text": "👍" * 1001}),
    ({"text": "a"}, {"text": ""}),
    ({"text": "a", "metadata": "m" * 999}, {"text": "a", "metadata": "m" * 1000}),
    (quick(13), quick(14)),
    (quick(1, "a" * 20), quick(1, "a" * 21)),
    (quick(1, "a", "p" * 1000), quick(1, "a", "p" * 1001)),
    (buttons("a" * 640, LINK), buttons("a" * 641, LINK)),
    (buttons("a", LINK, PHONE, TAP), buttons("a", LINK, PHONE, TAP, TAP)),
    (buttons("a", LINK), buttons("a")),
    (buttons("a", {**TAP, "title": "a" * 20}), buttons("a", {**TAP, "title": "a" * 21})),
    (buttons("a", {**TAP, "payload": "p" * 1000}), buttons("a", {**TAP, "payload": "p" * 1001})),
    (buttons("a", PHONE), buttons("a", {**PHONE, "payload": "0262000000"})),
]


@pytest.mark.parametrize(("fits", "past"), AT_THE_LIMIT)
def test_each_limit_is_met_and_not_passed(
    platform: MessengerPlatform, fits: dict[str, Any], past: dict[str, Any]
) -> None:
    assert send(platform, fits) == ""
    assert send(platform, past) == "100"


def test_windows_close_with_their_code(platform: MessengerPlatform) -> None:
    human = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    platform.clock.move(timedelta(hours=24))
    assert send(platform, {"text": "a"}) == ""
    platform.clock.move(timedelta(seconds=1))
    assert send(platform, {"text": "a"}) == "10/2018278"
    assert send(platform, {"text": "a"}, **human) == ""
    platform.clock.move(timedelta(days=6))
    assert send(platform, {"text": "a"}, **human) == "10/2018278"
    platform.writes("202", "lại là tôi")
    assert send(platform, {"text": "a"}) == ""


def test_tags_that_are_gone_and_a_tag_without_review(platform: MessengerPlatform) -> None:
    for tag in ("ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"):
        assert send(platform, {"text": "a"}, messaging_type="MESSAGE_TAG", tag=tag) == "100"
    platform.human_agent = False
    assert send(platform, {"text": "a"}, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT") == "10"
    assert send(platform, {"text": "a"}, messaging_type="") == "100"


def test_whom_it_cannot_reach_and_what_it_may_not(platform: MessengerPlatform) -> None:
    assert send(platform, {"text": "a"}, to="999") == "100/2018001"
    platform.people["202"].blocked = True
    assert send(platform, {"text": "a"}) == "551/1545041"
    platform.pages["101"].restricted = True
    assert send(platform, {"text": "a"}) == "10/1893063"
    assert code(ask(platform, "101/messages", {}, token="x")) == "190"
    platform.expired.add(TOKEN)
    assert code(ask(platform, "101/messages", {})) == "190/463"


def test_rates_of_a_person_a_page_and_a_day(platform: MessengerPlatform) -> None:
    platform.per_thread, platform.per_second, platform.per_engaged = 3, 5, 6
    platform.writes("203", "x")
    said = [send(platform, {"text": "a"}) for _ in range(4)]
    assert said == ["", "", "", "613"]
    assert [send(platform, {"text": "a"}, to="203") for _ in range(3)] == ["", "", "4"]
    platform.clock.move(timedelta(seconds=61))
    platform.per_second = 100
    assert [send(platform, {"text": "a"}) for _ in range(3)] == [""] * 3
    platform.clock.move(timedelta(seconds=61))
    assert [send(platform, {"text": "a"}, to="203") for _ in range(3)] == [""] * 3
    platform.clock.move(timedelta(seconds=61))
    assert [send(platform, {"text": "a"}) for _ in range(2)] == ["", "80006"]


def test_a_profile_is_taken_within_its_limits(platform: MessengerPlatform) -> None:
    def profile(**data: Any) -> str:
        return code(ask(platform, "101/messenger_profile", data))

    def menu(count: int) -> dict[str, Any]:
        item = {"type": "postback", "title": "a", "payload": "p"}
        return {
            "get_started": {"payload": "p"},
            "persistent_menu": [{"locale": "default", "call_to_actions": [item] * count}],
        }

    def ice(count: int) -> list[dict[str, Any]]:
        return [{"locale": "default", "call_to_actions": [{"question": "a", "payload": "p"}] * count}]

    assert profile(greeting=[{"locale": "default", "text": "a" * 160}]) == ""
    assert profile(greeting=[{"locale": "default", "text": "a" * 161}]) == "100"
    assert [profile(**menu(3)), profile(**menu(4))] == ["", "100"]
    assert profile(persistent_menu=menu(1)["persistent_menu"]) == "100"
    assert [profile(ice_breakers=ice(4)), profile(ice_breakers=ice(5))] == ["", "100"]


def test_people_see_what_was_sent_and_quick_replies_vanish(platform: MessengerPlatform) -> None:
    send(platform, quick(2, "Có"))
    send(platform, buttons("?", TAP, LINK))
    with pytest.raises(LookupError):
        platform.taps("202", "Mở")
    platform.taps("202", "Có")
    (_, event) = platform.events[-1]
    assert event["postback"]["payload"] == "p"
    send(platform, quick(2, "Một"))
    platform.taps("202", "Một")
    with pytest.raises(LookupError):
        platform.taps("202", "Một")


def test_a_request_is_signed_escaped_and_batched(platform: MessengerPlatform) -> None:
    platform.batch = 1000
    for _ in range(1001):
        platform.writes("202", "Đường ngập https://x")
    whole, rest = platform.pack()
    assert len(json.loads(whole.body)["entry"]) == 1000
    assert len(json.loads(rest.body)["entry"]) == 1
    assert rb"\u0110\u01b0" in rest.body and rb"https:\/\/x" in rest.body
    mac = hmac.new(b"motcua-app-secret", rest.body, hashlib.sha256).hexdigest()
    assert rest.headers["X-Hub-Signature-256"] == f"sha256={mac}"


def test_an_hour_without_an_answer_ends_the_subscription(platform: MessengerPlatform) -> None:
    platform.writes("202", "có ai không")
    (delivery,) = platform.pack()
    began = platform.clock.now()
    while not delivery.given_up:
        platform.deliveries.deliver(lambda headers, body: 500)
        platform.clock.move(timedelta(seconds=15))
    assert timedelta(hours=1) <= platform.clock.now() - began <= timedelta(hours=1, minutes=2)
    gaps = [later - earlier for earlier, later in zip(delivery.statuses, delivery.statuses[1:], strict=False)]
    assert len(gaps) == 7
    platform.writes("202", "có ai không")
    assert platform.pack() == []
    ask(platform, "101/subscribed_apps", {"subscribed_fields": "messages"})
    platform.writes("202", "có ai không")
    assert len(platform.pack()) == 1


def test_a_delivery_is_repeated_until_it_is_taken_and_perhaps_once_more(platform: MessengerPlatform) -> None:
    platform.deliveries.doubled = 1.0
    platform.writes("202", "một")
    platform.pack()
    statuses = iter([503, 200, 200])
    got: list[bytes] = []

    def post(headers: Any, body: bytes) -> int:
        got.append(body)
        return next(statuses)

    for _ in range(4):
        platform.deliveries.deliver(post)
        platform.clock.move(timedelta(seconds=20))
    assert len(got) == 3 and len(set(got)) == 1


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(verify=False, trust_env=False) as client:  # noqa: S501  # this machine
        yield client


def test_over_the_network_faults_do_what_they_say(platform: MessengerPlatform, http: httpx.Client) -> None:
    platform.faults.script = ["drop", "lost", "500", "502+", "html", "error:613", "ok"]
    data = {"recipient": {"id": "202"}, "messaging_type": "RESPONSE", "message": {"text": "a"}}
    met: list[str] = []
    with serving(platform) as url:
        for _ in range(7):
            try:
                answer = http.post(f"{url}/v26.0/101/messages", json={**data, "access_token": TOKEN})
                met.append(str(answer.status_code))
            except httpx.HTTPError as error:
                met.append(type(error).__name__)
    assert met == ["RemoteProtocolError", "RemoteProtocolError", "500", "502", "200", "400", "200"]
    assert len(platform.people["202"].shown) == 3  # lost, 502+ and ok


def test_a_slow_receiver_has_not_taken_it(platform: MessengerPlatform, http: httpx.Client) -> None:
    receiver = MessengerPlatform()
    receiver.faults.script = ["slow:0.15"]
    platform.writes("202", "x")
    platform.pack()
    with serving(receiver) as url:
        assert platform.deliveries.deliver(poster(url, http, timeout_s=0.05)) == 0
    (waiting,) = platform.deliveries.waiting
    assert waiting.statuses == [0]
