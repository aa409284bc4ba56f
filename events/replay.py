"""Reading the log again: is it whole, and does it give the summaries that are there (N5)?

Silent by construction: nothing here is given a sender or a publisher, and an import contract keeps it so (N6).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select, text

from events import catalog, log
from events.projections import summary
from events.rereading import chain_holds, folded, plain_rows
from models.database import Database, Transaction, instant_text
from models.journal import LogRow, StreamRow
from models.summaries import SummaryRow
from models.values import kind_of

_STREAMS = StreamRow.__table__  # type: ignore[attr-defined]
_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_LOG = LogRow.__table__  # type: ignore[attr-defined]
PAGE = 500  # streams at a time
_MODULUS = 1 << 256
# SQLite stores anything anywhere: a cell that is no value of its column.
_NO_VALUE = (ValueError, TypeError, AttributeError)
_NOT_FOLDED = (catalog.Held, catalog.Unreadable, *_NO_VALUE)

Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """For callers that show none."""


@dataclass(slots=True)
class Finding:
    """Something that is not as it should be: which stream, at which version, what."""

    stream: str
    version: int
    what: str


@dataclass(slots=True)
class VerifyReport:
    """What reading the log again showed. The digests are over all summary rows, in no order."""

    position: int = 0
    streams: int = 0
    events: int = 0
    rebuilt: str = ""
    live: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the log is whole and the summaries are what it gives."""
        return not self.findings and self.rebuilt == self.live

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self) | {"ok": self.ok}


class Digest:
    """A digest of rows in any order: the sum of the rows' SHA-256 values modulo 2^256."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count a row in."""
        self.add_number(row_digest(row))

    def add_number(self, number: int) -> None:
        """Count in a row whose `row_digest` is known."""
        self._sum = (self._sum + number) % _MODULUS

    def text(self) -> str:
        """64 hexadecimal characters."""
        return f"{self._sum:064x}"


def row_digest(row: dict[str, Any]) -> int:
    """The SHA-256 value of a row, as a number."""
    line = _ENCODER.encode(row)
    return int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")


_ENCODER = json.JSONEncoder(sort_keys=True, default=instant_text, ensure_ascii=False)


async def verify(database: Database, progress: Progress = no_progress) -> VerifyReport:
    """Check every stream's chain and compare the summaries that the log gives with the live ones.

    Everything is read in one snapshot, so that live traffic does not look like a difference.
    """
    report, rebuilt, live = VerifyReport(), Digest(), Digest()
    async with database.reading() as transaction:
        if transaction.dialect == "postgresql":
            await transaction.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        report.position = (await transaction.execute(text("SELECT coalesce(max(position), 0) FROM log"))).scalar_one()
        total = (await transaction.execute(text("SELECT count(*) FROM streams"))).scalar_one()
        async for heads in pages(transaction):
            there = await summaries_of(transaction, [head.id for head in heads])
            doubted = await _read_fast(transaction, heads, there, report, rebuilt, live)
            rows = await _readable_rows(transaction, [head.id for head in doubted], report.findings)
            for head in doubted:
                own = rows.get(head.id, [])
                report.findings += check_chain(head, own)
                report.events += len(own)
                if _has_summary(head.id, report.findings):
                    row = _rebuilt(own, head.id, report.findings)
                    if row is not None:
                        rebuilt.add(row)
                    if head.id in there:
                        live.add(there[head.id])
                    report.findings += _compare(head, row, there.get(head.id), own)
            report.streams += len(heads)
            progress(report.streams, total)
        report.findings += await _unowned(transaction)
    report.rebuilt, report.live = rebuilt.text(), live.text()
    return report


async def _read_fast(
    transaction: Transaction, heads: Sequence[Any], there: dict[str, dict[str, Any]], report: VerifyReport,
    rebuilt: Digest, live: Digest,
) -> list[Any]:  # fmt: skip
    """Count in the streams with which all is well; give the heads of the others, which are looked at closely."""
    rows, doubted = await plain_rows(transaction, [head.id for head in heads]), []
    for head in heads:
        own, row = rows.get(head.id, []), None
        well = chain_holds(head.version, head.hash, own)
        try:
            if well and kind_of(head.id).in_loops:
                row = summary(folded(own))
        except _NOT_FOLDED:
            well = False
        if not well or row != there.get(head.id):
            doubted.append(head)
            continue
        report.events += len(own)
        if row is not None:
            both = row_digest(row)
            rebuilt.add_number(both)
            live.add_number(both)
    return doubted


