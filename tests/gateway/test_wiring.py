"""The parts of a process: an answerer that follows the snapshot, services for actions, records for search."""

from __future__ import annotations

import threading
import time
import weakref
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from bot.answer.context import Question
from bot.answer.reply import Reply
from bot.gateway import publishing, wiring
from bot.gateway.library import SnapshotLibrary
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from desk.database import Pool
from desk.routing import Router
from desk.sealing import Sealer, new_key
from index.build import build
from index.dense import HashEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.corpus import Knowledge
from knowledge.documents import Plan, Procedure, Statement
from knowledge.errors import SnapshotError

PROCEDURE = Procedure(code="1.001193", title="Đăng ký khai sinh", aliases=("làm giấy khai sinh",))
PLAN = Plan(
    id="ke-hoach",
    number="01/KH-UBND",
    title="Kế hoạch cải cách hành chính",
    statements=(Statement(unit="Sở Nội vụ", text="Chủ trì công bố kết quả cải cách", section="III.1"),),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(motcua_home=tmp_path)


def point_to(settings: Settings, name: str) -> None:
    """Make another folder the current snapshot, as a publish does."""
    (settings.index_dir / name).mkdir(parents=True, exist_ok=True)
    fresh = settings.index_dir / "fresh"
    fresh.symlink_to(name)
    fresh.replace(settings.index_dir / "current")


def wait_for(condition: Any) -> None:
    until = time.monotonic() + 30
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def test_an_answerer_follows_the_snapshot(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "LOOK_EVERY_S", 0.01)
    point_to(settings, "one")
    live = wiring.LiveAnswerer(settings, build=lambda s: SimpleNamespace(of=current(s.home).name))  # type: ignore[union-attr,arg-type,return-value]
    assert not live.loaded
    assert live.get().of == "one"  # type: ignore[attr-defined]
    point_to(settings, "two")
    wait_for(lambda: live.get().of == "two")  # type: ignore[attr-defined]


def test_a_damaged_new_snapshot_leaves_the_old_one_answering(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wiring, "LOOK_EVERY_S", 0.01)
    point_to(settings, "good")

    def build_unless_bad(given: Settings) -> Any:
        folder = current(given.home)
        if folder is None or folder.name == "bad":
            raise SnapshotError("damaged")
        return SimpleNamespace(of=folder.name)

    live = wiring.LiveAnswerer(settings, build=build_unless_bad)
    live.get()
    point_to(settings, "bad")
    live.get()
    wait_for(lambda: "old one goes on serving" in caplog.text)
    assert live.get().of == "good"  # type: ignore[attr-defined]


def test_an_idle_process_takes_up_the_new_snapshot_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "LOOK_EVERY_S", 0.01)
    built: list[str] = []

    def noted(given: Settings) -> Any:
        built.append(str(current(given.home)))
        return SimpleNamespace()

    point_to(settings, "one")
    live = wiring.LiveAnswerer(settings, build=noted)
    live.get()
    point_to(settings, "two")
    wait_for(lambda: len(built) == 2)  # nobody asked
    time.sleep(0.1)
    assert len(built) == 2


def test_the_thread_that_looks_ends_with_its_answerer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "LOOK_EVERY_S", 0.01)
    point_to(settings, "one")
    before = set(threading.enumerate())
    live = wiring.LiveAnswerer(settings, build=lambda s: SimpleNamespace())  # type: ignore[arg-type,return-value]
    live.get()
    (looking,) = set(threading.enumerate()) - before
    del live
    looking.join(5)
    assert not looking.is_alive()


def test_a_swap_loads_the_search_alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    acts = wiring.load_acts()
    monkeypatch.setattr(wiring, "load_acts", lambda: loaded.append("acts") or acts)
    monkeypatch.setattr(publishing, "load_encoder", lambda given: loaded.append("encoder") or HashEncoder())
    make = wiring.AnswererBuilder()
    for version in ("1", "2", "3"):
        build(Knowledge(procedures=[PROCEDURE]), home=settings.home, encoder=HashEncoder(), version=version)
        answerer = make(settings)
        assert answerer.search.snapshot.manifest.knowledge == version
    assert loaded == ["acts", "encoder"]


