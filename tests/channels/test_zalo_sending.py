"""The Zalo adapter against the simulated platform: what each answer means, whom it reaches, files, prices."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.channels.base import (
    ChannelStopped,
    OutboundMessage,
    Part,
    SendFailed,
    Sent,
    TryLater,
    Undeliverable,
    Unreachable,
    Unsure,
    WindowClosed,
)
from bot.channels.zalo import ZaloAccount, ZaloChannel
from bot.channels.zalo_api import TIMEOUT
from bot.channels.zalo_assets import RULES, media_type
from bot.channels.zalo_errors import FAULTS, QUOTA_WAIT_S
from bot.channels.zalo_events import anonymous
from tests.simulators.platform import serving
from tests.simulators.zalo import ZaloPlatform

PERSON = "9007199254740993"
CERTIFICATES = ssl.create_default_context()  # read once: it takes longer than a test
JPEG, PNG, GIF = b"\xff\xd8\xff\xe0 anh", b"\x89PNG\r\n\x1a\n anh", b"GIF89a dong"


@dataclass
class Tokens:
    """The platform's own token, and a new one when it is asked for."""

    platform: ZaloPlatform
    renewals: list[str] = field(default_factory=list)
    useless: bool = False

    async def current(self) -> str:
        return self.renewals[-1] if self.renewals else "stale"

    async def renewed(self, refused: str) -> str:
        assert refused == await self.current()
        granted = self.platform.tokens.grant()
        self.renewals.append("useless" if self.useless else granted["access_token"])
        return self.renewals[-1]


@dataclass
class Trial:
    platform: ZaloPlatform
    channel: ZaloChannel
    tokens: Tokens
    files: dict[str, bytes]
    loaded: list[str] = field(default_factory=list)

    async def load(self, key: str) -> bytes:
        self.loaded.append(key)
        return self.files[key]

    def message(self, text: str = "Chào bạn", *, to: str = PERSON, **body: object) -> OutboundMessage:
        last = self.platform.person(PERSON).last_action
        return OutboundMessage(
            channel="zalo", recipient=to, message_id="m1", text=text, body=body, last_action=last
        )

    async def send(self, message: OutboundMessage | None = None) -> list[Sent]:
        message = message or self.message()
        return [await self.channel.send(part, message) for part in self.channel.shape(message)]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ZaloPlatform, str]]:
    platform = ZaloPlatform()
    with serving(platform) as url:
        yield platform, url


@pytest.fixture
async def trial(served: tuple[ZaloPlatform, str]) -> AsyncIterator[Trial]:
    """The one server, whose platform begins anew."""
    platform, url = served
    platform.__init__()  # type: ignore[misc]  # the server holds the object
    platform.writes(PERSON, "xin chào")
    platform.deliveries.waiting.clear()
    tokens = Tokens(platform)
    tokens.renewals.append(platform.tokens.grant()["access_token"])
    made = Trial(platform, None, tokens, {})  # type: ignore[arg-type]  # set below
    known = {"app_id": platform.app_id, "secret": platform.oa_secret, "oa_id": platform.oa_id, "api_url": url}
    account = ZaloAccount(**known, contact_image="https://mc.example/lien-he.png")
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=CERTIFICATES) as http:
        made.channel = ZaloChannel(
            account, tokens=tokens, http=http, load=made.load, clock=platform.clock.now
        )
        yield made


# What goes through


async def test_a_text_is_read_and_its_price_is_kept(trial: Trial) -> None:
    (sent,) = await trial.send()
    assert trial.platform.person(PERSON).texts == ["Chào bạn"]
    assert (sent.id, sent.cost) == (trial.platform.calls[0]["id"], "reply")


async def test_what_is_shaped_is_taken_at_every_limit(trial: Trial) -> None:
    choices = [{"title": "t" * 100, "payload": "#MC:" + "p" * 996} for _ in range(5)]
    await trial.send(trial.message("ế" * 2001, choices=choices, asks="contact"))
    screen = trial.platform.person(PERSON).shown
    assert [len(one.text) for one in screen] == [2000, 1, 0]
    assert [len(one.buttons) for one in screen] == [0, 5, 0]
    assert screen[2].template == "request_user_info"


