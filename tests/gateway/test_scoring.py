"""`motcua eval --report`: which sets are asked, and what is written where."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.evaluation import figures as kept
from bot.gateway import scoring
from bot.gateway.settings import ROOT, Settings
from knowledge.errors import BadRecord
from tests.answer.world import BIRTH, answerer

RUN = CliRunner()
DATA = ROOT / "tests" / "evaluation" / "data"
LINE = {"id": "q1", "q": "con mới sinh làm giấy khai sinh cần gì", "codes": [BIRTH], "style": "story"}


def folder(path: Path, **kinds: list[dict[str, object]]) -> Path:
    path.mkdir()
    for kind, lines in kinds.items():
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        (path / f"{kind}.jsonl").write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    wrong = {"id": "q2", "q": "con mới sinh làm giấy khai sinh cần gì", "codes": ["9.999999"]}
    return folder(tmp_path / "van-phong", procedures=[LINE, wrong])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("bot.gateway.wiring.build_answerer", lambda settings: answerer())
    return Settings(motcua_home=tmp_path / "home")


def test_a_folder_is_a_set_and_a_file_belongs_to_that_of_its_folder(own: Path) -> None:
    found = scoring.sets_of("all", [own, DATA / "blind2", DATA / "traps.jsonl"])
    assert set(found) == {"van-phong", "blind2", "own"}
    assert set(found["van-phong"]) == {"procedures"} and set(found["own"]) == {"traps"}
    assert set(found["blind2"]) >= {"procedures", "dialogues", "traps", "portal_faq"}
    with pytest.raises(ValueError, match="unknown kind"):
        scoring.sets_of("prose", [own])


def test_without_files_every_set_of_the_project_that_is_here_is_asked() -> None:
    assert {"own", "blind2"} <= set(scoring.sets_of("traps", []))


def test_an_offices_own_questions_stay_with_the_office(settings: Settings, own: Path, tmp_path: Path) -> None:
    reports, written = scoring.report(settings, scoring.sets_of("all", [own]), docs=tmp_path / "docs")
    assert [path.name for path in written] == ["figures.json", "quality.md"]
    assert not (tmp_path / "docs").exists()
    found = kept.load(scoring.installed(settings))
    assert found is not None
    (one,) = found.sets
    assert (one.name, one.records, one.kinds["procedures"].n) == ("van-phong", one.records, 2)
    assert one.snapshot and one.code and reports[0].figures["R@1"].value == 0.5
    assert [(miss.id, miss.q, miss.expected) for miss in one.misses] == [("q2", "", "")]
    assert "khai sinh" not in scoring.installed(settings).read_text(encoding="utf-8")


def test_sets_of_the_project_go_to_the_docs_too(
    settings: Settings, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "set_of", lambda path, root: "blind2")
    docs = tmp_path / "docs"
    sets = scoring.sets_of("all", [own])
    _, written = scoring.report(settings, sets, docs=docs, out=tmp_path / "out")
    assert written[2:] == [docs / "quality" / "figures.json", docs / "quality.md"]
    assert (docs / "quality.md").read_text(encoding="utf-8").startswith("# Quality")
    assert (tmp_path / "out" / "blind2" / "procedures" / "cases.csv").is_file()
    first = kept.load(docs / "quality" / "figures.json")
    scoring.report(settings, sets, docs=docs)
    again = kept.load(docs / "quality" / "figures.json")
    assert first is not None and again is not None and first.first_runs == again.first_runs
    _, written = scoring.report(settings, sets, docs=None)
    assert len(written) == 2


def test_damaged_figures_are_named_and_not_written_over(settings: Settings, own: Path) -> None:
    path = scoring.installed(settings)
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(BadRecord, match=r"figures\.json"):
        scoring.report(settings, scoring.sets_of("all", [own]), docs=None)
    assert path.read_text(encoding="utf-8") == "{"


def test_on_the_command_line(
    settings: Settings, own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(settings.home))
    done = RUN.invoke(app, ["eval", "all", str(own), "--report", "--home-only"])
    assert done.exit_code == 0, done.output
    assert str(scoring.installed(settings)) in done.output.replace("\n", "")
    as_json = RUN.invoke(app, ["eval", "all", str(own), "--report", "--home-only", "--json"])
    assert json.loads(as_json.stdout)["reports"][0]["kind"] == "procedures"
    assert RUN.invoke(app, ["eval", "all", str(own), "--report", "--url", "http://x"]).exit_code == 2
    assert RUN.invoke(app, ["eval", "all", str(tmp_path / "none"), "--report"]).exit_code == 2


def test_a_check_ends_with_its_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    for good, code in ((True, 0), (False, 1)):
        drops = [] if good else ["own, procedures, R@1"]
        run = SimpleNamespace(records=3, model_dump=dict)
        found = SimpleNamespace(
            size="packs", run=run, drops=drops, stale=False, compared=True, seconds={}, good=good
        )
        monkeypatch.setattr(
            "bot.gateway.checking.check_here", lambda settings, size, store, found=found: found
        )
        assert RUN.invoke(app, ["eval", "--check"]).exit_code == code
        as_json = RUN.invoke(app, ["eval", "--check", "--json"])
        assert [one["good"] for one in json.loads(as_json.stdout)] == [good]
