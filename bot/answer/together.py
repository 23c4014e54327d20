"""Several rankings of one message made one: each view of it speaks as loudly as it is sure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from index.search import Hit, Ranking

LEAST = 0.05  # what even a view that is not sure at all says
WHOLE = 1.6  # what the first view, the whole message, says besides: it alone holds the circumstances
STEEP = 4  # how fast a hit behind the first of its view loses its say


def together(rankings: Sequence[Ranking], k: int = 10) -> Ranking:
    """One ranking of the views of a message; the same ranking when there is one.

    A sentence such as "giấy đó xin ở đâu?" names nothing and is sure of nothing, so the whole story speaks; where the
    asking sentence names its procedure, it overrules what the story mentions. The confidence is that of the surest
    view that has the same first hit.
    """
    found = [ranking for ranking in rankings if ranking.hits]
    if len(found) < 2:
        return found[0] if found else Ranking()
    said: dict[str, float] = defaultdict(float)
    seen: dict[str, Hit] = {}
    for place, ranking in enumerate(found):
        top = ranking.hits[0].score
        loud = ranking.confidence + LEAST + (0 if place else WHOLE)
        for hit in ranking.hits:
            said[hit.id] += loud * (hit.score / top) ** STEEP
            seen.setdefault(hit.id, hit)
    order = sorted(said, key=lambda key: -said[key])[:k]
    loudest = said[order[0]]
    hits = tuple(replace(seen[key], score=round(said[key] / loudest, 4)) for key in order)
    agreeing = [ranking for ranking in found if ranking.hits[0].id == order[0]]
    if not agreeing:  # a second of all views: no surer than the least sure of them
        unsure = min(found, key=lambda ranking: ranking.confidence)
        return Ranking(hits, unsure.evidence, unsure.confidence)
    sure = max(agreeing, key=lambda ranking: ranking.confidence)
    return Ranking(hits, sure.evidence, sure.confidence)
