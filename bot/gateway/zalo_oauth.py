"""Zalo's OAuth v4 for Official Accounts: the consent of an administrator, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from bot.channels.base import ChannelStopped, SendFailed, TryLater, Unsure
from bot.channels.zalo_errors import FAULTS
from bot.gateway.settings import Settings

ACCESS_LASTS, REFRESH_LASTS = timedelta(hours=25), timedelta(days=90)
_CONSENT, _TOKEN = "/v4/oa/permission", "/v4/oa/access_token"  # paths
_THROTTLED = -32
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A pair of tokens as it was answered. The access token before it is dead by now."""

    access: str
    refresh: str
    issued_at: datetime
    expires_at: datetime
    renew_by: datetime


@dataclass(frozen=True, kw_only=True)
class OAuth:
    """Where consent is given and tokens are had for one app."""

    url: str
    app_id: str
    app_secret: str
    redirect_uri: str

    @classmethod
    def of(cls, settings: Settings) -> OAuth:
        return cls(
            url=settings.zalo_oauth_url.rstrip("/"),
            app_id=settings.zalo_app_id,
            app_secret=settings.zalo_app_secret.get_secret_value(),
            redirect_uri=settings.zalo_redirect_uri
            or f"{settings.public_url.rstrip('/')}/channels/zalo/consent",
        )

    @property
    def token_url(self) -> str:
        return self.url + _TOKEN

    @property
    def headers(self) -> dict[str, str]:
        return {"secret_key": self.app_secret}

    def refreshing(self, refresh: str) -> dict[str, str]:
        """The form that turns a refresh token into a pair."""
        return {"app_id": self.app_id, "grant_type": "refresh_token", "refresh_token": refresh}

    def exchanging(self, code: str, verifier: str) -> dict[str, str]:
        """The form that turns an administrator's consent into a pair."""
        return {
            "app_id": self.app_id, "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
        }  # fmt: skip

    def consent_url(self, asked: Asked) -> str:
        query = {
            "app_id": self.app_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": asked.challenge,
            "state": asked.state,
        }
        return f"{self.url}{_CONSENT}?{urlencode(query)}"

    async def exchange(self, http: httpx.AsyncClient, code: str, *, verifier: str, now: datetime) -> Granted:
        """The first pair, for a code of an administrator's consent: it lives ten minutes and works once.

        Raises:
            SendFailed: the platform refused it, or was not reached.
        """
        try:
            answer = await http.post(
                self.token_url, data=self.exchanging(code, verifier), headers=self.headers, timeout=20.0
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise TryLater(type(error).__name__, note="ZALO_OAUTH_URL is not reached") from error
        except httpx.HTTPError as error:
            raise Unsure(type(error).__name__, note="the answer was lost: begin again") from error
        return granted(answer.status_code, answer.text, now=now)


@dataclass(frozen=True)
class Asked:
    """One asking for consent: the verifier stays here, its hash goes to the platform (PKCE, S256)."""

    verifier: str
    state: str

    @classmethod
    def afresh(cls) -> Asked:
        return cls(
            secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        )  # 43 characters, as the platform wants

    @property
    def challenge(self) -> str:
        return challenge(self.verifier)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def code_in(said: str, *, state: str, oa_id: str) -> str:
    """The code in what an administrator pasted: the whole address they were sent back to, or the code alone.

    Raises:
        ChannelStopped: it is the answer to another asking, or of another OA, or says an error.
    """
    said = said.strip()
    if "?" not in said and "=" not in said:
        return said
    fields = {name: values[0] for name, values in parse_qs(urlsplit(said).query or said).items()}
    if error := fields.get("error") or fields.get("error_code"):
        raise _refused(error, fields)
    if fields.get("state", state) != state:
        raise ChannelStopped("state", note="this address answers another `motcua zalo login`")
    if oa_id and fields.get("oa_id", oa_id) != oa_id:
        raise ChannelStopped("oa_id", note=f"consent was given for the OA {fields['oa_id']}, not {oa_id}")
    return fields.get("code", "")


def granted(status: int, body: str, *, now: datetime) -> Granted:
    """The pair in an answer of the token address.

    Raises:
        TryLater: throttled.
        Unsure: no answer of the platform itself.
        ChannelStopped: any other failure: an administrator must consent again.
    """
    data = _object(body)
    access, refresh = data.get("access_token"), data.get("refresh_token")
    if isinstance(access, str) and access and isinstance(refresh, str) and refresh:
        return Granted(
            access=access,
            refresh=refresh,
            issued_at=now,
            expires_at=now + _lasting(data.get("expires_in"), ACCESS_LASTS),
            renew_by=now + _lasting(data.get("refresh_token_expires_in"), REFRESH_LASTS),
        )
    if "error" in data:
        raise _refused(data["error"], data)
    raise Unsure(str(status), note="the token address answered with neither tokens nor an error")


def _refused(code: object, data: Mapping[str, Any]) -> SendFailed:
    number = int(str(code)) if str(code).lstrip("-").isdigit() else 0
    if number == _THROTTLED:
        return TryLater(str(number), note="more calls than the platform takes")
    known = FAULTS.get(number)
    said = data.get("error_description") or data.get("error_name") or data.get("message") or ""
    note = f"{known.means}: {known.remedy}" if known else str(said)[:200]
    return ChannelStopped(str(code)[:40], note=note)


def _object(body: str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _lasting(said: object, usual: timedelta) -> timedelta:
    """Seconds that arrive as a number or as a string of one."""
    text = str(said)
    if isinstance(said, bool) or not (text.isascii() and text.isdigit() and 0 < len(text) < 12):
        return usual
    return min(timedelta(seconds=int(text)), _LONGEST) or usual
