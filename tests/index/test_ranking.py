"""The small model that orders candidates: its columns, its fit, and questions asked as if the index held them not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.dense import HashEncoder
from index.fusion import load_weights
from index.ranking import BY_LENGTH, BY_MARKS, NAMES, features, score
from index.ranking_data import Bank, Observed, Posed, calibration, folded, hasty, observe, see
from index.ranking_evidence import likelihood
from index.ranking_fit import ablation, figures, fit, nearness, out_of_fold, write
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.corpus import Wordings
from knowledge.packs_loader import Questions
from tests.answer.world import BIRTH, search, tiny_knowledge

DAY = date(2026, 11, 20)


def asked(query: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    here = search()
    look = here.snapshot.procedures.look(query, here.vector(query))
    sight = here.sight(query, query, look, here.standing.mask("", DAY, None), day=DAY)
    return sight.rows, features(sight, here.facts, here.siblings)


def test_the_weights_name_columns_that_exist() -> None:
    weights = load_weights()
    assert set(weights["ranking"]) == set(NAMES)
    assert set(weights["ranking_unmarked"]) == set(BY_MARKS)
    assert weights["ranking_scale"]["nearness"] > 0


@pytest.mark.parametrize("query", ["đăng ký khai sinh", "dang ky khai sinh cho con", "xyz", "giấy " * 200])
def test_each_candidate_has_each_column(query: str) -> None:
    rows, columns = asked(query)
    assert set(columns) == set(NAMES)
    for name, column in columns.items():
        assert column.shape == rows.shape, name
        assert np.isfinite(column).all(), name


def test_the_title_that_was_said_is_seen() -> None:
    title = next(row["title"] for row in search().snapshot.procedure_rows if row["code"] == BIRTH)
    rows, columns = asked(title)
    at = [search().snapshot.procedure_rows[row]["code"] for row in rows].index(BIRTH)
    assert columns["title"][at] == pytest.approx(1.0)
    assert columns["title_missing"][at] == pytest.approx(0.0, abs=1e-5)
    assert columns["own"][at] == pytest.approx(1.0)


def test_without_marks_other_weights_are_added() -> None:
    columns = {"own": np.array([1.0, 0.0], dtype=np.float32)}
    assert score(columns, {"own": 1.0}, {"own": 2.0}, "đăng ký").tolist() == [1.0, 0.0]
    assert score(columns, {"own": 1.0}, {"own": 2.0}, "dang ky").tolist() == [3.0, 0.0]


def test_only_a_long_message_has_the_columns_of_its_length() -> None:
    short, long = "đăng ký khai sinh", "đăng ký khai sinh cho cháu vừa chào đời " * 7
    for query, told in ((short, False), (long, True)):
        _, columns = asked(query)
        for name in BY_LENGTH:
            assert bool(columns[f"{name}_long"].any()) is told, name
    _, longer = asked(long * 3)
    assert longer["entries_long"].max() > columns["entries_long"].max() > 0


def test_likelihood_counts_those_of_one_name_together() -> None:
    even = np.zeros(4, dtype=np.float32)
    assert likelihood(even, ["a", "b", "c", "d"]) == pytest.approx(0.25)
    assert likelihood(even, ["a", "a", "c", "d"]) == pytest.approx(0.5)


def invented(*, seed: int = 1, count: int = 120) -> list[Observed]:
    """Questions whose right candidate has most of `own`, whatever `fused` says."""
    dice = np.random.default_rng(seed)
    made = []
    for number in range(count):
        columns = {name: dice.random(6).astype(np.float32) for name in NAMES}
        right = np.arange(6) == columns["own"].argmax()
        posed = Posed(f"câu hỏi {number}", frozenset((f"9.{number:06}",)), "in_scope")
        made.append(Observed(posed, columns, columns["fused"], right, np.zeros(6, dtype=bool)))
    return made


def test_the_fit_finds_what_tells_the_right_one() -> None:
    observed = invented()
    model = fit(observed)
    assert max(model.weights, key=lambda name: model.weights[name]) == "own"
    before = figures(observed, lambda one: one.fused)["in_scope"]
    after = figures(observed, out_of_fold(observed))["in_scope"]
    assert after["R@1"] > before["R@1"] + 0.3
    assert after["loss"] < before["loss"]
    assert nearness(observed, model) != 0


def test_the_ablation_shows_what_a_column_is_worth() -> None:
    found = ablation(invented(count=40))
    assert set(found) == {"all", "one for both spellings", *(f"without {name}" for name in NAMES)}
    assert found["without own"]["in_scope"]["R@1"] < found["all"]["in_scope"]["R@1"]


def test_what_stands_before_the_model_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "fusion.yml"
    path.write_text("# why\nprocedures: {dense: 1.0}\n", "utf-8")
    for weight in (1.0, 2.0):
        write(path, {"ranking": {"own": weight}, "ranking_unmarked": {}, "ranking_scale": {"nearness": 0.1}})
        assert path.read_text("utf-8").startswith("# why\nprocedures: {dense: 1.0}\n")
        assert load_weights(path)["ranking"] == {"own": weight}


class TestBank:
    """A question of the bank is asked as if the index did not hold it."""

    TEXT = "bé nhà em chào đời rồi thì khai báo kiểu gì"

    @pytest.fixture
    def world(self, tmp_path: Path) -> tuple[Search, Bank]:
        tiny = tiny_knowledge()
        words = tiny.wordings.get(BIRTH, Wordings())
        wordings = {**tiny.wordings, BIRTH: replace(words, questions=(*words.questions, self.TEXT))}
        build(replace(tiny, wordings=wordings), home=tmp_path, encoder=HashEncoder())
        folder = current(tmp_path)
        assert folder is not None
        found = Search(Snapshot(folder), HashEncoder())
        questions: Questions = {code: (one.aliases, one.questions) for code, one in wordings.items()}
        return found, Bank(found, folder, questions)

    def posed(self, bank: Bank) -> Posed:
        return next(one for one in bank.sample(10_000) if one.q == self.TEXT)

    def test_its_own_entry_is_gone(self, world: tuple[Search, Bank]) -> None:
        here, bank = world
        posed = self.posed(bank)
        masked, _ = see(here, posed, bank, DAY)
        whole, _ = see(here, replace(posed, entry=None), bank, DAY)
        row = next(r for r, one in enumerate(here.snapshot.procedure_rows) if one["code"] == BIRTH)
        for name in ("short_folded", "short_words", "entry_folded", "dense"):
            assert masked.look.fields[name][row] < whole.look.fields[name][row], name
        others = np.arange(len(here.snapshot.procedure_rows)) != row
        assert np.array_equal(masked.look.fields["dense"][others], whole.look.fields["dense"][others])
        at, was = (int(np.flatnonzero(one.rows == row)[0]) for one in (masked, whole))
        assert masked.own[at].sum() < whole.own[was].sum()

    def test_the_score_told_anew_is_the_score_of_the_rest(
        self, world: tuple[Search, Bank], tmp_path: Path
    ) -> None:
        here, bank = world
        build(tiny_knowledge(), home=tmp_path / "less", encoder=HashEncoder())
        less = Search(Snapshot(current(tmp_path / "less") or tmp_path), HashEncoder())
        row = next(r for r, one in enumerate(less.snapshot.procedure_rows) if one["code"] == BIRTH)
        query = "đăng ký khai sinh cho con"
        look = here.snapshot.procedures.look(query, here.vector(query))
        without = bank.without(look, query, replace(self.posed(bank), q=query))
        expected = less.snapshot.procedures.look(query, None).fields["short_folded"][row]
        assert without.fields["short_folded"][row] == pytest.approx(expected, rel=0.1)

    def test_only_long_questions_are_taken_when_stories_are_wanted(self, world: tuple[Search, Bank]) -> None:
        _, bank = world
        words = len(self.TEXT.split())
        assert any(one.q == self.TEXT for one in bank.sample(10_000, least=words))
        assert all(len(one.q.split()) > words for one in bank.sample(10_000, least=words + 1))

    def test_it_is_observed_with_what_is_right(self, world: tuple[Search, Bank]) -> None:
        here, bank = world
        seen = observe(here, self.posed(bank), bank, DAY)
        assert seen.right.sum() == 1
        assert set(seen.columns) == set(NAMES)


def test_spellings_keep_what_is_right(tmp_path: Path) -> None:
    path = tmp_path / "in_scope.jsonl"
    path.write_text(
        '{"q": "Không biết làm gì được không?", "codes": ["1.001193"], "style": "polite"}\n', "utf-8"
    )
    (one,) = calibration(path)
    (plain,) = folded([one])
    (quick,) = hasty([one])
    assert plain.q == "Khong biet lam gi duoc khong?"
    assert quick.q != one.q.lower().rstrip("?") and not quick.q.endswith("?")
    assert one.codes == plain.codes == quick.codes
    assert {one.source, plain.source, quick.source} == {"in_scope", "in_scope_folded", "in_scope_hasty"}
    assert list(folded([plain])) == []
