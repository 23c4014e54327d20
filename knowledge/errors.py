"""Every error of the project, drawn.

MotcuaError
├── ContentError                  what an office published cannot be used as it stands
│   ├── BadRecord                 one record or line is damaged; the others are taken
│   ├── UnknownArea               an area slug that is in no unit pack
│   └── SnapshotError             an index snapshot is missing, damaged or of another version
├── DeskError                     a ticket cannot take this change
│   ├── TicketNotFound
│   ├── TooManyAttempts
│   └── BadTransition
├── ConversationError
│   ├── ConversationNotFound
│   └── MessageTooLong
└── OutsideError                  a part outside this process failed; the caller's job may retry
    ├── DialogueDown              Rasa is unreachable, too slow, or answered `[]`
    └── DatabaseDown

A class's docstring is its default log message (English, for operators). None is ever shown to a citizen:
what people read comes from `bot/answer/messages.yml`, chosen by status. `retryable` tells a job whether
trying the same thing later can help. This module imports nothing, so every package may import it.
"""


class MotcuaError(Exception):
    """Something in Một Cửa failed."""

    retryable = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__ or type(self).__name__)


class ContentError(MotcuaError):
    """Published content cannot be used as it stands."""


class BadRecord(ContentError):
    """A record is damaged and was left out."""


class UnknownArea(ContentError):
    """The area is in no unit pack."""


class SnapshotError(ContentError):
    """The index snapshot is missing, damaged or of another version: run `motcua publish`."""


class DeskError(MotcuaError):
    """A ticket cannot take this change."""


class TicketNotFound(DeskError):
    """No ticket has this code and secret."""


class TooManyAttempts(DeskError):
    """Too many wrong secrets were tried; the asker has to wait."""


class BadTransition(DeskError):
    """The ticket's state does not allow this change."""


class ConversationError(MotcuaError):
    """A conversation request cannot be served."""


class ConversationNotFound(ConversationError):
    """No conversation has this id and token."""


class MessageTooLong(ConversationError):
    """The message is longer than the channel takes."""


class OutsideError(MotcuaError):
    """A part outside this process failed."""

    retryable = True


class DialogueDown(OutsideError):
    """Rasa is unreachable, too slow, or answered nothing."""


class DatabaseDown(OutsideError):
    """PostgreSQL is unreachable."""
