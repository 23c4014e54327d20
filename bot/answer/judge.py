"""Answer, ask back, or say no: decided from how sure the rankings are, by thresholds in the manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.answer.aspects import content
from bot.answer.cases import deeds_said
from bot.answer.compose.fields import level_text, shorten, title_of
from bot.answer.compose.guesses import may_be_guessed, states
from bot.answer.compose.standing import PORTAL, old_plan_only, plan_may_speak
from bot.answer.context import Turn
from bot.answer.differences import by_difference
from bot.answer.followup import names_a_thing, own_words, thing_in
from bot.answer.messages import message
from bot.answer.named import said_in_full
from bot.answer.phrases import Phrases, plain, spoken
from bot.answer.reply import Choice
from bot.answer.steering import without_steering
from bot.answer.story import is_story
from bot.answer.times import without_time
from index.search import Ranking, Search
from knowledge.documents import Level, Procedure

PLAN_BONUS = 0.15  # a question that speaks of plans is a plan question unless a procedure fits far better
GUIDE_LEAD = 0.1  # a general guide speaks only when it is clearly nearer than any procedure
HARDLY = 0.05  # confidence below which nothing near was found, so there is nothing to choose from
CERTAIN = 0.9  # of a guide, when the question names nothing
FEW_WORDS = 5  # below which a question that names nothing is only half a question
MAX_CHOICES = 4
MAX_TITLE = 180  # letters of a choice in the text; the answer names it in full
NEAR = 0.86  # share of the best score at which another procedure is as likely
SURE = 0.75  # confidence at which even two words say enough
LEANS = 0.2  # confidence from which a procedure that stands alone answers, with its name first
ALONE = 0.92  # share of its score that no other procedure reaches (0.86 is odds of about eleven to one)
GUESSES = (
    0.09  # confidence from which what was asked is told of the likeliest, with the question which is meant
)
STANDS_OUT = 0.95  # share of its score that no other reaches, where it is told below LEANS
INSTEAD = 2  # other procedures offered beside it
KIND = 3  # content words that may name only a kind of paper, when they stand in several titles
FIRST = 5  # titles looked at
VAGUE = 2  # content words up to which a question names a kind of paper, not a procedure


ABOUT = frozenset({"ve", "viec", "vu"})  # "hỏi về thẻ căn cước" names the card alone
_VARIANT = re.compile(r"\s*\((?:thực hiện|áp dụng|cấp|tại|đối với)[^)]*\)", re.IGNORECASE)
ONE_OF = "|"  # between the codes of a choice that stands for one procedure at several levels
_NAMED = {
    Level.COMMUNE: Phrases(
        ("cấp xã", "xã", "phường", "công an xã", "công an phường", "ubnd xã", "ubnd phường")
    ),
    Level.PROVINCE: Phrases(("cấp tỉnh", "trên tỉnh", "lên tỉnh", "ubnd tỉnh", "sở", "công an tỉnh")),
    Level.MINISTRY: Phrases(("cấp bộ", "trung ương", "cấp trung ương", "cục", "tổng cục", "trên bộ")),
}


def base_title(title: str) -> str:
    """A title without the level or place it is carried out at: three levels are one thing to a citizen."""
    return _bare(title).lower()


def _bare(title: str) -> str:
    return _VARIANT.sub("", title).strip()


def flat(choices: Sequence[str]) -> list[str]:
    """The codes of choices, those of one procedure at several levels each by itself."""
    return [code for choice in choices if isinstance(choice, str) for code in choice.split(ONE_OF)]


def next_steps() -> list[Choice]:
    """The other ways offered with every "no"."""
    return [
        Choice(title=message("portal_choice"), url=PORTAL),
        Choice(title=message("handover_choice"), payload="#MC:HANDOVER"),
        Choice(title=message("report_choice"), payload="#MC:REPORT"),
    ]


def say_no(turn: Turn) -> None:
    """Nothing here answers: said, with the other ways."""
    turn.stop("no_information", f"{message('no_information')} {message('no_information_next')}", next_steps())


def ask_which(turn: Turn, text: str, records: Sequence[Procedure], *, by_level: bool = False) -> None:
    """Ask back with a numbered list; the codes are kept, so that a typed number or "no" is understood.

    One procedure at several levels is one choice; which level is asked next (`by_level`), unless it was named.
    """
    groups = [[one] for one in records] if by_level else _one_a_title(turn, records)
    if len(groups) == 1 and len(groups[0]) > 1:
        ask_which(turn, message("which_level"), groups[0], by_level=True)
        return
    shown = groups[:MAX_CHOICES]
    codes = [ONE_OF.join(dict.fromkeys(record.code for record in group)) for group in shown]
    turn.context.update(choices=codes, aspect=(turn.aspects or [""])[0])
    turn.context.pop("procedure", None)
    if turn.period is not None:
        turn.context["period"] = str(turn.period)
    titles = [_told_apart(group[0], records) if by_level else _title_of_group(group) for group in shown]
    text, titles = by_difference(text, shown, titles)
    numbered = "\n".join(f"{n}. {shorten(title, MAX_TITLE)}" for n, title in enumerate(titles, 1))
    choices = [
        Choice(title=title[:100], payload=f"#MC:PROC:{code}")
        for title, code in zip(titles, codes, strict=True)
    ]
    turn.stop("clarify", f"{text}\n{numbered}", choices)


def _one_a_title(turn: Turn, records: Sequence[Procedure]) -> list[list[Procedure]]:
    """Records in their order, those of one title together; of a title the level the question names, if any."""
    groups: dict[str, list[Procedure]] = {}
    for record in records:
        groups.setdefault(base_title(title_of(record)), []).append(record)
    said = spoken(turn.text)
    named = {level for level, words in _NAMED.items() if words.find(said)}
    return [[one for one in group if named & set(one.levels)] or group for group in groups.values()]


def _title_of_group(group: Sequence[Procedure]) -> str:
    if len(group) == 1:
        return title_of(group[0])
    levels = dict.fromkeys(level for record in group for level in record.levels)
    names = ", ".join(level_text(level) for level in Level if level in levels and level_text(level))
    return (
        f"{_bare(title_of(group[0]))} ({names})" if len(levels) > 1 and names else _bare(title_of(group[0]))
    )


def _told_apart(record: Procedure, among: Sequence[Procedure]) -> str:
    """The title, with its level or its code where titles alone are the same."""
    title = title_of(record)
    twins = [one for one in among if title_of(one).lower() == title.lower()]
    if len(twins) == 1:
        return title
    levels = ", ".join(filter(None, map(level_text, record.levels)))
    same = [one for one in twins if set(one.levels) == set(record.levels)]
    return f"{title} ({levels if levels and len(same) == 1 else f'mã {record.code}'})"


def is_vague(turn: Turn) -> bool:
    """Few words and many equals: "đăng ký làm sao" could be any of a dozen procedures."""
    hits = turn.procedures.hits
    if not names_a_thing(turn.text):
        return True
    near = {base_title(hit.title) for hit in hits if hit.score >= NEAR * hits[0].score}
    words = len(content(turn.text).split())
    unsure = words <= 1 or turn.procedures.confidence < SURE
    return 0 < words <= VAGUE and unsure and len(near) >= 3


class Judge:
    def __init__(self, search: Search) -> None:
        self._search = search
        self._thresholds: Mapping[str, Mapping[str, float]] = search.snapshot.manifest.confidence

    def __call__(self, turn: Turn) -> None:
        if turn.levels:
            self._ask_level(turn)
        if turn.procedure is not None or turn.reply is not None:
            return
        if turn.about_plan and turn.elsewhere:
            turn.stop("out_of_area", message("out_of_area"), next_steps())
            return
        if turn.about_plan and self._search.unknown_year(turn.text):
            turn.stop("no_information", message("no_plan_of_year"), next_steps())
            return
        if not turn.about_plan and not content(without_time(turn.text)):
            self._nothing_named(turn)
            return
        procedures = turn.procedures.confidence
        unsure = procedures < self._at("procedures", "answer")
        if unsure and not turn.about_plan and (meant := self._said_in_full(turn) or self._unheld(turn)):
            turn.procedure = meant
            return
        passages = turn.passages.confidence + (PLAN_BONUS if turn.about_plan else 0.0)
        kind_alone = (unsure and self._names_a_kind(turn)) or self._kind_of_many(turn) or self._crowded(turn)
        if not turn.about_plan and (kind_alone or (procedures >= HARDLY and is_vague(turn))):
            self._clarify(turn, message("clarify_what"))
        elif passages >= self._at("passages", "answer") and self._passage_wins(turn, passages):
            self._take_passage(turn)
        elif procedures >= self._at("procedures", "answer"):
            turn.procedure = self._at_level_named(turn) or self._record(turn.procedures)
        elif self._leans(turn) and (meant := self._record(turn.procedures)) and self._states(turn, meant):
            turn.procedure = meant
            turn.instead = self._others(turn)
        elif procedures >= self._at("procedures", "clarify"):
            self._clarify(turn, message("clarify"))
            self._guess(turn)
        else:
            self._refuse(turn)

    def _said_in_full(self, turn: Turn) -> Procedure | None:
        """The procedure whose own name the message says."""
        hits = turn.procedures.hits
        place = said_in_full(
            turn.asked, hits, [base_title(hit.title.removeprefix("Thủ tục ")) for hit in hits]
        )
        return self._search.snapshot.records.procedure(hits[place].id) if place >= 0 else None

    def _unheld(self, turn: Turn) -> Procedure | None:
        """A procedure that exists and whose content is not held, when the message clearly means that one."""
        key = self._search.unheld(turn.asked or turn.text, area=turn.area, day=turn.today)
        return self._search.snapshot.records.procedure(key) if key else None

    def _ask_level(self, turn: Turn) -> None:
        """One procedure at several levels was chosen: which of them."""
        found = [self._search.snapshot.records.procedure(self._held(turn, code)) for code in turn.levels]
        records = [record for record in found if record]
        if len(records) > 1:
            ask_which(turn, message("which_level"), records, by_level=True)
        elif records:
            turn.procedure = records[0]

    def _held(self, turn: Turn, code: str) -> str:
        return self._search.held(code, area=turn.area, day=turn.today, period=turn.period) or code

    def _take_passage(self, turn: Turn) -> None:
        """The best passage speaks; one of a plan that no longer holds only when its time is asked about."""
        plan_of = self._search.snapshot.records.plan
        best = turn.passages.best
        plans = {hit.id: plan_of(hit.id.split(":")[1]) for hit in turn.passages.hits}
        old = plans[best.id] if best else None
        if best and old is not None and not best.id.startswith("event:") and not plan_may_speak(turn, old):
            old_plan_only(turn, old)
            turn.choices = next_steps()
            return
        hits = tuple(
            hit for hit in turn.passages.hits if (plan := plans[hit.id]) is None or plan_may_speak(turn, plan)
        )
        turn.passages = replace(turn.passages, hits=hits or turn.passages.hits[:1])
        turn.passage = best

    def _nothing_named(self, turn: Turn) -> None:
        """Ask which procedure, for "mấy ngày có?" with none at hand. A general guide may still know."""
        codes: list[str] = list(turn.question.context.get("choices") or [])
        offered = [self._search.snapshot.records.procedure(self._held(turn, one)) for one in flat(codes)]
        if records := [record for record in offered if record]:
            ask_which(turn, message("clarify"), records)
        elif turn.passages.confidence >= CERTAIN and len(turn.folded.split()) >= FEW_WORDS:
            self._take_passage(turn)
        else:
            turn.stop("clarify", message("which_procedure"), next_steps())

    def _passage_wins(self, turn: Turn, passages: float) -> bool:
        if turn.about_plan:
            return True
        sure = turn.procedures.confidence >= self._at("procedures", "answer")
        return not sure and passages > turn.procedures.confidence + GUIDE_LEAD

    def _at(self, name: str, threshold: str) -> float:
        return float(self._thresholds[name][threshold])

    def _at_level_named(self, turn: Turn) -> Procedure | None:
        """The record of the first one's title at the level a question names, when the first is done at another."""
        said = spoken(turn.asked or turn.text)
        named = {level for level, words in _NAMED.items() if words.find(said)}
        first = self._record(turn.procedures)
        if first is None or not named or not first.levels or named & set(first.levels):
            return None
        title = base_title(title_of(first))
        found = (self._search.snapshot.records.procedure(hit.id) for hit in turn.procedures.hits[1:])
        twins = (one for one in found if one is not None and base_title(title_of(one)) == title)
        return next((one for one in twins if named & set(one.levels)), None)

    def _record(self, ranking: Ranking) -> Procedure | None:
        return self._search.snapshot.records.procedure(ranking.hits[0].id) if ranking.hits else None

    def _names_a_kind(self, turn: Turn) -> bool:
        """Whether all that is said stands in the titles of several: "tôi muốn hỏi về thẻ căn cước"."""
        said = set(content(without_steering(turn.text)).split())
        titles = {
            base_title(hit.title): set(plain(hit.title).split()) for hit in turn.procedures.hits[:FIRST]
        }
        asks_a_field = set(turn.aspects) - {"steps", "overview"}
        return 0 < len(said) <= KIND and not asks_a_field and sum(said <= one for one in titles.values()) >= 2

    def _kind_of_many(self, turn: Turn) -> bool:
        """Whether nothing is asked and all that is said is part of many names and the whole of none.

        The ranking then only follows what is asked most: "cho hỏi đăng ký xe". Nobody is asked so twice.
        """
        said = set(own_words(without_steering(turn.text)).split())
        told = turn.aspects or turn.question.context.get("topic") or deeds_said(turn.text)
        if told or not 0 < len(said) <= VAGUE or turn.procedures.confidence >= CERTAIN:
            return False
        titles = dict.fromkeys(base_title(hit.title) for hit in turn.procedures.hits[:FIRST])
        things = [set(plain(thing_in(title)).split()) for title in titles]
        whole = set(turn.folded.split())
        return sum(said <= one for one in things) >= KIND and not any(one <= whole for one in things)

    def _crowded(self, turn: Turn) -> bool:
        """Whether nothing is asked, and what is said stands in many names that are about as near, none said whole."""
        said = set(content(without_steering(turn.text)).split()) - ABOUT
        if turn.aspects or turn.question.context.get("topic") or not 0 < len(said) <= KIND + 1:
            return False
        titles = {base_title(hit.title) for hit in turn.procedures.hits[:FIRST]}
        names = [set(plain(title.removeprefix("thủ tục ")).split()) for title in titles]
        whole = set(turn.folded.split())
        named = any(one <= whole for one in names)
        return not named and sum(said <= one for one in names) >= KIND and not self._alone(turn, NEAR)

    def _leans(self, turn: Turn) -> bool:
        """Whether one procedure stands alone although it is not sure: it answers, named first, others beside it.

        To be asked back "which of these four" when three are about something else helps nobody. What asks nothing
        definite is asked back.
        """
        return bool(turn.aspects) and turn.procedures.confidence >= LEANS and self._alone(turn, ALONE)

    def _states(self, turn: Turn, record: Procedure) -> bool:
        """Whether a record that is not sure to be meant states what was asked; else another is meant, likely."""
        return record.listed_only or states(record, turn.aspects, turn.text)

    def _alone(self, turn: Turn, share: float) -> bool:
        """Whether no procedure of another name comes to that share of the first one's score."""
        first, *others = turn.procedures.hits or (None,)
        if first is None:
            return False
        rival = next((hit for hit in others if base_title(hit.title) != base_title(first.title)), None)
        return rival is None or rival.score < share * first.score

    def _others(self, turn: Turn) -> list[Procedure]:
        """The next procedures, offered in case the one that answers is not meant."""
        title = base_title(turn.procedures.hits[0].title)
        found = [self._search.snapshot.records.procedure(hit.id) for hit in turn.procedures.hits[1:]]
        return [record for record in found if record and base_title(record.title) != title][:INSTEAD]

    def _clarify(self, turn: Turn, text: str) -> None:
        found = [self._search.snapshot.records.procedure(hit.id) for hit in turn.procedures.hits]
        ask_which(turn, text, [record for record in found if record])

    def _guess(self, turn: Turn) -> None:
        """Tell what was asked of the likeliest with the question back, where one stands first or it is fairly sure.

        Below that a figure could be read as the answer to something that no record is about.
        """
        sure = turn.procedures.confidence
        if not turn.aspects or turn.code_typed or sure < GUESSES:
            return
        found = list(self._offered_first(turn))
        if sure < LEANS:
            found = found[:1] if self._alone(turn, STANDS_OUT) and not is_story(turn.text) else []
        if found and may_be_guessed(turn, found[0]):
            turn.guesses = [found[0], *(one for one in found[1:] if may_be_guessed(turn, one))]
            turn.back, turn.reply = turn.reply, None

    def _offered_first(self, turn: Turn) -> Iterator[Procedure]:
        """The first record of each of the choices just offered, as far as they are near the first."""
        hits = turn.procedures.hits
        near = {hit.code for hit in hits if hit.score >= ALONE * hits[0].score}
        for choice in turn.context.get("choices") or []:
            code = flat([choice])[0]
            record = self._search.snapshot.records.procedure(self._held(turn, code))
            if record is not None and code in near:
                yield record

    def _refuse(self, turn: Turn) -> None:
        if not turn.procedures.hits or turn.procedures.evidence.body_coverage < 0.45:
            turn.stop("out_of_scope", message("out_of_scope"), next_steps())
        else:
            say_no(turn)
