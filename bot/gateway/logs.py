"""What a process of ours writes to its log: ours, and of libraries only what an operator can act on."""

from __future__ import annotations

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
# They write a line for each request or job; some of them with addresses of conversations.
CHATTY = ("httpx", "httpcore", "procrastinate", "psycopg.pool", "rasa_sdk")


def configure(level: str) -> None:
    logging.basicConfig(level=level, format=FORMAT)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
