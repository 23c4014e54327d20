"""A record that is not valid, told in one line: what every reader of records says of one that it cannot take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from knowledge.errors import BadRecord


@contextmanager
def first_fault() -> Iterator[None]:
    """Around the making of a record.

    Raises:
        BadRecord: the record is not valid; names its first fault.
    """
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRecord(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
