"""A person at a terminal talks to a running app through the real adapter: Zalo is simulated, nothing else.

Words are sent as they are typed; what begins with / plays with the platform (`HELP`).
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TextIO

import httpx

from tests.simulators.platform import Clock, poster, serving
from tests.simulators.zalo import ZaloPlatform
from tests.simulators.zalo_world import Shown

PERSON = "9007199254740993"
EVERY_S = 0.2
TIMEOUT_S = 2.0
HELP = """/tap TITLE       tap a button; /3 taps the third one of the last message
/photo URL       send a picture that lies at this address
/at 11.94 108.45 send a place
/contact NAME PHONE   share name and phone by the platform's form
/follow, /unfollow
/visitor TEXT    somebody without an account writes
/official TEXT   an official answers in OA Manager
/wait 25h        let hours (h) or days (d) pass for the platform
/fail -230       the next call meets this error, or drop, lost, 503
/quit"""
Login = Callable[[dict[str, str], Callable[[str], str]], str]


def settings(platform: ZaloPlatform, url: str) -> dict[str, str]:
    """What the app must be started with to speak to this platform."""
    return {
        "ZALO_APP_ID": platform.app_id,
        "ZALO_APP_SECRET": platform.app_secret,
        "ZALO_OA_ID": platform.oa_id,
        "ZALO_OA_SECRET": platform.oa_secret,
        "ZALO_API_URL": url,
        "ZALO_OAUTH_URL": url,
        "ZALO_REDIRECT_URI": platform.redirect_uri,
        "MEDIA_HOSTS": "zdn.vn zadn.vn 127.0.0.1",
        "MEDIA_ALLOW_PRIVATE": "true",
    }


class Talk:
    """One person's side. `tick` carries events to the app and shows what came back."""

    def __init__(self, platform: ZaloPlatform, http: httpx.Client, app: str, out: TextIO) -> None:
        self.platform, self.out = platform, out
        self._post = poster(f"{app}/channels/zalo", http, timeout_s=TIMEOUT_S)
        self._seen: dict[str, int] = {}
        self._failed = 0
        self._lock = threading.Lock()

    def does(self, line: str) -> bool:
        """What the person typed; False when they want to leave."""
        word, _, rest = line.strip().partition(" ")
        if word == "/quit":
            return False
        with self._lock:
            if word.startswith("/") and word[1:].isdecimal():
                self._tap(self._offered(int(word[1:])))
            elif word in self._deeds():
                self._deeds()[word](rest.strip())
            elif line.strip():
                self.platform.writes(PERSON, line.strip())
        self.tick()
        return True

    def _deeds(self) -> Mapping[str, Callable[[str], object]]:
        return {
            "/tap": self._tap,
            "/photo": lambda url: self.platform.attaches(PERSON, "image", {"url": url, "thumbnail": url}),
            "/at": self._stand,
            "/contact": self._share,
            "/follow": lambda _: self.platform.follows(PERSON),
            "/unfollow": lambda _: self.platform.leaves(PERSON),
            "/visitor": lambda text: self.platform.visits("khach-1", "hoi-thoai-1", text),
            "/official": lambda text: self.platform.official_writes(PERSON, text),
            "/wait": self._wait,
            "/fail": self._fail,
            "/help": lambda _: self._say(HELP),
        }

    def tick(self) -> None:
        with self._lock:
            self.platform.deliveries.deliver(self._post)
            failed = [one for one in self.platform.deliveries.waiting if one.statuses]
            if len(failed) > self._failed:
                self._say(
                    f"  ! the app answered {failed[-1].statuses[-1] or 'nothing'}; it is told again later"
                )
            self._failed = len(failed)
            for person in list(self.platform.people.values()):
                for shown in person.shown[self._seen.get(person.id, 0) :]:
                    self._show(shown, to="" if person.id == PERSON else f" (to {person.id})")
                self._seen[person.id] = len(person.shown)

    def _tap(self, title: str) -> None:
        try:
            if self.platform.taps(PERSON, title) is None:
                self._say("  (opened on the phone; the platform tells nobody)")
        except LookupError:
            self._say(f"  ! nothing to tap is called {title!r}")

    def _offered(self, number: int) -> str:
        shown = self.platform.person(PERSON).shown
        titles = [one["title"] for one in shown[-1].buttons] if shown else []
        return titles[number - 1] if 1 <= number <= len(titles) else str(number)

    def _stand(self, said: str) -> None:
        found = re.fullmatch(r"(-?[\d.]+)[ ,]+(-?[\d.]+)", said)
        if found is None:
            self._say("  ! such as 11.94 108.45")
        else:
            self.platform.stands_at(PERSON, float(found[1]), float(found[2]))

    def _share(self, said: str) -> None:
        name, _, phone = said.rpartition(" ")
        self.platform.shares(PERSON, name=name, phone=phone)

    def _wait(self, said: str) -> None:
        found = re.fullmatch(r"(\d{1,4})([hd])", said)
        if found is None:
            self._say("  ! such as 25h or 8d")
            return
        amount = int(found[1])
        self.platform.clock.move(timedelta(hours=amount) if found[2] == "h" else timedelta(days=amount))
        self._say(f"  ({said} pass for the platform; the app's own clock goes on as it was)")

    def _fail(self, said: str) -> None:
        self.platform.faults.script.append(
            f"error:{said}" if said.lstrip("-").isdigit() and said[0] == "-" else said
        )

    def _show(self, shown: Shown, *, to: str) -> None:
        self._say(f"\nOA{to}:\n{shown.text or '[' + (shown.template or 'attachment') + ']'}")
        for number, one in enumerate(shown.buttons, 1):
            where = "" if isinstance(one["payload"], str) else " " + " ".join(one["payload"].values())
            self._say(f"  /{number} [{one['title']}]{where}")

    def _say(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()


def main(*, app: str, port: int, only_settings: bool, login: Login) -> int:
    """Talk until /quit or the end of the input; the status for the shell."""
    platform = ZaloPlatform(clock=Clock(datetime.now(UTC), running=True))
    if only_settings:
        given = settings(platform, f"http://127.0.0.1:{port}")
        sys.stdout.writelines(f"{name}={value!r}\n" for name, value in given.items())
        return 0
    with serving(platform, port=port) as url, httpx.Client(trust_env=False) as http:
        if not answers(http, app):
            sys.stderr.write(f"{app} has no Zalo: start it with the lines of `motcua sim zalo --env`\n")
            return 1
        login(settings(platform, url), lambda consent: str(http.get(consent).headers["location"]))
        talk = Talk(platform, http, app, sys.stdout)
        talk.does("/help")
        _talk(talk)
    return 0


def answers(http: httpx.Client, app: str) -> bool:
    """Whether the app has a webhook for Zalo: a probe without a signature is answered 200."""
    try:
        return http.post(f"{app}/channels/zalo", content=b"{}").status_code == 200
    except httpx.HTTPError:
        return False


def _talk(talk: Talk) -> None:
    ended = threading.Event()
    watching = threading.Thread(target=_watch, args=(talk, ended), daemon=True)
    watching.start()
    try:
        for line in sys.stdin:
            if not talk.does(line):
                break
        else:
            ended.wait(15)  # the input came from a file: what was asked is still answered
    except KeyboardInterrupt:
        pass
    finally:
        ended.set()
        watching.join(5)


def _watch(talk: Talk, ended: threading.Event) -> None:
    while not ended.wait(EVERY_S):
        talk.tick()
