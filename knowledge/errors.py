"""Every error of the project, drawn.

MotcuaError
├── ContentError                  what an office published cannot be used as it stands
│   ├── BadRecord                 one record or line is damaged; the others are taken
│   ├── BadFile                   a file is refused or cannot be read: file, page, reason, what to do
│   ├── UnknownArea               an area slug that is in no unit pack
│   ├── UnknownVersion            no version of the knowledge has this name
│   └── SnapshotError             an index snapshot is missing, damaged or of another version
├── DeskError                     a ticket cannot take this change
│   ├── TicketNotFound
│   ├── TooManyAttempts
│   ├── BadTransition
│   ├── BadDeadline              a deadline cannot be set or ended so
│   ├── BadPeriod                 nothing a report can be made about
│   ├── TicketChanged             somebody else changed it since it was read
│   ├── NotAllowed                the role does not go so far
│   ├── HandoverGone              a colleague was quicker, or the person no longer waits
│   ├── PhotoRefused              a photo is too large, damaged, or none
│   ├── DeviceNotFound            no screen has this id or this token
│   ├── BadDevice                 a screen cannot be so
│   ├── BadWebhook                an office's system is named so that nothing may be sent there
│   ├── WebhookNotFound           no such system, or its signature does not fit
│   ├── BackupFailed              nothing was copied, or nothing was restored
│   ├── SealBroken                sealed data cannot be opened with the keys given
│   └── StaffError                an account of the staff pages
│       ├── WrongSignIn
│       ├── WrongCode             not a second factor's code of now, or used before
│       ├── UnknownIdentity       an outside identity nobody's account is linked to
│       ├── NoStaffSession
│       ├── StaffNotFound
│       ├── BadLogin
│       ├── LoginTaken
│       ├── UnknownUnit
│       └── WeakPassword
├── ConversationError
│   ├── ConversationNotFound
│   ├── CodeSpent                 a code to go on elsewhere is used, too old, or none
│   └── MessageTooLong
└── OutsideError                  a part outside this process failed; the caller's job may retry
    ├── DialogueDown              Rasa is unreachable, too slow, or answered `[]`
    ├── DatabaseDown
    ├── LanguageModelFailed       the optional language model did not answer whole and in time
    ├── ChannelNotSet             a messaging channel is asked for that the settings do not give
    ├── MediaRefused              what a person sent through a platform cannot be had safely
    ├── WebhookFailed             an office's system did not take what it was sent
    └── PortalRefused             the national portal refused, failed, or answered something else

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


class BadFile(ContentError):
    """A file was left out.

    Args:
        file: Its path or name.
        reason: What is wrong with it, in words for whoever brought it.
        advice: What to do about it.
        page: Where, counting from 1; None for the whole file.
    """

    def __init__(self, file: str, reason: str, *, advice: str = "", page: int | None = None) -> None:
        self.file, self.reason, self.advice, self.page = file, reason, advice, page
        place = f"{file}: page {page}" if page else file
        super().__init__(f"{place}: {reason}" + (f" ({advice})" if advice else ""))


class UnknownArea(ContentError):
    """The area is in no unit pack."""


class UnknownVersion(ContentError):
    """No version of the knowledge has this name."""


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


class BadDeadline(DeskError):
    """A deadline cannot be set or ended so."""


class BadPeriod(DeskError):
    """A report's period is said as 2026-11, 2026-Q4, 2026-H1 or 2026."""


class TicketChanged(DeskError):
    """Somebody else changed the ticket since it was read."""


class NotAllowed(DeskError):
    """This account may not do that."""


class HandoverGone(DeskError):
    """The conversation waits for nobody, or speaks with a colleague."""


class PhotoRefused(DeskError):
    """A photo was refused; `reason` is one of desk.photos.REASONS, or `too_many`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"photo refused: {reason}")


class BackupFailed(DeskError):
    """Nothing was copied, or nothing was restored."""


class SealBroken(DeskError):
    """Sealed data cannot be opened with the keys of DATA_KEYS: a key is missing, or the data was changed."""


class DeviceNotFound(DeskError):
    """No screen has this id or this token."""


class BadDevice(DeskError):
    """A screen cannot be named or set so."""


class BadWebhook(DeskError):
    """A webhook cannot be so; the text says why."""


class WebhookNotFound(DeskError):
    """No webhook has this id, or what it sent is not signed by it now."""


class StaffError(DeskError):
    """A staff account cannot be used so."""


class WrongSignIn(StaffError):
    """No account has this login and password."""


class WrongCode(StaffError):
    """It is no code of the second factor, or it was used before."""


class UnknownIdentity(StaffError):
    """No open account is linked to this outside identity."""


class NoStaffSession(StaffError):
    """Nobody is signed in with this cookie."""


class StaffNotFound(StaffError):
    """Nobody has this login."""


class BadLogin(StaffError):
    """A login is 2 to 40 small letters, digits, dots and dashes, or an e-mail; an account has a name and a role."""


class LoginTaken(StaffError):
    """The login is taken."""


class UnknownUnit(StaffError):
    """No unit has this id: see the id fields under knowledge/packs/units."""


class WeakPassword(StaffError):
    """The password is too easily guessed."""


class ConversationError(MotcuaError):
    """A conversation request cannot be served."""


class ConversationNotFound(ConversationError):
    """No conversation has this id and token."""


class CodeSpent(ConversationError):
    """The code was used, is too old, or never was."""


class MessageTooLong(ConversationError):
    """The message is longer than the channel takes."""


class OutsideError(MotcuaError):
    """A part outside this process failed."""

    retryable = True


class DialogueDown(OutsideError):
    """Rasa is unreachable, too slow, or answered nothing."""


class DatabaseDown(OutsideError):
    """PostgreSQL is unreachable."""


class IdentityRefused(OutsideError):
    """The provider of outside identities failed, or what it says does not hold; the text names how."""

    retryable = False  # the person tries again


class LanguageModelFailed(OutsideError):
    """The language model did not answer whole and in time; the text names how."""

    retryable = False  # the composed reply is there, and the person waits


class ChannelNotSet(OutsideError):
    """The settings give no such channel."""


class MediaRefused(OutsideError):
    """What a person sent through a platform was not fetched; the text says why."""

    retryable = False  # the person is told and may send it again


class WebhookFailed(OutsideError):
    """An office's system did not take what it was sent; the text says how it failed."""


class PortalRefused(OutsideError):
    """The national portal refused, or answered something that is not its API.

    `wait_s` is how long it asks us to wait, 0 when it does not say.
    """

    def __init__(self, message: str | None = None, *, later: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.retryable = later
        self.wait_s = wait_s
