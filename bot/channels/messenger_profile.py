"""What of a Page is set up: its subscription, the words before the first message, the persona of officials.

https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.base import SendFailed
from bot.channels.messenger import MessengerChannel
from bot.channels.messenger_events import START
from bot.channels.messenger_graph import Graph, words

FIELDS = (
    "messages", "messaging_postbacks", "message_echoes", "messaging_referrals", "message_deliveries", "message_reads",
)  # fmt: skip
GREETING, MENU, MENU_TITLE, ICE_BREAKERS, QUESTION = 160, 3, 30, 4, 80


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at; `detail` says what to do when it is not as it should be."""

    page: str
    what: str
    ok: bool
    detail: str = ""


def profile() -> dict[str, Any]:
    """The body of the profile's call.

    Raises:
        ValueError: the words in messenger.yml are longer than Messenger takes.
    """
    said: Mapping[str, Any] = words()["profile"]
    menu, ice = said["menu"], said["ice_breakers"]
    if len(said["greeting"]) > GREETING or len(menu) > MENU or len(ice) > ICE_BREAKERS:
        raise ValueError("messenger.yml: the greeting, the menu or the ice breakers are too long")
    if any(len(one["title"]) > MENU_TITLE for one in menu) or any(
        len(one["title"]) > QUESTION for one in ice
    ):
        raise ValueError("messenger.yml: a title is too long")
    items = [{"type": "postback", **one} for one in menu]
    questions = [{"question": one["title"], "payload": one["payload"]} for one in ice]
    return {
        "get_started": {"payload": START},
        "greeting": [{"locale": "default", "text": said["greeting"]}],
        "persistent_menu": [
            {"locale": "default", "composer_input_disabled": False, "call_to_actions": items}
        ],
        "ice_breakers": [{"locale": "default", "call_to_actions": questions}],
    }


async def check(channel: MessengerChannel) -> list[Finding]:
    """Whether the platform knows us as it should; every Page, one thing after the other."""
    found = []
    for page in channel.config.pages:
        graph = channel.graph(page.id)
        for what, look in _LOOKS.items():
            try:
                detail = await look(graph, page.id, channel)
            except SendFailed as error:
                detail = str(error)
            found.append(Finding(page=page.id, what=what, ok=not detail, detail=detail))
    return found


async def set_up(channel: MessengerChannel, *, picture: str = "") -> list[Finding]:
    """Subscribe to what we read and write the profile; with a picture's address also the persona of officials.

    Raises:
        SendFailed: the platform refused one of the calls.
    """
    found = []
    for page in channel.config.pages:
        graph = channel.graph(page.id)
        await graph.post(f"{page.id}/subscribed_apps", {"subscribed_fields": ",".join(FIELDS)})
        await graph.post(f"{page.id}/messenger_profile", profile())
        found.append(Finding(page=page.id, what="subscription and profile", ok=True))
        if picture:
            made = await _persona(graph, page.id, picture=picture)
            found.append(Finding(page=page.id, what="persona", ok=True, detail=f"MESSENGER_PERSONA={made}"))
    return found


async def _persona(graph: Graph, page: str, *, picture: str) -> str:
    """The id of officials' persona, made when there is none of its name."""
    name = words()["profile"]["persona"]
    for one in (await graph.get(f"{page}/personas")).get("data", []):
        if one.get("name") == name:
            return str(one["id"])
    made = await graph.post(f"{page}/personas", {"name": name, "profile_picture_url": picture})
    return str(made["id"])


async def _token(graph: Graph, page: str, channel: MessengerChannel) -> str:
    said = await graph.get(page, fields="id,name")
    return "" if str(said.get("id")) == page else "the token is of another Page"


async def _subscription(graph: Graph, page: str, channel: MessengerChannel) -> str:
    apps = (await graph.get(f"{page}/subscribed_apps")).get("data", [])
    ours = next((one for one in apps if str(one.get("id")) == channel.config.app_id), None)
    if ours is None:
        return "not subscribed: run `motcua messenger setup`"
    missing = sorted(set(FIELDS) - set(ours.get("subscribed_fields", [])))
    return f"not subscribed to {', '.join(missing)}: run `motcua messenger setup`" if missing else ""


async def _profile(graph: Graph, page: str, channel: MessengerChannel) -> str:
    wanted = profile()
    data = (await graph.get(f"{page}/messenger_profile", fields=",".join(wanted))).get("data", [])
    standing = data[0] if data else {}
    other = [name for name, value in wanted.items() if not _within(value, standing.get(name))]
    return f"{', '.join(other)} is not as in messenger.yml: run `motcua messenger setup`" if other else ""


def _within(wanted: Any, standing: Any) -> bool:  # noqa: ANN401  # JSON
    """Whether all that we set stands there; the platform may add fields of its own."""
    if isinstance(wanted, dict):
        return isinstance(standing, dict) and all(
            _within(value, standing.get(key)) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        same_length = isinstance(standing, list) and len(wanted) == len(standing)
        return same_length and all(_within(*pair) for pair in zip(wanted, standing, strict=True))
    return bool(wanted == standing)


async def _officials(graph: Graph, page: str, channel: MessengerChannel) -> str:
    persona = channel.config.persona
    if not persona:
        return ""
    known = {str(one.get("id")) for one in (await graph.get(f"{page}/personas")).get("data", [])}
    return "" if persona in known else f"no persona {persona}: officials' words would be refused"


_LOOKS = {"token": _token, "subscription": _subscription, "profile": _profile, "persona": _officials}
