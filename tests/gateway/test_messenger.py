"""Messenger from the settings, and what `motcua messenger` sees and sets up, against the simulated platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from bot.channels import messenger_profile
from bot.channels.messenger import MessengerChannel
from bot.cli import app
from bot.gateway import messenger
from bot.gateway.settings import Settings
from knowledge.errors import ChannelNotSet
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.platform import serving


@pytest.fixture(scope="module")
def platform() -> Iterator[MessengerPlatform]:
    yield MessengerPlatform()


@pytest.fixture(scope="module")
def env(platform: MessengerPlatform) -> Iterator[dict[str, str]]:
    with serving(platform) as url:
        yield {
            "MESSENGER_APP_ID": "900",
            "MESSENGER_APP_SECRET": "motcua-app-secret",
            "MESSENGER_VERIFY_TOKEN": "motcua-verify",
            "MESSENGER_PAGES": "101=page-token",
            "MESSENGER_AREAS": "101=dak-lak",
            "MESSENGER_GRAPH_URL": url,
        }


def run(env: dict[str, str], *words: str) -> tuple[int, list[dict[str, Any]]]:
    done = CliRunner().invoke(app, ["messenger", *words, "--json"], env=env)
    return done.exit_code, json.loads(done.stdout)


def test_the_channel_is_there_when_its_settings_are(env: dict[str, str]) -> None:
    config = messenger.config_of(Settings.from_env(env))
    assert config is not None
    assert [(page.id, page.token, page.area) for page in config.pages] == [("101", "page-token", "dak-lak")]
    assert messenger.config_of(Settings.from_env({})) is None


@pytest.mark.parametrize("name", ["MESSENGER_APP_SECRET", "MESSENGER_VERIFY_TOKEN", "MESSENGER_PAGES"])
def test_half_a_channel_does_not_start(env: dict[str, str], name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.from_env({**env, name: ""})


def test_without_settings_there_is_nothing_to_check() -> None:
    with pytest.raises(ChannelNotSet):
        messenger.checked(Settings.from_env({}))


def test_check_names_what_is_missing_setup_mends_it_and_check_is_content(
    env: dict[str, str], platform: MessengerPlatform
) -> None:
    platform.pages["101"].subscribed.clear()
    code, found = run(env, "check")
    assert code == 1
    assert {one["what"]: one["ok"] for one in found} == {
        "token": True, "subscription": False, "profile": False, "persona": True,
    }  # fmt: skip
    code, found = run(env, "setup", "--picture", "https://x.vn/canbo.png")
    assert (code, found[-1]["detail"]) == (0, "MESSENGER_PERSONA=p1")
    run(env, "setup", "--picture", "https://x.vn/canbo.png")
    assert len(platform.pages["101"].personas) == 1
    code, found = run({**env, "MESSENGER_PERSONA": "p1"}, "check")
    assert (code, [one["detail"] for one in found]) == (0, [""] * 4)


def test_a_persona_that_is_gone_and_a_token_that_is_none_are_named(
    env: dict[str, str], platform: MessengerPlatform
) -> None:
    code, found = run({**env, "MESSENGER_PERSONA": "p9"}, "check")
    assert code == 1 and "p9" in found[-1]["detail"]
    code, found = run({**env, "MESSENGER_PAGES": "101=wrong"}, "check")
    assert code == 1 and all(one["detail"].startswith("stopped 190") for one in found[:3])
    code, found = run({**env, "MESSENGER_PAGES": "101=wrong"}, "setup")
    assert code == 1 and "wrong" not in json.dumps(found)


def test_the_greeting_says_that_a_machine_answers() -> None:
    said = messenger_profile.profile()["greeting"][0]["text"]
    assert "tự động" in said
    assert len(said) <= 160


async def test_a_tap_on_the_menu_and_on_a_first_question_is_understood(
    env: dict[str, str], platform: MessengerPlatform
) -> None:
    config = messenger.config_of(Settings.from_env(env))
    assert config is not None
    platform.pages["101"].profile.update(messenger_profile.profile())
    platform.chooses("202", "Gửi phản ánh")
    platform.chooses("202", "Đăng ký khai sinh ở đâu?")
    platform.batch = 10
    (delivery,) = platform.pack()
    async with httpx.AsyncClient() as http:
        channel = MessengerChannel(config, http)
        menu, question = channel.parse(delivery.body, now=platform.clock.now())
    assert (menu.payload, menu.area) == ("#MC:REPORT", "dak-lak")
    assert (question.text, question.payload) == ("Đăng ký khai sinh ở đâu?", "")


def test_the_subscription_is_answered_to_whoever_knows_our_word(env: dict[str, str]) -> None:
    config = messenger.config_of(Settings.from_env(env))
    assert config is not None
    channel = MessengerChannel(config, httpx.AsyncClient())
    asked = MessengerPlatform().verification("42")
    assert channel.subscription(asked) == "42"
    assert channel.subscription({**asked, "hub.verify_token": "x"}) is None
