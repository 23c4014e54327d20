"""A later run beside the stored one; and the run itself, over what this machine can build."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.commands.scores import lines
from bot.evaluation import check
from bot.evaluation.check import Stored, StoredRun, drops
from bot.evaluation.metrics import Figure
from bot.gateway import checking
from bot.gateway.settings import Settings
from knowledge.errors import BadRecord


def share(value: float, *, n: int = 100, wide: float = 0.05) -> Figure:
    return Figure(value=value, low=value - wide, high=value + wide, n=n)


def measured(**figures: Figure) -> check.Measured:
    return {"own": {"procedures": dict(figures)}}


def run(**figures: Figure) -> StoredRun:
    return StoredRun(measured=date(2026, 11, 20), questions="abc", records=9, figures=measured(**figures))


@pytest.mark.parametrize(
    ("before", "now", "dropped"),
    [
        ({"R@1": share(0.9)}, {"R@1": share(0.86)}, []),
        ({"R@1": share(0.9)}, {"R@1": share(0.84)}, ["R@1"]),
        ({"R@1": share(0.9)}, {"R@1": share(0.99)}, []),
        ({"R@1": share(0.9, n=19)}, {"R@1": share(0.1)}, []),
        ({"R@1": share(0.9)}, {}, ["R@1"]),
        ({"false refusals": share(0.05)}, {"false refusals": share(0.09)}, []),
        ({"false refusals": share(0.05)}, {"false refusals": share(0.2)}, ["false refusals"]),
        ({"false refusals": share(0.2)}, {"false refusals": share(0.0)}, []),
        ({"asked back": share(0.05)}, {"asked back": share(0.9)}, []),
        ({"right": Figure(value=None)}, {}, []),
    ],
)
def test_a_figure_may_move_within_its_interval(
    before: dict[str, Figure], now: dict[str, Figure], dropped: list[str]
) -> None:
    found = drops(measured(**before), measured(**now))
    assert [drop.figure for drop in found] == dropped
    assert all("own, procedures" in str(drop) for drop in found)


def test_stored_runs_are_kept_by_size(tmp_path: Path) -> None:
    path = tmp_path / "q" / "check.json"
    assert check.load(path) == Stored()
    check.save(path, check.load(path), size="packs", run=run(right=share(0.5)))
    check.save(path, check.load(path), size="records", run=run(right=share(0.6)))
    check.save(path, check.load(path), size="packs", run=run(right=share(0.7)))
    assert {
        name: one.figures["own"]["procedures"]["right"].value for name, one in check.load(path).runs.items()
    } == {
        "packs": 0.7,
        "records": 0.6,
    }
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(BadRecord, match=r"check\.json"):
        check.load(path)


def test_other_questions_are_another_run(tmp_path: Path) -> None:
    path = tmp_path / "traps.jsonl"
    path.write_text("{}", encoding="utf-8")
    before = check.digest([path])
    assert check.digest([path]) == before
    path.write_text("{} ", encoding="utf-8")
    assert check.digest([path]) != before


def compared(tmp_path: Path, stored: StoredRun | None, fresh: StoredRun) -> checking.Checked:
    path = tmp_path / "check.json"
    if stored is not None:
        check.save(path, Stored(), size="packs", run=stored)
    return checking._compared(fresh, size="packs", stored=path, store=False, seconds={"ask": 3.0})


def test_what_a_check_says(tmp_path: Path) -> None:
    none = compared(tmp_path, None, run(right=share(0.5)))
    assert not none.good and "no stored run" in lines(none)[1]
    good = compared(tmp_path, run(right=share(0.5)), run(right=share(0.5)))
    assert good.good and lines(good) == [
        "packs: 9 procedures; ask 3 s", "no figure dropped by more than its interval"
    ]  # fmt: skip
    worse = compared(tmp_path, run(right=share(0.5)), run(right=share(0.2)))
    assert not worse.good and "own, procedures, right" in lines(worse)[2]
    other = run(right=share(0.2)).model_copy(update={"questions": "xyz"})
    stale = compared(tmp_path, run(right=share(0.5)), other)
    assert not stale.good and stale.drops == [] and "questions changed" in lines(stale)[1]


def test_every_second_question_of_each_way_of_writing_is_asked() -> None:
    files = checking.question_files()
    assert set(files) == {"own", "blind2"}
    path = files["own"]["procedures"]
    asked = checking.questions("procedures", path)
    whole = checking.read_lines([path])
    assert {line["style"] for line in asked} == {line["style"] for line in whole}
    assert len(whole) / 2 <= len(asked) <= len(whole) / 2 + 6
    assert asked == checking.questions("procedures", path)
    assert checking.named(files)


def test_questions_about_records_that_are_not_there_are_left_out() -> None:
    asked = [
        {"codes": ["a", "b"]},
        {"codes": ["c"]},
        {"codes": []},
        {"turns": [{"codes": ["b"]}, {"codes": ["c"]}]},
    ]
    assert checking.answerable(asked, {"b"}) == [asked[0], asked[2], asked[3]]


@pytest.mark.shared
def test_no_figure_dropped_with_published_records(shared: Path) -> None:
    if not checking.CORPUS.is_file():
        pytest.skip(f"{checking.CORPUS} is absent: figures are checked on our packs alone")
    found = checking.check_here(Settings(), size="records")
    assert found.good, "\n".join(lines(found))


def test_no_figure_dropped_on_our_packs_alone() -> None:
    if checking.CORPUS.is_file():
        pytest.skip("published records are here: figures are checked with them, which asks more")
    found = checking.check_here(Settings(), size="packs")
    assert found.good, "\n".join(lines(found))