async def test_links_and_phones_are_taken_as_buttons(trial: Trial) -> None:
    choices = [
        {"title": "Mở", "url": "https://dichvucong.gov.vn"},
        {"title": "Gọi", "url": "tel:02361022022"},
    ]
    await trial.send(trial.message("Bạn chọn:", choices=choices))
    assert [one["type"] for one in trial.platform.person(PERSON).shown[0].buttons] == [
        "oa.open.url", "oa.open.phone"
    ]  # fmt: skip


async def test_a_visitor_is_answered_where_visitors_are(trial: Trial) -> None:
    trial.platform.visits("khach", "hoi-thoai", "chào")
    choices = [{"title": "Có", "payload": "#MC:YES"}]
    trial.files["k"] = b"%PDF-1.7"
    media = [{"kind": "file", "key": "k", "name": "don.pdf"}]
    await trial.send(
        trial.message("Bạn chọn:", to=anonymous("khach", "hoi-thoai"), choices=choices, media=media)
    )
    texts, file = trial.platform.person("khach").shown
    assert texts.text.endswith("1. Có")
    assert file.message["attachment"]["type"] == "file"


@pytest.mark.parametrize(
    ("hours", "cost"), [(0, "reply"), (48, "reply"), (48.001, "purchase_quota"), (168, "purchase_quota")]
)
async def test_the_price_by_the_time_since_the_last_word(trial: Trial, hours: float, cost: str) -> None:
    trial.platform.billing = 1
    trial.platform.clock.move(timedelta(hours=hours))
    trial.platform.tokens.until = trial.platform.clock.now() + timedelta(hours=1)
    assert [one.cost for one in await trial.send()] == [cost]


@pytest.mark.parametrize(("hours", "cost"), [(48, "free"), (48.001, "paid")])
async def test_where_the_platform_names_no_price_the_clock_does(
    trial: Trial, hours: float, cost: str
) -> None:
    message = trial.message()
    trial.platform.clock.move(timedelta(hours=hours))
    assert trial.channel._cost({}, message) == cost
    assert trial.channel._cost({"quota": "?"}, message) == cost


# Windows


async def failing(trial: Trial, message: OutboundMessage | None = None) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await trial.send(message)
    return caught.value


async def test_the_window_closes_after_seven_days(trial: Trial) -> None:
    trial.platform.billing = 10
    trial.platform.clock.move(timedelta(days=7))
    trial.platform.tokens.until = trial.platform.clock.now() + timedelta(hours=1)
    assert await trial.send()
    trial.platform.clock.move(timedelta(seconds=1))
    error = await failing(trial)
    assert (type(error), error.code) == (WindowClosed, "-230")
    trial.platform.writes(PERSON, "còn đây")
    assert await trial.send()


async def test_who_never_wrote_or_is_kept_out_is_not_reached(trial: Trial) -> None:
    trial.platform.person("moi")
    assert isinstance(await failing(trial, trial.message(to="moi")), WindowClosed)
    trial.platform.person(PERSON).state = "banned"
    assert isinstance(await failing(trial), Unreachable)


async def test_an_account_without_money_stops_the_channel(trial: Trial) -> None:
    trial.platform.clock.move(timedelta(hours=49))
    trial.platform.tokens.until = trial.platform.clock.now() + timedelta(hours=1)
    for billing, code in ((None, "-320"), (0, "-321")):
        trial.platform.billing = billing
        error = await failing(trial)
        assert (type(error), error.code) == (ChannelStopped, code)


# Every code of the table


