"""A watched folder: files are taken when whole, staged or published, and never twice."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.gateway import publishing, watch
from bot.gateway.settings import Settings
from bot.gateway.watch import Memory, Watcher
from index.dense import HashEncoder
from index.manifest import Manifest
from index.snapshot import current
from knowledge import readings
from knowledge.store import KnowledgeStore, connect
from tests.knowledge.crawl import crawl_line, write_lines

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "den").mkdir()
    return tmp_path / "den"


@pytest.fixture
def settings(dsn: str, tmp_path: Path, folder: Path) -> Settings:
    return Settings(
        motcua_home=tmp_path / "home",
        database_url=dsn,
        watch_folder=str(folder),
        watch_publish=True,
        knowledge_packs="off",
    )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(publishing, "load_encoder", lambda _settings: HashEncoder())
    monkeypatch.setattr(watch, "SETTLED_S", 0.05)
    caplog.set_level(logging.INFO, logger="bot.gateway.watch")


@pytest.fixture
def store(settings: Settings) -> Iterator[KnowledgeStore]:
    with connect(settings.database_url) as conn:
        yield KnowledgeStore(conn, settings.home)


def round_of(watcher: Watcher) -> None:
    """Everything in the folder, noticed, settled and taken."""
    watcher.scan()
    time.sleep(0.1)
    watcher.look()


def served(settings: Settings) -> str:
    link = current(settings.home)
    return Manifest.read(link).knowledge if link else ""


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records if record.name == "bot.gateway.watch"]
    caplog.clear()
    return found


def test_a_file_is_read_published_and_not_read_again(
    settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(folder / "a.jsonl", crawl_line("9.000001"), crawl_line("9.000002"))
    watcher = Watcher(settings)
    round_of(watcher)
    version = publishing.state(settings).serving
    assert served(settings) == version
    assert lines(caplog)[0] == f"a.jsonl: 2 record(s), version {version}"
    monkeypatch.setattr(readings, "sha256_of", None)  # whoever looks into a file now fails
    round_of(watcher)
    round_of(Watcher(settings))  # after a restart
    assert lines(caplog) == []


def test_a_growing_file_waits(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SETTLED_S", 0.3)
    watcher = Watcher(settings)
    path = folder / "a.jsonl"
    line = json.dumps(crawl_line("9.000001"))
    for cut in range(0, len(line), 400):
        path.write_text(line[:cut], encoding="utf-8")
        watcher.scan()
        watcher.look()
        assert publishing.state(settings).staged == ""
    path.write_text(line, encoding="utf-8")
    watcher.look()  # sees that it changed
    time.sleep(0.35)
    watcher.look()
    assert publishing.state(settings).serving


def test_a_bad_file_stays_with_a_note_until_it_is_mended(
    settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture, store: KnowledgeStore
) -> None:
    (folder / "b.pdf").write_bytes(b"%PDF-1.7 cut")
    write_lines(folder / "a.jsonl", crawl_line("9.000001"), "hỏng")
    watcher = Watcher(settings)
    round_of(watcher)
    said = lines(caplog)
    assert said[0].startswith("a.jsonl: 1 record(s), version 1-")
    assert "not JSON" in said[0]
    assert said[1].startswith("b.pdf: not taken, version 1-")
    assert "its end is missing" in said[1]
    notes = sorted(path.name for path in folder.glob("*.motcua.txt"))
    assert notes == ["a.jsonl.motcua.txt", "b.pdf.motcua.txt"]
    note = (folder / "b.pdf.motcua.txt").read_text(encoding="utf-8")
    assert note.startswith("Tệp “b.pdf” chưa được nhận")
    assert "its end is missing" in note
    assert (folder / "b.pdf").exists()
    write_lines(folder / "a.jsonl", crawl_line("9.000001"))
    round_of(watcher)
    assert sorted(path.name for path in folder.glob("*.motcua.txt")) == ["b.pdf.motcua.txt"]
    assert len(store.load(publishing.state(settings).serving).procedures) == 1


def test_files_that_are_no_content_are_left_alone(settings: Settings, folder: Path) -> None:
    for name in (".hidden.jsonl", "a.jsonl.part", "~$b.docx", "c.tmp", "d.pdf.motcua.txt"):
        write_lines(folder / name, crawl_line("9.000001"))
    round_of(Watcher(settings))
    assert publishing.state(settings).staged == ""


def test_staged_only_when_publishing_is_not_allowed(settings: Settings, folder: Path) -> None:
    write_lines(folder / "a.jsonl", crawl_line("9.000001"))
    round_of(Watcher(settings.model_copy(update={"watch_publish": False})))
    assert (publishing.state(settings).serving, served(settings)) == ("", "")
    assert publishing.state(settings).staged


def test_what_people_staged_is_not_published_by_a_file(
    settings: Settings, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_lines(folder / "a.jsonl", crawl_line("9.000001"))
    watcher = Watcher(settings)
    round_of(watcher)
    first = publishing.state(settings).serving
    publishing.take_in(settings, [write_lines(tmp_path / "nguoi.jsonl", crawl_line("9.000009"))])
    write_lines(folder / "b.jsonl", crawl_line("9.000002"))
    round_of(watcher)
    assert publishing.state(settings).serving == first
    assert any("waits for people: not published" in line for line in lines(caplog))
    publishing.publish(settings)
    write_lines(folder / "c.jsonl", crawl_line("9.000003"))
    round_of(watcher)
    assert not publishing.state(settings).waiting


def test_a_rollback_is_not_undone_by_a_restart_nor_by_the_next_file(
    settings: Settings, folder: Path, store: KnowledgeStore
) -> None:
    for name, code in (("a", "9.000001"), ("b", "9.000002")):
        write_lines(folder / f"{name}.jsonl", crawl_line(code))
        round_of(Watcher(settings))
    back = publishing.rollback(settings).version
    round_of(Watcher(settings))
    assert publishing.state(settings) == publishing.State(back, back)
    write_lines(folder / "c.jsonl", crawl_line("9.000003"))
    round_of(Watcher(settings))
    codes = [record.code for record in store.load(publishing.state(settings).serving).procedures]
    assert codes == ["9.000001", "9.000003"]


def test_content_that_comes_back_serves_again(settings: Settings, folder: Path) -> None:
    watcher, versions = Watcher(settings), []
    for title in ("Một", "Hai", "Một"):
        write_lines(folder / "a.jsonl", crawl_line("9.000001", ten_thu_tuc=title))
        round_of(watcher)
        versions.append(publishing.state(settings).serving)
    assert versions[0] == versions[2] != versions[1]


def test_a_failed_publication_is_made_up_for(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watch, "_RETRY_S", 0.0)
    write_lines(folder / "a.jsonl", crawl_line("9.000001"))
    watcher = Watcher(settings)
    with monkeypatch.context() as broken:
        broken.setattr(publishing, "publish_from", _no_space)
        round_of(watcher)
    assert publishing.state(settings).serving == ""
    assert "left for later: no space left" in " ".join(lines(caplog))
    Watcher(settings).look()  # a restart later, without a new file
    assert publishing.state(settings).serving == served(settings) != ""


def _no_space(*_args: object, **_named: object) -> None:
    raise OSError("no space left")


def test_a_database_that_is_away_is_waited_for(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_RETRY_S", 0.2)
    write_lines(folder / "a.jsonl", crawl_line("9.000001"))
    away = settings.model_copy(update={"database_url": "postgresql:///nowhere?host=/nonexistent"})
    watcher = Watcher(away)
    round_of(watcher)
    watcher._settings = settings  # it is back
    watcher.look()
    assert publishing.state(settings).serving == ""  # not at once
    time.sleep(0.25)
    watcher.look()
    assert publishing.state(settings).serving


def test_a_damaged_memory_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "watched.json"
    for content in ("", "{", "[]", '{"files": {"a": [1]}, "unpublished": ""}'):
        path.write_text(content, encoding="utf-8")
        assert Memory.load(path).files == {}


def test_a_dropped_file_serves_while_the_watcher_runs(settings: Settings, folder: Path) -> None:
    """The process itself: events of the system, in a folder below, until it is told to stop."""
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(settings, stop))
    thread.start()
    try:
        (folder / "so").mkdir()
        write_lines(folder / "so" / "a.jsonl", crawl_line("9.000001"))
        _until(lambda: served(settings) != "")
        first = served(settings)
        write_lines(folder / "b.jsonl", crawl_line("9.000002"))
        _until(lambda: served(settings) not in ("", first))
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90  # the machine runs another file's tests beside
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