def test_an_old_snapshot_is_let_go_at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is in a circle: what the collector is told not to look at would stay for ever."""
    monkeypatch.setattr(publishing, "load_encoder", lambda given: HashEncoder())
    make = wiring.AnswererBuilder()
    old: list[weakref.ref[object]] = []
    for version in ("1", "2"):
        build(
            Knowledge(procedures=[PROCEDURE], plans=[PLAN]),
            home=settings.home, encoder=HashEncoder(), version=version,
        )  # fmt: skip
        answerer = make(settings)
        answerer.answer(Question("làm giấy khai sinh cần gì"))
        answerer.answer(Question("kế hoạch cải cách hành chính ai chủ trì"))
        old.append(weakref.ref(answerer.search.snapshot))
    assert old[0]() is None
    assert old[1]() is not None


def test_nobody_is_left_without_an_answer_while_snapshots_change(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(publishing, "load_encoder", lambda given: HashEncoder())

    def publish(number: int) -> None:
        record = PROCEDURE.model_copy(update={"title": f"Đăng ký khai sinh lần {number}"})
        build(Knowledge(procedures=[record]), home=settings.home, encoder=HashEncoder(), version=str(number))

    publish(0)
    live = wiring.LiveAnswerer(settings)
    stop, said = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            said.append(live.get().answer(Question("làm giấy khai sinh cần gì")))

    live.get().answer(Question("làm giấy khai sinh cần gì"))
    people = [threading.Thread(target=ask) for _ in range(3)]
    for person in people:
        person.start()
    wait_for(lambda: bool(said))
    for number in range(1, 10):  # more than are kept: pruned ones were still open
        publish(number)
        wait_for(lambda wanted=str(number): said[-1].knowledge == wanted)
    stop.set()
    for person in people:
        person.join()
    assert {reply.status for reply in said} <= {"answered", "partial", "clarify"}
    assert {reply.knowledge for reply in said} >= {"0", "9"}


def test_many_threads_build_one_answerer(settings: Settings) -> None:
    built: list[int] = []

    def slow(given: Settings) -> Any:
        time.sleep(0.05)
        built.append(1)
        return SimpleNamespace()

    live = wiring.LiveAnswerer(settings, build=slow)
    threads = [threading.Thread(target=live.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [1]


def test_without_a_snapshot_the_operator_is_told(settings: Settings) -> None:
    with pytest.raises(SnapshotError, match="motcua publish"):
        wiring.load_search(settings)


def test_the_library_reads_the_snapshot_that_answers(settings: Settings) -> None:
    build(Knowledge(procedures=[PROCEDURE], plans=[PLAN]), home=settings.home, encoder=None)
    folder = current(settings.home)
    assert folder is not None
    search = Search(Snapshot(folder), None)
    library = SnapshotLibrary(lambda: SimpleNamespace(search=search))  # type: ignore[arg-type,return-value]
    assert library.snapshot == folder.name
    assert library.procedure("1.001193") == PROCEDURE
    assert library.procedure("9.999999") is None
    found = library.search("làm giấy khai sinh", area="", k=5)
    assert (found[0].kind, found[0].code) == ("procedure", "1.001193")
    plan = next(
        result
        for result in library.search("Sở Nội vụ công bố kết quả cải cách", area="", k=5)
        if result.kind == "plan"
    )
    assert (plan.number, plan.title) == ("01/KH-UBND", PLAN.title)
    assert all(0 <= result.score <= 1 for result in found)


class EchoAnswerer:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def get(self) -> EchoAnswerer:
        return self

    def answer(self, question: Question) -> Reply:
        self.asked.append(question)
        return Reply(status="answered", text="đây")


@pytest.mark.postgres
async def test_services_give_the_pipeline_what_the_gateway_knows(pool: Pool) -> None:
    answerer = EchoAnswerer()
    tickets = Tickets(pool=pool, router=Router.from_packs(), sealer=Sealer([new_key()]), clock=wiring.clock)
    services = wiring.AppServices(answerer, tickets)  # type: ignore[arg-type]
    metadata = {
        "area": "lam-dong",
        "channel": "web",
        "context": {"procedure": "1.001193"},
        "now": "2026-05-08T03:00:00+00:00",
    }
    said = await services.answer(text="lệ phí?", payload="", act="", metadata=metadata)
    assert said["text"] == "đây"
    (asked,) = answerer.asked
    assert (asked.area, asked.act, asked.context) == ("lam-dong", None, {"procedure": "1.001193"})
    assert asked.now.isoformat() == "2026-05-08T10:00:00+07:00"  # Vietnam's time, whatever was sent


@pytest.mark.postgres
async def test_services_file_a_report_once_and_tell_its_state(pool: Pool) -> None:
    tickets = Tickets(pool=pool, router=Router.from_packs(), sealer=Sealer([new_key()]), clock=wiring.clock)
    services = wiring.AppServices(EchoAnswerer(), tickets)  # type: ignore[arg-type]
    async with pool.connection() as conn:
        from bot.gateway import sessions

        conversation, _ = await sessions.create(conn, channel="web", now=datetime.now(UTC))
    metadata = {
        "conversation_id": str(conversation),
        "inbox_id": str(uuid4()),
        "channel": "web",
        "context": {"form": {}},
    }
    report = {
        "what": "Đèn đường thôn 3 hỏng",
        "where": "thôn 3, xã Bắc Bình",
        "when": "hôm qua",
        "contact": "",
        "consent": {"version": "1", "text_id": "t", "at": datetime.now(UTC).isoformat()},
        "area": "lam-dong",
    }  # fmt: skip
    filed = await services.file_report(report=report, metadata=metadata)
    again = await services.file_report(report=report, metadata=metadata)
    assert filed["status"] == "report_filed"
    assert filed["ticket"]["code"] == again["ticket"]["code"]
    assert "form" not in filed["context"]
    code, secret = again["ticket"]["code"], again["ticket"]["secret"]
    told = await services.ticket_status(code=code, secret=secret, metadata=metadata)
    assert (told["status"], told["ticket"]["code"]) == ("ticket_status", code)
    wrong = await services.ticket_status(code=code, secret="WRONG234", metadata=metadata)
    assert (wrong["ticket"], wrong["status"]) == (None, "ticket_status")
    assert "kiểm tra lại" in wrong["text"]
