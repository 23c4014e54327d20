"""Answers from a version that does not serve: `motcua ask --version` and `motcua replay`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.markup import escape

from bot.answer.context import VIETNAM, Question
from bot.answer.service import Answerer
from bot.gateway import publishing
from bot.gateway.settings import Settings
from bot.gateway.wiring import encoder_of, load_acts
from index.build import build
from index.manifest import Manifest
from index.search import Search
from index.snapshot import Snapshot, current, kept
from knowledge.areas import Areas
from knowledge.errors import ConversationNotFound, SnapshotError
from knowledge.store import Connection, KnowledgeStore

# What of a reply a person sees; the rest (timings, scores) may differ between two runs of one program.
_COMPARED = ("status", "text", "sources", "procedure", "choices")

_REPLY = """
SELECT m.body AS reply, m.created_at, i.text, i.payload, i.body -> 'asked' AS asked, c.channel, c.area
FROM messages m JOIN inbox i ON i.id = m.inbox_id JOIN conversations c ON c.id = m.conversation_id
WHERE m.direction = 'out' AND %s IN (m.id, m.inbox_id)
"""


@dataclass(frozen=True)
class Replayed:
    """A reply as it was given, and as the same question is answered now from the same version.

    `exact` is False when the conversation's state of then was not kept, so that the question was asked alone.
    """

    knowledge: str
    question: str
    at: datetime
    given: dict[str, Any]
    again: dict[str, Any]
    differs: tuple[str, ...]
    exact: bool


def answerer_of(settings: Settings, store: KnowledgeStore, version: str) -> Answerer:
    """The assistant over a version: from a snapshot that is still there, else from one that is built aside.

    Raises:
        UnknownVersion: there is no such version.
        SnapshotError: it is damaged.
    """
    name = store.find(version).name
    folder = _snapshot_of(settings.home, name) or _built_aside(settings, store, name)
    snapshot = Snapshot(folder, vectors=publishing.vectors_of(settings, kind=Manifest.read(folder).vectors))
    return Answerer(Search(snapshot, encoder_of(snapshot, settings)), Areas.from_pack(), load_acts())


def _snapshot_of(home: Path, version: str) -> Path | None:
    for folder in kept(home):
        try:
            if Manifest.read(folder).knowledge == version:
                return folder
        except SnapshotError:
            continue
    return None


def _built_aside(settings: Settings, store: KnowledgeStore, version: str) -> Path:
    """Never the snapshot that serves: under a home of its own, which may be deleted at any time."""
    home = settings.home / "replay"
    if (there := _snapshot_of(home, version)) is not None:
        return there
    encoder = publishing.load_encoder(settings)
    build(publishing.gather(store, version), home=home, encoder=encoder, version=version)
    folder = current(home)
    assert folder is not None  # noqa: S101  # just built
    return folder


def ask(settings: Settings, question: Question, version: str) -> dict[str, Any]:
    """The reply of a version to a question."""
    with publishing.open_store(settings) as store:
        reply = answerer_of(settings, store, version).answer(question)
    return reply.model_dump(mode="json", exclude={"context"})


def replay(settings: Settings, message_id: UUID) -> Replayed:
    """Ask the question of a reply again: same words, time and context, same knowledge, today's program.

    Raises:
        ConversationNotFound: no reply has this id; it may have been deleted by the person who asked.
        UnknownVersion: it names no version of the knowledge.
    """
    with publishing.open_store(settings) as store:
        row = _reply(store.conn, message_id)
        version = str(row["reply"].get("knowledge") or "")
        question = _question(row)
        again = answerer_of(settings, store, version).answer(question)
    made = again.model_dump(mode="json", exclude={"context"})
    given = {name: row["reply"].get(name) for name in made}
    differs = tuple(name for name in _COMPARED if given.get(name) != made.get(name))
    return Replayed(version, row["text"], question.now, given, made, differs, exact=row["asked"] is not None)


def _reply(conn: Connection, message_id: UUID) -> dict[str, Any]:
    row = conn.execute(_REPLY, (message_id,)).fetchone()
    if row is None:
        raise ConversationNotFound(f"no reply has the id {message_id}")
    return row


def _question(row: dict[str, Any]) -> Question:
    asked = row["asked"] or {}
    now = datetime.fromisoformat(asked["now"]) if asked.get("now") else row["created_at"]
    return Question(
        row["text"],
        area=str(asked.get("area") or row["area"]),
        channel=row["channel"],
        payload=row["payload"],
        context=dict(asked.get("context") or {}),
        now=now.astimezone(VIETNAM),
    )


def show(found: Replayed) -> None:
    """Both replies, and whether they are one."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"[bold]{escape(found.question)}[/bold]  {found.at:%d/%m/%Y %H:%M}, version {found.knowledge}"
    )
    if not found.exact:
        console.print(
            "[yellow]The conversation's state of then was not kept: the question is asked alone.[/yellow]"
        )
    console.print(f"\n[bold]given[/bold] ({found.given['status']})\n{escape(str(found.given['text']))}")
    if not found.differs:
        console.print("\n[green]The same again.[/green]")
        return
    console.print(f"\n[bold]again[/bold] ({found.again['status']})\n{escape(str(found.again['text']))}")
    console.print(f"\n[red]Differs in: {', '.join(found.differs)}[/red]")
