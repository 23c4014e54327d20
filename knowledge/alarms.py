"""Which alarm a message is, if any: danger to life, a person accused, a decision contested.

One small linear model over words and families of words (`knowledge/packs/alarms`), fitted in well under a second.
It stands beside the rules of bot/answer/guard.yml: they know the plain keyword, it knows the calm, indirect telling.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from knowledge.text.acts import as_typed
from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.paperwork import asks_of_papers

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FOLDER = Path(__file__).with_name("packs") / "alarms"
EMERGENCIES = ("emergency", "selfharm", "child")
ACCUSATIONS = ("denunciation", "complaint")
KINDS = (*EMERGENCIES, *ACCUSATIONS, "ordinary")
# Chosen by cross-validation over situations (docs/quality.md): an emergency missed costs more than one line too many.
# Without marks words mean more things, so that more is asked of them.
_LEAST = {EMERGENCIES: {True: 0.42, False: 0.52}, ACCUSATIONS: {True: 0.46, False: 0.56}}
# Of an accusation whose last words ask for papers, a fee, days: the wrong done is the story before the question. People
# in danger ask for papers too ("... xin giấy gì"), so nothing more is asked of an emergency.
_PAPERWORK_NEEDS = 0.8
# Of an emergency without a word of danger in it: nobody lies, burns, drowns, threatens.
_NO_DANGER_NEEDS = 0.75
_STORY, _STORY_NEEDS = 45, 0.9  # words: who is about to die tells no long story that ends in a fee
_DANGER = frozenset({
    "fire", "gas", "smoke_in", "body_down", "body_cold", "no_answer", "breath", "blood", "heart", "birth_now", "water",
    "flood_up", "drugs_taken", "farewell", "intruder", "hiding", "weapon", "beat", "bitten", "electric", "lost_person",
    "trapped",
})  # fmt: skip
_FEW_WORDS = 5  # fewer tell no situation: the rules know the keywords
_SHORT, _SHORT_NEEDS = 11, 0.13  # words; so much surer must a message be that has fewer
_CUES_WEIGH = 0.7  # against words
# Of one line, against an ordinary one. Fixed, so that a new ordinary line adds to the ordinary side and takes nothing
# from the lines that were there, as weights balanced by count would.
_LINE_WEIGHS = {
    "emergency": 4.5,
    "denunciation": 12.0,
    "complaint": 9.0,
    "selfharm": 20.0,
    "child": 120.0,
    "ordinary": 1.0,
}
_WORDS = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")


class Example(NamedTuple):
    """`situation` groups the ways one thing is told: a check must not learn from one and test on another."""

    text: str
    kind: str
    situation: str


def load_examples(folder: Path = FOLDER) -> list[Example]:
    """The training lines of every kind, in a stable order."""
    import yaml

    return [
        Example(line.strip(), kind, f"{path.stem}/{situation}")
        for kind in KINDS
        for path in sorted(folder.glob(f"{kind}*.yml"))
        for situation, lines in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for line in lines.splitlines()
    ]


@cache
def _families() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """Family → (pattern for marked text, pattern for text typed without marks)."""
    import yaml

    families = yaml.safe_load((FOLDER / "cues.yml").read_text(encoding="utf-8"))
    return {name: (_whole(words), _whole(fold(words))) for name, words in families.items()}


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


def _spoken(text: str) -> str:
    return " ".join(_WORDS.findall(_NUMBER.sub("0", as_typed(text))))


def cues(text: str) -> list[str]:
    """The families met, and every two of them together."""
    said = _spoken(text)
    marked = has_diacritics(said)
    met = [name for name, (typed, bare) in _families().items() if (typed if marked else bare).search(said)]
    return [*met, *map("+".join, combinations(met, 2))]


def words(text: str) -> list[str]:
    """Words and pairs of words without marks, and as typed where they carry marks."""
    said = _spoken(text)
    forms = [fold(said).split()]
    if has_diacritics(said):
        forms.append([f"={word}" for word in said.split()])
    return [part for form in forms for part in (*form, *map(" ".join, zip(form, form[1:], strict=False)))]


class AlarmClassifier:
    """TF-IDF over words and families, then logistic regression."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    @classmethod
    def fit(cls, examples: list[Example]) -> AlarmClassifier:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline, make_union

        features = make_union(
            TfidfVectorizer(analyzer=words, sublinear_tf=True),
            TfidfVectorizer(analyzer=cues, min_df=2),
        )
        features.set_params(transformer_weights={"tfidfvectorizer-2": _CUES_WEIGH})
        model = LogisticRegression(C=10.0, class_weight=_LINE_WEIGHS, max_iter=300, tol=1e-3)
        both = [(text, kind) for example in examples for text, kind in _both_ways(example)]
        texts, kinds = zip(*both, strict=True)
        return cls(make_pipeline(features, model).fit(list(texts), list(kinds)))

    def alarm(self, text: str) -> str | None:
        """The kind of alarm this message surely is: of the group that is likely enough, the likeliest kind."""
        said = _spoken(text)
        length = said.count(" ") + 1
        if length < _FEW_WORDS:
            return None
        shares = self.shares([text])[0]
        marked = has_diacritics(said)
        more = _SHORT_NEEDS if length < _SHORT else 0.0
        for group, least in _LEAST.items():
            likely = sum(shares[kind] for kind in group)
            if likely >= least[marked] + more and likely >= _needed(text, group):
                return max(group, key=shares.__getitem__)
        return None

    def shares(self, texts: list[str]) -> list[dict[str, float]]:
        """How likely each kind is, for each text."""
        kinds = [str(kind) for kind in self.pipeline.classes_]
        return [dict(zip(kinds, map(float, row), strict=True)) for row in self.pipeline.predict_proba(texts)]


def _needed(text: str, group: tuple[str, ...]) -> float:
    """How sure at least, by what the message asks for and what it lacks."""
    papers = asks_of_papers(text)
    if group is ACCUSATIONS:
        return _PAPERWORK_NEEDS if papers else 0.0
    if papers and len(text.split()) > _STORY:
        return _STORY_NEEDS
    return 0.0 if _DANGER.intersection(cues(text)) else _NO_DANGER_NEEDS


def _both_ways(example: Example) -> set[tuple[str, str]]:
    return {(example.text, example.kind), (fold(example.text), example.kind)}


@cache
def classifier() -> AlarmClassifier:
    """The model of the packs, fitted once."""
    return AlarmClassifier.fit(load_examples())
