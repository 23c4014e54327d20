"""An asker that answers from a script, and remembers what it was asked."""

from __future__ import annotations

from bot.answer.reply import Candidate, ProcedureRef, Reply


def reply(status: str = "answered", text: str = "", codes: tuple[str, ...] = (), score: float = 0.5) -> Reply:
    return Reply(
        status=status,
        text=text,
        procedure=ProcedureRef(code=codes[0], title="") if codes else None,
        candidates=[Candidate(code=code, title="", score=score) for code in codes],
    )


class Scripted:
    """Answers each question with what the script says, anything else with a refusal."""

    def __init__(self, script: dict[str, Reply] | None = None) -> None:
        self.script = script or {}
        self.started: list[str] = []
        self.asked: list[str] = []

    def start(self, area: str = "") -> None:
        self.started.append(area)

    def ask(self, text: str) -> Reply:
        self.asked.append(text)
        return self.script.get(text, reply("no_information", "Mình chưa có thông tin."))
