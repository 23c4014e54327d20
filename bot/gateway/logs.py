"""What a process of ours writes to its log: ours, and of libraries only what an operator can act on.

Whatever is written, personal data of people is masked in it (knowledge/text/personal.py): in the message, in what is
filled into it, and in the text of a traceback, where an error may quote what somebody wrote.
"""

from __future__ import annotations

import logging

from knowledge.text.personal import masked

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
# They write a line for each request or job; some of them with addresses of conversations.
CHATTY = ("httpx", "httpcore", "procrastinate", "psycopg.pool", "rasa_sdk")
# They bring handlers of their own.
_WITH_HANDLERS = ("", "uvicorn", "uvicorn.error", "uvicorn.access")


class Masking(logging.Filter):
    """Leaves every record in, without personal data."""

    _plain = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a wrong format is no reason to break off
            said = f"{record.msg} (its arguments do not fit)"
        record.msg, record.args = masked(said), ()  # the message is whole: nothing is left to fill in
        if record.exc_info and not record.exc_text:
            record.exc_text = self._plain.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        if record.stack_info:
            record.stack_info = masked(record.stack_info)
        return True


def configure(level: str) -> None:
    logging.basicConfig(level=level, format=FORMAT)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    mask_all()


def mask_all() -> None:
    """Put the mask before every handler that there is; once each."""
    for name in _WITH_HANDLERS:
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(one, Masking) for one in handler.filters):
                handler.addFilter(Masking())
