"""Messenger and its Graph API on a local port, by the rules of Meta's documentation and with nothing of ours.

It signs and delivers what people do, keeps the 24 hours of each of them, takes or refuses calls with the documented
codes, tells back what was sent, and unsubscribes whoever does not answer for an hour. People are played through
`writes`, `taps`, `attaches`; `shown` is what stands on their screen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.simulators.messenger_rules import (
    HUMAN_WINDOW,
    WINDOW,
    Refused,
    check_message,
    check_profile,
)
from tests.simulators.messenger_world import (
    INBOX_APP,
    PAUSES,
    Person,
    Shown,
    SimulatedPage,
    ms,
    new_mid,
    subscription,
)
from tests.simulators.platform import Answer, Call, Clock, Deliveries, Delivery, Faults

MOST_ENTRIES = 1000
_PATH = re.compile(r"/v\d+\.\d+/([\w-]+)(?:/(\w+))?")


@dataclass
class MessengerPlatform:
    """The whole platform for one app. Limits of rates are calls; set them low to meet them."""

    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    app_id: str = "900"
    app_secret: str = "motcua-app-secret"
    verify_token: str = "motcua-verify"
    pages: dict[str, SimulatedPage] = field(
        default_factory=lambda: {"101": SimulatedPage(token="page-token")}
    )
    expired: set[str] = field(default_factory=set)  # tokens that have run out
    human_agent: bool = True  # whether review granted the tag
    text_limit: int = 2000
    sizes: dict[str, int] = field(default_factory=dict)  # bytes behind an address
    per_second: int = 300  # of a Page
    per_thread: int = 40  # of one person in a minute
    per_engaged: int = 200  # for each person who did something in the last 24 hours
    receipts: bool = False  # whether deliveries and reads are told
    people: dict[str, Person] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)  # messages that were taken
    refusals: list[str] = field(default_factory=list)  # codes
    events: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list
    )  # page, event; not yet put into a request
    batch: int = 1  # events in one request
    dice: random.Random = field(default_factory=lambda: random.Random(3))  # noqa: S311  # no secret
    _times: dict[str, list[datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(clock=self.clock, pauses=PAUSES, on_given_up=self._unsubscribe)

    # -------------------------------------------------------------- what people do

    def person(self, psid: str) -> Person:
        return self.people.setdefault(psid, Person(last_action=self.clock.now()))

    def writes(self, psid: str, text: str, *, page: str = "101", reply_to: str = "") -> str:
        """A person sends a text; returns its mid."""
        more = {"reply_to": {"mid": reply_to}} if reply_to else {}
        return self._does(psid, page, message={"text": text, **more})

    def attaches(self, psid: str, *attachments: Mapping[str, Any], text: str = "", page: str = "101") -> str:
        said = {"text": text} if text else {}
        return self._does(psid, page, message={**said, "attachments": list(attachments)})

    def taps(self, psid: str, title: str, *, page: str = "101") -> str:
        """A tap on what the last message offers, or on a button of any message, which stays.

        Raises:
            LookupError: there is no such button on the person's screen.
        """
        person = self.person(psid)
        last = person.shown[-1] if person.shown else Shown(mid="", text="")
        for one in last.quick_replies:
            if one["title"] == title:
                last.quick_replies = []
                return self._does(
                    psid, page, message={"text": title, "quick_reply": {"payload": one["payload"]}}
                )
        for shown in reversed(person.shown):
            for button in shown.buttons:
                if (button["title"], button["type"]) == (title, "postback"):
                    return self._does(psid, page, postback={"title": title, "payload": button["payload"]})
        raise LookupError(title)

    def chooses(self, psid: str, title: str, *, page: str = "101") -> str:
        """A tap on the standing menu or an ice breaker, as the Page's profile has them."""
        profile = self.pages[page].profile
        menu = [one for each in profile.get("persistent_menu", []) for one in each["call_to_actions"]]
        ice = [one for each in profile.get("ice_breakers", []) for one in each["call_to_actions"]]
        for one in [*menu, *ice]:
            if title in (one.get("title"), one.get("question")):
                return self._does(psid, page, postback={"title": title, "payload": one["payload"]})
        raise LookupError(title)

    def starts(self, psid: str, *, ref: str = "", page: str = "101") -> str:
        """A first visit: the "get started" button, perhaps after a link."""
        payload = self.pages[page].profile.get("get_started", {}).get("payload", "#MC:START")
        referral = {"referral": {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}} if ref else {}
        return self._does(psid, page, postback={"title": "Bắt đầu", "payload": payload, **referral})

    def follows_link(self, psid: str, ref: str, *, page: str = "101") -> None:
        """A link into a conversation that is there already."""
        self._does(psid, page, referral={"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"})

    def official_writes(self, psid: str, text: str, *, page: str = "101") -> str:
        """Somebody answers in the Page's own inbox."""
        mid = new_mid()
        self.person(psid).shown.append(Shown(mid=mid, text=text, at=self.clock.now()))
        message = {"mid": mid, "is_echo": True, "app_id": INBOX_APP, "text": text}
        self._echo(page, psid, message)
        return mid

    def event(self, page: str, event: Mapping[str, Any]) -> None:
        """Any event at all, as it is."""
        self.events.append((page, dict(event)))

    def _does(self, psid: str, page: str, **what: dict[str, Any]) -> str:
        person, now, mid = self.person(psid), self.clock.now(), new_mid()
        person.last_action = now
        for name in ("message", "postback"):
            if name in what:
                what[name] = {"mid": mid, **what[name]}
        self.event(page, {"sender": {"id": psid}, "recipient": {"id": page}, "timestamp": ms(now), **what})
        return mid

    # -------------------------------------------------------------- webhooks

    def pack(self) -> list[Delivery]:
        """Put what happened into requests, those the Page is subscribed to."""
        made = []
        wanted = [
            (page, event) for page, event in self.events if subscription(event) in self.pages[page].subscribed
        ]
        self.events.clear()
        size = min(self.batch, MOST_ENTRIES)
        for start in range(0, len(wanted), size):
            body = self.body(wanted[start : start + size])
            made.append(self.deliveries.add(body, self.signed(body)))
        return made

    def body(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> bytes:
        """The bytes of a request: escaped as Meta escapes them."""
        entries = [{"id": page, "time": ms(self.clock.now()), "messaging": [event]} for page, event in events]
        said = json.dumps({"object": "page", "entry": entries}, separators=(",", ":"), ensure_ascii=True)
        return said.replace("/", "\\/").encode()

    def signed(self, body: bytes) -> dict[str, str]:
        secret = self.app_secret.encode()
        return {
            "Content-Type": "application/json",
            "X-Hub-Signature": "sha1=" + hmac.new(secret, body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest(),
        }

    def verification(self, challenge: str = "1158201444") -> dict[str, str]:
        """The query of the GET by which an address is checked."""
        return {"hub.mode": "subscribe", "hub.verify_token": self.verify_token, "hub.challenge": challenge}

    def _unsubscribe(self, delivery: Delivery) -> None:
        for page in self.pages.values():
            page.subscribed.clear()

    def _echo(self, page: str, psid: str, message: Mapping[str, Any]) -> None:
        at = ms(self.clock.now())
        self.event(
            page,
            {"sender": {"id": page}, "recipient": {"id": psid}, "timestamp": at, "message": dict(message)},
        )

    # -------------------------------------------------------------- the Graph API

    def worded(self, error: str) -> Answer:
        """`error` is "code" or "code/subcode", as a call would be answered."""
        code, _, subcode = error.partition("/")
        return self._refusal(
            Refused(int(code), int(subcode or 0), status=500 if code in ("1", "2", "1200") else 400)
        )

    def _refusal(self, error: Refused) -> Answer:
        said: dict[str, Any] = {
            "message": error.why, "type": "OAuthException", "code": error.code, "fbtrace_id": "A" + uuid4().hex[:10],
        }  # fmt: skip
        if error.subcode:
            said["error_subcode"] = error.subcode
        self.refusals.append(f"{error.code}/{error.subcode}" if error.subcode else str(error.code))
        return Answer(error.status, {"error": said}, error.headers)

    def answer(self, call: Call) -> Answer:
        try:
            return Answer(200, self._answer(call))
        except Refused as error:
            return self._refusal(error)

    def _answer(self, call: Call) -> dict[str, Any]:
        found = _PATH.fullmatch(call.path)
        if found is None:
            raise Refused(2500, why="Unknown path components")
        data = {**call.query, **call.data()}
        node, edge = found[1], found[2] or ""
        token = data.pop("access_token", "") or call.headers.get("authorization", "").removeprefix("Bearer ")
        if node == "debug_token":
            return self._token_facts(data, token)
        page_id, page = self._page(node, token)
        self._check_proof(data.pop("appsecret_proof", ""), token)
        match (call.method, edge):
            case ("POST", "messages"):
                return self._take(page_id, page, data)
            case ("POST", "messenger_profile"):
                check_profile(data)
                page.profile.update(data)
                return {"result": "success"}
            case ("GET", "messenger_profile"):
                wanted = data.get("fields", "").split(",")
                return {"data": [{name: page.profile[name] for name in wanted if name in page.profile}]}
            case ("POST", "subscribed_apps"):
                page.subscribed = {one.strip() for one in str(data.get("subscribed_fields", "")).split(",")}
                return {"success": True}
            case ("GET", "subscribed_apps"):
                apps = [{"id": self.app_id, "subscribed_fields": sorted(page.subscribed)}]
                return {"data": apps if page.subscribed else []}
            case ("POST", "personas"):
                return self._persona(page, data)
            case ("GET", "personas"):
                return {"data": [{"id": key, **one} for key, one in page.personas.items()]}
            case ("GET", ""):
                return {"id": page_id, "name": page.name}
        raise Refused(100, why=f"Unsupported {call.method} request")

    def _page(self, node: str, token: str) -> tuple[str, SimulatedPage]:
        if token in self.expired:
            raise Refused(190, 463, why="Error validating access token: Session has expired")
        for page_id, page in self.pages.items():
            if token == page.token and node in (page_id, "me"):
                return page_id, page
        if any(token == page.token for page in self.pages.values()):
            raise Refused(200, why="Requires pages_messaging permission", status=403)
        raise Refused(190, why="Invalid OAuth access token.", status=401)

    def _check_proof(self, proof: str, token: str) -> None:
        expected = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if proof and proof != expected:
            raise Refused(100, why="Invalid appsecret_proof provided in the API argument")

    def _token_facts(self, data: Mapping[str, Any], token: str) -> dict[str, Any]:
        if token != f"{self.app_id}|{self.app_secret}":
            raise Refused(190, why="Invalid OAuth access token.")
        asked = str(data.get("input_token", ""))
        valid = any(page.token == asked for page in self.pages.values()) and asked not in self.expired
        scopes = ["pages_messaging", "pages_manage_metadata"]
        return {"data": {"is_valid": valid, "app_id": self.app_id, "scopes": scopes, "expires_at": 0}}

    def _persona(self, page: SimulatedPage, data: Mapping[str, Any]) -> dict[str, Any]:
        if not data.get("name") or not str(data.get("profile_picture_url", "")).startswith("https://"):
            raise Refused(100, why="A persona has a name and a picture")
        made = f"p{len(page.personas) + 1}"
        page.personas[made] = {
            "name": str(data["name"]), "profile_picture_url": str(data["profile_picture_url"]),
        }  # fmt: skip
        return {"id": made}

    # -------------------------------------------------------------- messages

    def _take(self, page_id: str, page: SimulatedPage, data: dict[str, Any]) -> dict[str, Any]:
        psid = str((data.get("recipient") or {}).get("id", ""))
        person = self.people.get(psid)
        if page.restricted:
            raise Refused(10, 1893063, why="The Page is restricted from sending messages")
        if person is None:
            raise Refused(100, 2018001, why="No matching user found")
        if person.blocked:
            raise Refused(551, 1545041, why="This person isn't available right now.")
        self._check_rates(page_id, psid)
        if "sender_action" in data:
            return self._action(psid, person, data)
        check_message(data, text_limit=self.text_limit, sizes=self.sizes)
        self._check_window(person, data)
        persona = data.get("persona_id")
        if persona and persona not in page.personas:
            raise Refused(100, why="Invalid persona id")
        return self._show(page_id, psid, data, persona=page.personas[persona]["name"] if persona else "")

    def _action(self, psid: str, person: Person, data: Mapping[str, Any]) -> dict[str, Any]:
        if data["sender_action"] not in ("typing_on", "typing_off", "mark_seen") or "message" in data:
            raise Refused(100, why="Invalid sender action")
        self._check_window(person, {"messaging_type": "RESPONSE"})
        person.typing += data["sender_action"] == "typing_on"
        return {"recipient_id": psid}

    def _check_window(self, person: Person, data: Mapping[str, Any]) -> None:
        since = self.clock.now() - person.last_action
        tagged = data.get("messaging_type") == "MESSAGE_TAG"
        if tagged and not self.human_agent:
            raise Refused(10, why="Application does not have permission for this action", status=403)
        if since > (HUMAN_WINDOW if tagged else WINDOW):
            raise Refused(10, 2018278, why="This message is sent outside of allowed window.")

    def _check_rates(self, page_id: str, psid: str) -> None:
        now = self.clock.now()
        engaged = sum(now - one.last_action <= timedelta(hours=24) for one in self.people.values())
        headers = {"X-App-Usage": json.dumps({"call_count": 100, "estimated_time_to_regain_access": 1})}
        for name, most, span, code in (
            (f"second {page_id}", self.per_second, timedelta(seconds=1), 4),
            (f"thread {psid}", self.per_thread, timedelta(minutes=1), 613),
            (f"day {page_id}", self.per_engaged * max(engaged, 1), timedelta(hours=24), 80006),
        ):
            kept = self._times.setdefault(name, [])
            while kept and now - kept[0] >= span:
                kept.pop(0)
            if len(kept) >= most:
                raise Refused(code, why="Calls to this API have exceeded the rate limit.", headers=headers)
        for name in (f"second {page_id}", f"thread {psid}", f"day {page_id}"):
            self._times[name].append(now)

    def _show(self, page_id: str, psid: str, data: dict[str, Any], *, persona: str) -> dict[str, Any]:
        message, person, mid = data["message"], self.people[psid], new_mid()
        for earlier in person.shown:
            earlier.quick_replies = []
        template = (message.get("attachment") or {}).get("payload") or {}
        person.shown.append(
            Shown(
                mid=mid,
                text=message.get("text") or template.get("text", ""),
                quick_replies=list(message.get("quick_replies", [])),
                buttons=list(template.get("buttons", [])),
                attachment=template.get("url", ""),
                persona=persona,
                tag=data.get("tag", ""),
                metadata=message.get("metadata", ""),
                at=self.clock.now(),
            )
        )
        self.calls.append(data)
        told = {"mid": mid, "is_echo": True, "app_id": int(self.app_id)}
        told |= {name: message[name] for name in ("text", "metadata") if name in message}
        if "attachment" in message:
            told["attachments"] = [message["attachment"]]
        self._echo(page_id, psid, told)
        if self.receipts:
            self._receive(page_id, psid, mid)
        return {"recipient_id": psid, "message_id": mid}

    def _receive(self, page: str, psid: str, mid: str) -> None:
        now = ms(self.clock.now())
        for what in ({"delivery": {"mids": [mid], "watermark": now}}, {"read": {"watermark": now}}):
            self.event(page, {"sender": {"id": psid}, "recipient": {"id": page}, "timestamp": now, **what})
