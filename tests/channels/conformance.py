"""What every push channel has to be. A channel's test module has a `case` fixture and subclasses `Conformance`.

    @pytest.fixture(scope="module")
    def case() -> Case: ...

    class TestConformance(Conformance): ...

The platform is a real socket here, with the worst manners: refusing, hanging up, answering 500 or nonsense. What the
platform says by its own rules is the simulators' matter.
"""

from __future__ import annotations

import json
import socket
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import (
    RESERVED,
    BadSignature,
    Channel,
    OutboundMessage,
    SendFailed,
    TryLater,
    Unsure,
)

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
# Each channel's class runs the same function: hypothesis would have it belong to one.
_SETTINGS = partial(
    settings,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """How one channel is put on trial. `channel(url)` speaks to a platform at that address."""

    channel: Callable[[str], Channel]
    sign: Callable[[bytes], Mapping[str, str]]  # headers, in lower case, that make a body genuine
    event: dict[str, Any]  # a person's text as the platform tells it
    recipient: str
    chars: Callable[[dict[str, Any]], list[str]]  # the texts a person reads in a part's content
    buttons: Callable[[dict[str, Any]], list[str]]  # the titles of its buttons
    body: Callable[[dict[str, Any]], bytes] = field(default=lambda event: json.dumps(event).encode())


@cache
def _made(case: Case, url: str) -> Channel:
    """Made once: a client with its certificates takes longer than a test."""
    return case.channel(url)


def reply(case: Case, text: str, *titles: str) -> OutboundMessage:
    choices = [{"title": title, "payload": f"{RESERVED}YES"} for title in titles]
    return OutboundMessage(
        channel=_made(case, NOWHERE).name,
        recipient=case.recipient,
        message_id="m1",
        text=text,
        body={"choices": choices},
    )


class Conformance:
    """Verify, parse, shape and send as bot/channels/base.py says them."""

    def make(self, case: Case, url: str = NOWHERE) -> Channel:
        return _made(case, url)

    # verify

    def test_a_genuine_request_is_taken(self, case: Case) -> None:
        body = case.body(case.event)
        self.make(case).verify(headers=case.sign(body), body=body)

    def test_one_byte_more_is_refused(self, case: Case) -> None:
        body = case.body(case.event)
        for other in (body + b" ", json.dumps(json.loads(body), indent=1).encode(), b"", b"{}"):
            with pytest.raises(BadSignature):
                self.make(case).verify(headers=case.sign(body), body=other)

    def test_nothing_is_no_signature(self, case: Case) -> None:
        body = case.body(case.event)
        for headers in ({}, dict.fromkeys(case.sign(body), ""), dict.fromkeys(case.sign(body), "é=ÿ")):
            with pytest.raises(BadSignature):
                self.make(case).verify(headers=headers, body=body)

    @_SETTINGS(max_examples=50)
    @given(body=st.binary(max_size=200), mark=st.text(max_size=80))
    def test_verify_raises_nothing_else(self, case: Case, body: bytes, mark: str) -> None:
        with suppress(BadSignature):
            self.make(case).verify(headers=dict.fromkeys(case.sign(b"{}"), mark), body=body)

    # parse

    def test_a_text_is_one_message_of_its_sender_with_a_stable_key(self, case: Case) -> None:
        body = case.body(case.event)
        (first,) = self.make(case).parse(body, now=NOW)
        (again,) = self.make(case).parse(body, now=NOW)
        assert first == again
        assert first.kind == "message"
        assert first.text and first.dedupe_key and first.sender and first.received_at == NOW
        assert first.channel == self.make(case).name

    @_SETTINGS(max_examples=100)
    @given(data=st.data())
    def test_parse_never_raises(self, case: Case, data: st.DataObject) -> None:
        body = data.draw(st.one_of(st.binary(max_size=100), _json(case).map(_dumped), _spoilt(case)))
        for one in self.make(case).parse(body, now=NOW):
            assert one.dedupe_key
            one.model_dump_json()

    def test_parse_bears_nesting_without_end(self, case: Case) -> None:
        assert self.make(case).parse(b"[" * 100_000, now=NOW) == []
        assert self.make(case).parse(b'{"a":' * 100_000, now=NOW) == []

    # shape

    def test_a_text_at_the_limit_is_one_part_and_one_past_it_two(self, case: Case) -> None:
        limit = self.make(case).capabilities.text
        assert len(self.texts(case, "ế" * limit)) == 1
        assert len(self.texts(case, "ế" * (limit + 1))) == 2
        assert len(self.texts(case, unicodedata.normalize("NFD", "ế" * limit))) == 1

    def test_a_title_at_the_limit_is_a_button_and_one_past_it_is_numbered(self, case: Case) -> None:
        can = self.make(case).capabilities
        for most, title in ((can.buttons, can.button_title), (can.quick_replies, can.quick_title)):
            if most:
                assert self.titles(case, "Bạn chọn:", "a" * title) == ["a" * title]
        longest = max(can.button_title if can.buttons else 0, can.quick_title if can.quick_replies else 0)
        assert self.titles(case, "Bạn chọn:", "a" * (longest + 1)) == []
        assert "1. " + "a" * (longest + 1) in "\n".join(self.texts(case, "Bạn chọn:", "a" * (longest + 1)))

    def test_as_many_choices_as_there_are_buttons_and_one_more(self, case: Case) -> None:
        can = self.make(case).capabilities
        most = max(can.buttons, can.quick_replies)
        names = [f"Mục {number}" for number in range(1, most + 2)]
        assert self.titles(case, "Bạn chọn:", *names[:-1]) == names[:-1]
        said = "\n".join(self.texts(case, "Bạn chọn:", *names))
        shown = self.titles(case, "Bạn chọn:", *names)
        assert all(f". {name}" in said or name in shown for name in names)

    @_SETTINGS(max_examples=60)
    @given(
        text=st.text(max_size=5000).filter(str.strip),
        titles=st.lists(st.text(min_size=1, max_size=130), max_size=15),
    )
    def test_whatever_is_said_stays_within_the_limits_and_is_shaped_alike(
        self, case: Case, text: str, titles: list[str]
    ) -> None:
        channel, message = self.make(case), reply(case, text, *titles)
        parts = channel.shape(message)
        assert list(parts) == list(channel.shape(message))
        can = channel.capabilities
        for part in parts:
            assert all(len(one) <= can.text for one in case.chars(part.content))
            assert len(case.buttons(part.content)) <= max(can.buttons, can.quick_replies)

    def test_buttons_stand_on_the_last_part(self, case: Case) -> None:
        limit = self.make(case).capabilities.text
        parts = self.make(case).shape(reply(case, "Câu này dài. " * (limit // 6), "Có", "Không"))
        said = [part for part in parts if not part.optional]
        assert [bool(case.buttons(part.content)) for part in said] == [False] * (len(said) - 1) + [True]

    def texts(self, case: Case, text: str, *titles: str) -> list[str]:
        parts = self.make(case).shape(reply(case, text, *titles))
        return [one for part in parts if not part.optional for one in case.chars(part.content)]

    def titles(self, case: Case, text: str, *titles: str) -> list[str]:
        parts = self.make(case).shape(reply(case, text, *titles))
        return [one for part in parts for one in case.buttons(part.content)]

    # send

    async def test_a_refused_connection_is_for_later(self, case: Case) -> None:
        with pytest.raises(TryLater):
            await self.send(case, _closed_port())

    async def test_a_line_that_drops_after_the_call_leaves_it_unsure(self, case: Case) -> None:
        with answering(b"") as url, pytest.raises(Unsure):
            await self.send(case, url)
        with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{") as url, pytest.raises(Unsure):
            await self.send(case, url)

    async def test_nonsense_and_failures_are_never_taken_for_sent(self, case: Case) -> None:
        for status in (b"200 OK", b"302 Found", b"400 Bad", b"404 No", b"429 Slow", b"500 Oh", b"503 Busy"):
            head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\nLocation: http://127.0.0.1:9/\r\n"
            with answering(head + b"Connection: close\r\n\r\n[]") as url, pytest.raises(SendFailed):
                await self.send(case, url)

    async def send(self, case: Case, url: str) -> None:
        channel, message = self.make(case, url), reply(case, "Chào bạn")
        part = next(part for part in channel.shape(message) if not part.optional)
        await channel.send(part, message)


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys(one) for one in value.values()), set())
    return set().union(*(_keys(one) for one in value), set()) if isinstance(value, list) else set()


def _json(case: Case) -> st.SearchStrategy[Any]:
    """JSON of the platform's own field names with values of any kind."""
    values = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("\ud800\x00")
    )
    keys = st.sampled_from([*sorted(_keys(case.event)), "attachments", "payload", "url", "coordinates", "x"])
    return st.recursive(
        values,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=12,
    )


@st.composite
def _spoilt(draw: st.DrawFn, case: Case) -> bytes:
    """A genuine event with one value, somewhere, that is another."""
    event = json.loads(json.dumps(case.event))
    place: Any = event
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 3)):
            place = place[key]
            continue
        place[key] = draw(_json(case))
        return _dumped(event)


def _closed_port() -> str:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A platform that reads a whole call and answers these bytes, to every call, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, raw), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(server: socket.socket, raw: bytes) -> None:
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        with line, suppress(OSError):
            line.settimeout(5)
            _read_call(line)
            line.sendall(raw)


def _read_call(line: socket.socket) -> None:
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (
            int(one.split(b":")[1])
            for one in head.lower().split(b"\r\n")
            if one.startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += line.recv(65536)
