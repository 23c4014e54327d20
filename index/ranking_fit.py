"""`motcua train ranking`: fit the weights that order the candidates, and compare them with the fused scores.

A question's likelihood is a softmax over its candidates, so that the weights are found where the right one is told
from the others of the same question, never between questions. Every figure is out of fold: a question is scored by
weights that saw no question of its procedure.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

from index.ranking import BY_MARKS, NAMES, score
from index.ranking_data import Bank, Observed, Posed, calibration, folded, hasty, observe
from index.search import Search
from knowledge.packs_loader import load_questions
from knowledge.text.diacritics import has_diacritics

FUSION = Path(__file__).with_name("fusion.yml")
FOLDS = 5
RIDGE = 0.01  # on standardised weights
BANK, VARIANTS = 1600, 1000  # questions of the bank, and of those in each other spelling
STORIES, LONG = 600, 45  # of the bank's questions of so many words, how many besides: the sample has few
OF_PEOPLE = 20.0  # what a calibration question weighs beside one of the bank, whose sisters are in the index
Weights = dict[str, float]
Rank = Callable[[Observed], NDArray[np.float32]]


@dataclass(frozen=True)
class Model:
    weights: Weights
    unmarked: Weights

    def __call__(self, one: Observed) -> NDArray[np.float32]:
        return score(one.columns, self.weights, self.unmarked, one.posed.q)


def gather(search: Search, folder: Path, packs: Path, *, day: date | None = None) -> list[Observed]:
    """Every question that may be learnt from, observed. A minute or two."""
    bank = Bank(search, folder, load_questions())
    people = [*calibration(packs / "in_scope.jsonl"), *calibration(packs / "in_scope_long.jsonl")]
    sample = bank.sample(BANK)
    posed: list[Posed] = [*people, *folded(people), *sample, *folded(sample[:VARIANTS])]
    posed += hasty(sample[-VARIANTS:])
    posed += [replace(one, source="bank_long") for one in bank.sample(STORIES, least=LONG)]
    return [observe(search, one, bank, day or date.today()) for one in posed]  # noqa: DTZ011 - any day will do


def fit(
    observed: Sequence[Observed], names: Sequence[str] = NAMES, by_marks: Sequence[str] = BY_MARKS
) -> Model:
    """The weights under which the right candidates are likeliest."""
    able = [one for one in observed if one.right.any()]
    table, right, there = _tables(able, names, by_marks)
    spread = table[there].std(axis=0) + 1e-6
    table /= spread
    worth = np.array([OF_PEOPLE if one.posed.entry is None else 1.0 for one in able])
    worth /= worth.sum()

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.where(there, table @ weights, -np.inf)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        share = odds / odds.sum(axis=1, keepdims=True)
        good = np.where(right, share, 0.0)
        hit = np.maximum(good.sum(axis=1, keepdims=True), 1e-12)
        slope = np.einsum("q,qc,qcf->f", worth, share - good / hit, table)
        return float(
            -(worth * np.log(hit[:, 0])).sum() + RIDGE / 2 * weights @ weights
        ), slope + RIDGE * weights

    found = minimize(loss, np.zeros(table.shape[2]), jac=True, method="L-BFGS-B").x / spread
    common, more = found[: len(names)], found[len(names) :]
    return Model(_named(names, common), _named(by_marks, more))


def _named(names: Sequence[str], weights: NDArray[np.float64]) -> Weights:
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def _tables(
    observed: Sequence[Observed], names: Sequence[str], by_marks: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Questions × candidates × columns, which are right, and which are there (twins of a right one are not)."""
    size = max(len(one.right) for one in observed)
    table = np.zeros((len(observed), size, len(names) + len(by_marks)))
    right, there = np.zeros((2, len(observed), size), dtype=bool)
    for at, one in enumerate(observed):
        unmarked = 0.0 if has_diacritics(one.posed.q) else 1.0
        columns = [one.columns[name] for name in names] + [one.columns[name] * unmarked for name in by_marks]
        table[at, : len(one.right)] = np.stack(columns, axis=1)
        right[at, : len(one.right)], there[at, : len(one.right)] = one.right, ~one.twin
    return table, right, there


