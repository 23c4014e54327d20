"""Outside identities over OpenID Connect: the code flow with PKCE, state and nonce, by Authlib.

What is between the two requests of a sign-in travels sealed in a cookie of that browser: nothing is kept here, and a
code that was got in another browser is worth nothing.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.base_client import BaseApp  # type: ignore[import-untyped]
from authlib.integrations.base_client.async_app import AsyncOAuth2Mixin  # type: ignore[import-untyped]
from authlib.integrations.base_client.async_openid import AsyncOpenIDMixin  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from httpx2 import HTTPError
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict

from bot.gateway.settings import Settings
from desk.identities import Identity
from knowledge.errors import IdentityRefused

WAY_LASTS = timedelta(minutes=10)
SCOPE = "openid email"
_TIMEOUT_S = 8.0
_LEEWAY_S = 60
# Signed with the provider's own key: never "none", never our shared secret.
_SIGNED_BY = ("RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512", "PS384", "PS512")
_SECOND_FACTORS = frozenset({"mfa", "otp"})  # of RFC 8176
# What a provider, or a network, can do wrong. ValueError and TypeError: what should be JSON or a key and is not.
_FAILURES = (AuthlibBaseError, JoseError, HTTPError, ValueError, TypeError, KeyError, RuntimeError)


class Way(BaseModel):
    """What is kept while somebody is at the provider."""

    model_config = ConfigDict(frozen=True)

    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    then: str
    until: float  # seconds since 1970


class _Provider(AsyncOAuth2Mixin, AsyncOpenIDMixin, BaseApp):  # type: ignore[misc]  # Authlib has no types
    client_cls = AsyncOAuth2Client

    async def load_server_metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = await super().load_server_metadata()
        if metadata.get("issuer") != self.name:
            raise IdentityRefused(f"the provider calls itself {metadata.get('issuer')!r}, not OIDC_ISSUER")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [name for name in offered if name in _SIGNED_BY]
        return metadata


def _provider(settings: Settings) -> _Provider:
    """A new one for each request: what it read of the provider is never old.

    Raises:
        IdentityRefused: none is set, or its address is not https and not this machine.
    """
    address = urlsplit(settings.oidc_issuer)
    if address.scheme != "https" and not (address.scheme == "http" and _is_here(address.hostname or "")):
        raise IdentityRefused("OIDC_ISSUER is empty or not an https address")
    return _Provider(
        None,
        settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "timeout": _TIMEOUT_S},
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def begin(settings: Settings, *, redirect_uri: str, then: str, until: float) -> tuple[str, Way]:
    """The provider's address to send the browser to, and what to keep meanwhile.

    Raises:
        IdentityRefused: the provider is not there, or not what OIDC_ISSUER says.
    """
    try:
        made = await _provider(settings).create_authorization_url(redirect_uri)
    except _FAILURES as error:
        raise IdentityRefused(f"the provider cannot be asked: {error}") from error
    url = str(made.pop("url"))
    return url, Way(redirect_uri=redirect_uri, then=then, until=until, **made)


async def finish(settings: Settings, way: Way, given: Mapping[str, str]) -> Identity:
    """Who came back; `given` are the parameters of the request they came back with.

    Raises:
        IdentityRefused: the person or the provider declined, or what came back does not hold.
    """
    if not hmac.compare_digest(given.get("state", "").encode(), way.state.encode()):
        raise IdentityRefused("another state came back: not the sign-in that was begun in this browser")
    if given.get("iss", settings.oidc_issuer) != settings.oidc_issuer:  # RFC 9207
        raise IdentityRefused("another provider answered")
    if "error" in given or not given.get("code"):
        raise IdentityRefused(f"the provider declined: {given.get('error', '')[:100]!r}")
    provider = _provider(settings)
    try:
        token = await provider.fetch_access_token(
            way.redirect_uri, code=given["code"], code_verifier=way.code_verifier
        )
        claims = await provider.parse_id_token(
            token, way.nonce, claims_options=_wanted(settings), leeway=_LEEWAY_S
        )
        address = claims if not claims or "email" in claims else await _more(provider, token, claims)
    except _FAILURES as error:
        raise IdentityRefused(f"what the provider says does not hold: {error}") from error
    if not claims:
        raise IdentityRefused("the provider sent no identity")
    return _identity(claims, address, trusted=settings.oidc_trust_mfa)


async def _more(provider: _Provider, token: Any, claims: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ANN401
    """What the provider says elsewhere than in the token: many put the address only there (OIDC Core 5.4)."""
    if not (await provider.load_server_metadata()).get("userinfo_endpoint"):
        return {}
    said: Mapping[str, Any] = await provider.userinfo(token=token)
    return said if said.get("sub") == claims["sub"] else {}  # of somebody else: 5.3.2


def _wanted(settings: Settings) -> dict[str, dict[str, object]]:
    return {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
        "sub": {"essential": True},
    }


def _identity(claims: Mapping[str, Any], address: Mapping[str, Any], *, trusted: bool) -> Identity:
    verified = address.get("email_verified") is True
    return Identity(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=str(address.get("email") or "") if verified else "",
        second_factor=trusted or bool(_SECOND_FACTORS & {str(way) for way in claims.get("amr") or ()}),
    )
