"""Kills by chance, spread over a run, and the beginning again that a service manager does."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.bench.cluster import Cluster


@dataclass(kw_only=True)
class Killer:
    """So many kills, each of `kinds` as often as the others; which process of a kind, and when, is chance."""

    cluster: Cluster
    kills: int
    kinds: Sequence[str]  # worker, app, postgres
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)

    async def work(self, done: Callable[[], float]) -> None:
        """`done` says how much of the run is over, 0 to 1."""
        order = [self.kinds[at % len(self.kinds)] for at in range(self.kills)]
        self.chance.shuffle(order)
        for at, kind in enumerate(order, 1):
            due = (at - 0.5 * self.chance.random()) / (self.kills + 1)
            while done() < due:  # noqa: ASYNC110  # the run offers no event
                await asyncio.sleep(0.02)
            names = [name for name in self.cluster.parts if name.startswith(kind)] or [kind]
            await asyncio.to_thread(self._kill, self.chance.choice(names))
            self.killed[kind] += 1
        for name in self.cluster.parts:
            await asyncio.to_thread(self.cluster.wait, name)

    def _kill(self, name: str) -> None:
        self.cluster.kill(name)
        time.sleep(self.chance.random() * 0.5)
        self.cluster.begin(name)
