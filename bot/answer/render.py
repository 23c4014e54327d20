"""The finished reply: text that is complete alone, and blocks for surfaces that can lay it out."""

from __future__ import annotations

from bot.answer.compose.standing import is_notice
from bot.answer.context import Turn
from bot.answer.judge import say_no
from bot.answer.messages import message
from bot.answer.reply import Block, Candidate, Reply, Source
from index.search import Search


class Render:
    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn) -> None:
        if turn.reply is None and not turn.lines:
            say_no(turn)
        if turn.reply is None:
            body = "\n".join(turn.lines)
            notes = "\n".join(map(source_line, _joined(turn.sources)))
            turn.reply = Reply(
                status=turn.status,
                text=f"{body}\n\n{notes}" if notes else body,
                blocks=blocks(turn.lines),
                sources=turn.sources,
                choices=turn.choices,
                procedure=turn.procedure_ref,
                context=dict(turn.context),
            )
        turn.reply.candidates = self._candidates(turn)
        turn.reply.snapshot = self._search.snapshot.manifest.id
        turn.reply.knowledge = self._search.snapshot.manifest.knowledge

    def _candidates(self, turn: Turn) -> list[Candidate]:
        """The ranking, with the procedure that spoke in front."""
        found = [Candidate(code=h.code, title=h.title, score=h.score) for h in turn.procedures.hits]
        if turn.procedure is not None:
            code = turn.procedure.code
            first = next((c for c in found if c.code == code), None)
            first = first or Candidate(code=code, title=turn.procedure.title, score=1.0)
            found = [first, *(c for c in found if c.code != code)]
        return found[:10]


def _joined(sources: list[Source]) -> list[Source]:
    """Places of one document in one line: three statements of a plan are one source to read."""
    places: dict[str, list[Source]] = {}
    for source in sources:
        places.setdefault(source.model_dump_json(exclude={"section"}), []).append(source)
    return [
        same[0].model_copy(update={"section": "; ".join(dict.fromkeys(s.section for s in same if s.section))})
        for same in places.values()
    ]


def source_line(source: Source) -> str:
    name = " ".join(part for part in (source.title, f"số {source.number}" if source.number else "") if part)
    if source.decision:
        name += f" (Quyết định công bố {source.decision})"
    if source.section:
        name += f", mục {source.section}"
    return message("source_line", source=name, validity=source.validity_text).strip()


def blocks(lines: list[str]) -> list[Block]:
    """Group lines into a heading with its list, so that a screen can set them as such."""
    made: list[Block] = []
    for line in lines:
        if line.startswith("• "):
            _last(made, "list").items.append(line[2:])
        elif line[:1].isdigit() and ". " in line[:4]:
            _last(made, "steps").items.append(line.split(". ", 1)[1])
        elif line.endswith(":"):
            made.append(Block(kind="list", title=line))
        else:
            made.append(Block(kind="notice" if is_notice(line) else "text", text=line))
    return [block if block.items or block.text else Block(kind="text", text=block.title) for block in made]


def _last(made: list[Block], kind: str) -> Block:
    if made and made[-1].kind == "list" and not made[-1].items and kind == "steps":
        made[-1].kind = "steps"
    if not made or made[-1].kind != kind:
        made.append(Block(kind="steps" if kind == "steps" else "list"))
    return made[-1]
