"""`motcua eval acts`: how right the dialogue acts are, by cross-validation and on what their examples never held.

Three views of one model. Its own examples, each told by a model that did not see it; other people's lines, whose act
follows from what they are (a question about a procedure asks, a complaint about a street lamp reports); and messages
that are no business of ours, of which only the costly mistakes count: reports begun, officials called, forms left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bot.evaluation.metrics import Figure, figure
from bot.evaluation.run import read_lines
from knowledge.text.acts import SAFE_ACT, ActClassifier, load_nlu_examples
from knowledge.text.diacritics import fold

FOLDS = 5
SEED = 20261120
COSTLY = frozenset({"report", "ticket_status", "handover", "cancel", "skip", "affirm", "deny", "correct"})
"""Taken for one of these, a message out of the domain changes what happens next."""
_ASKING = ("procedures.jsonl", "portal_faq.jsonl", "plans.jsonl")
_REPORTING = ("routing*.jsonl",)
_APART = "out_of_domain.jsonl"

Said = tuple[str, str]  # text, act


class Row(NamedTuple):
    """One line of the table; `mistakes` are what was taken for what, the most frequent first."""

    name: str
    right: Figure
    mistakes: str = ""


def measure(nlu: Path, folders: Sequence[Path]) -> list[Row]:
    """Everything, from the examples in `nlu` and the question files in `folders`."""
    examples = load_nlu_examples(nlu)
    model = ActClassifier.fit(examples)
    told = list(_cross_validated(examples))
    return [
        _row("examples, cross-validated", [(said, act) for _, said, act in told]),
        *_by_act(told),
        *_others("questions of other people", list(_of(folders, _ASKING, "q")), SAFE_ACT, model),
        *_others("reports of other people", list(_of(folders, _REPORTING, "what")), "report", model),
        *_out_of_domain([*_of(folders, (_APART,), "text")], model),
    ]


def _cross_validated(examples: Sequence[Said]) -> Iterator[tuple[str, str, str]]:
    """(text, what a model told that never saw it, what it is)."""
    from sklearn.model_selection import StratifiedKFold

    texts, acts = [text for text, _ in examples], [act for _, act in examples]
    for train, held in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, acts):
        model = ActClassifier.fit([examples[i] for i in train])
        yield from ((texts[i], model.predict(texts[i])[0], acts[i]) for i in held)


def _by_act(told: Sequence[tuple[str, str, str]]) -> Iterator[Row]:
    for act in sorted({act for _, _, act in told}):
        yield _row(f"  {act}", [(said, is_) for _, said, is_ in told if is_ == act])


def _others(name: str, texts: Sequence[str], act: str, model: ActClassifier) -> Iterator[Row]:
    forms: tuple[tuple[str, Callable[[str], str]], ...] = ((name, str), (f"{name}, without marks", fold))
    for title, form in forms:
        if texts:
            yield _row(title, [(model.predict(form(text))[0], act) for text in texts])


def _out_of_domain(texts: Sequence[str], model: ActClassifier) -> Iterator[Row]:
    """Right is whatever changes nothing: a question to search, or small talk."""
    if texts:
        acts = [model.predict(text)[0] for text in texts]
        taken = Counter(act for act in acts if act in COSTLY)
        shown = ", ".join(f"{act} {count}" for act, count in taken.most_common())
        yield Row(
            "out of the domain, nothing begun", figure([float(act not in COSTLY) for act in acts]), shown
        )


def _row(name: str, pairs: Sequence[Said]) -> Row:
    wrong = Counter((act, said) for said, act in pairs if said != act)
    shown = ", ".join(f"{act} → {said} {count}" for (act, said), count in wrong.most_common(3))
    return Row(name, figure([float(said == act) for said, act in pairs]), shown)


def _of(folders: Sequence[Path], names: Sequence[str], key: str) -> Iterator[str]:
    for folder in folders:
        paths = sorted(path for name in names for path in folder.glob(name))
        yield from (str(line[key]) for line in read_lines(paths, [key]))
