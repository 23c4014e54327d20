"""The score page, docs/quality.md: the figures in a template, nothing said that is not measured or kept by hand.

python -m bot.evaluation.page    # the page anew from the stored figures, without measuring
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.evaluation.causes import SEVERITY
from bot.evaluation.figures import NAME, Miss, QualityFigures, SetFigures, load
from bot.evaluation.metrics import Figure, pooled
from bot.evaluation.misses import SHOWN, instructive
from bot.evaluation.tables import Bar, tables

FIELDS = 15  # of the most asked, shown
STANDING = {"surely": "✔✔", "reached": "✔", "near": "≈", "missed": "✘", "": ""}


def render(figures: QualityFigures) -> str:
    """The page in Markdown."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
    )
    environment.filters |= {"shown": shown, "share": share, "cell": cell}
    template = environment.get_template("quality.md.jinja")
    return template.render(
        figures=figures,
        sets=figures.sets,
        tables=tables(),
        bars=[(bar, [bar_cell(bar, one) for one in figures.sets]) for bar in tables().bars],
        changes=list(first_and_now(figures)),
        styles=style_rows(figures.sets),
        traps=sorted({style for one in figures.sets for style in _styles(one, "traps")}),
        fields=field_rows(figures.sets),
        causes=cause_rows(figures.sets),
        misses=chosen(figures.sets),
        most=SHOWN,
    )


def shown(found: Figure) -> str:
    """A figure with its interval and number of cases."""
    if found.value is None:
        return "–"
    return f"{found.value:.2f} [{found.low:.2f}–{found.high:.2f}] ({found.n})"


def share(found: Figure) -> str:
    return "–" if found.value is None else f"{found.value:.2f}"


def cell(text: str) -> str:
    """Words inside a row of a table."""
    return " ".join(text.replace("|", "\\|").split())


def bar_cell(bar: Bar, one: SetFigures) -> str:
    found = one.figure(bar.kind, bar.figure, bar.of)
    return f"{shown(found)} {STANDING[bar.standing(found)]}".strip()


def first_and_now(figures: QualityFigures) -> Iterable[tuple[str, str, str, str, str]]:
    """Set, day of its first run, bar, first and present figure; only of what was measured again since."""
    for one in figures.sets:
        run = figures.first_run(one.name)
        for bar in tables().bars if run else ():
            key = f"{bar.kind}:{bar.of}" if bar.of else bar.kind
            before = run.figures.get(key, {}).get(bar.figure) if run else None
            now = one.figure(bar.kind, bar.figure, bar.of)
            if run and before is not None and now.value is not None and before != now:
                yield one.title, run.measured.isoformat(), bar.label, shown(before), shown(now)


def _styles(one: SetFigures, kind: str) -> list[str]:
    report = one.kinds.get(kind)
    return list(report.styles) if report else []


def style_rows(sets: Sequence[SetFigures]) -> list[tuple[str, list[str]]]:
    """Each style with R@1, R@5 and facts right of every set."""
    names = sorted({style for one in sets for style in _styles(one, "procedures")})
    return [(name, [_style_cell(one, name) for one in sets]) for name in names]


def _style_cell(one: SetFigures, style: str) -> str:
    first = one.figure("procedures", "R@1", style)
    if first.value is None:
        return "–"
    fifth, facts = (one.figure("procedures", name, style) for name in ("R@5", "facts right"))
    return f"{shown(first)} / {share(fifth)} / {share(facts)}"


def field_rows(sets: Sequence[SetFigures]) -> list[tuple[str, Figure, Figure]]:
    """The fields asked most over all sets: R@1 and facts right."""
    names = {
        name for one in sets for name in (one.kinds["procedures"].fields if "procedures" in one.kinds else {})
    }
    rows = [(name, _pooled(sets, name, "R@1"), _pooled(sets, name, "facts right")) for name in names]
    return sorted(rows, key=lambda row: (-row[1].n, row[0]))[:FIELDS]


def _pooled(sets: Sequence[SetFigures], field: str, name: str) -> Figure:
    reports = [one.kinds["procedures"] for one in sets if "procedures" in one.kinds]
    return pooled(found for report in reports if (found := report.fields.get(field, {}).get(name)))


def cause_rows(sets: Sequence[SetFigures]) -> list[tuple[str, list[int]]]:
    """How often each cause was met in each set, the gravest first."""
    counts = {
        cause: [sum(report.causes.get(cause, 0) for report in one.kinds.values()) for one in sets]
        for cause in sorted(SEVERITY, key=lambda cause: -SEVERITY[cause])
    }
    return [(cause, row) for cause, row in counts.items() if any(row)]


def chosen(sets: Sequence[SetFigures]) -> list[tuple[str, Miss]]:
    """The twenty misses of all sets together, each with its set."""
    places = {id(miss): one.name for one in sets for miss in one.misses}
    picked = instructive(miss for one in sets for miss in one.misses)
    return [(places[id(miss)], miss) for miss in picked]


def main() -> int:
    """Write docs/quality.md anew from the stored figures, after the template or the words changed."""
    docs = Path("docs")
    found = load(docs / "quality" / NAME) or QualityFigures()
    (docs / "quality.md").write_text(render(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
