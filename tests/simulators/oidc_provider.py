"""A small provider of OpenID Connect, real as far as it goes: discovery, keys, the code flow with PKCE, RS256.

It refuses what a strict provider refuses: another redirect address, a missing or wrong verifier, a missing nonce, a
wrong client secret, a code used twice or too old. A test says who is signed in there, and may make its answers wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.oidc.core.util import create_half_hash  # type: ignore[import-untyped]
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CODE_LASTS_S = 60


@dataclass
class Provider:
    """What it knows, and how a test wants it to err."""

    client_id: str = "motcua"
    client_secret: str = "bi-mat-cua-may-khach"
    redirect_uri: str = ""
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)  # claims of who is signed in at this provider
    wrong: dict[str, Any] = field(
        default_factory=dict
    )  # claims that replace the right ones; None takes one away
    elsewhere: dict[str, Any] = field(default_factory=dict)  # claims it tells only where people are described
    forged: bool = False  # signed with a key that is not among its keys
    declines: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access_tokens: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    def id_token(self, asked: dict[str, str], access_token: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "at_hash": create_half_hash(access_token, "RS256").decode(), **self.person, **self.wrong,
        }  # fmt: skip
        signer = RSAKey.generate_key(2048) if self.forged else self.key
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(
            header, {name: value for name, value in claims.items() if value is not None}, signer
        )


def create(provider: Provider) -> FastAPI:
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
            **({"userinfo_endpoint": f"{provider.issuer}/userinfo"} if provider.elsewhere else {}),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        return {"keys": [{**provider.key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}

    @app.get("/authorize")
    async def authorize(request: Request) -> Any:
        asked = dict(request.query_params)
        if asked.get("client_id") != provider.client_id or asked.get("redirect_uri") != provider.redirect_uri:
            return _refuse(provider, "invalid_request", "unknown client or redirect address")
        state = asked.get("state", "")
        problem = _problem(asked)
        if problem or provider.declines:
            return _back(provider, error="invalid_request" if problem else "access_denied", state=state)
        code = secrets.token_urlsafe(24)
        provider.codes[code] = {**asked, "at": str(time.time())}
        return _back(provider, code=code, state=state, iss=provider.issuer)

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not _is_client(provider, request.headers.get("authorization", "")):
            return _refuse(provider, "invalid_client", "wrong name or secret", status=401)
        asked = provider.codes.pop(form.get("code", ""), None)  # good once
        if asked is None or time.time() - float(asked["at"]) > CODE_LASTS_S:
            return _refuse(provider, "invalid_grant", "no such code")
        if (
            form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return _refuse(provider, "invalid_grant", "another redirect address")
        if not hmac.compare_digest(_challenge(form.get("code_verifier", "")), asked["code_challenge"]):
            return _refuse(provider, "invalid_grant", "wrong verifier")
        access_token = secrets.token_urlsafe(24)
        provider.access_tokens.add(access_token)
        body = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300}
        return JSONResponse({**body, "id_token": provider.id_token(asked, access_token)})

    @app.get("/userinfo")
    async def userinfo(request: Request) -> JSONResponse:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in provider.access_tokens:
            return _refuse(provider, "invalid_token", "no such token", status=401)
        return JSONResponse(provider.elsewhere)

    return app


def _problem(asked: dict[str, str]) -> str:
    """Why a request for a code is refused; "" when it is not."""
    if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
        return "not the code flow"
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) < 43:
        return "no challenge"
    return (
        "" if len(asked.get("nonce", "")) >= 16 and len(asked.get("state", "")) >= 16 else "no nonce or state"
    )


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _is_client(provider: Provider, header: str) -> bool:
    pair = f"{provider.client_id}:{provider.client_secret}".encode()
    return hmac.compare_digest(header.encode(), b"Basic " + base64.b64encode(pair))


def _back(provider: Provider, **fields: str) -> RedirectResponse:
    return RedirectResponse(f"{provider.redirect_uri}?{urlencode(fields)}", 302)


def _refuse(provider: Provider, error: str, why: str, *, status: int = 400) -> JSONResponse:
    provider.refusals.append(why)
    return JSONResponse({"error": error, "error_description": why}, status)
