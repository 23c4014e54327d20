"""The connector against a server that replays API-shaped answers, with the refusals the real one is known for."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from typer.testing import CliRunner

from bot.cli import app
from knowledge.connectors.download import download
from knowledge.connectors.portal import Portal, PortalSettings
from knowledge.documents import How, Level, TimeUnit
from knowledge.errors import BadRecord, PortalRefused
from knowledge.json_records import record_of
from tests.simulators.portal_api import DETAIL, LIST, Simulated, portal

TODAY = date(2026, 11, 20)


def record(number: int, **changes: Any) -> dict[str, Any]:
    """A detail answer of our own wording."""
    return {
        "id": f"0000-{number:04}",
        "code": f"1.{number:06}",
        "name": f"Cấp giấy thử nghiệm số {number}",
        "decisionNo": "12/QĐ-BTP",
        "category": {"name": "Hộ tịch"},
        "isMinistry": False, "isProvince": True, "isWard": True,
        "subjectTypesDetails": [{"name": "Công dân Việt Nam"}],
        "departmentsExecuting": [{"name": "Ủy ban nhân dân cấp xã"}],
        "executionSteps": [
            {"name": "Bước 1", "description": "<p>Người dân nộp hồ sơ.</p><script>alert(1)</script>"},
            {"name": "Bước 2", "description": "Nhận kết quả."},
        ],
        "executionMethods": [
            {
                "submissionMethod": "ONLINE", "processingTime": 3, "processingTimeUnit": "WORKING_DAY",
                "fees": [{"type": "LE_PHI", "value": 8000, "currencyId": "VND", "description": "Lệ phí cấp giấy"}],
            },
            {
                "submissionMethod": "DIRECT", "processingTime": 1, "processingTimeUnit": "OTHER", "description": "",
                "fees": [{"type": "PHI", "value": 0, "description": "Mức thu 50.000 đồng một lần"}],
            },
        ],
        "executionCases": [
            {
                "name": "Không có thông tin",
                "profileComponents": [
                    {
                        "name": "Tờ khai theo mẫu", "code": "TK01", "originalQty": 1, "copyQty": 0, "required": True,
                        "attachments": [{"fileName": "TK01.docx"}],
                    },
                    {"name": "Giấy tờ tùy thân", "originalQty": 0, "copyQty": 0},
                ],
            }
        ],
        "resultsDetails": [{"name": "Giấy thử nghiệm"}],
        "legalBasisesDetails": [{"code": "123/2015/NĐ-CP", "name": "Nghị định"}, {"code": "", "name": "Luật"}],
        "requirementsAndConditions": "Không có thông tin",
        **changes,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Attempts without pauses, as many as the code asks for."""
    with stamina.set_testing(testing=True, attempts=4, cap=True):
        yield


@pytest.fixture
def simulated() -> Iterator[Simulated]:
    with portal(Simulated([record(number) for number in range(1, 8)])) as running:
        yield running


@pytest.fixture
def client(simulated: Simulated) -> Iterator[Callable[..., Portal]]:
    with httpx.Client() as http:

        def make(**changes: Any) -> Portal:
            settings = replace(
                PortalSettings(base_url=simulated.base_url, page_size=3, pause_s=0.0), **changes
            )
            return Portal(http, settings, sleep=lambda seconds: None)

        yield make


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def test_everything_is_fetched_once_page_by_page(
    simulated: Simulated, client: Callable[..., Portal], tmp_path: Path
) -> None:
    done = download(client(), tmp_path / "portal.jsonl", today=TODAY)
    assert (done.fetched, done.left, done.complete) == (7, {}, True)
    assert [line["data"]["code"] for line in lines(tmp_path / "portal.jsonl")] == [
        f"1.{n:06}" for n in range(1, 8)
    ]
    assert [body["lastId"] for path, body in simulated.asked if path == LIST] == [
        "",
        "0000-0003",
        "0000-0006",
        "0000-0007",
    ]
    assert sum(path == DETAIL for path, _ in simulated.asked) == 7
    assert list(tmp_path.iterdir()) == [tmp_path / "portal.jsonl"], "nothing is left beside a whole file"


def test_refusals_pass_and_nothing_is_lost(
    simulated: Simulated, client: Callable[..., Portal], tmp_path: Path
) -> None:
    simulated.moods[:] = ["403", "429:0", "", "html", "500", "drop", "", "403", "403"]
    done = download(client(), tmp_path / "portal.jsonl", today=TODAY)
    assert (done.fetched, done.left) == (7, {})


def test_a_portal_that_goes_on_refusing_is_an_error_with_its_reason(
    simulated: Simulated, client: Callable[..., Portal], tmp_path: Path
) -> None:
    simulated.moods[:] = ["403"] * 20
    with pytest.raises(PortalRefused, match="403"):
        download(client(), tmp_path / "portal.jsonl", today=TODAY)
    assert not (tmp_path / "portal.jsonl").exists(), "nothing half-written"


