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
from events.projections import summary, write_summaries
from models.database import Database, Transaction, instant_text
from models.journal import LogRow, StreamRow
from models.summaries import SummaryRow
from models.values import StreamKind, kind_of

_STREAMS = StreamRow.__table__  # type: ignore[attr-defined]
_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_LOG = LogRow.__table__  # type: ignore[attr-defined]
PAGE = 500  # streams at a time
_MODULUS = 1 << 256
# SQLite stores anything anywhere: a cell that is no value of its column.
_NO_VALUE = (ValueError, TypeError, AttributeError)

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


@dataclass(slots=True)
class RebuildReport:
    """What a rebuild wrote: streams read, summaries that had been different, summaries of no stream removed."""

    streams: int = 0
    events: int = 0
    changed: int = 0
    removed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


class Digest:
    """A digest of rows in any order: the sum of the rows' SHA-256 values modulo 2^256."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count a row in."""
        line = json.dumps(row, sort_keys=True, default=_plain, ensure_ascii=False)
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")) % _MODULUS

    def text(self) -> str:
        """64 hexadecimal characters."""
        return f"{self._sum:064x}"


def _plain(value: Any) -> Any:
    return instant_text(value)


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
        async for heads in _pages(transaction):
            rows = await _readable_rows(transaction, [head.id for head in heads], report.findings)
            there = await _summaries(transaction, [head.id for head in heads])
            for head in heads:
                own = rows.get(head.id, [])
                report.findings += check_chain(head, own)
                report.events += len(own)
                if _has_summary(head.id, report.findings):
                    row = _rebuilt(own, head.id, report.findings)
                    if row is not None:
                        rebuilt.add(row)
                    if head.id in there:
                        live.add(there[head.id])
                    report.findings += _compare(head, row, there.get(head.id))
            report.streams += len(heads)
            progress(report.streams, total)
        report.findings += await _unowned(transaction)
    report.rebuilt, report.live = rebuilt.text(), live.text()
    return report


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
        return kind_of(stream) is not StreamKind.notice
    except ValueError:
        findings.append(Finding(stream, 0, "is no stream of ours"))
        return False


def _rebuilt(rows: Sequence[Any], stream: str, findings: list[Finding]) -> dict[str, Any] | None:
    try:
        state = catalog.fold(log.recorded(row) for row in rows)
    except (catalog.Held, catalog.Unreadable, TypeError, ValueError, AttributeError) as error:
        findings.append(Finding(stream, 0, f"cannot be folded: {type(error).__name__}"))
        return None
    return summary(state) if state is not None else None


def _compare(head: Any, rebuilt: dict[str, Any] | None, live: dict[str, Any] | None) -> list[Finding]:
    if rebuilt is None:
        return []
    if live is None:
        return [Finding(head.id, head.version, "has no summary, or one that cannot be read")]
    different = [name for name in rebuilt if rebuilt[name] != live[name]]
    if not different:
        return []
    name = different[0]
    return [Finding(head.id, head.version, f"summary.{name} is {live[name]!s}, the log gives {rebuilt[name]!s}")]


async def _pages(transaction: Transaction) -> Any:
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


async def _summaries(transaction: Transaction, streams: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The summary rows of these streams; one that cannot be read counts as not there."""
    statement = select(_SUMMARIES).where(_SUMMARIES.c.stream.in_(streams))
    try:
        return {row["stream"]: dict(row) for row in (await transaction.execute(statement)).mappings()}
    except _NO_VALUE:
        if len(streams) == 1:
            return {}
    return {stream: row for one in streams for stream, row in (await _summaries(transaction, [one])).items()}


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


async def rebuild(database: Database, progress: Progress = no_progress) -> RebuildReport:
    """Write every summary anew from the log, page by page, while live traffic goes on.

    A page locks its stream heads, so that nobody moves them meanwhile. Interrupted, it can simply be started again.
    """
    report = RebuildReport()
    async with database.reading() as transaction:
        total = (await transaction.execute(text("SELECT count(*) FROM streams"))).scalar_one()
        pages = [[head.id for head in heads] async for heads in _pages(transaction)]
    for page in pages:

        async def work(transaction: Transaction, page: list[str] = page) -> None:
            await _rebuild_page(transaction, page, report)

        await database.repeated(work)
        report.streams += len(page)
        progress(report.streams, total)
    async with database.transaction() as transaction:
        statement = text("DELETE FROM summaries WHERE stream NOT IN (SELECT id FROM streams)")
        report.removed = (await transaction.execute(statement)).rowcount
    return report


async def _rebuild_page(transaction: Transaction, page: Sequence[str], report: RebuildReport) -> None:
    await log.lock_heads(transaction, page)
    histories = await log.read_streams(transaction, page)
    there = await _summaries(transaction, page)
    changed = []
    for stream, history in histories.items():
        report.events += len(history)
        if kind_of(stream) is not StreamKind.notice:
            state = catalog.fold(history)
            if summary(state) != there.get(stream):
                changed.append(state)
    await write_summaries(transaction, changed)
    report.changed += len(changed)
