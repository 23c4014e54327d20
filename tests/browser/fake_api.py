"""A protocol fake of the public API, for tests of the page in front of it.

It speaks design.md section 5 (tokens, problem+json, streamed answers, idempotency keys, history, deletion,
feedback) and serves the built page under the policy of the real server. What it answers is canned:
`web/tests/fixtures/replies.json`, which a test reads against `bot.answer.reply.Reply`.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from bot.answer.reply import Reply
from bot.gateway.schemas import AreaOut, AreasOut, MessageOut, ReplyOut

ROOT = Path(__file__).resolve().parent.parent.parent
DIST = ROOT / "web" / "dist"
REPLIES = ROOT / "web" / "tests" / "fixtures" / "replies.json"
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
LIMIT = 2000


def canned() -> dict[str, dict[str, Any]]:
    """Every fixture as the whole JSON of a Reply."""
    raw = json.loads(REPLIES.read_text("utf-8"))
    return {name: Reply.model_validate(reply).model_dump(mode="json") for name, reply in raw.items()}


@dataclass
class Conversation:
    token: str
    area: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Fake:
    """The state of the server and the faults a test asks for."""

    replies: dict[str, dict[str, Any]] = field(default_factory=canned)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)  # statuses of the next messages, in order
    areas: list[dict[str, str]] = field(default_factory=list)
    cut_next: bool = False  # accept the next message, then break the stream
    delay: float = 0.0  # between the pieces of an answer

    def choose(self, text: str, payload: str) -> dict[str, Any]:
        """Which canned reply a message gets."""
        by_payload = {"#MC:REPORT": "report_what", "#MC:YES": "report_filed"}
        if payload in by_payload:
            return self.replies[by_payload[payload]]
        if payload.startswith(("#MC:PROC:", "#MC:ASK:")):
            return self.replies["fee"]
        words = {
            "khai sinh": "documents",
            "lái xe": "clarify",
            "giá vàng": "refused",
            "ổ gà": "report_consent",
            "cháy": "emergency",
            "<": "hostile",
        }
        return self.replies[next((name for word, name in words.items() if word in text), "fee")]


def problem(status: int, detail: str, **headers: str) -> JSONResponse:
    body = {"type": "about:blank", "title": "problem", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json", headers=headers)


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _line(direction: Literal["in", "out"], text: str, in_reply_to: str | None = None) -> dict[str, Any]:
    line = MessageOut(
        message_id=uuid4(),
        in_reply_to=UUID(in_reply_to) if in_reply_to else None,
        direction=direction,
        text=text,
        created_at=datetime.now(UTC),
    )
    return line.model_dump(mode="json")


async def _pieces(fake: Fake, answer: dict[str, Any], *, cut: bool) -> AsyncIterator[str]:
    yield _event("accepted", {"message_id": answer["in_reply_to"]})
    yield _event("status", {"text": "Đang tìm trong văn bản…"})
    if cut:
        raise ConnectionError("the test asked for a broken stream")
    for word in answer["text"].split(" "):
        await asyncio.sleep(fake.delay)
        yield _event("text", {"delta": word + " "})
    yield _event("reply", answer["reply"])


def create(fake: Fake) -> FastAPI:
    app = FastAPI()

    def allowed(request: Request, conversation_id: str) -> Conversation | None:
        found = fake.conversations.get(conversation_id)
        given = request.headers.get("authorization", "")
        return found if found and given == f"Bearer {found.token}" else None

    @app.middleware("http")
    async def policy(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["content-security-policy"] = POLICY
        return response

    @app.post("/api/v1/conversations", status_code=201)
    async def begin(body: dict[str, Any]) -> dict[str, str]:
        made = str(uuid4())
        fake.conversations[made] = Conversation(secrets.token_urlsafe(16), body.get("area", ""))
        return {"conversation_id": made, "token": fake.conversations[made].token}

    @app.post("/api/v1/conversations/{conversation_id}/messages")
    async def say(conversation_id: str, body: dict[str, Any], request: Request) -> Response:
        conversation = allowed(request, conversation_id)
        if conversation is None:
            return problem(404, "Không tìm thấy cuộc trò chuyện này.")
        if fake.failures:
            return problem(fake.failures.pop(0), "Bạn thử lại sau nhé.", **{"retry-after": "20"})
        if not 0 < len(body["text"]) <= LIMIT:
            return problem(422, "Tin nhắn dài quá 2.000 ký tự.")
        answer = _answer(conversation, body, request.headers.get("idempotency-key", ""))
        cut, fake.cut_next = fake.cut_next, False
        if "text/event-stream" not in request.headers.get("accept", ""):
            return JSONResponse(answer["reply"])
        return StreamingResponse(_pieces(fake, answer, cut=cut), media_type="text/event-stream")

    def _answer(conversation: Conversation, body: dict[str, Any], key: str) -> dict[str, Any]:
        if key in conversation.by_key:
            return conversation.by_key[key]
        reply = fake.choose(body["text"], body.get("payload", ""))
        said = _line("in", body["text"])
        answer = _line("out", reply["text"], in_reply_to=said["message_id"])
        answer["reply"] = ReplyOut.of(reply, message_id=UUID(answer["message_id"])).model_dump(mode="json")
        conversation.messages += [said, answer]
        conversation.by_key[key] = answer
        return answer

    @app.get("/api/v1/conversations/{conversation_id}/messages")
    async def read(conversation_id: str, request: Request) -> Response:
        conversation = allowed(request, conversation_id)
        if conversation is None:
            return problem(404, "Không tìm thấy cuộc trò chuyện này.")
        return JSONResponse({"messages": conversation.messages})

    @app.delete("/api/v1/conversations/{conversation_id}")
    async def delete(conversation_id: str, request: Request) -> Response:
        if allowed(request, conversation_id) is None:
            return problem(404, "Không tìm thấy cuộc trò chuyện này.")
        del fake.conversations[conversation_id]
        return Response(status_code=204)

    @app.post("/api/v1/conversations/{conversation_id}/messages/{message_id}/feedback", status_code=204)
    async def rate(conversation_id: str, message_id: str, body: dict[str, Any], request: Request) -> Response:
        conversation = allowed(request, conversation_id)
        if conversation is None or message_id not in [one["message_id"] for one in conversation.messages]:
            return problem(404, "Không tìm thấy câu trả lời này.")
        fake.feedback.append(body)
        return Response(status_code=204)

    @app.get("/api/v1/areas")
    async def areas() -> AreasOut:
        return AreasOut(areas=[AreaOut(level="province", **area) for area in fake.areas])

    @app.post("/hoi")
    async def plain(q: str = Form(), area: str = Form("")) -> HTMLResponse:
        reply = fake.choose(q, "")
        page = (
            f"<h1>Trả lời</h1><p id=q>{escape(q)}</p><p id=a>{escape(reply['text'])}</p><p>{escape(area)}</p>"
        )
        return HTMLResponse(f'<!doctype html><html lang="vi"><title>Trả lời</title>{page}</html>')

    app.mount("/", StaticFiles(directory=DIST, html=True))
    return app
