"""Choices between near procedures worded by what tells them apart, instead of by long titles that look alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.answer.compose.fields import title_of
from bot.answer.messages import message
from knowledge.differences import Title, common_words, told_apart
from knowledge.documents import Level, Procedure


def by_difference(
    text: str, groups: Sequence[Sequence[Procedure]], titles: Sequence[str]
) -> tuple[str, list[str]]:
    """The question and the choices for `groups`, each one procedure at some levels.

    `text` and `titles` as they are when the groups are no siblings or no short words tell them apart.
    """
    named = [Title(title_of(group[0]), tuple(dict.fromkeys(_levels(group)))) for group in groups]
    told = told_apart(named)
    if told is None:
        return text, list(titles)
    thing = common_words(named)
    return (message("siblings_about", thing=thing, ask=told.ask) if thing else told.ask), list(told.choices)


def words_of_choices(records: Mapping[str, Procedure]) -> dict[str, str]:
    """By choice, the title and what the choice said: either may be typed instead of the number."""
    titles = {choice: record.title for choice, record in records.items()}
    _, said = by_difference("", [[record] for record in records.values()], list(titles.values()))
    return {choice: f"{title} {word}" for (choice, title), word in zip(titles.items(), said, strict=True)}


def _levels(group: Sequence[Procedure]) -> list[Level]:
    return [level for record in group for level in record.levels]