def test_without_the_headers_of_a_browser_it_is_refused(
    client: Callable[..., Portal], tmp_path: Path
) -> None:
    with pytest.raises(PortalRefused, match="403"):
        download(client(headers={"User-Agent": "x"}), tmp_path / "portal.jsonl", today=TODAY)


def test_a_run_cut_off_goes_on_where_it_stopped(
    simulated: Simulated, client: Callable[..., Portal], tmp_path: Path
) -> None:
    out = tmp_path / "portal.jsonl"
    download(client(), out, today=TODAY, most=3)
    with out.open("ab") as file:  # killed in the middle of a line
        file.write(b'{"source": "portal_api", "data": {"id": "0000-00')
    simulated.asked.clear()
    done = download(client(), out, today=TODAY)
    assert (done.known, done.fetched, done.complete) == (3, 4, True)
    assert [path for path, _ in simulated.asked] == [DETAIL] * 4, "the list is not read again"
    assert len({line["data"]["id"] for line in lines(out)}) == len(lines(out)) == 7


def test_a_list_cut_off_goes_on_at_its_cursor(
    simulated: Simulated, client: Callable[..., Portal], tmp_path: Path
) -> None:
    simulated.moods[:] = ["", *["404"] * 1]
    with pytest.raises(PortalRefused, match="404"):
        download(client(), tmp_path / "portal.jsonl", today=TODAY)
    simulated.asked.clear()
    assert download(client(), tmp_path / "portal.jsonl", today=TODAY).fetched == 7
    assert simulated.asked[0][1]["lastId"] == "0000-0003"


def test_one_record_that_cannot_be_had_is_named_and_the_others_come(
    simulated: Simulated, client: Callable[..., Portal], tmp_path: Path
) -> None:
    simulated.moods[:] = [*[""] * 4, "404"]
    done = download(client(), tmp_path / "portal.jsonl", today=TODAY)
    assert (done.fetched, list(done.left), done.complete) == (6, ["1.000001"], False)
    assert download(client(), tmp_path / "portal.jsonl", today=TODAY).fetched == 1


def test_it_is_polite(simulated: Simulated) -> None:
    paused: list[float] = []
    with httpx.Client() as http:
        polite = Portal(http, PortalSettings(base_url=simulated.base_url, pause_s=1.5), sleep=paused.append)
        list(polite.pages())
        polite.detail("0000-0001")
    assert paused == [1.5] * (len(simulated.asked) - 1)


def test_a_cursor_that_goes_round_ends(client: Callable[..., Portal], simulated: Simulated) -> None:
    simulated.list = lambda body: {"items": [{"id": "a", "code": "", "name": ""}], "lastId": "a"}  # type: ignore[method-assign]
    assert len(list(client().pages())) <= 2


def test_an_answer_becomes_a_record() -> None:
    made = record_of({"source": "portal_api", "fetched": "2026-11-20", "data": record(1)})
    online, direct = made.channels
    assert (online.how, online.time_limit.value, online.time_limit.unit) == (
        How.ONLINE,
        3,
        TimeUnit.WORKING_DAY,
    )
    assert [(fee.amount, fee.kind) for fee in online.fees] == [(8000, "charge")]
    assert direct.time_limit is None, "a time without a unit is unknown"
    assert [fee.amount for fee in direct.fees] == [50_000], "0 beside an amount is not free"
    (case,) = made.dossier
    assert (case.case, [item.form.file if item.form else "" for item in case.items]) == (
        "",
        ["TK01.docx", ""],
    )
    assert (case.items[0].originals, case.items[1].originals) == (1, None)
    assert made.steps == ("Bước 1: Người dân nộp hồ sơ.", "Bước 2: Nhận kết quả.")
    assert made.levels == (Level.PROVINCE, Level.COMMUNE)
    assert (made.agency, made.field, made.decision) == ("Ủy ban nhân dân cấp xã", "Hộ tịch", "12/QĐ-BTP")
    assert [basis.number for basis in made.legal_basis] == ["123/2015/NĐ-CP"]
    assert made.provenance.fetched == TODAY
    assert made.portal_url.endswith("/0000-0001")
    assert {doubt.reason for doubt in made.doubts} >= {
        "the number has no unit", "no number that can be read",
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"executionMethods": "x"}, {"code": "abc"}, {"name": ""}, {"executionCases": {"a": 1}}],
)
def test_a_damaged_answer_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRecord):
        record_of(record(1, **changes))


def test_a_bare_answer_with_almost_nothing_is_a_record() -> None:
    made = record_of({"code": "1.000009", "name": "Cấp giấy", "executionMethods": []})
    assert (made.channels, made.dossier, made.steps) == ((), (), ())


def test_the_command_fetches_and_says_what_it_did(simulated: Simulated, tmp_path: Path) -> None:
    out = tmp_path / "portal.jsonl"
    said = CliRunner().invoke(
        app, ["fetch", str(out), "--url", simulated.base_url, "--most", "2", "--pause", "0.2"]
    )
    assert said.exit_code == 0, said.output
    assert "2 fetched, 0 held before" in said.output
    assert "goes on where this run stopped" in said.output
    assert len(lines(out)) == 2
