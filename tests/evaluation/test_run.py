"""From files to a table: lines read, cases saved, figures beside the baselines; and the sample files run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import httpx
import pytest

from bot.evaluation.ask import InProcess, OverHttp
from bot.evaluation.kinds import KINDS, Case
from bot.evaluation.report import BASELINES, risk_coverage, rows, summarise
from bot.evaluation.run import REQUIRED, evaluate, read_lines, save
from knowledge.errors import BadRecord
from tests.answer.world import BIRTH, NOW, answerer
from tests.evaluation.asker import Scripted, reply

A = "1.000001"


def written(path: Path, *lines: object) -> Path:
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8"
    )
    return path


def case(number: int, **more: object) -> Case:
    return Case.model_validate(
        {"id": str(number), "q": "hỏi", "status": "answered", "milliseconds": 1.0, **more}
    )


def test_lines_of_several_files_are_read_in_order_without_blank_ones(tmp_path: Path) -> None:
    one = written(tmp_path / "1.jsonl", {"id": "a"}, "", "  ", {"id": "b"})
    two = written(tmp_path / "2.jsonl", {"id": "c"})
    assert [line["id"] for line in read_lines([one, two])] == ["a", "b", "c"]


@pytest.mark.parametrize("bad", ['{"id": "x"', "[]", "7", "null", '{"q": "không có mã"}', "không phải JSON"])
def test_a_bad_line_is_named(tmp_path: Path, bad: str) -> None:
    path = written(tmp_path / "traps.jsonl", {"id": "a"}, bad)
    with pytest.raises(BadRecord, match=r"traps\.jsonl:2"):
        read_lines([path])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_line_that_lacks_what_its_kind_needs_is_named(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "x.jsonl", {"id": "a"})
    with pytest.raises(BadRecord, match=rf"x\.jsonl:1.*{REQUIRED[kind][0]}"):
        evaluate(kind, [path], Scripted())


def test_an_unknown_kind_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="procedures, dialogues"):
        evaluate("prose", [], Scripted())


def test_nothing_to_ask_is_a_report_without_figures() -> None:
    for kind in KINDS:
        report, cases = evaluate(kind, [], Scripted())
        assert cases == [] and report.figures == {} and report.latency == {} and report.curve == []
        assert rows(report)


def test_a_report_has_figures_for_each_style() -> None:
    report = summarise(
        "procedures",
        [
            case(1, ranked=True, rank=0, facts=True, answered=True, style="plain"),
            case(2, ranked=True, rank=3, facts=False, style="slang", status="no_information"),
        ],
    )
    assert report.figures["R@1"].value == 0.5
    assert report.figures["false refusals"].value == 0.5
    assert report.figures["facts right"].value == 0.5
    assert report.figures["facts right of answered"].value == 1.0
    assert report.styles["plain"]["R@1"].value == 1.0
    assert report.styles["slang"]["facts right of answered"].value is None
    table = rows(report)
    assert len({len(row) for row in table}) == 1
    names = [row[0].strip() for row in table]
    assert names[:2] == ["", "procedures"]
    assert {f"baseline: {name}" for name in BASELINES["procedures"]} <= set(names)
    assert "nan" not in str(table).lower()


def test_portal_figures_without_marks_stand_apart() -> None:
    report = summarise(
        "portal_faq",
        [
            case(1, ranked=True, rank=0),
            case(2, ranked=True, rank=None, style="nodiac"),
            case(3, ranked=False, right=True),
        ],
    )
    assert report.figures["R@1"].value == 1.0
    assert report.figures["refused rightly"].value == 1.0
    assert report.styles["nodiac"]["R@1"].value == 0.0


def test_the_curve_says_what_being_surer_costs() -> None:
    cases = [case(n, ranked=True, rank=0 if n < 5 else 7, confidence=1 - n / 10) for n in range(10)]
    curve = risk_coverage(cases)
    assert [point["coverage"] for point in curve] == [n / 10 for n in range(1, 11)]
    assert curve[4]["risk"] == 0.0 and curve[9]["risk"] == 0.5
    assert risk_coverage([]) == []
    assert risk_coverage([case(1)]) == []


def test_the_curve_says_what_else_is_as_sure() -> None:
    answerable = [case(n, ranked=True, rank=0, confidence=1 - n / 10) for n in range(10)]
    outside = [case(n, right=True, confidence=sure) for n, sure in ((20, 0.95), (21, 0.5), (22, 0.0))]
    curve = risk_coverage([*answerable, *outside])
    assert [curve[at]["admitted"] for at in (0, 1, 4, 9)] == [0.0, 0.3333, 0.3333, 0.6667]
    assert "admitted" not in risk_coverage(answerable)[0]


def test_what_was_run_is_saved_with_its_settings(tmp_path: Path) -> None:
    path = written(tmp_path / "traps.jsonl", {"id": "t", "q": 'bẫy, "kép"\nhai dòng', "expect": "abstain"})
    report, cases = evaluate("traps", [path], Scripted())
    save(tmp_path / "out", report, cases, {"snapshot": "abc"})
    save(tmp_path / "out", report, cases, {"snapshot": "abc"})
    with (tmp_path / "out" / "traps" / "cases.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["q"] == 'bẫy, "kép"\nhai dòng' and row["right"] == "True"
    saved = json.loads((tmp_path / "out" / "traps" / "report.json").read_text(encoding="utf-8"))
    assert saved["configuration"] == {"snapshot": "abc"}
    assert saved["report"]["figures"]["right"]["value"] == 1.0


def test_in_process_a_conversation_goes_on_until_another_starts() -> None:
    asker = InProcess(answerer(), now=NOW)
    asker.start("lam-dong/bac-binh")
    first = asker.ask("con mới sinh làm giấy khai sinh cần gì")
    assert first.procedure is not None and first.procedure.code == BIRTH
    assert first.context["area"] == "lam-dong/bac-binh"
    second = asker.ask("thế lệ phí bao nhiêu")
    assert second.procedure is not None and second.procedure.code == BIRTH
    asker.start()
    third = asker.ask("thế lệ phí bao nhiêu")
    assert third.procedure is None or third.procedure.code != BIRTH


def test_over_http_it_asks_as_the_page_does() -> None:
    seen: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path.endswith("/messages"):
            body = {**reply(codes=(A,), text="xong").model_dump(mode="json"), "message_id": "m", "more": 1}
            return httpx.Response(200, json=body)
        return httpx.Response(201, json={"conversation_id": "c", "token": "t"})

    client = httpx.Client(transport=httpx.MockTransport(serve), base_url="http://test")
    asker = OverHttp("http://test", client)
    asker.start("dak-lak")
    answer = asker.ask("hỏi")
    assert answer.text == "xong" and answer.candidates[0].code == A
    assert json.loads(seen[0].content) == {"channel": "web", "area": "dak-lak"}
    assert seen[1].url.path == "/api/v1/conversations/c/messages"
    assert seen[1].headers["Authorization"] == "Bearer t"


def test_over_http_a_refusal_of_the_server_is_an_error() -> None:
    client = httpx.Client(
        transport=httpx.MockTransport(lambda r: httpx.Response(503)), base_url="http://test"
    )
    with pytest.raises(httpx.HTTPStatusError):
        OverHttp("http://test", client).start()


@pytest.mark.shared
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_sample_file_of_each_kind_runs(kind: str, shared: Path, tmp_path: Path) -> None:
    """Read, asked and judged to the end; what the figures are is no test's business."""
    path = shared / "eval" / "dev" / f"{kind}.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    asker = Scripted()
    report, cases = evaluate(kind, [path], asker)
    assert cases and len(cases) == len(asker.asked)
    assert all(case.q and case.id for case in cases)
    assert all(made.value is not None for made in report.figures.values() if made.n)
    save(tmp_path, report, cases, {})
    assert (tmp_path / kind / "cases.csv").is_file()
