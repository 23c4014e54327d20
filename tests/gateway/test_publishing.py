"""Staged, published, rolled back and replayed, over a real database and real snapshots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from bot.answer.context import Question
from bot.gateway import comparing, publishing, replaying
from bot.gateway.settings import Settings
from index.dense import HashEncoder
from index.manifest import Manifest
from index.snapshot import current
from knowledge.errors import ConversationNotFound, SnapshotError, UnknownVersion
from knowledge.reviews import save_correction
from knowledge.sources import Options
from knowledge.store import KnowledgeStore, Publication, connect
from tests.knowledge.crawl import crawl_line, write_lines

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def settings(dsn: str, tmp_path: Path) -> Settings:
    return Settings(motcua_home=tmp_path / "home", database_url=dsn, knowledge_packs="off")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors by hash: what is tested is what is published, not how near words are."""
    monkeypatch.setattr(publishing, "load_encoder", lambda _settings: HashEncoder())
    monkeypatch.setattr(replaying, "encoder_of", lambda snapshot, _settings: HashEncoder())


@pytest.fixture
def store(settings: Settings) -> Iterator[KnowledgeStore]:
    with connect(settings.database_url) as conn:
        yield KnowledgeStore(conn, settings.home)


def take(settings: Settings, folder: Path, **fields: Any) -> str:
    """Stage one file about the sample procedure; its version."""
    path = write_lines(
        folder / "mau.jsonl", crawl_line("9.000009", ten_thu_tuc="Cấp giấy Mẫu Đơn xanh", **fields)
    )
    return publishing.take_in(settings, [path]).version


def linked(settings: Settings) -> str:
    folder = current(settings.home)
    assert folder is not None
    return Manifest.read(folder).knowledge


def test_staging_does_not_serve_and_publishing_does(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="motcua ingest"):
        publishing.publish(settings)
    first = take(settings, tmp_path)
    assert (publishing.state(settings), current(settings.home)) == (publishing.State("", first), None)
    assert not publishing.is_current(settings)
    done = publishing.publish(settings, actor="lan")
    assert (done.version, done.changed, linked(settings)) == (first, True, first)
    assert publishing.is_current(settings)
    assert not publishing.publish(settings).changed
    second = take(settings, tmp_path, co_quan_thuc_hien="Sở Mẫu")
    assert publishing.state(settings) == publishing.State(first, second)
    assert publishing.state(settings).waiting
    assert publishing.is_current(settings, first)
    assert not publishing.is_current(settings)
    assert publishing.publish(settings, second.split("-")[0]).version == second
    assert linked(settings) == second


def test_rollback_returns_and_later_files_add_to_it(
    settings: Settings, tmp_path: Path, store: KnowledgeStore
) -> None:
    versions = []
    for office in ("Sở Một", "Sở Hai", "Sở Ba"):
        versions.append(take(settings, tmp_path, co_quan_thuc_hien=office))
        publishing.publish(settings)
    assert publishing.rollback(settings, actor="nam").version == versions[1]
    assert publishing.rollback(settings).version == versions[0]
    assert linked(settings) == versions[0]
    with pytest.raises(UnknownVersion, match="no other version served before"):
        publishing.rollback(settings)
    other = write_lines(tmp_path / "khac.jsonl", crawl_line("9.000010"))
    made = store.load(publishing.take_in(settings, [other]).version)
    offices = {record.code: record.agency for record in made.procedures}
    assert (offices["9.000009"], "9.000010" in offices) == ("Sở Một", True)
    assert publishing.rollback(settings, versions[2]).version == versions[2]


def history(*rows: str) -> list[Publication]:
    """`3` is a publication of version 3, `-1` a rollback to version 1; newest last."""
    made = [
        Publication(row.lstrip("-"), 0, "", "rollback" if row.startswith("-") else "publish", "", NOW)
        for row in rows
    ]
    return made[::-1]


