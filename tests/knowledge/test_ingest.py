"""Files in, one version out, everything damaged named in one clear line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from knowledge import ingest as ingest_module
from knowledge import json_records, readings
from knowledge.documents import Plan, Procedure
from knowledge.errors import UnknownArea
from knowledge.ingest import IngestReport, Options, Order, Packs, ingest
from knowledge.readings import file_path
from knowledge.reviews import list_corrections, save_correction, withdraw_correction
from knowledge.sources import find_files
from knowledge.store import KnowledgeStore, connect
from tests.knowledge.crawl import crawl_line, export_file, write_lines

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_packs(monkeypatch: pytest.MonkeyPatch) -> list[Procedure]:
    """One record of ours, so that tests do not depend on what the packs say today."""
    packs = [
        Procedure(code="9.000001", title="Cấp giấy mẫu", aliases=("xin giấy",), steps=("Nộp rồi nhận.",))
    ]
    monkeypatch.setattr(ingest_module, "load_procedures", lambda: packs)
    monkeypatch.setattr(ingest_module, "load_plans", lambda: [Plan(id="ke-hoach", title="Kế hoạch mẫu")])
    return packs


def by_code(store: KnowledgeStore) -> dict[str, Procedure]:
    head = store.head()
    assert head is not None
    return {procedure.code: procedure for procedure in store.load(head.version).procedures}


def test_reads_merges_and_publishes(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line(), crawl_line("9.000005"), "")
    report = ingest([path], store=store, order=Order(Options(fetched=date(2026, 7, 1))))
    assert (report.changed, report.read, report.packs, report.plans, report.published) == (True, 2, 2, 1, 2)
    assert report.files == {str(path): 2}
    assert report.coverage["time limit"] == 2
    assert [(group.field, group.reason, group.count) for group in report.doubts] == [
        ("time_limit", "the number has no unit", 2)
    ]
    records = by_code(store)
    assert (records["9.000001"].aliases, records["9.000001"].steps) == (("xin giấy",), ("Nộp rồi nhận.",))
    assert records["9.000001"].agency == "Ủy ban nhân dân cấp xã"
    assert records["9.000005"].provenance.fetched == date(2026, 7, 1)


def test_again_changes_nothing_and_reads_nothing(
    tmp_path: Path, store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"), "damaged")
    first = ingest([path], store=store)
    monkeypatch.setattr(readings, "read_file", None)  # whoever reads now fails
    again = ingest([str(path)], store=store)
    assert (again.version, again.changed, again.fresh) == (first.version, False, [])
    assert again.to_json() | {"changed": True, "fresh": [str(path)]} == first.to_json()
    assert len(store.versions()) == 1


def test_the_same_bytes_elsewhere_are_not_read_again(tmp_path: Path, store: KnowledgeStore) -> None:
    first = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"))
    other = write_lines(tmp_path / "b.jsonl", crawl_line("9.000005"))
    ingest([first], store=store)
    report = ingest([other], store=store)
    assert report.fresh == []
    assert sorted(report.files) == [str(first), str(other)]
    assert readings_of(store) == 1


def test_another_program_or_area_reads_again(
    tmp_path: Path, store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"))
    first = ingest([path], store=store)
    monkeypatch.setattr(readings, "program", lambda: "another")
    reread = ingest([path], store=store)
    assert (reread.version, reread.changed, reread.fresh) == (first.version, False, [str(path)])
    assert ingest([path], store=store, order=Order(Options(area="dak-lak"))).changed
    assert readings_of(store) == 3


def test_the_file_that_was_read_is_kept(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(tmp_path / "a.JSONL", crawl_line("9.000005"))
    ingest([path], store=store)
    row = store.conn.execute("SELECT sha256, name, kind, bytes FROM knowledge_files").fetchone()
    assert row is not None
    copy = file_path(store.files, row["sha256"], path.suffix)
    assert copy.read_bytes() == path.read_bytes()
    assert (row["name"], row["kind"], row["bytes"]) == ("a.JSONL", "jsonl", path.stat().st_size)
    assert [found.name for found in store.files.iterdir()] == [copy.name]


def readings_of(store: KnowledgeStore) -> int:
    row = store.conn.execute("SELECT count(*) AS n FROM knowledge_readings").fetchone()
    assert row is not None
    return int(row["n"])


def test_no_paths_stage_the_packs_alone(store: KnowledgeStore) -> None:
    report = ingest([], store=store)
    assert (report.read, report.published) == (0, 1)
    assert list(by_code(store)) == ["9.000001"]


def test_a_second_file_adds_and_the_same_file_replaces(tmp_path: Path, store: KnowledgeStore) -> None:
    first = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"), crawl_line("9.000006"))
    second = write_lines(tmp_path / "b.jsonl", crawl_line("9.000007"))
    ingest([first], store=store)
    ingest([second], store=store)
    assert list(by_code(store)) == ["9.000001", "9.000005", "9.000006", "9.000007"]
    write_lines(first, crawl_line("9.000006", ten_thu_tuc="Tên mới"))
    ingest([first], store=store)
    assert list(by_code(store)) == ["9.000001", "9.000006", "9.000007"]
    assert by_code(store)["9.000006"].title == "Tên mới"


def test_a_changed_pack_is_laid_over_what_was_ingested(
    tmp_path: Path, store: KnowledgeStore, own_packs: list[Procedure]
) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line())
    ingest([path], store=store)
    own_packs[0] = own_packs[0].model_copy(update={"steps": ()})
    ingest([], store=store)
    assert by_code(store)["9.000001"].steps == ("Bước 1: Nộp hồ sơ.", "Bước 2: Nhận kết quả.")


def test_folders_and_formats(tmp_path: Path, store: KnowledgeStore) -> None:
    folder = tmp_path / "corpus"
    (folder / "sub").mkdir(parents=True)
    write_lines(folder / "a.jsonl", crawl_line("9.000005"))
    (folder / "sub" / "b.json").write_text(json.dumps(export_file("9.000006")), encoding="utf-8")
    (folder / "c.json").write_text(
        json.dumps([{"code": "9.000007", "title": "Của tỉnh"}, 5]), encoding="utf-8-sig"
    )
    (folder / ".hidden.txt").write_text("x", encoding="utf-8")
    (folder / "a.jsonl.motcua.txt").write_text("x", encoding="utf-8")
    report = ingest([folder, folder / "a.jsonl"], store=store)
    assert list(by_code(store)) == ["9.000001", "9.000005", "9.000006", "9.000007"]
    assert len(report.files) == 3
    assert [str(problem) for problem in report.problems] == [
        f"{folder / 'c.json'}:2: a JSON object is expected, not int"
    ]


def test_the_later_of_two_lines_wins_with_a_note(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(
        tmp_path / "a.jsonl",
        crawl_line("9.000005"),
        crawl_line("9.000006"),
        crawl_line("9.000005", ten_thu_tuc="Sau"),
    )
    report = ingest([path], store=store)
    assert report.replaced == ["9.000005: a.jsonl:3 replaces a.jsonl:1"]
    assert len(by_code(store)) == 3
    assert (by_code(store)["9.000005"].title, report.read) == ("Sau", 2)
    assert by_code(store)["9.000006"].title == "Cấp giấy mẫu cho người dân"  # one title, several codes


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"ma_thu_tuc": ', "not JSON: Expecting value at character 14"),
        ("[1, 2]", "a JSON object is expected, not list"),
        ('"text"', "a JSON object is expected, not str"),
        ('{"a": 1}', "an object of no format that is known"),
        (b"\xff\xfe\x00"[:2], "not UTF-8 text (byte 0)"),
        (json.dumps(crawl_line("12")), "code: String should match pattern"),
        (json.dumps(crawl_line(ten_thu_tuc=["x"])), "ten_thu_tuc: text is expected, not list"),
        ('{"code": "9.000009", "title": ""}', "title: String should have at least 1 character"),
        ('{"code": "9.000009", "title": "x", "extra": 1}', "extra: Extra inputs are not permitted"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_damaged_line_is_named_and_the_rest_taken(
    tmp_path: Path, store: KnowledgeStore, line: str | bytes, reason: str
) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"), line, crawl_line("9.000006"))
    report = ingest([path], store=store)
    (problem,) = report.problems
    assert (problem.file, problem.line) == (str(path), 2)
    assert problem.reason.startswith(reason)
    assert "\n" not in problem.reason
    assert report.read == 2


def test_a_line_that_never_ends_is_skipped(
    tmp_path: Path, store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_records, "MAX_LINE", 64 * 1024)
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"), "x" * 400_000, crawl_line("9.000006"))
    report = ingest([path], store=store)
    assert [(problem.line, problem.reason) for problem in report.problems] == [
        (2, "the line is longer than 0 MB")
    ]
    assert report.read == 2
    (tmp_path / "big.json").write_text("[" + " " * 100_000 + "]", encoding="utf-8")
    problem, earlier = ingest([tmp_path / "big.json"], store=store).problems
    assert "use one record a line" in problem.reason
    assert earlier.file == str(path)  # what a version was made from stays in its report


def test_files_that_cannot_be_read(tmp_path: Path, store: KnowledgeStore) -> None:
    (tmp_path / "binary.jsonl").write_bytes(b"\x01\x02\x00\x00" * 100)
    (tmp_path / "sheet.xlsx").write_bytes(b"PK\x03\x04 cut")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "none.jsonl").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    names = ("binary.jsonl", "sheet.xlsx", "broken.json", "none.jsonl", "empty", "missing.jsonl")
    report = ingest([tmp_path / name for name in names], store=store)
    said = {Path(problem.file).name: problem.reason for problem in report.problems}
    assert said["binary.jsonl"].startswith("binary data of no kind that is read")
    assert said["sheet.xlsx"].startswith("the file is cut off")
    assert said["none.jsonl"].startswith("the file is empty")
    assert said | {"binary.jsonl": "", "sheet.xlsx": "", "none.jsonl": ""} == {
        "binary.jsonl": "",
        "sheet.xlsx": "",
        "none.jsonl": "",
        "broken.json": "not JSON: Expecting property name enclosed in double quotes at character 1",
        "empty": "no file in this folder",
        "missing.jsonl": "there is no such file or folder",
    }
    assert (report.published, report.files) == (1, {})


def test_a_file_that_cannot_be_read_any_more_takes_nothing_away(
    tmp_path: Path, store: KnowledgeStore
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([export_file("9.000006")]), encoding="utf-8")
    first = ingest([path], store=store)
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")  # a copy that broke off
    report = ingest([path], store=store)
    assert (report.version, report.changed) == (first.version, False)
    assert [problem.file for problem in report.problems] == [str(path)]
    assert "9.000006" in by_code(store)


def test_a_reader_that_stumbles_stops_no_other_file(
    tmp_path: Path, store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(data: object, fetched: date | None = None) -> None:
        if "9.000006" in str(data):
            raise ZeroDivisionError("division by zero")
        return record_of(data, fetched)  # type: ignore[return-value]

    record_of = json_records.record_of
    monkeypatch.setattr(json_records, "record_of", stumble)
    bad = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"), crawl_line("9.000006"))
    good = write_lines(tmp_path / "b.jsonl", crawl_line("9.000007"))
    report = ingest([bad, good], store=store)
    (problem,) = report.problems
    assert str(problem) == (
        f"{bad}: its reader failed (ZeroDivisionError: division by zero) (report it to us)"
    )
    assert sorted(by_code(store)) == ["9.000001", "9.000007"]  # nothing of the bad file, half read
    assert readings_of(store) == 1


def test_a_file_is_forgotten(tmp_path: Path, store: KnowledgeStore) -> None:
    first = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"))
    second = write_lines(tmp_path / "b.jsonl", crawl_line("9.000006"))
    ingest([first, second], store=store)
    first.unlink()
    report = ingest([], store=store, order=Order(forget=(first,)))
    assert (list(report.files), sorted(by_code(store))) == ([str(second)], ["9.000001", "9.000006"])


@pytest.mark.parametrize(("packs", "codes", "plans"), [("on", 2, 1), ("plans-off", 2, 0), ("off", 1, 0)])
def test_packs_can_be_left_out(
    tmp_path: Path, store: KnowledgeStore, packs: Packs, codes: int, plans: int
) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"))
    report = ingest([path], store=store, order=Order(packs=packs))
    assert (report.published, report.plans, report.laid_over) == (codes, plans, packs)


def test_two_ingests_at_once_take_both_files(tmp_path: Path, store: KnowledgeStore, dsn: str) -> None:
    paths = [write_lines(tmp_path / f"{number}.jsonl", crawl_line(f"9.00001{number}")) for number in range(4)]

    def run(path: Path) -> IngestReport:
        with connect(dsn) as conn:
            return ingest([path], store=KnowledgeStore(conn, tmp_path / "home"))

    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(run, paths))
    assert sorted(by_code(store)) == ["9.000001", "9.000010", "9.000011", "9.000012", "9.000013"]
    assert sorted(report.published for report in reports) == [2, 3, 4, 5]


def test_the_same_file_twice_at_once_is_one_reading(tmp_path: Path, store: KnowledgeStore, dsn: str) -> None:
    path = write_lines(tmp_path / "a.jsonl", *(crawl_line(f"9.{number:06d}") for number in range(2, 60)))

    def run(_: int) -> IngestReport:
        with connect(dsn) as conn:
            return ingest([path], store=KnowledgeStore(conn, tmp_path / "home"))

    with ThreadPoolExecutor(3) as threads:
        versions = {report.version for report in threads.map(run, range(3))}
    assert (len(versions), readings_of(store), len(store.versions())) == (1, 1, 1)


def test_a_killed_ingest_goes_on_where_it_was(tmp_path: Path, store: KnowledgeStore, dsn: str) -> None:
    """Files read before the kill are not read again; nothing is staged by half."""
    paths = [write_lines(tmp_path / f"{number}.jsonl", crawl_line(f"9.00001{number}")) for number in range(3)]
    program = f"""
        import os, signal
        from pathlib import Path
        from knowledge import ingest, readings
        from knowledge.sources import find_files
        from knowledge.store import KnowledgeStore, connect
        keep = readings.Readings._keep
        def kill(self, path, *rest):
            if path.name == "2.jsonl":
                os.kill(os.getpid(), signal.SIGKILL)
            return keep(self, path, *rest)
        readings.Readings._keep = kill
        with connect({dsn!r}) as conn:
            store = KnowledgeStore(conn, Path({str(tmp_path / "home")!r}))
            ingest.ingest({[str(path) for path in paths]!r}, store=store)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (store.head(), readings_of(store)) == (None, 2)
    report = ingest(paths, store=store)
    assert (report.fresh, report.read) == ([str(paths[2])], 3)


