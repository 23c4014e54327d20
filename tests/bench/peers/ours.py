"""Một Cửa itself: its search over an index of the same records, and its whole answer from what is published."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from bot.answer.context import Question, vietnam_now
from bot.answer.service import Answerer
from bot.gateway.publishing import load_encoder
from bot.gateway.settings import Settings
from bot.gateway.wiring import load_acts, load_snapshot
from index.build import build, snapshot_id
from index.dense import Encoder
from index.dense import Vectors as OurVectors
from index.search import Search
from index.snapshot import Snapshot, current, read_records
from knowledge.areas import Areas
from knowledge.corpus import Knowledge, Wordings
from knowledge.documents import Procedure
from tests.bench.peers.protocol import Setup, Stopwatch, Text, first_of_each


class TimedEncoder:
    """Our encoder, its time noted."""

    def __init__(self, encoder: Encoder, watch: Stopwatch) -> None:
        self._encoder, self._watch = encoder, watch
        self.name, self.dimension = encoder.name, encoder.dimension

    def encode(self, texts: Sequence[str], *, query: bool = False) -> OurVectors:
        with self._watch:
            return self._encoder.encode(texts, query=query)


class OurSearch:
    """The index is built of the home's own records of these codes, with the wordings the texts bring and no others."""

    def __init__(self, setup: Setup) -> None:
        self._home, self._work = setup.home, setup.work
        self._encoder = encoder_of(setup)
        self._search: Search | None = None
        self.seconds_before = 0.0

    def index(self, texts: Sequence[Text]) -> None:
        knowledge = knowledge_of(self._home, texts)
        banked = any(text.wordings for text in texts)
        folder = self._work / ("ours-with-bank" if banked else "ours-without-bank")
        self.seconds_before = built(knowledge, folder=folder, encoder=self._encoder)
        found = current(folder)
        assert found is not None
        self._search = Search(Snapshot(found), self._encoder)

    def search(self, query: str, k: int) -> list[str]:
        assert self._search is not None
        return first_of_each((hit.code for hit in self._search.procedures(query, k=k).hits), k)


def knowledge_of(home: Path, texts: Sequence[Text]) -> Knowledge:
    folder = current(home)
    assert folder is not None
    records = read_records(folder)
    found = [record for text in texts if isinstance(record := records.get("procedure", text.key), Procedure)]
    return Knowledge(
        procedures=[record.model_copy(update={"aliases": ()}) for record in found],
        wordings={text.code: Wordings(questions=text.wordings) for text in texts},
    )


def built(knowledge: Knowledge, *, folder: Path, encoder: Encoder) -> float:
    """Build from nothing unless it is there; seconds of processor that it took when it was built, less those now."""
    note = folder / "seconds.json"
    wanted = snapshot_id(knowledge, encoder)
    noted = json.loads(note.read_text("utf-8")) if note.is_file() else {}
    if wanted in noted and (folder / "index" / wanted).is_dir():
        began = time.process_time()
        build(knowledge, home=folder, encoder=encoder)
        return float(noted[wanted]) - (time.process_time() - began)
    _forget(folder)
    began = time.process_time()
    made = build(knowledge, home=folder, encoder=encoder)
    note.write_text(json.dumps({made.id: time.process_time() - began}), encoding="utf-8")
    return 0.0


def _forget(folder: Path) -> None:
    """An older index would lend its vectors, and the time be that of the difference."""
    shutil.rmtree(folder, ignore_errors=True)


class OurAnswer:
    """The path of a question from its text to the reply, as `motcua eval` puts it: without server and Rasa."""

    seconds_before = None  # it has no index of its own to time

    def __init__(self, setup: Setup) -> None:
        settings = Settings(motcua_home=setup.home)
        search = Search(load_snapshot(settings), encoder_of(setup))
        self._answerer = Answerer(search, Areas.from_pack(), load_acts())

    def index(self, texts: Sequence[Text]) -> None:
        """It answers from what is published: the same records, and the guides and plans beside them."""

    def search(self, query: str, k: int) -> list[str]:
        reply = self._answerer.answer(Question(query, now=vietnam_now()))
        codes = [candidate.code for candidate in reply.candidates]
        spoken = [reply.procedure.code] if reply.procedure else []
        return first_of_each(codes or spoken, k)


def encoder_of(setup: Setup) -> Encoder:
    encoder = load_encoder(Settings())
    assert encoder is not None
    return TimedEncoder(encoder, setup.watch)


def make_search(setup: Setup) -> OurSearch:
    return OurSearch(setup)


def make_answer(setup: Setup) -> OurAnswer:
    return OurAnswer(setup)
