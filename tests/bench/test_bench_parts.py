"""The bench's own parts. What it measures is for people: nothing here looks at a clock."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from io import StringIO
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from knowledge.areas import Areas
from tests.bench import bench, load, local, questions, server
from tests.bench.figures import Figure, percentile, spread, table
from tests.bench.questions import Conversation

FEW = [Conversation(("làm hộ chiếu", "phí bao nhiêu")), Conversation(("họp ngày nào",), "lam-dong/bac-binh")]


# ------------------------------------------------------------------ figures


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([5.0], 0.95, 5.0), ([1.0, 2.0, 3.0], 0.5, 2.0), ([4.0, 1.0], 0.5, 2.5), (range(101), 0.95, 95.0)],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == pytest.approx(expected)


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_lie_within_the_values_and_grow(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert min(values) <= percentile(values, low) <= percentile(values, high) <= max(values)


def test_a_ratio_says_how_near_the_aim_is() -> None:
    slow = Figure(name="p95", value=300, unit="ms", aim=150)
    quick = Figure(name="rate", value=80, unit="/s", aim=40, more_is_better=True)
    free = Figure(name="index build", value=9, unit="s")
    assert (slow.ratio, slow.met) == (2.0, False)
    assert (quick.ratio, quick.met) == (2.0, True)
    assert (free.ratio, free.met) == (None, None)


def test_a_spread_is_median_and_p95_in_milliseconds() -> None:
    median, high = spread("path", [0.010, 0.020, 0.030], aim_p95_ms=150)
    assert (median.value, median.aim) == (20.0, None)
    assert high.value == pytest.approx(29.0)
    assert high.met
    assert spread("nothing", []) == []


def test_the_table_shows_value_aim_and_ratio() -> None:
    console = Console(width=120, record=True, file=StringIO())
    figures = [
        Figure(name="whole path, p95", value=75, unit="ms", aim=150, note="200 measured"),
        Figure(name="rate", value=20, unit="/s", aim=40, more_is_better=True),
        Figure(name="memory of rasa", value=1234, unit="MB"),
    ]
    console.print(table("bench", figures))
    shown = console.export_text()
    for text in ("75.0 ms", "≤ 150 ms", "0.50 ✓", "≥ 40.0 /s", "0.50 ✗", "1,234 MB", "200 measured"):
        assert text in shown


# ------------------------------------------------------------------ questions


def test_the_questions_are_sixty_in_real_areas() -> None:
    found = questions.read()
    assert sum(len(conversation.questions) for conversation in found) == 60
    assert len({text for conversation in found for text in conversation.questions}) >= 55
    areas = Areas.from_pack()
    for conversation in found:
        assert not conversation.area or areas.name(conversation.area)


def test_conversations_are_read(tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    path.write_text("# remark\n\n@dak-lak\nmột\n  hai  \n\n\n# remark\nba\n", encoding="utf-8")
    assert questions.read(path) == [Conversation(("một", "hai"), "dak-lak"), Conversation(("ba",))]


def test_no_question_is_put_twice_in_the_same_words() -> None:
    rounds = itertools.islice(questions.endless(FEW), 2 * 60)
    texts = [text for conversation in rounds for text in conversation.questions]
    assert set(texts[:3]) == {"làm hộ chiếu", "phí bao nhiêu", "họp ngày nào"}
    assert len(texts) == len(set(texts)) == 180


def test_words_that_are_used_up_are_used_again() -> None:
    rounds = itertools.islice(questions.endless(FEW), 2 * 100)
    assert sum(1 for _ in rounds) == 200


def test_the_run_is_the_same_every_time() -> None:
    one, other = (list(itertools.islice(questions.endless(FEW), 50)) for _ in range(2))
    assert one == other


# ------------------------------------------------------------------ load


def fake_app() -> FastAPI:
    """The two routes the bench uses, and the awkward things a server may do."""
    app = FastAPI()
    app.state.areas, app.state.erased = Counter(), Counter()

    @app.post("/api/v1/conversations", status_code=201)
    async def begin(request: Request) -> dict[str, str]:
        app.state.areas[(await request.json())["area"]] += 1
        return {"conversation_id": str(uuid4()), "token": "t"}

    @app.post("/api/v1/conversations/{name}/messages")
    async def say(name: str, request: Request) -> JSONResponse:
        assert request.headers["authorization"] == "Bearer t"
        text = (await request.json())["text"]
        if "hỏng" in text:
            return JSONResponse({"detail": "x"}, 503)
        if "chậm" in text:
            return JSONResponse({"status": "accepted", "text": "…"}, 202)
        steps = {"guard": 1.5, "retrieve": 8.5}
        return JSONResponse(
            {"status": "error" if "lỗi" in text else "answered", "text": text, "timings": steps}
        )

    @app.delete("/api/v1/conversations/{name}", status_code=204)
    async def forget(name: str) -> None:
        app.state.erased[name] += 1

    return app


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bench.test")


async def test_users_ask_until_the_questions_are_used_up() -> None:
    app = fake_app()
    async with client_of(app) as client:
        done = await load.run(client, questions.endless(FEW), users=3, questions=20, seconds=30)
    assert len(done.answers) == 20
    assert done.statuses == {"answered": 20}
    assert done.pipelines == pytest.approx([0.01] * 20)
    assert not done.failures
    assert done.per_second > 0
    assert set(app.state.areas) == {"", "lam-dong/bac-binh"}
    assert len(app.state.erased) == len(done.openings), "every conversation is erased at its end"


async def test_time_ends_a_run_too() -> None:
    async with client_of(fake_app()) as client:
        done = await load.run(client, questions.endless(FEW), users=2, questions=10, seconds=-1)
    assert not done.answers


async def test_what_was_not_answered_is_counted_and_not_timed() -> None:
    said = [Conversation(("hỏng", "chậm", "lỗi", "được"))]
    async with client_of(fake_app()) as client:
        done = await load.run(client, iter(said * 2), users=1, questions=4, seconds=30)
    assert len(done.answers) == 1
    assert done.failures == {"503": 1, "202 accepted": 1, "200 error": 1}


async def test_a_server_that_is_away_ends_the_run() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away", request=request)

    async with httpx.AsyncClient(
        transport=httpx.MockTransport(refuse), base_url="http://away.test"
    ) as client:
        done = await load.run(client, questions.endless(FEW), users=2, questions=5, seconds=30)
    assert done.failures["ConnectError"] >= 5
    assert not done.answers


# ------------------------------------------------------------------ parts and processes


def test_the_first_calls_do_not_count() -> None:
    called: list[str] = []
    taken = local.seconds_of(called.append, [str(number) for number in range(local.WARM_UP + 3)])
    assert (len(called), len(taken)) == (local.WARM_UP + 3, 3)


def test_as_many_texts_as_asked_for() -> None:
    texts = local.texts_of(FEW, 30)
    assert len(texts) == len(set(texts)) == 30


@pytest.mark.parametrize(
    ("command", "part"),
    [
        (["/x/.venv/bin/python", "-m", "bot.gateway.worker"], "worker"),
        (["/x/.venv/bin/python", "/x/.venv/bin/motcua", "serve"], "supervisor"),
        (["python", "-m", "bot.cli", "serve"], "supervisor"),
        (["/x/.venv-rasa/bin/python", "-m", "bot.components.launch", "run"], "rasa"),
        (["postgres: motcua motcua [local] idle"], "postgres"),
        (["/wheels/pgserver/bin/postgres", "-D", "/x/var/pg"], "postgres"),
        (["python", "-m", "bot.gateway.guardian", "mark"], "guardian"),
        (["python", "-m", "uvicorn", "--factory"], "web"),
        (["sleep", "1"], "other"),
    ],
)
def test_a_process_is_known_by_its_command(command: list[str], part: str) -> None:
    assert server.part_of(command) == part


def test_memory_is_summed_by_part_beside_its_aim() -> None:
    megabyte = 2**20
    found = [
        server.Memory("web", 300 * megabyte, 200 * megabyte),
        server.Memory("worker", 100 * megabyte, 80 * megabyte),
        server.Memory("postgres", 50 * megabyte, 10 * megabyte),
        server.Memory("postgres", 50 * megabyte, 10 * megabyte),
    ]
    app, *parts = server.memory_figures(found, aim_mb=800)
    assert (app.value, app.ratio, app.met) == (400, 0.5, True)
    assert {part.name: part.value for part in parts} == {
        "memory, web": 300, "memory, worker": 100, "memory, postgres": 100,
    }  # fmt: skip
    assert "2 processes; PSS 20 MB" in next(part.note for part in parts if "postgres" in part.name)
    assert server.memory_figures([], aim_mb=800) == []


def test_processor_time_is_told_by_part_and_question() -> None:
    before = {"web": 1.0, "rasa": 2.0, "guardian": 0.5}
    after = {"web": 3.0, "rasa": 3.0, "guardian": 0.5, "worker": 0.5}
    figures = server.cpu_figures(before, after, questions=100)
    assert [(figure.name, figure.value) for figure in figures] == [
        ("CPU a question, web", 20.0), ("CPU a question, rasa", 10.0), ("CPU a question, worker", 5.0),
    ]  # fmt: skip
    assert server.cpu_figures(before, after, questions=0) == []


def test_this_process_has_used_its_processor() -> None:
    assert bench.cpu(server.free_port())["this client"] > 0
    assert sum(server.cpu_of([psutil.Process()], web_port=server.free_port()).values()) > 0


def test_a_port_nobody_listens_on_has_no_processes() -> None:
    assert server.tree_of(server.free_port()) == []


def test_this_process_can_be_weighed() -> None:
    (own,) = server.memory_of([psutil.Process()], web_port=server.free_port())
    assert own.rss > 0
    assert own.share > 0


# ------------------------------------------------------------------ the whole


def test_every_figure_of_a_load_is_named(tmp_path: Path) -> None:
    one = load.Load(1, answers=[0.1] * 4, openings=[0.01], statuses=Counter(answered=4), wall=1)
    many = load.Load(8, answers=[0.2] * 50, failures=Counter({"503": 2}), wall=1)
    figures = {figure.name: figure for figure in bench.load_figures(one, many)}
    assert figures["whole path, 1 user, p95"].met
    assert figures["questions a second, 8 users"].met
    assert figures["not answered"].value == 2
    assert figures["not answered"].note == "503: 2"
    made = bench.report(list(figures.values()), url="", statuses={"answered": 4})
    assert json.loads(json.dumps(made))["figures"][1]["aim"] == bench.AIM_P95_MS


def test_its_options_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.arguments(["--help"])
    shown = capsys.readouterr().out
    for option in ("--url", "--corpus", "--json", "--users", "--rebuild"):
        assert option in shown


def test_a_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "ROOT", tmp_path)  # no package of ours there
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert bench.main(["--home", str(tmp_path / "home"), "--no-local"]) == 1