def check_chain(head: Any, rows: Sequence[Any]) -> list[Finding]:
    """What is wrong with a stream's chain: a row missing, out of order, changed, or cut off at the end."""
    previous = ""
    for number, row in enumerate(rows, start=1):
        if row.version != number:
            return [Finding(head.id, number, f"version {number} is missing: version {row.version} follows")]
        if _hash(previous, row) != row.hash:
            return [Finding(head.id, number, "the stored bytes are not those the hash was made of")]
        previous = row.hash
    if len(rows) != head.version or previous != head.hash:
        return [Finding(head.id, len(rows), f"the head says version {head.version}, the log ends at {len(rows)}")]
    return []


def _hash(previous: str, row: Any) -> str | None:
    try:
        return log.row_hash(previous, row._asdict())
    except _NO_VALUE:
        return None


def _has_summary(stream: str, findings: list[Finding]) -> bool:
    try:
        return kind_of(stream).in_loops
    except ValueError:
        findings.append(Finding(stream, 0, "is no stream of ours"))
        return False


def _rebuilt(rows: Sequence[Any], stream: str, findings: list[Finding]) -> dict[str, Any] | None:
    try:
        state = catalog.fold(log.recorded(row) for row in rows)
    except _NOT_FOLDED as error:
        findings.append(Finding(stream, 0, f"cannot be folded: {type(error).__name__}"))
        return None
    return summary(state) if state is not None else None


def _compare(
    head: Any, rebuilt: dict[str, Any] | None, live: dict[str, Any] | None, rows: Sequence[Any]
) -> list[Finding]:
    if rebuilt is None:
        return []
    if live is None:
        return [Finding(head.id, head.version, "has no summary, or one that cannot be read")]
    different = [name for name in rebuilt if rebuilt[name] != live[name]]
    if not different:
        return []
    name = different[0]
    what = f"summary.{name} is {live[name]!s}, the log gives {rebuilt[name]!s}"
    first = _first_diverging(rows, name, live[name])
    version, since = (first.version, f" since its {first.type}") if first is not None else (head.version, "")
    return [Finding(head.id, version, f"{what}{since} (loop {head.loop})")]


def _first_diverging(rows: Sequence[Any], name: str, value: Any) -> Any:
    """The event after which a summary with this value in this field was not right any more; None: it never was."""
    state, agreed = None, 0
    for number, row in enumerate(rows, start=1):
        state = catalog.fold([log.recorded(row)], state)
        if summary(state)[name] == value:
            agreed = number
    return rows[agreed] if 0 < agreed < len(rows) else None


async def pages(transaction: Transaction) -> Any:
    """The heads of all streams, a page at a time, in id order."""
    last = ""
    while True:
        statement = select(_STREAMS).where(_STREAMS.c.id > last).order_by(_STREAMS.c.id).limit(PAGE)
        heads = (await transaction.execute(statement)).all()
        if not heads:
            return
        yield heads
        last = heads[-1].id


async def _readable_rows(
    transaction: Transaction, streams: Sequence[str], findings: list[Finding]
) -> dict[str, list[Any]]:
    """The rows of these streams; a stream with a cell that is no value of its column is named and left out."""
    try:
        return await _log_rows(transaction, streams)
    except _NO_VALUE:
        if len(streams) == 1:
            findings.append(Finding(streams[0], 0, "a row cannot be read"))
            return {}
    found: dict[str, list[Any]] = {}
    for stream in streams:
        found |= await _readable_rows(transaction, [stream], findings)
    return found


async def _log_rows(transaction: Transaction, streams: Iterable[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in await transaction.execute(log.reading(transaction), log.id_list(transaction, streams)):
        found.setdefault(row.stream, []).append(row)
    return found


async def summaries_of(transaction: Transaction, streams: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The summary rows of these streams; one that cannot be read counts as not there."""
    statement = select(_SUMMARIES).where(_SUMMARIES.c.stream.in_(streams))
    try:
        return {row["stream"]: dict(row) for row in (await transaction.execute(statement)).mappings()}
    except _NO_VALUE:
        if len(streams) == 1:
            return {}
    return {stream: row for one in streams for stream, row in (await summaries_of(transaction, [one])).items()}


_WITHOUT_HEAD = "SELECT DISTINCT l.stream FROM log l LEFT JOIN streams s ON s.id = l.stream WHERE s.id IS NULL LIMIT 20"
_WITHOUT_LOG = "SELECT u.stream FROM summaries u LEFT JOIN streams s ON s.id = u.stream WHERE s.id IS NULL LIMIT 20"


async def _unowned(transaction: Transaction) -> list[Finding]:
    """Rows whose stream has no head: a deleted head, or invented rows."""
    found = []
    for question, what in (
        (_WITHOUT_HEAD, "is in the log but has no head"),
        (_WITHOUT_LOG, "has a summary but no log"),
    ):
        rows = await transaction.execute(text(question))
        found += [Finding(row.stream, 0, what) for row in rows]
    return found