def test_a_correction_survives_the_next_ingest_and_is_shown_when_the_source_disagrees(
    tmp_path: Path, store: KnowledgeStore
) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"))
    ingest([path], store=store)
    save_correction(
        store.conn, by_code(store)["9.000005"], field="title", after="Tên đúng", actor="Lan", now=NOW
    )
    report = ingest([], store=store)
    assert (report.changed, report.fresh, by_code(store)["9.000005"].title) == (True, [], "Tên đúng")
    write_lines(path, crawl_line("9.000005", so_quyet_dinh="13/QĐ-MAU"))
    assert ingest([path], store=store).disputes == []
    assert by_code(store)["9.000005"].decision == "13/QĐ-MAU"
    write_lines(path, crawl_line("9.000005", ten_thu_tuc="Tên nguồn mới"))
    (dispute,) = ingest([path], store=store).disputes
    assert (dispute.key, dispute.field) == ("9.000005", "title")
    assert "Tên nguồn mới" in dispute.text
    assert by_code(store)["9.000005"].title == "Tên đúng"
    (kept,) = list_corrections(store.conn)
    assert withdraw_correction(store.conn, kept.id, actor="Lan", now=NOW)
    ingest([], store=store)
    assert by_code(store)["9.000005"].title == "Tên nguồn mới"


