"""What Zalo answers when it does not take a call, as data: what the code means and what is done about it.

Zalo answers HTTP 200 in any case; the code stands inside. Source: the error table of docs.zaloplatforms.com, as copied
in 2026. A code that is not here was still a no: nothing was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.channels.base import (
    ChannelStopped,
    SendFailed,
    TryLater,
    Undeliverable,
    Unreachable,
    Unsure,
    WindowClosed,
)

Deed = Literal["renew", "upload", "later", "delay", "refuse", "window", "unreachable", "stop", "unsure"]
QUOTA_WAIT_S = 3600.0  # a quota is counted by the day or the package; asking more often only fills the log


@dataclass(frozen=True)
class Fault:
    """One code. `means` is for operators; `remedy` is what an administrator does, where one must."""

    deed: Deed
    means: str
    remedy: str = ""


_LOGIN = "run `motcua zalo login`: an administrator of the OA must consent again"
_OWNER = "open OA Manager (oa.zalo.me) as the OA's owner"
_CONSOLE = "open developers.zalo.me, the app, as its owner"
_BILL = "top up or link the Zalo Cloud Account that pays for messages after 48 hours"

FAULTS: dict[int, Fault] = {
    -216: Fault("renew", "the access token is invalid", _LOGIN),
    -220: Fault("renew", "the access token has expired or was removed", _LOGIN),
    -32: Fault("later", "more calls than the platform takes"),
    -100: Fault("upload", "the uploaded asset has expired"),
    -201: Fault("refuse", "a field is invalid"),
    -210: Fault("refuse", "something is longer or larger than allowed"),
    -213: Fault("unreachable", "the person does not follow the OA"),
    -227: Fault("unreachable", "the person's account is banned or was idle for more than 45 days"),
    -230: Fault("window", "the person did nothing here for 7 days"),
    -232: Fault("window", "the person did nothing here, or too long ago"),
    -233: Fault("refuse", "this type of message is not allowed here"),
    -234: Fault("refuse", "this type of message is not sent at night"),
    -244: Fault("unreachable", "the person restricts messages of this type"),
    -248: Fault("refuse", "against the platform's policy"),
    -249: Fault("refuse", "this template is not sent by user id"),
    -204: Fault("stop", "the OA is disabled", _OWNER),
    -205: Fault("stop", "the OA does not exist", "compare ZALO_OA_ID with OA Manager"),
    -209: Fault("stop", "the app is not active", f"{_CONSOLE}, and switch it to Live"),
    -212: Fault("stop", "the API is not registered for the app", f"{_CONSOLE}, and ask for the API"),
    -219: Fault("stop", "the app was removed", _CONSOLE),
    -221: Fault("stop", "the OA is not verified", f"{_OWNER}, and hand in the verification"),
    -223: Fault("stop", "the OA has not authorised the app", _LOGIN),
    -224: Fault("stop", "the OA's package does not include this", f"{_OWNER}, and look at the package"),
    -235: Fault("stop", "the OA's type may not do this", _OWNER),
    -242: Fault("stop", "appsecret_proof is wrong or missing", f"{_CONSOLE}, and switch appsecret_proof off"),
    -320: Fault("stop", "no Zalo Cloud Account is linked", _BILL),
    -321: Fault("stop", "the Zalo Cloud Account is empty", _BILL),
    -211: Fault("delay", "the OA's quota is used up", f"{_OWNER}, and look at the package"),
    -218: Fault("delay", "the quota for this person is used up"),
    -200: Fault("refuse", "the platform failed to send it"),
    -214: Fault("unsure", "the platform is still working on it"),
    -217: Fault("refuse", "the person cannot be invited"),
    -240: Fault("refuse", "this v2 call was closed"),
    -403: Fault("refuse", "the OA is not in the group"),
    -14002: Fault("stop", "the app id is wrong", "compare ZALO_APP_ID with developers.zalo.me"),
    -14003: Fault(
        "stop",
        "the redirect address or the code challenge is another than registered",
        "compare ZALO_REDIRECT_URI with the app's OA callback address",
    ),
}
UNKNOWN = Fault("refuse", "a code that the table does not know")


def fault(code: int) -> Fault:
    return FAULTS.get(code, UNKNOWN)


def failure(code: int, said: str = "") -> SendFailed:
    """The code as what may be done about it. A token or an asset is one only after it was renewed in vain."""
    found = fault(code)
    note = f"{found.means}: {said[:200]}" if found is UNKNOWN and said else found.means
    if found.deed in ("later", "delay"):
        return TryLater(str(code), note=note, wait_s=QUOTA_WAIT_S if found.deed == "delay" else 0.0)
    return _KINDS[found.deed](str(code), note=note)


_KINDS: dict[str, type[SendFailed]] = {
    "renew": ChannelStopped,
    "upload": Undeliverable,
    "refuse": Undeliverable,
    "window": WindowClosed,
    "unreachable": Unreachable,
    "stop": ChannelStopped,
    "unsure": Unsure,
}
