"""Một Cửa itself: its search over an index of the same records, and its whole answer from what is published."""

from __future__ import annotations

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
from index.snapshot import current, read_records
from knowledge.areas import Areas
from knowledge.corpus import Knowledge
from knowledge.documents import Procedure
from tests.bench.peers.corpus import note, noted
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
    """With the bank it asks what is published; without, an index of the same records that is built for it."""

    def __init__(self, setup: Setup) -> None:
        self._home, self._work = setup.home, setup.work
        self._encoder = encoder_of(setup)
        self._search: Search | None = None
        self.seconds_before: float | None = 0.0

    def index(self, texts: Sequence[Text]) -> None:
        home = self._home
        if any(text.wordings for text in texts):
            self.seconds_before = noted(home)
        else:
            home = self._work / "ours-without-bank"
            self.seconds_before = built(without_bank(self._home, texts), folder=home, encoder=self._encoder)
        self._search = Search(load_snapshot(Settings(motcua_home=home)), self._encoder)

    def search(self, query: str, k: int) -> list[str]:
        assert self._search is not None
        return first_of_each((hit.code for hit in self._search.procedures(query, k=k).hits), k)


def without_bank(home: Path, texts: Sequence[Text]) -> Knowledge:
    folder = current(home)
    assert folder is not None
    records = read_records(folder)
    found = [record for text in texts if isinstance(record := records.get("procedure", text.key), Procedure)]
    return Knowledge(procedures=[record.model_copy(update={"aliases": ()}) for record in found])


def built(knowledge: Knowledge, *, folder: Path, encoder: Encoder) -> float:
    """Build from nothing unless it is there; seconds of processor that an earlier run took for it."""
    before = noted(folder)
    there = (folder / "index" / snapshot_id(knowledge, encoder)).is_dir()
    if not (there and before):
        shutil.rmtree(folder, ignore_errors=True)  # an older index would lend its vectors
    began = time.process_time()
    build(knowledge, home=folder, encoder=encoder)
    if there and before:
        return before
    note(folder, time.process_time() - began)
    return 0.0


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
