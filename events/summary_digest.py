"""The digest of summary rows, in no order: the sum of the rows' SHA-256 values modulo 2^256; pure."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from models.database import instant_text
from models.history import table_of
from models.summaries import SummaryRow

MODULUS = 1 << 256
_COLUMNS = [column.name for column in table_of(SummaryRow).columns]
_NAMES = tuple(sorted(_COLUMNS))
_IN_ORDER = itemgetter(*[_COLUMNS.index(name) for name in _NAMES])
_NOTHING = "\x00"


class Digest:
    """A digest of rows in any order."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count a row in."""
        self.add_number(row_digest(row))

    def add_number(self, number: int) -> None:
        """Count in rows whose digests are known."""
        self._sum = (self._sum + number) % MODULUS

    def text(self) -> str:
        """64 hexadecimal characters."""
        return f"{self._sum:064x}"


def row_digest(row: dict[str, Any]) -> int:
    """The SHA-256 value of a row, as a number."""
    return _number([row[name] for name in _NAMES])


def stored_digest(row: Sequence[Any]) -> int:
    """The same of a row in the order of the table's columns, its instants as they are or as their text."""
    return _number(_IN_ORDER(row))


def _number(cells: Iterable[Any]) -> int:
    line = "\x1f".join([cell if isinstance(cell, str) else _cell(cell) for cell in cells])
    return int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")


def _cell(value: Any) -> str:
    if value is None:
        return _NOTHING
    return instant_text(value) if isinstance(value, datetime) else str(value)
