"""What a start does with the knowledge: it reads and publishes, but not over people's heads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.gateway import publishing, serve
from bot.gateway.serve import Everything
from bot.gateway.settings import Settings
from bot.gateway.supervisor import Stages
from index.dense import HashEncoder
from tests.knowledge.crawl import crawl_line, write_lines

pytestmark = pytest.mark.postgres


class Started:
    """In the place of the supervisor: runs our own commands in this process, and notes the parts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stages = Stages(Console(quiet=True))
        self.ran: list[list[str]] = []
        self.parts: list[str] = []

    async def job(self, _name: str, argv: Sequence[str], **_kept: Any) -> str:
        command = list(argv[len(serve.CLI) :])
        self.ran.append(command)
        if command[0] == "ingest":
            return publishing.take_in(self.settings, [Path(path) for path in command[1:]]).head
        return publishing.publish(self.settings, command[1]).version

    async def part(self, name: str, _argv: Sequence[str], **_kept: Any) -> None:
        self.parts.append(name)


@pytest.fixture
def settings(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(publishing, "load_encoder", lambda _settings: HashEncoder())
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000001"))
    return Settings(motcua_home=tmp_path / "home", database_url=dsn, knowledge_packs="off", corpus=(path,))


async def start(settings: Settings) -> Started:
    started = Started(settings)
    everything = Everything(settings, with_rasa=False)
    await everything._knowledge(started)  # type: ignore[arg-type]  # what it uses of a supervisor
    await everything._index(started)  # type: ignore[arg-type]
    await everything._watch(started)  # type: ignore[arg-type]
    return started


async def test_the_first_start_reads_and_publishes_and_the_second_does_nothing(settings: Settings) -> None:
    first = await start(settings)
    assert [command[0] for command in first.ran] == ["ingest", "publish"]
    assert publishing.state(settings).serving
    second = await start(settings)
    assert [command[0] for command in second.ran] == ["ingest"]
    assert second.parts == []


async def test_a_changed_corpus_is_published_by_the_next_start(settings: Settings) -> None:
    await start(settings)
    before = publishing.state(settings).serving
    write_lines(settings.corpus[0], crawl_line("9.000001", ten_thu_tuc="Tên mới"))
    await start(settings)
    assert publishing.state(settings).serving != before
    assert not publishing.state(settings).waiting


async def test_what_waits_for_people_is_not_published_by_a_restart(
    settings: Settings, tmp_path: Path
) -> None:
    await start(settings)
    before = publishing.state(settings).serving
    publishing.take_in(settings, [write_lines(tmp_path / "b.jsonl", crawl_line("9.000002"))], actor="lan")
    await start(settings)
    assert publishing.state(settings).waiting
    (settings.index_dir / "made-from").unlink()  # and what serves is still mended
    mended = await start(settings)
    assert mended.ran[-1] == ["publish", before]
    assert publishing.state(settings).serving == before


async def test_a_folder_is_watched_when_one_is_set(settings: Settings, tmp_path: Path) -> None:
    started = await start(settings.model_copy(update={"watch_folder": str(tmp_path)}))
    assert started.parts == ["watch"]
