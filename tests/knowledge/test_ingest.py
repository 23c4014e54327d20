"""Files in, one version out, everything damaged named in one clear line."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import pytest

from knowledge import ingest as ingest_module
from knowledge import sources
from knowledge.documents import Plan, Procedure
from knowledge.errors import UnknownArea
from knowledge.ingest import IngestReport, ingest
from knowledge.store import KnowledgeStore
from tests.knowledge.crawl import crawl_line, export_file, write_lines


@pytest.fixture
def store(tmp_path: Path) -> KnowledgeStore:
    return KnowledgeStore(tmp_path / "home")


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
    current = store.load_current()
    assert current is not None
    return {procedure.code: procedure for procedure in current.procedures}


def test_reads_merges_and_publishes(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line(), crawl_line("9.000005"), "")
    report = ingest([path], store=store, fetched=date(2026, 7, 1))
    assert (report.changed, report.read, report.packs, report.plans, report.published) == (True, 2, 1, 1, 2)
    assert report.files == {str(path): 2}
    assert report.coverage["time limit"] == 2
    assert [(group.field, group.reason, group.count) for group in report.doubts] == [
        ("time_limit", "the number has no unit", 2)
    ]
    records = by_code(store)
    assert (records["9.000001"].aliases, records["9.000001"].steps) == (("xin giấy",), ("Nộp rồi nhận.",))
    assert records["9.000001"].agency == "Ủy ban nhân dân cấp xã"
    assert records["9.000005"].provenance.fetched == date(2026, 7, 1)


def test_again_changes_nothing(
    tmp_path: Path, store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"))
    first = ingest([path], store=store)
    again = ingest([str(path)], store=store)
    assert (again.version, again.changed) == (first.version, False)
    assert again.to_json() | {"changed": True} == first.to_json() | {"version": first.version}
    monkeypatch.setattr(ingest_module, "_fingerprint", lambda *_: "another")
    reread = ingest([path], store=store)
    assert (reread.version, reread.changed) == (first.version, False)
    assert len(list(store.versions.iterdir())) == 1


def test_no_paths_publish_the_packs_alone(store: KnowledgeStore) -> None:
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
    (folder / "readme.txt").write_text("x", encoding="utf-8")
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
    monkeypatch.setattr(sources, "MAX_LINE", 64 * 1024)
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"), "x" * 400_000, crawl_line("9.000006"))
    report = ingest([path], store=store)
    assert [(problem.line, problem.reason) for problem in report.problems] == [
        (2, "the line is longer than 0 MB")
    ]
    assert report.read == 2
    (tmp_path / "big.json").write_text("[" + " " * 100_000 + "]", encoding="utf-8")
    (problem,) = ingest([tmp_path / "big.json"], store=store).problems
    assert "use one record a line" in problem.reason


def test_files_that_cannot_be_read(tmp_path: Path, store: KnowledgeStore) -> None:
    (tmp_path / "binary.jsonl").write_bytes(b"PK\x03\x04\x00\x00" * 100)
    (tmp_path / "sheet.xlsx").write_bytes(b"x")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    names = ("binary.jsonl", "sheet.xlsx", "broken.json", "empty", "missing.jsonl")
    report = ingest([tmp_path / name for name in names], store=store)
    assert {Path(problem.file).name: problem.reason for problem in report.problems} == {
        "binary.jsonl": "a binary file, not text",
        "sheet.xlsx": "'.xlsx' files are not read yet, only .jsonl and .json",
        "broken.json": "not JSON: Expecting property name enclosed in double quotes at character 1",
        "empty": "no .jsonl or .json file in this folder",
        "missing.jsonl": "there is no such file or folder",
    }
    assert report.published == 1


def test_an_area_goes_into_the_records(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(
        tmp_path / "a.jsonl", crawl_line("9.000005"), {"code": "9.000006", "title": "x", "area": "quang-tri"}
    )
    ingest([path], store=store, area="dak-lak")
    assert [record.area for code, record in by_code(store).items() if code != "9.000001"] == [
        "dak-lak",
        "quang-tri",
    ]
    with pytest.raises(UnknownArea):
        ingest([path], store=store, area="khong-co")


def test_progress_and_report_lines(tmp_path: Path, store: KnowledgeStore) -> None:
    path = write_lines(tmp_path / "a.jsonl", crawl_line("9.000005"), "x", crawl_line("9.000005"))
    told: list[tuple[str, int, int]] = []
    report = ingest([path], store=store, progress=lambda *step: told.append(step))
    size = path.stat().st_size
    assert [step for step in told if step[0] == "read"][-1] == ("read", size, size)
    assert told[-1] == ("publish", 2, 2)
    text = "\n".join(report.lines())
    assert "published: version 1-" in text
    assert "the number has no unit (9.000005)" in text
    assert "replaces a.jsonl:1" in text
    assert "not JSON" in text
    assert IngestReport.from_json(json.loads(json.dumps(report.to_json()))).lines() == report.lines()


@pytest.mark.shared
def test_the_whole_corpus_in_time_and_again(shared: Path, store: KnowledgeStore) -> None:
    corpus = [shared / "corpus" / "procedures.jsonl", shared / "corpus" / "quoc_phong"]
    begin = time.monotonic()
    report = ingest(corpus, store=store)
    assert time.monotonic() - begin < 180
    assert (report.read, report.problems, report.replaced) == (2849, [], [])
    assert len(by_code(store)) == 2850  # one more is ours alone
    begin = time.monotonic()
    assert not ingest(corpus, store=store).changed
    assert time.monotonic() - begin < 20