def out_of_fold(observed: Sequence[Observed], **columns: Sequence[str]) -> Rank:
    """Each question by a model that saw nothing of its procedure."""
    models = [fit([one for one in observed if _fold(one) != fold], **columns) for fold in range(FOLDS)]
    return lambda one: models[_fold(one)](one)


def _fold(one: Observed) -> int:
    return zlib.crc32(one.posed.group.encode()) % FOLDS


def figures(observed: Sequence[Observed], rank: Rank) -> dict[str, dict[str, float]]:
    """R@1, R@5, MRR, and the mean loss in nats, by source of the questions."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for one in observed:
        found.setdefault(one.posed.source, []).append(_judge(one, rank(one)))
    return {
        source: {"questions": len(rows), **_means(np.array(rows))} for source, rows in sorted(found.items())
    }


def _means(rows: NDArray[np.float64]) -> dict[str, float]:
    means = rows.mean(axis=0)
    return {name: round(float(m), 3) for name, m in zip(("R@1", "R@5", "MRR", "loss"), means, strict=True)}


def _judge(one: Observed, scores: NDArray[np.float32]) -> tuple[float, float, float, float]:
    if not one.right.any():
        return 0.0, 0.0, 0.0, float(np.log(len(one.right) + 1))
    above = int((scores > scores[one.right].max()).sum())
    odds = np.exp(np.where(one.twin, -np.inf, scores) - scores.max())
    loss = -float(np.log(max(odds[one.right].sum() / odds.sum(), 1e-12)))
    return float(above == 0), float(above < 5), 1 / (1 + above), loss


def nearness(observed: Sequence[Observed], rank: Rank) -> float:
    """How many logarithms of the fused score one of the model's odds is worth, among the leading candidates.

    The constants on standing and on the field talked about are shares of the fused score; so they stay what they are.
    """
    steps = []
    for one in observed:
        order = np.argsort(-one.fused)[:10]
        fused, scores = np.log(np.maximum(one.fused[order], 1e-6)), rank(one)[order]
        steps.append(np.stack([fused - fused.mean(), scores - scores.mean()]))
    fused, scores = np.concatenate(steps, axis=1)
    return round(float((fused * scores).sum() / (scores * scores).sum()), 4)


def ablation(observed: Sequence[Observed]) -> dict[str, dict[str, dict[str, float]]]:
    """The figures without each column."""
    found = {"all": figures(observed, out_of_fold(observed))}
    for gone in NAMES:
        names = [name for name in NAMES if name != gone]
        by_marks = [name for name in BY_MARKS if name != gone]
        found[f"without {gone}"] = figures(observed, out_of_fold(observed, names=names, by_marks=by_marks))
    one_for_both = out_of_fold(observed, by_marks=())
    return found | {"one for both spellings": figures(observed, one_for_both)}


def train(search: Search, folder: Path, packs: Path, *, ablate: bool = False) -> dict[str, Any]:
    """Fit, write `fusion.yml`, and return what it is worth beside the fused scores alone."""
    observed = gather(search, folder, packs)
    model = fit(observed)
    scale = {"nearness": nearness(observed, model)}
    write(FUSION, {"ranking": model.weights, "ranking_unmarked": model.unmarked, "ranking_scale": scale})
    found: dict[str, Any] = {
        "fused scores": figures(observed, lambda one: one.fused),
        "model, out of fold": figures(observed, out_of_fold(observed)),
    }
    return found | ({"ablation": ablation(observed)} if ablate else {})


def write(path: Path, parts: Mapping[str, Mapping[str, float]]) -> None:
    """Put the parts at the end of the file, in place of those that were there; what stands before is kept as it is."""
    text = path.read_text("utf-8")
    kept = text[: text.index("ranking:\n")] if "ranking:\n" in text else text
    path.write_text(
        kept + yaml.safe_dump({name: dict(part) for name, part in parts.items()}, sort_keys=False), "utf-8"
    )
