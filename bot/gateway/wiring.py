"""Builds the parts of a process from its settings; routes, worker and command line all get theirs here."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from bot.answer.context import VIETNAM, Question
from bot.answer.messages import message
from bot.answer.reply import Reply
from bot.gateway import pages, publishing
from bot.gateway.alike import Meaning
from bot.gateway.channels import open_channels
from bot.gateway.library import SnapshotLibrary
from bot.gateway.ports import Parts
from bot.gateway.receiving import PersonGate
from bot.gateway.replies import ReplyWaiter
from bot.gateway.sealing import sealer_of
from bot.gateway.security import RateGuard
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from desk.database import Pool, open_pool
from desk.routing import Router
from index.snapshot import Snapshot, current
from knowledge.areas import Areas
from knowledge.errors import SnapshotError

if TYPE_CHECKING:
    from actions.services import Services
    from bot.answer.rephrase.client import ChatModel
    from bot.answer.service import Answerer
    from bot.gateway.dialogue import Dialogue
    from index.dense import Encoder
    from index.search import Search
    from index.vectors import VectorBackend

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
NLU = Path(__file__).resolve().parents[1] / "nlu"


def clock() -> datetime:
    return datetime.now(UTC)


def load_search(settings: Settings) -> Search:
    """The search over the snapshot that is current, with the encoder it was built with."""
    from index.search import Search

    snapshot = load_snapshot(settings)
    return Search(snapshot, encoder_of(snapshot, settings))


def load_snapshot(settings: Settings, *, vectors: VectorBackend | None = None) -> Snapshot:
    """The snapshot that is current. `vectors` is the backend when it is open already.

    Raises:
        SnapshotError: there is none, or it cannot be read.
    """
    folder = current(settings.home)
    if folder is None:
        raise SnapshotError
    return Snapshot(folder, vectors=vectors or publishing.vectors_of(settings))


def encoder_of(snapshot: Snapshot, settings: Settings, *, held: Encoder | None = None) -> Encoder | None:
    """The encoder the snapshot was built with: `held`, which is loaded already, when it is that one.

    Raises:
        SnapshotError: the model there is now is another one.
    """
    model = snapshot.manifest.model
    if not model or (held is not None and held.name == model):
        return held if model else None
    encoder = publishing.load_encoder(settings)
    if encoder is not None and encoder.name != model:
        raise SnapshotError(f"the snapshot was built with {model}: run `motcua publish`")
    return encoder


def load_acts() -> Any:  # noqa: ANN401  # an act classifier; scikit-learn has no types
    """The classifier of dialogue acts, trained from the same examples as Rasa's."""
    from knowledge.text.acts import ActClassifier, load_nlu_examples

    return ActClassifier.fit(load_nlu_examples(NLU))


def language_model(settings: Settings) -> ChatModel | None:
    """The language model that may rephrase replies; None unless one is set."""
    from bot.answer.rephrase.client import ChatModel

    if not settings.llm_base_url:
        return None
    return ChatModel(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key.get_secret_value(),
        timeout_s=settings.llm_budget_s,
    )


def build_answerer(settings: Settings) -> Answerer:
    """The whole assistant over the current snapshot."""
    from bot.answer.service import Answerer

    search = load_search(settings)
    return Answerer(search, Areas.from_pack(), load_acts(), model=language_model(settings))


class AnswererBuilder:
    """Builds the assistant again and again: only the search changes with the snapshot, the rest is loaded once."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None
        self._vectors: VectorBackend | None = None
        self._areas: Areas | None = None
        self._acts: Any = None
        self._model: ChatModel | None = None
        self._built = False

    def __call__(self, settings: Settings) -> Answerer:
        with _uncollected():
            return self._build(settings)

    def _build(self, settings: Settings) -> Answerer:
        from bot.answer.service import Answerer
        from index.search import Search

        self._areas = self._areas or Areas.from_pack()
        self._acts = self._acts or load_acts()
        self._vectors = self._vectors or publishing.vectors_of(settings)
        snapshot = load_snapshot(settings, vectors=self._vectors)
        self._encoder = encoder_of(snapshot, settings, held=self._encoder)
        self._model = self._model or language_model(settings)
        answerer = Answerer(Search(snapshot, self._encoder), self._areas, self._acts, model=self._model)
        if self._built:  # its pages are touched here, in the background, and not by the first person who asks
            answerer.answer(Question(pages.words("probe"), now=_local_time(None)))
        self._built = True
        return answerer


@contextmanager
def _uncollected() -> Iterator[None]:
    """Load without the garbage collector, and take what was loaded out of its sight.

    Libraries leave a million objects behind, and a snapshot's rows are many more. Loading makes the collector look
    through all of them, and every thread stands still for half a second. What is dropped later is freed all the
    same: none of it is in a cycle.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class LiveAnswerer:
    """An answerer that is built when first needed, and again when another snapshot became current.

    The old one answers until the new one is ready, and goes on answering when the new one cannot be loaded. A
    thread looks for a new one, so that after an idle hour the first question is answered from what is current.
    """

    def __init__(self, settings: Settings, *, build: Callable[[Settings], Answerer] | None = None) -> None:
        self._settings, self._build = settings, build or AnswererBuilder()
        self._answerer: Answerer | None = None
        self._folder: Path | None = None
        self._lock = threading.Lock()

    def get(self) -> Answerer:
        if self._answerer is None:
            with self._lock:
                if self._answerer is None:
                    self._load()
                    threading.Thread(
                        target=_follow, args=(weakref.ref(self),), name="snapshots", daemon=True
                    ).start()
        assert self._answerer is not None  # noqa: S101  # loaded above, or it raised
        return self._answerer

    @property
    def loaded(self) -> bool:
        return self._answerer is not None

    def renew(self) -> None:
        """Take up the snapshot that is current, if it is another one.

        One that cannot be loaded is told once and not tried again: publishing makes another.
        """
        folder = current(self._settings.home)
        if folder in (None, self._folder):
            return
        try:
            self._load()
        except SnapshotError:
            log.exception("the new snapshot cannot be loaded; the old one goes on serving")
        self._folder = folder

    def _load(self) -> None:
        folder = current(self._settings.home)
        self._answerer = self._build(self._settings)
        self._folder = folder


