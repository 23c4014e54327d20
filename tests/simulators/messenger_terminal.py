"""A person at a terminal talks to a running app through the real adapter: Messenger is simulated, nothing else.

Words are sent as they are typed; what begins with / plays with the platform (`HELP`).
"""

from __future__ import annotations

import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TextIO

import httpx

from tests.simulators.messenger import MessengerPlatform
from tests.simulators.messenger_world import Shown, SimulatedPage
from tests.simulators.platform import Clock, poster, serving

PSID, PAGE = "7700000000000001", "101"
EVERY_S = 0.2
HELP = """/tap TITLE       tap a quick reply, a button or an item of the menu; /3 taps the third one
/photo URL       send a picture that lies at this address
/start [CODE]    open the conversation for the first time, perhaps by an m.me link with a code
/official TEXT   an official answers in the Page's own inbox
/wait 25h        let hours (h) or days (d) pass for the platform
/fail 613        the next call meets this error, or drop, lost, 503
/quit"""


def settings(url: str) -> dict[str, str]:
    """What the app must be started with to speak to this platform."""
    return {
        "MESSENGER_APP_ID": "900",
        "MESSENGER_APP_SECRET": "motcua-app-secret",
        "MESSENGER_VERIFY_TOKEN": "motcua-verify",
        "MESSENGER_PAGES": f"{PAGE}=page-token",
        "MESSENGER_GRAPH_URL": url,
        "MEDIA_HOSTS": "127.0.0.1 localhost",
        "MEDIA_ALLOW_PRIVATE": "true",
    }


class Talk:
    """One person's side. `tick` carries events to the app and shows what came back."""

    def __init__(self, platform: MessengerPlatform, http: httpx.Client, app: str, out: TextIO) -> None:
        self.platform, self.out = platform, out
        self._post = poster(f"{app}/channels/messenger", http, timeout_s=5.0)
        self._seen = 0
        self._told = 0
        self._lock = threading.Lock()

    def does(self, line: str) -> bool:
        """What the person typed; False when they want to leave."""
        word, _, rest = line.strip().partition(" ")
        deeds: Mapping[str, Callable[[str], object]] = {
            "/tap": self._tap,
            "/photo": lambda url: self.platform.attaches(PSID, {"type": "image", "payload": {"url": url}}),
            "/start": lambda code: self.platform.starts(PSID, ref=code),
            "/official": lambda text: self.platform.official_writes(PSID, text),
            "/wait": self._wait,
            "/fail": lambda mood: self.platform.faults.script.append(
                f"error:{mood}" if re.fullmatch(r"\d+/\d+|\d{1,2}|1200|6\d\d|80006|2018109", mood) else mood
            ),
            "/help": lambda _: self._say(HELP),
        }
        if word == "/quit":
            return False
        with self._lock:
            if word[1:].isdecimal() and word.startswith("/"):
                self._tap(self._offered(int(word[1:])))
            elif word in deeds:
                deeds[word](rest.strip())
            elif line.strip():
                self.platform.writes(PSID, line.strip())
        self.tick()
        return True

    def tick(self) -> None:
        with self._lock:
            self.platform.pack()
            self.platform.deliveries.deliver(self._post)
            failed = [one for one in self.platform.deliveries.waiting if one.statuses]
            if len(failed) > self._told:
                self._say(
                    f"  ! the app answered {failed[-1].statuses[-1] or 'nothing'}; it is told again later"
                )
            self._told = len(failed)
            for shown in self.platform.person(PSID).shown[self._seen :]:
                self._show(shown)
                self._seen += 1

    def _tap(self, title: str) -> None:
        for try_it in (self.platform.taps, self.platform.chooses):
            try:
                try_it(PSID, title)
                return
            except LookupError:
                continue
        self._say(f"  ! nothing to tap is called {title!r}")

    def _offered(self, number: int) -> str:
        shown = self.platform.person(PSID).shown
        titles = [one["title"] for one in (*shown[-1].quick_replies, *shown[-1].buttons)] if shown else []
        return titles[number - 1] if 1 <= number <= len(titles) else str(number)

    def _wait(self, said: str) -> None:
        found = re.fullmatch(r"(\d{1,4})([hd])", said)
        if found is None:
            self._say("  ! such as 25h or 8d")
            return
        amount = int(found[1])
        self.platform.clock.move(timedelta(hours=amount) if found[2] == "h" else timedelta(days=amount))
        self._say(f"  ({said} pass for the platform; the app's own clock goes on as it was)")

    def _show(self, shown: Shown) -> None:
        name = shown.persona or self.platform.pages[PAGE].name
        self._say(f"\n{name}:\n{shown.text or shown.attachment}")
        for number, one in enumerate((*shown.quick_replies, *shown.buttons), 1):
            where = one.get("url") or (one["payload"] if one.get("type") == "phone_number" else "")
            self._say(f"  /{number} [{one['title']}]{' ' + where if where else ''}")

    def _say(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()


def main(*, app: str, port: int, only_settings: bool) -> int:
    """Talk until /quit or the end of the input; the status for the shell."""
    clock = Clock(datetime.now(UTC), running=True)
    platform = MessengerPlatform(clock=clock, pages={PAGE: SimulatedPage(token="page-token")})
    if only_settings:
        sys.stdout.writelines(
            f"{name}={value}\n" for name, value in settings(f"http://127.0.0.1:{port}").items()
        )
        return 0
    with serving(platform, port=port), httpx.Client(trust_env=False) as http:
        if not verified(platform, http, app):
            sys.stderr.write(
                f"{app} does not know this platform: start it with `motcua sim messenger --env`\n"
            )
            return 1
        talk = Talk(platform, http, app, sys.stdout)
        talk.does("/help")
        ended = threading.Event()
        watching = threading.Thread(target=_watch, args=(talk, ended), daemon=True)
        watching.start()
        try:
            for line in sys.stdin:
                if not talk.does(line):
                    break
            else:
                _rest(talk)
        except KeyboardInterrupt:
            pass
        finally:
            ended.set()
            watching.join(5)
    return 0


def verified(platform: MessengerPlatform, http: httpx.Client, app: str) -> bool:
    """Whether the app answers the question that Meta asks of an address."""
    challenge = secrets.token_hex(8)
    try:
        answer = http.get(f"{app}/channels/messenger", params=platform.verification(challenge))
    except httpx.HTTPError:
        return False
    return (answer.status_code, answer.text) == (200, challenge)


def _rest(talk: Talk, *, seconds: float = 15.0) -> None:
    """Input from a file has ended: what was asked is still answered."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and (not talk.platform.people or not talk.platform.person(PSID).shown):
        time.sleep(EVERY_S)
    time.sleep(2)


def _watch(talk: Talk, ended: threading.Event) -> None:
    while not ended.wait(EVERY_S):
        talk.tick()