KIND = {
    "renew": ChannelStopped, "upload": Undeliverable, "later": TryLater, "delay": TryLater, "refuse": Undeliverable,
    "window": WindowClosed, "unreachable": Unreachable, "stop": ChannelStopped, "unsure": Unsure,
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(FAULTS))
async def test_every_code_is_what_may_be_done_about_it(trial: Trial, code: int) -> None:
    fault = FAULTS[code]
    renews = fault.deed == "renew"
    trial.platform.faults.script += [f"error:{code}"] * (2 if renews else 1)
    error = await failing(trial)
    assert (type(error), error.code) == (KIND[fault.deed], str(code))
    assert fault.means in error.note
    assert len(trial.tokens.renewals) == 1 + renews
    assert trial.platform.person(PERSON).texts == []
    if isinstance(error, TryLater):
        assert error.wait_s == (QUOTA_WAIT_S if fault.deed == "delay" else 0)
    if fault.deed == "stop":
        assert fault.remedy


def test_the_runbook_says_what_to_do_about_every_stop(root: Path) -> None:
    text = (root / "docs" / "runbooks" / "zalo.md").read_text(encoding="utf-8")
    table = text.partition("<!-- zalo-stops")[2].partition("\n\n")[0]
    stops = {code for code, fault in FAULTS.items() if fault.deed in ("stop", "renew")}
    assert {int(found) for found in re.findall(r"`(?:stopped )?(-\d+)`", table)} == stops


async def test_a_code_nobody_knows_is_a_no(trial: Trial) -> None:
    trial.platform.faults.script += ["error:-9999"]
    error = await failing(trial)
    assert (type(error), error.code) == (Undeliverable, "-9999")
    assert "scripted" in error.note


async def test_too_many_calls_wait(trial: Trial) -> None:
    trial.platform.per_minute = 2
    await trial.send()
    await trial.send()
    assert isinstance(await failing(trial), TryLater)
    trial.platform.clock.move(timedelta(minutes=1))
    assert await trial.send()


# Tokens


async def test_a_stale_token_is_renewed_once_and_the_message_sent_once(trial: Trial) -> None:
    trial.tokens.renewals.append("stale")
    (sent,) = await trial.send()
    assert sent.id
    assert len(trial.platform.calls) == 1
    assert trial.platform.refusals == [-216]
    trial.platform.clock.move(timedelta(hours=25))
    assert await trial.send()
    assert trial.platform.refusals == [-216, -220]


async def test_a_new_token_that_is_refused_too_stops_the_channel(trial: Trial) -> None:
    trial.tokens.renewals.append("stale")
    trial.tokens.useless = True
    error = await failing(trial)
    assert (type(error), error.code) == (ChannelStopped, "-216")
    assert trial.platform.refusals == [-216, -216]


# Lines


@pytest.mark.parametrize(
    ("mood", "kind", "read"),
    [("drop", Unsure, 0), ("lost", Unsure, 1), ("500", Unsure, 0), ("502+", Unsure, 1), ("html", Unsure, 0),
     ("503", TryLater, 0), ("429", TryLater, 0), ("404", ChannelStopped, 0), ("413", Undeliverable, 0)],
)  # fmt: skip
async def test_what_a_broken_line_tells(trial: Trial, mood: str, kind: type[SendFailed], read: int) -> None:
    trial.platform.faults.script += [mood]
    assert type(await failing(trial)) is kind
    assert len(trial.platform.person(PERSON).texts) == read


async def test_what_was_lost_is_told_back(trial: Trial) -> None:
    trial.platform.faults.script += ["lost"]
    await failing(trial)
    (told,) = trial.platform.deliveries.waiting
    (echo,) = trial.channel.parse(told.body, now=trial.platform.clock.now())
    assert (echo.kind, echo.sender, echo.text) == ("echo", PERSON, "Chào bạn")


async def test_a_slow_answer_is_waited_for(trial: Trial) -> None:
    trial.platform.faults.script += ["slow:0.1"]
    assert await trial.send()


# Files


def media(kind: str = "image", key: str = "k") -> list[dict[str, str]]:
    return [{"kind": kind, "key": key, "name": "tep"}]


