"""The app's services in memory, with the rules of the real ones that the dialogue relies on."""

from __future__ import annotations

from typing import Any

from bot.answer.messages import message
from bot.answer.reply import Reply, TicketRef

SECRET = "K7QM2XPA"


class MemoryServices:
    """Answers by echo; files a report once per message; knows the tickets it filed."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.filed: dict[str, dict[str, Any]] = {}
        self.fail = False
        self.similar: list[dict[str, str]] = []
        self.voices: list[tuple[str, str]] = []
        self.closed = False
        self.forgotten = 0

    async def answer(self, *, text: str, payload: str, act: str, metadata: dict[str, Any]) -> dict[str, Any]:
        if self.fail:
            raise RuntimeError(f"cannot answer {text}")
        self.asked.append({"text": text, "payload": payload, "act": act})
        context = {**metadata.get("context", {}), "procedure": "1.001193"}
        reply = Reply(status="answered", text=f"Trả lời: {text}", context=context)
        return reply.model_dump(mode="json")

    async def file_report(self, *, report: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
        self.filed.setdefault(str(metadata["inbox_id"]), report)
        code = f"PA-2026-{len(self.filed):06d}"
        ticket = TicketRef(code=code, secret=SECRET)
        reply = Reply(status="report_filed", text=f"Đã gửi, mã {code}, mã bí mật {SECRET}.", ticket=ticket)
        return reply.model_dump(mode="json")

    async def similar_reports(
        self, *, report: dict[str, Any], metadata: dict[str, Any]
    ) -> list[dict[str, str]]:
        return list(self.similar)

    async def add_voice(self, *, code: str, text: str, metadata: dict[str, Any]) -> bool:
        self.voices.append((code, text))
        return not self.closed

    async def forget_photos(self, *, metadata: dict[str, Any]) -> None:
        self.forgotten += 1

    async def ticket_status(self, *, code: str, secret: str, metadata: dict[str, Any]) -> dict[str, Any]:
        known = secret == SECRET and int(code[-6:]) <= len(self.filed)
        text = f"{code}: đã tiếp nhận" if known else "Không thấy phản ánh nào có mã này."
        return Reply(status="ticket_status", text=text).model_dump(mode="json")

    def message(self, key: str, **values: str) -> str:
        return message(key, **values)
