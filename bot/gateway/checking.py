"""`motcua eval --check`: our own sets put to a small installation built for it, beside what it gave before.

A whole corpus takes minutes to index. What is built here is a part that is the same each time: what we wrote, and,
where the published records lie beside the repository, those that the questions name with every twentieth of the others.
Every second question of each way of writing is asked, so that all of it takes about a minute.
"""

from __future__ import annotations

import json
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.answer.context import VIETNAM, vietnam_now
from bot.answer.service import Answerer
from bot.evaluation import check
from bot.evaluation.ask import InProcess
from bot.evaluation.check import Drop, StoredRun
from bot.evaluation.kinds import KINDS
from bot.evaluation.report import summarise
from bot.evaluation.run import REQUIRED, read_lines
from bot.evaluation.tables import tables
from bot.gateway import publishing
from bot.gateway.settings import ROOT, Settings
from bot.gateway.wiring import load_acts, load_search
from index.build import build
from knowledge.areas import Areas
from knowledge.corpus import Knowledge, Wordings
from knowledge.documents import Procedure

STORED = ROOT / "docs" / "quality" / "check.json"
CORPUS = ROOT.parent / "shared" / "corpus" / "procedures.jsonl"
NOW = datetime(2026, 11, 20, 9, tzinfo=VIETNAM)  # the day must not change what is in force
EVERY = 20  # record of those that no question names
ASKED = 2  # every second question of a way of writing
Line = dict[str, Any]
Files = dict[str, dict[str, Path]]  # by set and kind


@dataclass
class Checked:
    """What a check found. `stale` says that the questions are others than those of the stored run."""

    size: str
    run: StoredRun
    drops: list[Drop] = field(default_factory=list)
    stale: bool = False
    compared: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return self.compared and not self.drops and not self.stale


def size_here(corpus: Path = CORPUS) -> str:
    """Which installation this machine can build: with published records, or from our packs alone."""
    return "records" if corpus.is_file() else "packs"


def sizes_here(corpus: Path = CORPUS) -> list[str]:
    """Every installation this machine can build."""
    return ["packs", "records"] if corpus.is_file() else ["packs"]


def question_files(root: Path = ROOT) -> Files:
    """The files of the sets that are checked, by set and kind."""
    found: Files = {}
    for name in tables().checked:
        folder = root / tables().sets[name].folder
        found[name] = {
            kind: folder / f"{kind}.jsonl" for kind in KINDS if (folder / f"{kind}.jsonl").is_file()
        }
    return found


def check_here(settings: Settings, *, size: str = "", stored: Path = STORED, store: bool = False) -> Checked:
    """Build, ask, compare; with `store`, keep the run as the one that later runs are compared with."""
    size = size or size_here()
    files = question_files()
    with tempfile.TemporaryDirectory(prefix="motcua-check-") as folder:
        home = settings.model_copy(update={"motcua_home": Path(folder), "index_backend": "faiss"})
        started = time.monotonic()
        records = publish_part(home, size, files)
        built = time.monotonic()
        run = StoredRun(
            measured=vietnam_now().date(),
            questions=check.digest(path for kinds in files.values() for path in kinds.values()),
            records=len(records),
            figures=ask_all(home, files, records),
        )
    seconds = {"build": round(built - started, 1), "ask": round(time.monotonic() - built, 1)}
    return _compared(run, size=size, stored=stored, store=store, seconds=seconds)


def _compared(run: StoredRun, *, size: str, stored: Path, store: bool, seconds: dict[str, float]) -> Checked:
    before = check.load(stored)
    if store:
        check.save(stored, before, size=size, run=run)
        before = check.load(stored)
    known = before.runs.get(size)
    found = Checked(size, run, compared=known is not None, seconds=seconds)
    if known is not None:
        found.stale = known.questions != run.questions
        found.drops = [] if found.stale else check.drops(known.figures, run.figures)
    return found


def publish_part(settings: Settings, size: str, files: Files) -> set[str]:
    """Index the part of an installation in the home of the settings; the codes it holds."""
    from knowledge.guides import load_guides
    from knowledge.merge import merge_all
    from knowledge.packs_loader import load_areas, load_plans, load_procedures, load_questions, load_units
    from knowledge.validity import resolve

    read = list(published(named(files))) if size == "records" else []
    merged, _ = merge_all(load_procedures(), read)
    resolved = resolve(merged, load_plans())
    codes = {record.code for record in resolved.procedures}
    knowledge = Knowledge(
        procedures=resolved.procedures,
        plans=resolved.plans,
        guides=load_guides(),
        units=load_units(),
        areas=load_areas(),
        wordings={code: Wordings(*said) for code, said in load_questions().items() if code in codes},
    )
    build(knowledge, home=settings.home, encoder=publishing.load_encoder(settings))
    return codes


def questions(kind: str, path: Path) -> list[Line]:
    """The questions asked: of each way of writing, or of each thing a trap calls for, every second."""
    groups: dict[str, list[Line]] = {}
    for line in read_lines([path], REQUIRED[kind]):
        name = "/".join(str(line.get(part, "")) for part in ("style", "expect", "answerable"))
        groups.setdefault(name, []).append(line)
    return [line for group in groups.values() for line in group[::ASKED]]


def named(files: Files) -> set[str]:
    """Every code that the questions name as right."""
    lines = [
        line for kinds in files.values() for kind, path in kinds.items() for line in questions(kind, path)
    ]
    return {code for line in lines for code in codes_of(line)}


def codes_of(line: Line) -> list[str]:
    turns: list[Line] = line.get("turns") or [line]
    return [code for turn in turns for code in turn.get("codes") or []]


def published(wanted: set[str], corpus: Path = CORPUS) -> Iterator[Procedure]:
    """The records of the crawl with these codes, and every twentieth of the others."""
    from knowledge.errors import BadRecord
    from knowledge.parsers.portal_crawl import parse

    kept: dict[str, Procedure] = {}
    for raw in corpus.read_text(encoding="utf-8").splitlines():
        row = json.loads(raw)
        code = str(row.get("ma_thu_tuc"))
        if code in wanted or zlib.crc32(code.encode()) % EVERY == 0:
            try:
                kept[code] = parse(row)
            except BadRecord:  # told by `motcua ingest`; here it is only not there
                continue
    yield from kept.values()


def ask_all(settings: Settings, files: Files, codes: set[str]) -> check.Measured:
    """The figures of every set and kind, of the questions whose records are there."""
    answerer = Answerer(load_search(settings), Areas.from_pack(), load_acts())
    asker = InProcess(answerer, now=NOW)
    return {
        name: {
            kind: summarise(kind, KINDS[kind](answerable(questions(kind, path), codes), asker)).figures
            for kind, path in kinds.items()
        }
        for name, kinds in files.items()
    }


def answerable(lines: Sequence[Line], codes: set[str]) -> list[Line]:
    """Without questions about records that are not there."""
    return [line for line in lines if not (wanted := codes_of(line)) or not codes.isdisjoint(wanted)]
