"""Zalo's Official Account platform on a local port, by the rules of its documentation and with nothing of ours.

It signs and delivers what people do, keeps each person's last action, takes or refuses calls with the documented
codes (HTTP 200 in any case), tells back what was sent, and switches the webhook off when nobody answers. People are
played through `writes`, `taps`, `attaches`; `person(id).shown` is what stands on their screen.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.simulators.platform import Answer, Call, Clock, Deliveries, Delivery, Faults
from tests.simulators.zalo_rules import FREE, WINDOW, Refused, check_message, check_upload, record
from tests.simulators.zalo_world import PAUSES, Person, Shown, TokenBook, echoed, file_in

ASSET = timedelta(days=7)
MONTH, UPLOADS_A_MONTH = timedelta(days=30), 5_000
_UPLOAD = "/v2.0/oa/upload/"


@dataclass
class ZaloPlatform:
    """The whole platform for one app and its OA. Limits can be set low, to meet them."""

    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    app_id: str = "1234567890123456789"
    app_secret: str = "bi-mat-ung-dung"
    oa_id: str = "9007199254740995"
    oa_secret: str = "motcua-oa-secret"
    redirect_uri: str = "https://mc.example/channels/zalo/consent"
    error: int = 0  # an administrator's code that every call meets
    billing: int | None = None  # messages the Zalo Cloud Account pays for; None: none is linked
    quotas: dict[str, int] = field(default_factory=dict)  # person → messages left; -218 after them
    per_minute: int = 4_000
    uploads_a_month: int = UPLOADS_A_MONTH
    echoes: bool = True
    echo_same_id: bool = True  # whether the echo names a message as the answer to its sending did
    signs_as: str = ""  # another id in the app id's place of signatures
    enabled: bool = True  # whether webhooks are delivered
    people: dict[str, Person] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)  # messages that were taken
    refusals: list[int] = field(default_factory=list)  # codes
    assets: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _times: deque[datetime] = field(default_factory=deque)
    _uploads: deque[datetime] = field(default_factory=deque)
    _number: int = 0

    def __post_init__(self) -> None:
        self.tokens = TokenBook(self.clock, self.app_id, self.app_secret, self.oa_id, self.redirect_uri)
        self.deliveries = Deliveries(
            clock=self.clock, pauses=PAUSES, on_given_up=self._switch_off, retry_header="num_retry"
        )

    def new_id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._number:06d}"

    # -------------------------------------------------------------- what people do

    def person(self, user_id: str) -> Person:
        return self.people.setdefault(user_id, Person(user_id))

    def writes(self, user_id: str, text: str, *, quote: str = "") -> Delivery:
        more = {"quote_msg_id": quote} if quote else {}
        message = {"msg_id": self.new_id("in"), "text": text, **more}
        return self._does(self.person(user_id), "user_send_text", message=message)

    def taps(self, user_id: str, title: str) -> Delivery | None:
        """Tap a button: a query is told as a text; an address opened or a number called is not told at all.

        Raises:
            LookupError: there is no such button on the person's screen.
        """
        button = self.person(user_id).button(title)
        return self.writes(user_id, button["payload"]) if button["type"].startswith("oa.query") else None

    def attaches(self, user_id: str, kind: str, *payloads: dict[str, Any], text: str = "") -> Delivery:
        """`kind` as in user_send_<kind>: image, gif, file, link, sticker, audio, video, business_card, location."""
        rows = [{"type": kind, "payload": payload} for payload in payloads]
        message = {"msg_id": self.new_id("in"), "attachments": rows, **({"text": text} if text else {})}
        return self._does(self.person(user_id), f"user_send_{kind}", message=message)

    def stands_at(self, user_id: str, latitude: float, longitude: float) -> Delivery:
        where = {"latitude": str(latitude), "longitude": str(longitude)}
        return self.attaches(user_id, "location", {"coordinates": where})

    def shares(self, user_id: str, *, name: str, phone: str) -> Delivery:
        person = self.person(user_id)
        person.shared = {"name": name, "phone": phone}
        return self._does(person, "user_submit_info", info={**person.shared, "full_address": {}})

    def follows(self, user_id: str) -> Delivery:
        return self._turns(user_id, "follow", follows=True)

    def leaves(self, user_id: str) -> Delivery:
        return self._turns(user_id, "unfollow", follows=False)

    def _turns(self, user_id: str, event: str, *, follows: bool) -> Delivery:
        person = self.person(user_id)
        person.follows = follows
        if follows:
            person.last_action = self.clock.now()
        return self.event(event, oa_id=self.oa_id, follower={"id": user_id}, source="qr")

    def visits(self, anonymous_id: str, conversation_id: str, text: str) -> Delivery:
        """Somebody without a Zalo account writes."""
        person = self.person(anonymous_id)
        person.conversation = conversation_id
        message = {"msg_id": self.new_id("in"), "text": text, "conversation_id": conversation_id}
        return self._does(person, "anonymous_send_text", message=message)

    def official_writes(self, user_id: str, text: str, *, admin_id: str = "77") -> Delivery:
        """Somebody answers in OA Manager, where there is no window."""
        shown = Shown(self.new_id("out"), text, {"text": text})
        self.person(user_id).shown.append(shown)
        return self._echo(self.person(user_id), shown, admin_id=admin_id)

    def _does(self, person: Person, event: str, **fields: Any) -> Delivery:
        person.last_action = self.clock.now()
        return self.event(event, sender={"id": person.id}, recipient={"id": self.oa_id}, **fields)

    def _echo(self, person: Person, shown: Shown, *, admin_id: str = "") -> Delivery:
        named = shown.id if self.echo_same_id else self.new_id("echo")
        visitor = {"conversation_id": person.conversation} if person.conversation else {}
        message = {"msg_id": named, **visitor, **({"text": shown.text} if shown.text else {})}
        sender = {"id": self.oa_id, **({"admin_id": admin_id} if admin_id else {})}
        return self.event(echoed(shown.message), sender=sender, recipient={"id": person.id}, message=message)

    # -------------------------------------------------------------- what we are told

    def event(self, name: str, **fields: Any) -> Delivery:
        """Any event at all, signed and on its way."""
        stamp = str(int(self.clock.now().timestamp() * 1000))
        told = {"app_id": self.app_id, "event_name": name, "timestamp": stamp, **fields}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        made = self.deliveries.add(body, self.signed(body, stamp))
        if not self.enabled:
            self.deliveries.waiting.clear()
        return made

    def signed(self, body: bytes, timestamp: str) -> dict[str, str]:
        content = (
            (self.signs_as or self.app_id).encode() + body + timestamp.encode() + self.oa_secret.encode()
        )
        mac = hashlib.sha256(content).hexdigest()
        return {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}

    def _switch_off(self, delivery: Delivery) -> None:
        """After the last retry; an administrator has to grant it again."""
        self.enabled = False
        self.deliveries.waiting.clear()

    # -------------------------------------------------------------- what is asked of it

    def worded(self, error: str) -> Answer:
        return Answer(200, {"error": int(error), "message": "scripted"})

    def answer(self, call: Call) -> Answer:
        if call.path == "/v4/oa/permission":
            return self._consent(call)
        if call.path == "/v4/oa/access_token":
            form = dict(parse_qsl(call.body.decode()))
            return Answer(200, self.tokens.answer(form, secret=call.headers.get("secret_key", "")))
        try:
            told = {"error": 0, "message": "Success", "data": self._admitted(call)}
        except Refused as error:
            self.refusals.append(error.code)
            told = {"error": error.code, "message": error.said}
        limits = {"X-RateLimit-Limit": str(self.per_minute), "X-RateLimit-Remain": str(max(self._left(), 0))}
        return Answer(200, told, limits)

    def _consent(self, call: Call) -> Answer:
        """In life a page on which an administrator agrees; here they always do."""
        try:
            fields = self.tokens.consent(call.query)
        except Refused as error:
            return Answer(400, f"{error.code} {error.said}")
        return Answer(302, "", {"Location": f"{self.redirect_uri}?{urlencode(fields)}"})

    def _left(self) -> int:
        while self._times and self._times[0] <= self.clock.now() - timedelta(minutes=1):
            self._times.popleft()
        return self.per_minute - len(self._times)

    def _admitted(self, call: Call) -> dict[str, Any]:
        if self._left() <= 0:
            raise Refused(-32, "Rate limit exceeded")
        self._times.append(self.clock.now())
        self.tokens.check(call.headers.get("access_token", ""))
        if self.error:
            raise Refused(self.error, "scripted")
        if call.path.startswith(_UPLOAD):
            return self._upload(call)
        return self._deed(call)(call)

    def _deed(self, call: Call) -> Callable[[Call], dict[str, Any]]:
        deeds: dict[tuple[str, str], Callable[[Call], dict[str, Any]]] = {
            ("POST", "/v3.0/oa/message/cs"): self._message,
            ("POST", "/v2.0/oa/message"): self._message,
            ("GET", "/v3.0/oa/user/detail"): self._detail,
            ("POST", "/v3.0/oa/quota/message"): self._quota,
            ("GET", "/v2.0/oa/getoa"): self._account,
        }
        found = deeds.get((call.method, call.path))
        if found is None:
            raise Refused(-212, "API is not registered")
        return found

    # -------------------------------------------------------------- messages

    def _message(self, call: Call) -> dict[str, Any]:
        recipient, message = call.data().get("recipient"), call.data().get("message")
        if not isinstance(recipient, dict) or not isinstance(message, dict):
            raise Refused(-201, "recipient and message are needed")
        v2 = call.path.startswith("/v2")
        person = (
            self._visitor(recipient, message, v2=v2)
            if "anonymous_id" in recipient
            else self._known(recipient, v2)
        )
        asset = check_message(message)
        if asset:
            self._check_asset(asset)
        return self._show(person, message, quota=self._price(person))

    def _known(self, recipient: dict[str, Any], v2: bool) -> Person:
        if v2:
            raise Refused(-240, "This v2 message API is closed")
        user_id = recipient.get("user_id")
        if not isinstance(user_id, str) or user_id not in self.people:
            raise Refused(-201, "user_id is invalid")
        person = self.people[user_id]
        if person.state:
            raise Refused({"banned": -227, "restricted": -244}[person.state])
        if person.last_action is None:
            raise Refused(-232, "User has not interacted with the OA")
        if self.clock.now() - person.last_action > WINDOW:
            raise Refused(-230, "User has not interacted with the OA in the past 7 days")
        return person

    def _visitor(self, recipient: dict[str, Any], message: dict[str, Any], *, v2: bool) -> Person:
        person = self.people.get(str(recipient["anonymous_id"]))
        if (
            person is None
            or not person.conversation
            or recipient.get("conversation_id") != person.conversation
        ):
            raise Refused(-201, "anonymous_id or conversation_id is invalid")
        attachment = record(message.get("attachment"))
        if v2 == (attachment.get("type") == "file") or "buttons" in record(attachment.get("payload")):
            raise Refused(-233, "This message type is not supported here")
        return person

    def _check_asset(self, asset: str) -> None:
        if asset not in self.assets:
            raise Refused(-201, "attachment is invalid")
        if self.clock.now() > self.assets[asset][1]:
            raise Refused(-100, "Attachment has expired")

    def _price(self, person: Person) -> str:
        if self.quotas.get(person.id, 1) <= 0:
            raise Refused(-218, "Quota for this user exceeded")
        if person.id in self.quotas:
            self.quotas[person.id] -= 1
        if person.last_action is None or self.clock.now() - person.last_action <= FREE:
            return "reply"
        if self.billing is None:
            raise Refused(-320, "No Zalo Cloud Account is linked")
        if self.billing <= 0:
            raise Refused(-321, "The Zalo Cloud Account has no balance")
        self.billing -= 1
        return "purchase_quota"

    def _show(self, person: Person, message: dict[str, Any], *, quota: str) -> dict[str, Any]:
        shown = Shown(self.new_id("out"), str(message.get("text") or ""), message, quota)
        person.shown.append(shown)
        self.calls.append({"to": person.id, "id": shown.id, "message": message})
        if self.echoes:
            self._echo(person, shown)
        stamp = str(int(self.clock.now().timestamp() * 1000))
        return {
            "message_id": shown.id,
            "user_id": person.id,
            "sent_time": stamp,
            "quota": {"quota_type": quota},
        }

    # -------------------------------------------------------------- the rest

    def _upload(self, call: Call) -> dict[str, Any]:
        kind = call.path.removeprefix(_UPLOAD)
        while self._uploads and self._uploads[0] <= self.clock.now() - MONTH:
            self._uploads.popleft()
        if len(self._uploads) >= self.uploads_a_month:
            raise Refused(-211, "Upload quota exceeded")
        named = check_upload(kind, file_in(call.body, call.headers.get("content-type", "")))
        self._uploads.append(self.clock.now())
        asset = self.new_id("asset")
        self.assets[asset] = kind, self.clock.now() + ASSET
        return {named: asset}

    def _detail(self, call: Call) -> dict[str, Any]:
        user_id = str(record(json.loads(call.query.get("data") or "{}")).get("user_id"))
        if user_id not in self.people:
            raise Refused(-201, "user_id is invalid")
        person = self.people[user_id]
        told: dict[str, Any] = {
            "user_id": user_id,
            "display_name": person.name,
            "user_is_follower": person.follows,
        }
        if person.last_action:
            told["user_last_interaction_date"] = person.last_action.strftime("%d/%m/%Y")
        return {**told, **({"shared_info": person.shared} if person.shared else {})}

    def _quota(self, call: Call) -> dict[str, Any]:
        person = self.people.get(str(call.data().get("user_id")))
        at = person.last_action.timestamp() if person and person.last_action else 0
        return {"last_interaction": str(int(at * 1000))}

    def _account(self, call: Call) -> dict[str, Any]:
        return {"oa_id": self.oa_id, "name": "UBND xã Bắc Bình", "oa_type": 4, "is_verified": True}
