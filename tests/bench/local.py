"""What the parts cost without server, Rasa and database: encoding, search, pipeline, building the index."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bot.answer.context import Question
from bot.gateway.publishing import gather, load_encoder, open_store
from bot.gateway.settings import Settings
from bot.gateway.wiring import build_answerer
from index.build import build
from index.snapshot import Snapshot, current
from tests.bench.figures import Figure, spread
from tests.bench.questions import Conversation, endless

WARM_UP = 5  # the first calls load words, weights and pages


def seconds_of(call: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """How long each call took, after a few that do not count."""
    for text in texts[:WARM_UP]:
        call(text)
    taken = []
    for text in texts[WARM_UP:]:
        began = time.perf_counter()
        call(text)
        taken.append(time.perf_counter() - began)
    return taken


def texts_of(conversations: Sequence[Conversation], count: int) -> list[str]:
    """That many questions, no two the same."""
    return list(itertools.islice(_flat(endless(conversations)), count))


def _flat(conversations: Iterator[Conversation]) -> Iterator[str]:
    for conversation in conversations:
        yield from conversation.questions


def measure(settings: Settings, conversations: Sequence[Conversation], *, count: int = 200) -> list[Figure]:
    """Encoding, search and pipeline in this process, one question at a time."""
    answerer = build_answerer(settings)
    search = answerer.search
    texts = texts_of(conversations, 2 * (count + WARM_UP))
    first, second = texts[::2], texts[1::2]
    figures = []
    if search.snapshot.manifest.model:
        figures += spread("encode a query", seconds_of(search.vector, first))

    def look(text: str) -> None:  # its vector was made above
        search.procedures(text)
        search.passages(text)

    figures += spread("search alone", seconds_of(look, first))
    figures += spread("pipeline alone", seconds_of(lambda text: answerer.answer(Question(text)), second))
    return figures


def index_figures(settings: Settings, *, rebuild: bool) -> list[Figure]:
    """How long the index takes: as noted when the one that serves was built, or measured again."""
    folder = current(settings.home)
    if folder is None:
        return []
    manifest = Snapshot(folder).manifest
    counts = ", ".join(f"{count:,} {kind}s" for kind, count in manifest.counts.items())
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20
    seconds, when = manifest.seconds, f"noted {manifest.built:%Y-%m-%d %H:%M}"
    if rebuild:
        seconds, when = _rebuild(settings), "measured now"
    return [
        Figure(name="index build", value=seconds, unit="s", note=f"{counts}; {when}"),
        Figure(name="index on disk", value=size, unit="MB", note=manifest.model or "no vector model"),
    ]


def _rebuild(settings: Settings) -> float:
    home = Path(tempfile.mkdtemp(prefix="motcua-bench-"))
    try:
        with open_store(settings) as store:
            knowledge = gather(store)
        return build(knowledge, home=home, encoder=load_encoder(settings)).seconds
    finally:
        shutil.rmtree(home, ignore_errors=True)