@pytest.mark.parametrize(
    ("kind", "content"),
    [("image", JPEG), ("image", PNG), ("gif", GIF), ("file", b"%PDF-1.7"), ("file", b"PK\x03\x04")],
)
async def test_a_file_is_uploaded_once_and_shown(trial: Trial, kind: str, content: bytes) -> None:
    trial.files["k"] = content
    await trial.send(trial.message(media=media(kind)))
    await trial.send(trial.message(media=media(kind)))
    assert trial.loaded == ["k"]
    parts = trial.channel.shape(trial.message(media=media(kind)))
    echo = [
        trial.channel.parse(one.body, now=trial.platform.clock.now())[0]
        for one in trial.platform.deliveries.waiting
    ]
    assert [one.text for one in echo[:2]] == [part.text for part in parts]
    assert len(trial.platform.assets) == 1
    assert len(trial.platform.person(PERSON).shown) == 4


async def test_an_expired_upload_is_made_again_and_sent_once(trial: Trial) -> None:
    trial.files["k"] = JPEG
    await trial.send(trial.message(media=media()))
    trial.platform.clock.move(timedelta(days=6, hours=23, minutes=59, seconds=59))
    trial.platform.writes(PERSON, "còn đây")
    trial.platform.tokens.until = trial.platform.clock.now() + timedelta(days=1)
    await trial.send(trial.message(media=media()))
    assert len(trial.platform.assets) == 1
    trial.platform.clock.move(timedelta(seconds=2))
    await trial.send(trial.message(media=media()))
    assert trial.platform.refusals == [-100]
    assert len(trial.platform.assets) == 2
    assert len(trial.platform.calls) == 6


async def test_an_upload_that_expires_at_once_is_given_up(trial: Trial) -> None:
    trial.files["k"] = JPEG
    (_, part) = trial.channel.shape(trial.message(media=media()))
    trial.platform.faults.script += ["", "error:-100", "", "error:-100"]
    with pytest.raises(Undeliverable):
        await trial.channel.send(part, trial.message())
    assert len(trial.platform.assets) == 2


@pytest.mark.parametrize("kind", sorted(RULES))
def test_files_at_the_limit_and_one_past_it(kind: str) -> None:
    rule = RULES[kind]  # type: ignore[index]  # one of its keys
    start = rule.starts[0][0]
    assert media_type(kind, start + b"x" * (rule.most - len(start)))  # type: ignore[arg-type]
    for content in (start + b"x" * (rule.most - len(start) + 1), b"", b"MZ nothing that is shown"):
        with pytest.raises(Undeliverable):
            media_type(kind, content)  # type: ignore[arg-type]


async def test_the_months_uploads_run_out(trial: Trial) -> None:
    trial.platform.uploads_a_month, trial.files["k"], trial.files["l"] = 1, JPEG, JPEG
    await trial.send(trial.message(media=media()))
    error = await failing(trial, trial.message(media=media(key="l")))
    assert (type(error), error.code) == (TryLater, "-211")


async def test_without_a_place_to_load_from_files_are_left_out(trial: Trial) -> None:
    bare = ZaloChannel(ZaloAccount(app_id="1", secret="s"), tokens=trial.tokens, http=httpx.AsyncClient())
    assert len(bare.shape(trial.message(media=media()))) == 1
    with pytest.raises(Undeliverable):
        await bare.send(Part(content={"message": {}}, extra=media()[0]), trial.message())


# The rest of the API


async def test_who_somebody_is_and_what_the_account_is(trial: Trial) -> None:
    trial.platform.follows(PERSON)
    profile = await trial.channel.api.profile(PERSON)
    assert (profile["display_name"], profile["user_is_follower"]) == ("Nguyễn Văn A", True)
    assert profile["user_last_interaction_date"] == "20/11/2026"
    assert (await trial.channel.api.account())["oa_type"] == 4
    last = await trial.channel.api.last_interaction_ms(PERSON)
    assert last == int(trial.platform.clock.now().timestamp() * 1000)
    with pytest.raises(Undeliverable):
        await trial.channel.api.profile("nobody")
