"""What Rasa does at every turn and need not: a good part of what a turn costs it.

Each change here keeps what Rasa means to do and leaves out the repetition. `install` makes all of them; a
Rasa without them gives the same answers, later.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import aiohttp
import sklearn
from rasa.core import processor
from rasa.core.actions.action import RemoteAction
from rasa.core.policies import rule_policy
from rasa.engine.runner import dask as runner
from rasa.shared.core import events
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig, concat_url

# Shorter than the web server keeps an idle connection (5 s), so that we never write into one it has closed.
_KEEP_ALIVE_S = 2.0
_LIMIT_S = 30.0
_SAID = ("text", "intent", "metadata")


def install() -> None:
    """Make the changes; before Rasa loads a model."""
    check_answers_simply()
    send_what_actions_read()
    keep_connections()
    copy_for_no_log()
    find_events_once()
    run_graphs_in_order()
    trust_our_arrays()


def check_answers_simply() -> None:
    """Check that events and responses are lists of objects, instead of each against all shapes events have.

    An event of no known name is refused when it is made.
    """

    def validate(self: RemoteAction, result: object) -> bool:
        parts = (
            [result.get(name, []) for name in ("events", "responses")] if isinstance(result, dict) else [None]
        )
        if not all(isinstance(part, list) and all(isinstance(item, dict) for item in part) for part in parts):
            raise RasaException(f"The answer to action '{self.name()}' has a wrong shape")
        return True

    RemoteAction._validate_action_result = validate


def send_what_actions_read() -> None:
    """Send slots, form and last message; not every event so far, and not the domain."""

    def call(self: RemoteAction, tracker: DialogueStateTracker, _: Domain) -> dict[str, Any]:
        said = tracker.latest_message.parse_data if tracker.latest_message else {}
        state = {
            "sender_id": tracker.sender_id,
            "slots": tracker.current_slot_values(),
            "latest_message": {name: said[name] for name in _SAID if name in said},
            "active_loop": {"name": tracker.active_loop_name} if tracker.active_loop_name else {},
            "events": [],
        }
        return {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": state,
            "domain": {},
        }

    RemoteAction._action_call_format = call


class Connections:
    """One client for all calls of actions, instead of one a call."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=_KEEP_ALIVE_S, limit=64),
                timeout=aiohttp.ClientTimeout(total=_LIMIT_S),
            )
        return self._session

    async def request(
        self, endpoint: EndpointConfig, method: str, *, subpath: str | None, body: object
    ) -> Any:  # noqa: ANN401  # JSON
        url = concat_url(endpoint.url, subpath)
        params = endpoint.combine_parameters()
        headers = endpoint.headers
        async with self.session().request(method, url, params=params, headers=headers, json=body) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, await response.content.read())
            return await response.json()


def keep_connections() -> None:
    """Keep the connections to the actions open."""
    connections = Connections()

    async def request(
        self: EndpointConfig,
        method: str = "post",
        subpath: str | None = None,
        json: object = None,
        **_: object,
    ) -> Any:  # noqa: ANN401  # JSON
        return await connections.request(self, method, subpath=subpath, body=json)

    EndpointConfig.request = request


def copy_for_no_log() -> None:
    """Rasa copies deeply whatever it would log if it logged; both modules copy for nothing else."""
    nothing_copied = SimpleNamespace(deepcopy=lambda value: value)
    processor.copy = nothing_copied
    rule_policy.copy = nothing_copied


def find_events_once() -> None:
    """Rasa walks through all its classes to find that of an event, for each event."""
    found: Any = events.Event.resolve_by_type
    cached = functools.lru_cache(maxsize=64)(found)

    def resolve_by_type(type_name: str, default: object = None) -> object:
        return cached(type_name, default)

    events.Event.resolve_by_type = staticmethod(resolve_by_type)


def run_graphs_in_order() -> None:
    """Our graphs are chains of a few steps; dask plans each run anew."""

    def get(graph: dict[str, Any], targets: list[str]) -> list[Any]:
        done: dict[str, Any] = {}

        def result(name: str) -> Any:  # noqa: ANN401  # a step's output, with its name
            if name not in graph:
                return name
            if name not in done:
                step, *needs = graph[name]
                done[name] = step(*[result(need) for need in needs]) if callable(step) else graph[name]
            return done[name]

        return [result(target) for target in targets]

    runner.dask = SimpleNamespace(get=get)


def trust_our_arrays() -> None:
    """scikit-learn looks through every array for what is no number; ours come from its own vectorisers."""
    sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