def _follow(live: weakref.ref[LiveAnswerer]) -> None:
    """Look for a new snapshot as long as somebody holds the answerer."""
    while True:
        time.sleep(LOOK_EVERY_S)
        answerer = live()
        if answerer is None:
            return
        try:
            answerer.renew()
        except Exception:  # the edge of a thread: the old answerer goes on, and the next look may succeed
            log.exception("looking for a new snapshot failed")
        del answerer


class AppServices:
    """What dialogue actions may do (`actions.services.Services`)."""

    def __init__(self, answerer: LiveAnswerer, tickets: Tickets) -> None:
        self._answerer, self._tickets = answerer, tickets

    async def answer(self, *, text: str, payload: str, act: str, metadata: dict[str, Any]) -> dict[str, Any]:
        question = Question(
            text,
            area=str(metadata.get("area") or ""),
            channel=str(metadata.get("channel") or "web"),
            payload=payload,
            context=dict(metadata.get("context") or {}),
            act=act or None,
            now=_local_time(metadata.get("now")),
        )
        reply = await asyncio.to_thread(lambda: self._answerer.get().answer(question))
        return reply.model_dump(mode="json")

    async def file_report(self, *, report: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
        return _json(await self._tickets.report_reply(report, metadata=metadata))

    async def similar_reports(
        self, *, report: dict[str, Any], metadata: dict[str, Any]
    ) -> list[dict[str, str]]:
        found = await self._tickets.similar(report, metadata=metadata)
        return [{"code": one.code, "summary": one.summary} for one in found]

    async def add_voice(self, *, code: str, text: str, metadata: dict[str, Any]) -> bool:
        return await self._tickets.add_voice(code, text=text, metadata=metadata)

    async def forget_photos(self, *, metadata: dict[str, Any]) -> None:
        await self._tickets.forget_photos(metadata=metadata)

    async def ticket_status(self, *, code: str, secret: str, metadata: dict[str, Any]) -> dict[str, Any]:
        return _json(await self._tickets.status_reply(code, secret=secret, metadata=metadata))

    def message(self, key: str, **values: str) -> str:
        return message(key, **values)


def _json(reply: Reply) -> dict[str, Any]:
    return reply.model_dump(mode="json")


def _local_time(now: object) -> datetime:
    return (datetime.fromisoformat(now) if isinstance(now, str) and now else clock()).astimezone(VIETNAM)


def build_services(settings: Settings, pool: Pool, *, answerer: LiveAnswerer | None = None) -> Services:
    """The services over a pool. The answerer is only loaded by the first question that needs it."""
    live = answerer or LiveAnswerer(settings)
    tickets = Tickets(
        pool=pool,
        router=Router.from_packs(),
        sealer=sealer_of(settings),
        clock=clock,
        similarity=Meaning(live.get),
    )
    return AppServices(live, tickets)


@asynccontextmanager
async def build_dialogue(settings: Settings, pool: Pool) -> AsyncIterator[Dialogue]:
    """Rasa, with the app's own dialogue for the time that Rasa is down."""
    from bot.gateway.dialogue import DirectDialogue, RasaDialogue, ResilientDialogue
    from knowledge.alarms import classifier

    classifier()  # fitted now: nobody in danger waits for it
    services = build_services(settings, pool)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=32)) as http:
        rasa = RasaDialogue(settings.rasa_address, http, settings.rasa_timeout_s)
        yield ResilientDialogue(rasa, DirectDialogue(services, load_acts()))


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Everything the web process holds, from its pool to its answerer."""
    from actions.registry import build_executor

    dsn = publishing.database_address(settings)
    answerer = LiveAnswerer(settings)
    pool = await open_pool(dsn, max_size=16)
    async with (
        pool,
        ReplyWaiter(dsn, pool) as waiter,
        httpx.AsyncClient() as http,
        open_channels(settings, pool) as channels,
    ):
        services = build_services(settings, pool, answerer=answerer)
        # The first question loads the word splitter, in this thread because its first call is not thread-safe.
        answerer.get().answer(Question(pages.words("probe"), now=_local_time(None)))
        yield Parts(
            settings=settings,
            pool=pool,
            waiter=waiter,
            library=SnapshotLibrary(answerer.get),
            areas=Areas.from_pack(),
            rates=RateGuard(settings.web_rate_per_minute),
            executor=build_executor(services),
            tickets=Tickets(pool=pool, router=Router.from_packs(), sealer=sealer_of(settings), clock=clock),
            http=http,
            clock=clock,
            channels=channels,
            gate=PersonGate(settings.channel_rate_per_minute),
        )
