"""The result as JSON, and as Markdown tables that a page can take over as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.evaluation.metrics import Figure
from tests.bench.peers import scores
from tests.bench.peers.protocol import OURS
from tests.bench.peers.sets import Asked

Result = dict[str, Any]  # of one peer, as its process wrote it
Cells = Sequence[str]


def found_by(result: Result, texts: Sequence[str]) -> scores.Found:
    return dict(zip(texts, result["codes"], strict=True))


def document(
    questions: Sequence[Asked], texts: Sequence[str], results: dict[str, Result], about: dict[str, Any]
) -> dict[str, Any]:
    """Everything measured. `results` holds, for a peer that could not be asked, `{"missing": reason}`."""
    found = {name: found_by(one, texts) for name, one in results.items() if "codes" in one}
    ours = found.get(OURS)
    peers = {
        name: {
            "scores": scores.scored(questions, codes),
            "ratio": {} if ours is None else ratios(questions, codes, ours),
            "ms": scores.timings(results[name]),
            "index_s": results[name]["index_s"],
        }
        for name, codes in found.items()
    }
    missing = {name: one["missing"] for name, one in results.items() if "missing" in one}
    return {**about, "peers": peers, "missing": missing}


def ratios(questions: Sequence[Asked], peer: scores.Found, ours: scores.Found) -> dict[str, Figure]:
    return {name: scores.ratio(group, peer, ours) for name, group in scores.groups(questions).items()}


def plain(value: Any) -> Any:
    """The document for `json.dumps`."""
    if isinstance(value, Figure):
        return value.model_dump()
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value


def markdown(made: dict[str, Any]) -> str:
    groups = list(next(iter(made["peers"].values()))["scores"]) if made["peers"] else []
    sets = [
        name for name in groups if name == scores.ALL or (name.startswith("set:") and "style:" not in name)
    ]
    styles = [name for name in groups if name.startswith("style:")]
    blocks = [_about(made)]
    blocks += [_group_table(made["peers"], name) for name in sets]
    blocks += [_style_table(made["peers"], styles, form) for form in scores.FORMS if styles]
    blocks.append(_cost_table(made["peers"]))
    blocks += [f"{name}: not measured, {reason}" for name, reason in made["missing"].items()]
    return "\n\n".join(blocks) + "\n"


def _about(made: dict[str, Any]) -> str:
    before, after = made["load"]
    return (
        f"{made['at']}, `{made['command']}`, load {before:.1f} before and {after:.1f} after on {made['cpus']} cores, "
        f"nice {made['nice']}, {made['minutes']} minutes; {made['records']:,} records, {made['asked']} questions "
        f"({made['left_out']} more have no record in this corpus). In brackets: 95 % intervals."
    )


def _table(head: Cells, rows: Iterable[Cells]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _group_table(peers: dict[str, Any], group: str) -> str:
    head = ("peer", "R@1", "R@5", "MRR@10", "R@1 without marks", "loss", "R@5 without marks", "R@1 / ours")
    count = next(iter(peers.values()))["scores"][group]["written"]["R@1"].n
    rows = [
        (
            name,
            *(_shown(peer["scores"][group]["written"][figure]) for figure in ("R@1", "R@5", "MRR@10")),
            _shown(peer["scores"][group]["unmarked"]["R@1"]),
            _loss(peer["scores"][group]),
            _shown(peer["scores"][group]["unmarked"]["R@5"]),
            _shown(peer["ratio"].get(group)),
        )
        for name, peer in peers.items()
    ]
    return f"**{group}** (n={count})\n\n{_table(head, rows)}"


def _style_table(peers: dict[str, Any], styles: Sequence[str], form: str) -> str:
    first = next(iter(peers.values()))["scores"]
    head = ["R@1, " + ("as written" if form == "written" else "without marks")]
    head += [f"{name.removeprefix('style: ')} (n={first[name][form]['R@1'].n})" for name in styles]
    rows = [
        (name, *(_shown(peer["scores"][style][form]["R@1"]) for style in styles))
        for name, peer in peers.items()
    ]
    return _table(head, rows)


def _cost_table(peers: dict[str, Any]) -> str:
    head = (
        "milliseconds a question, one core, p50 / p95",
        "encode",
        "search",
        "both",
        "processor",
        "processor p95 / ours",
    )
    ours = peers[OURS]["ms"]["processor p95"] if OURS in peers else None
    rows = [
        (
            name,
            *(f"{peer['ms'][f'{part} p50']:.1f} / {peer['ms'][f'{part} p95']:.1f}" for part in _PARTS),
            "–" if not ours else f"{peer['ms']['processor p95'] / ours:.2g}",
            "–" if peer["index_s"] is None else f"{peer['index_s']:.0f}",
        )
        for name, peer in peers.items()
    ]
    return _table((*head, "index, s of processor"), rows)


_PARTS = ("encode", "search", "whole", "processor")


def _loss(forms: dict[str, dict[str, Figure]]) -> str:
    written, unmarked = (forms[form]["R@1"].value for form in scores.FORMS)
    return "–" if written is None or unmarked is None else f"{written - unmarked:+.2f}"


def _shown(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    return f"{figure.value:.2f} [{figure.low:.2f}–{figure.high:.2f}]"
