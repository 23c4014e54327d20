"""Fit how a question is put: those of the bank and the calibration set, against those that nothing here answers.

Scores of the questions it was fitted on are told out of fold: confidence is fitted on them next.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from index.asking import Asking, common_words, pieces_of
from knowledge.packs_loader import Questions
from knowledge.text.diacritics import fold, has_diacritics

WORDS = 200  # read; those less common say what a question is about
LEAST = 4  # questions a piece must stand in
SPARSE = 3.0  # the inverse of what a piece costs: some four hundred are left
# Of the bank, how many questions, how many names that people give without asking, how many of all also without marks.
OF_BANK, NAMES, FOLDED = 4000, 1000, 1500
WEIGHT = 0.3  # of each
FOLDS = 10
SEED = 1


@dataclass(frozen=True)
class Put:
    """A question, whether a procedure is asked for, and what it is about: one topic is never on both sides."""

    text: str
    procedure: bool
    topic: str
    weight: float = 1.0


def of_bank(questions: Questions) -> list[Put]:
    every = [Put(text, True, code, WEIGHT) for code, (_, texts) in questions.items() for text in texts]
    names = [Put(text, True, code, WEIGHT) for code, (texts, _) in questions.items() for text in texts]
    dice = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    taken = dice.sample(every, min(OF_BANK, len(every))) + dice.sample(names, min(NAMES, len(names)))
    dice.shuffle(taken)
    bare = [
        Put(fold(one.text), True, one.topic, WEIGHT) for one in taken[:FOLDED] if has_diacritics(one.text)
    ]
    return [*taken, *bare]


def fit(lines: Sequence[Put], words: frozenset[str]) -> Asking:
    count = CountVectorizer(analyzer=lambda text: pieces_of(text, words), min_df=LEAST, binary=True)
    # Every piece of a question counts in its length, weighed or not.
    table = count.fit_transform([one.text for one in lines]).astype(float)
    lengths = np.array([len(set(pieces_of(one.text, words))) for one in lines])
    table = table.multiply(1 / np.sqrt(lengths)[:, None]).tocsr()
    model = LogisticRegression(C=SPARSE, l1_ratio=1.0, solver="liblinear", max_iter=300, random_state=SEED)
    model.fit(table, [one.procedure for one in lines], sample_weight=[one.weight for one in lines])
    weights = zip(count.get_feature_names_out(), model.coef_[0], strict=True)
    kept = {str(piece): round(float(weight), 2) for piece, weight in weights if abs(weight) >= 0.01}
    return Asking(words, kept, float(model.intercept_[0]))


def out_of_fold(lines: Sequence[Put], bank: Sequence[Put], words: frozenset[str]) -> NDArray[np.float64]:
    """Each line's score by a model that saw nothing of its topic."""
    topics = [one.topic for one in lines]
    scores = np.zeros(len(lines))
    for train, test in GroupKFold(min(FOLDS, len(set(topics)))).split(topics, groups=topics):
        held = {topics[at] for at in test}
        known = [one for one in bank if one.topic not in held]
        model = fit([*(lines[at] for at in train), *known], words)
        scores[test] = [model(lines[at].text) for at in test]
    return scores


def words_of(questions: Questions) -> frozenset[str]:
    return common_words(((code, text) for code, (_, texts) in questions.items() for text in texts), WORDS)
