"""Where Rasa keeps its conversations: a schema of its own in the app's PostgreSQL, without anybody's words.

Rasa's events are kept to know the open form and its next question. What people wrote, what they were told and
what a report holds stands in the app's own tables, once, where it can be deleted; here it is left out.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session, sessionmaker

logger = logging.getLogger(__name__)
SCHEMA = "rasa"
RETRY_S = 1.0
# Slots whose values may be stored: none of them can hold what a person wrote.
_PLAIN_SLOTS = {"requested_slot", "area", "procedure", "aspect"}


def without_words(event: dict[str, Any]) -> dict[str, Any]:
    """An event as it is stored: acts, actions, forms and which slots are filled, but no text and no value."""
    kind = event.get("event")
    if kind == "user":
        intent = (event.get("parse_data") or {}).get("intent") or {}
        text = f"/{intent.get('name') or ''}"
        parsed: dict[str, Any] = {"intent": intent, "entities": [], "text": text}
        return {**event, "text": text, "parse_data": parsed, "metadata": {}}
    if kind == "bot":
        return {**event, "text": None, "data": {}, "metadata": {}}
    if kind == "slot" and event.get("name") not in _PLAIN_SLOTS:
        return {**event, "value": None if event.get("value") is None else True}
    return event


class ConversationStore(SQLTrackerStore):
    """SQL tracker store that outlives a restart of its database."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str = "",
        event_broker: EventBroker | None = None,
        **kwargs: bool,
    ) -> None:
        url = sa.engine.make_url(host)
        # No wait for the disk: the state that must not be lost is the gateway's, this is its shadow.
        options = f"-csearch_path={SCHEMA} -csynchronous_commit=off"
        in_schema = {"connect_args": {"options": options}, "pool_size": 5}
        # pre-ping: a connection that died with the database is replaced before it is used.
        self.engine = sa.create_engine(
            url, pool_pre_ping=True, **(in_schema if url.get_backend_name() == "postgresql" else {})
        )
        self._create_tables()
        self.sessionmaker = sessionmaker(bind=self.engine)
        TrackerStore.__init__(self, domain, event_broker, **kwargs)

    def _create_tables(self) -> None:
        """Wait for the database, as it may be starting too."""
        while True:
            try:
                if self.engine.dialect.name == "postgresql":
                    with self.engine.begin() as connection:
                        connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                self.Base.metadata.create_all(self.engine)
                return
            except (sa.exc.OperationalError, sa.exc.IntegrityError) as error:
                logger.warning("the tracker's database is not ready: %s", type(error).__name__)
                time.sleep(RETRY_S)

    @contextmanager
    def session_scope(self) -> Iterator[Session]:
        with self.sessionmaker() as session:
            yield session

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events of this turn."""
        await self.stream_events(tracker)
        with self.session_scope() as session:
            for event in self._additional_events(session, tracker):
                data = without_words(event.as_dict())
                session.add(
                    self.SQLEvent(
                        sender_id=tracker.sender_id,
                        type_name=event.type_name,
                        timestamp=data.get("timestamp"),
                        intent_name=(data.get("parse_data") or {}).get("intent", {}).get("name"),
                        action_name=data.get("name"),
                        data=json.dumps(data),
                    )
                )
            session.commit()