@pytest.mark.parametrize(
    ("rows", "before"),
    [
        (("1", "2"), "1"),
        (("1", "2", "3", "-2"), "1"),
        (("1", "2", "-1", "3"), "1"),
        (("1", "1", "2", "2"), "1"),
        (("1", "2", "-9"), "2"),
    ],
)
def test_which_version_is_the_one_before(rows: tuple[str, ...], before: str) -> None:
    assert publishing.version_before(history(*rows)) == before


def test_a_death_between_link_and_row_is_healed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(settings, tmp_path)
    publishing.publish(settings)
    take(settings, tmp_path, co_quan_thuc_hien="Sở Mẫu")
    with monkeypatch.context() as broken:
        broken.setattr(KnowledgeStore, "published", lambda *_args, **_kept: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publishing.publish(settings)
    assert linked(settings) != first
    assert not publishing.is_current(settings, first)  # what the next start asks
    assert publishing.publish(settings, first).changed
    assert (linked(settings), publishing.is_current(settings, first)) == (first, True)


def test_an_old_folder_of_files_breaks_nothing(settings: Settings, tmp_path: Path) -> None:
    old = settings.knowledge_dir / "versions" / "3-abcdef"
    old.mkdir(parents=True)
    (old / "manifest.json").write_text("{}", encoding="utf-8")
    (settings.knowledge_dir / "current").symlink_to(Path("versions") / "3-abcdef")
    version = take(settings, tmp_path)
    assert version.startswith("1-")
    assert publishing.publish(settings).version == version


def test_versions_are_listed(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = take(settings, tmp_path)
    publishing.publish(settings, actor="lan")
    second = take(settings, tmp_path, co_quan_thuc_hien="Sở Mẫu")
    newest, oldest = publishing.versions(settings)
    assert (newest.version, newest.state, newest.staged_by, newest.published) == (
        second,
        "staged",
        "motcua ingest",
        (),
    )
    assert (oldest.version, oldest.state) == (first, "serves")
    assert oldest.published[0].endswith("by lan")
    publishing.show_versions([newest, oldest])
    assert first in capsys.readouterr().out


def test_a_correction_is_staged_without_reading(
    settings: Settings, tmp_path: Path, store: KnowledgeStore
) -> None:
    version = take(settings, tmp_path)
    record = next(one for one in store.load(version).procedures if one.code == "9.000009")
    save_correction(store.conn, record, field="agency", after="Sở Đúng", actor="lan", now=NOW)
    report = publishing.stage(settings, store, [], actor="lan")
    assert (report.changed, report.fresh) == (True, [])
    head = store.head()
    assert head is not None
    assert head.actor == "lan"
    found = comparing.diff(settings, version)
    assert [(row.key, row.changes[0].after) for row in found.amended] == [("9.000009", "Sở Đúng")]


def test_what_changes_is_shown(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = take(settings, tmp_path)
    found = comparing.diff(settings)
    assert (found.before, found.after) == ("", first)
    publishing.publish(settings)
    take(settings, tmp_path, co_quan_thuc_hien="Sở [Mẫu]")
    questions = tmp_path / "hoi.jsonl"
    questions.write_text(
        json.dumps(
            {"id": "h1", "turns": [{"q": "nộp giấy mẫu ở đâu", "codes": ["9.000009"], "aspect": "where"}]}
        )
        + "\n\n"
        + json.dumps({"q": "không có gì để dựa vào"}),
        encoding="utf-8",
    )
    found = comparing.diff(settings, questions=[questions])
    assert [row.id for row in found.questions] == ["h1"]
    comparing.show(found)
    said = capsys.readouterr().out
    assert "Ủy ban nhân dân cấp xã → Sở [Mẫu]" in said
    assert "nộp giấy mẫu ở đâu" in said
    comparing.show(comparing.diff(settings, found.after, found.after))
    assert "Nothing changes for people" in capsys.readouterr().out


def test_packs_left_out_leave_our_guides_out_too(
    settings: Settings, tmp_path: Path, store: KnowledgeStore
) -> None:
    version = take(settings, tmp_path)
    gathered = publishing.gather(store, version)
    assert (len(gathered.procedures), gathered.plans, gathered.guides) == (1, (), ())
    whole = publishing.gather(store, take(settings.model_copy(update={"knowledge_packs": "on"}), tmp_path))
    assert whole.guides
    assert len(whole.plans) > 1


def test_an_area_and_a_file_to_forget(settings: Settings, tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(tmp_path / "tinh.jsonl", crawl_line("9.000009"))
    report = publishing.take_in(settings, [path], options=Options(area="dak-lak"))
    assert ("procedure", "9.000009@dak-lak") in store.hashes(report.version)
    report = publishing.take_in(settings, [], forget=[path])
    assert ("procedure", "9.000009@dak-lak") not in store.hashes(report.version)


QUESTION = "cấp giấy mẫu đơn xanh nộp ở cơ quan nào"


def reply_of(settings: Settings, version: str) -> dict[str, Any]:
    return replaying.ask(settings, Question(QUESTION, now=NOW), version)


def test_an_old_version_still_answers_as_it_did(settings: Settings, tmp_path: Path) -> None:
    first = take(settings, tmp_path, co_quan_thuc_hien="Sở Cũ")
    publishing.publish(settings)
    second = take(settings, tmp_path, co_quan_thuc_hien="Sở Mới")
    publishing.publish(settings)
    assert "Sở Cũ" in reply_of(settings, first)["text"]
    assert "Sở Mới" in reply_of(settings, second)["text"]
    third = take(settings, tmp_path, co_quan_thuc_hien="Sở Sau")  # staged only: built aside
    assert "Sở Sau" in reply_of(settings, third)["text"]
    assert reply_of(settings, third)["knowledge"] == third
    assert linked(settings) == second
    with pytest.raises(UnknownVersion):
        reply_of(settings, "77")


def keep_reply(dsn: str, reply: dict[str, Any], asked: dict[str, Any] | None) -> UUID:
    """What a turn leaves in the database (bot/gateway/turn.py)."""
    conversation, inbox, message = uuid4(), uuid4(), uuid4()
    with psycopg.connect(dsn) as conn:
        conn.execute("INSERT INTO conversations (id, channel) VALUES (%s, 'web')", (conversation,))
        conn.execute(
            "INSERT INTO inbox (id, channel, dedupe_key, conversation_id, text, body, received_at)"
            " VALUES (%s, 'web', %s, %s, %s, %s, %s)",
            (inbox, str(inbox), conversation, QUESTION, Jsonb({"asked": asked} if asked else {}), NOW),
        )
        conn.execute(
            "INSERT INTO messages (id, conversation_id, direction, inbox_id, text, body, created_at)"
            " VALUES (%s, %s, 'out', %s, '', %s, %s)",
            (message, conversation, inbox, Jsonb(reply), NOW),
        )
    return message


@pytest.mark.parametrize("asked", [{"now": NOW.isoformat(), "area": "", "context": {}}, None])
def test_a_reply_is_asked_again_of_its_own_version(
    settings: Settings, tmp_path: Path, asked: dict[str, Any] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    first = take(settings, tmp_path, co_quan_thuc_hien="Sở Cũ")
    publishing.publish(settings)
    given = reply_of(settings, first)
    message = keep_reply(settings.database_url, given, asked)
    take(settings, tmp_path, co_quan_thuc_hien="Sở Mới")
    publishing.publish(settings)
    found = replaying.replay(settings, message)
    assert (found.knowledge, found.differs, found.exact) == (first, (), asked is not None)
    assert "Sở Cũ" in found.again["text"]
    other = keep_reply(settings.database_url, {**given, "text": "Khác."}, asked)
    found = replaying.replay(settings, other)
    assert found.differs == ("text",)
    replaying.show(found)
    assert "Differs in: text" in capsys.readouterr().out
    with pytest.raises(ConversationNotFound):
        replaying.replay(settings, uuid4())
