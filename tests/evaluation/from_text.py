"""How well plans are answered when they are read from their files alone, our own packs of plans laid aside.

.venv/bin/python -m tests.evaluation.from_text FOLDER QUESTIONS.jsonl…     (--misses lists what went wrong)
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.answer.context import VIETNAM
from bot.answer.service import Answerer
from bot.evaluation.ask import InProcess
from bot.evaluation.kinds import Case
from bot.evaluation.report import Report
from bot.evaluation.run import evaluate
from bot.gateway.publishing import DEFAULT_MODEL
from index.build import build
from index.dense import Encoder, HashEncoder, SentenceEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.areas import Areas
from knowledge.corpus import Knowledge, Wordings
from knowledge.documents import Plan
from knowledge.guides import load_guides
from knowledge.packs_loader import load_areas, load_procedures, load_questions, load_units
from knowledge.parsers.issued import parse
from knowledge.reading.reader import OcrMode, read_document
from knowledge.sources import sha256_of
from knowledge.text.acts import ActClassifier, load_nlu_examples
from knowledge.validity import resolve

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=VIETNAM)


def plans_of(folder: Path) -> list[Plan]:
    """Every text file of the folder, read and parsed the way `motcua ingest` does."""
    return [
        parse(read_document(path, ocr=OcrMode.OFF), name=path.name, sha256=sha256_of(path))
        for path in sorted(folder.glob("*.txt"))
    ]


def knowledge_of(plans: Sequence[Plan]) -> Knowledge:
    """The parsed plans, and everything else we hold, in force as it is settled between them."""
    resolved = resolve(load_procedures(), plans)
    return Knowledge(
        procedures=resolved.procedures,
        plans=resolved.plans,
        guides=load_guides(),
        units=load_units(),
        areas=load_areas(),
        wordings={code: Wordings(*said) for code, said in load_questions().items()},
    )


def answerer_of(knowledge: Knowledge, home: Path, encoder: Encoder) -> Answerer:
    build(knowledge, home=home, encoder=encoder)
    folder = current(home)
    assert folder is not None
    acts = ActClassifier.fit(load_nlu_examples(ROOT / "bot" / "nlu"))
    return Answerer(Search(Snapshot(folder), encoder), Areas.from_pack(), acts)


def encoder() -> Encoder:
    """The model that serves, or the one without a model when the checkout holds none."""
    served = (DEFAULT_MODEL / "modules.json").is_file()
    return SentenceEncoder(DEFAULT_MODEL, threads=1) if served else HashEncoder()


def figures(folder: Path, questions: Sequence[Path], home: Path) -> tuple[Report, list[Case]]:
    answerer = answerer_of(knowledge_of(plans_of(folder)), home, encoder())
    return evaluate("plans", questions, InProcess(answerer, NOW))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        report, cases = figures(given.folder, given.questions, Path(home))
    print({name: str(figure) for name, figure in report.figures.items()})  # noqa: T201 - a command's output
    for case in cases if given.misses else []:
        if not case.right:
            print(f"\n{case.id} [{case.status}] {case.q}\n{case.text}")  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