def test_an_area_goes_into_the_records(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(
        tmp_path / "a.jsonl", crawl_line("9.000005"), {"code": "9.000006", "title": "x", "area": "quang-tri"}
    )
    ingest([path], store=store, order=Order(Options(area="dak-lak")))
    assert [record.area for code, record in by_code(store).items() if code != "9.000001"] == [
        "dak-lak",
        "quang-tri",
    ]
    with pytest.raises(UnknownArea):
        ingest([path], store=store, order=Order(Options(area="khong-co")))


def test_progress_and_report_lines(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(
        tmp_path / "a.jsonl", crawl_line("9.000005"), "x", crawl_line("9.000005", so_quyet_dinh="13/QĐ-MAU")
    )
    told: list[tuple[str, int, int]] = []
    report = ingest([path], store=store, progress=lambda *step: told.append(step))
    size = path.stat().st_size
    assert [step for step in told if step[0] == "read"][-1] == ("read", size, size)
    assert told[-1] == ("stage", 3, 3)
    text = "\n".join(report.lines())
    assert "staged: version 1-" in text
    assert "the number has no unit (9.000005)" in text
    assert "replaces a.jsonl:1" in text
    assert "not JSON" in text
    assert IngestReport.from_json(json.loads(json.dumps(report.to_json()))).lines() == report.lines()


@pytest.mark.shared
def test_every_file_of_the_shared_folders_by_its_own_kind_and_again(
    shared: Path, store: KnowledgeStore
) -> None:
    folders = [shared / "corpus", shared / "seeds"]
    begin = time.monotonic()
    report = ingest(folders, store=store, order=Order(Options(ocr=False)))
    assert time.monotonic() - begin < 600
    assert [
        problem for problem in report.problems if not problem.line
    ] == []  # rows and pages are named, no file
    assert (report.read_plans, len(report.files)) == (5, len(find_files(folders)[0]))
    assert report.read > 2642 + 207 + 134
    begin = time.monotonic()
    again = ingest(folders, store=store, order=Order(Options(ocr=False)))
    assert (again.changed, again.version, again.fresh) == (False, report.version, [])
    assert time.monotonic() - begin < 20
