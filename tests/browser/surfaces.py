"""One person on four surfaces, with the same few deeds: say, choose, send a photo, read what comes by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from playwright.sync_api import Page, expect

from tests.browser.kiosk_helpers import complaints_of
from tests.desk.photo_helpers import encoded, street
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.platform import Post
from tests.simulators.zalo import ZaloPlatform

PATIENCE_S = 30.0
_QUIET = """SELECT (SELECT count(*) FROM inbox WHERE processed_at IS NULL)
    + (SELECT count(*) FROM outbox WHERE state = 'pending')"""
_STUCK = "SELECT channel, reason, error, attempts, body->>'text' FROM outbox WHERE state = 'pending'"


class Surface(Protocol):
    has_photos: bool

    def say(self, text: str) -> str:
        """What is read in answer."""
        ...

    def choose(self, title: str) -> str:
        """Take one of the choices offered last; what is read in answer."""
        ...

    def photo(self) -> str: ...

    def news(self) -> str:
        """What was said since, without having been asked."""
        ...


@dataclass
class _Push:
    """What both platforms have in common: events are told to the app, and screens are read when all is quiet."""

    post: Post
    dsn: str
    media: str  # where photos lie
    person: str = "9007199254740993"
    has_photos: bool = True
    _read: int = 0

    def say(self, text: str) -> str:
        return self._after(lambda: self._writes(text))

    def choose(self, title: str) -> str:
        """By the button, or by the number that stands in the text for it."""
        try:
            return self._after(lambda: self._taps(title))
        except LookupError:
            found = re.findall(rf"^(\d+)\. {re.escape(title)}", self._screen()[-1], re.MULTILINE)
            return self.say(found[-1])

    def news(self) -> str:
        return self._after(lambda: None)

    def _after(self, deed: Callable[[], object]) -> str:
        deed()
        until = time.monotonic() + PATIENCE_S
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            self._tell()
            while conn.execute(_QUIET).fetchone() != (0,):
                assert time.monotonic() < until, conn.execute(_STUCK).fetchall()
                time.sleep(0.05)
                self._tell()
        new = self._screen()[self._read :]
        self._read += len(new)
        return "\n".join(new)

    def _writes(self, text: str) -> object:
        raise NotImplementedError

    def _taps(self, title: str) -> object:
        raise NotImplementedError

    def _tell(self) -> None:
        raise NotImplementedError

    def _screen(self) -> list[str]:
        raise NotImplementedError


@dataclass
class OnZalo(_Push):
    platform: ZaloPlatform = field(default_factory=ZaloPlatform)

    def photo(self) -> str:
        return self._after(lambda: self.platform.attaches(self.person, "image", {"url": self.media}))

    def _writes(self, text: str) -> object:
        return self.platform.writes(self.person, text)

    def _taps(self, title: str) -> object:
        return self.platform.taps(self.person, title)

    def _tell(self) -> None:
        self.platform.deliveries.deliver(self.post)

    def _screen(self) -> list[str]:
        return [one.text for one in self.platform.person(self.person).shown]


@dataclass
class OnMessenger(_Push):
    platform: MessengerPlatform = field(default_factory=MessengerPlatform)

    def photo(self) -> str:
        picture = {"type": "image", "payload": {"url": self.media}}
        return self._after(lambda: self.platform.attaches(self.person, picture))

    def _writes(self, text: str) -> object:
        return self.platform.writes(self.person, text)

    def _taps(self, title: str) -> object:
        return self.platform.taps(self.person, title)

    def _tell(self) -> None:
        self.platform.pack()
        self.platform.deliveries.deliver(self.post)

    def _screen(self) -> list[str]:
        return [one.text for one in self.platform.person(self.person).shown]


@dataclass
class OnPage:
    """The chat page, in a portal's frame or alone, and the kiosk: they have the same log."""

    page: Page
    has_photos: bool = True
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.complaints = complaints_of(self.page)

    @property
    def _answers(self) -> Any:
        return self.page.locator("#log article:not(.pending)")

    def say(self, text: str) -> str:
        before = self._answers.count()
        self.page.locator("#question").fill(text)
        self.page.locator("#ask button.send, #ask button[type=submit]").first.click()
        return self._next(before)

    def choose(self, title: str) -> str:
        before = self._answers.count()
        self.page.locator("#log article").last.get_by_role("button", name=title, exact=True).click()
        return self._next(before)

    def photo(self) -> str:
        picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": encoded(street())}
        self.page.get_by_label("Thêm ảnh cho phản ánh").set_input_files([picture])  # type: ignore[list-item]
        sent = self.page.get_by_role("list", name="Ảnh gửi kèm").get_by_role("listitem")
        expect(sent).to_contain_text("đã sẵn sàng")
        return "Mình đã nhận ảnh."

    def news(self) -> str:
        before = self._answers.count()
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        return self._next(before)

    def _next(self, before: int) -> str:
        expect(self._answers.nth(before)).to_be_visible()
        expect(self.page.locator("#log article.pending")).to_have_count(0)
        return str(self._answers.last.inner_text())
