"""Reading the log again: is it whole, and does it give the summaries that are there (N5)?

Silent by construction: nothing here is given a sender or a publisher, and an import contract keeps it so (N6).
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select, text

from events import catalog, log, shard_processes, shards
from events.projections import summary
from events.rereading import Head
from events.shards import NO_VALUE, NOT_FOLDED, PAGE, UNREADABLE
from events.summary_digest import Digest
from models.database import Database, Transaction, chunks
from models.journal import LogRow
from models.summaries import SummaryRow
from models.values import kind_of

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_LOG = LogRow.__table__  # type: ignore[attr-defined]

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


async def verify(database: Database, progress: Progress = no_progress, processes: int | None = None) -> VerifyReport:
    """Check every stream's chain and compare the summaries that the log gives with the live ones.

    Everything is read in one moment of the database, so that live traffic does not look like a difference. A long log
    is read by as many `processes` as there are cores, unless another number is given.
    """
    report, rebuilt, live = VerifyReport(), Digest(), Digest()
    async with database.reading(one_moment=True) as transaction:
        moment = await shard_processes.moment_of(transaction)
        report.position = (await transaction.execute(text("SELECT coalesce(max(position), 0) FROM log"))).scalar_one()
        total = (await transaction.execute(text("SELECT count(*) FROM streams"))).scalar_one()
        found = await looked(database, transaction, moment, total, processes, progress)
        for digest in (rebuilt, live):
            digest.add_number(found.digest)
        report.streams, report.events = found.streams, found.events
        for some in chunks(sorted(found.doubted), PAGE):
            await _closely(transaction, some, found, report, rebuilt, live)
        report.findings += await _unowned(transaction)
    report.rebuilt, report.live = rebuilt.text(), live.text()
    return report


async def looked(
    database: Database, transaction: Transaction, moment: str | None, total: int, processes: int | None,
    progress: Progress,
) -> shards.Looked:  # fmt: skip
    """A look at all streams, in this process, or in several where there are many."""
    found = shards.Looked()
    number = shard_processes.processes() if processes is None else processes
    if number == 1 or (processes is None and total < shard_processes.ALONE):
        async for streams in shards.look(transaction, shards.Shard(), found):
            progress(streams, total)
        return found
    parts = await shards.shards_of(transaction, number, total)
    async with aclosing(shard_processes.look_in_processes(database, parts, moment, number)) as shown:
        async for part in shown:
            found.add(part)
            progress(found.streams, total)
    return found


async def _closely(
    transaction: Transaction, heads: Sequence[Head], found: shards.Looked, report: VerifyReport, rebuilt: Digest,
    live: Digest,
) -> None:  # fmt: skip
    """Name what is wrong with these streams."""
    ids = [head.id for head in heads]
    there = await summaries_of(transaction, ids)
    rows = await _readable_rows(transaction, ids, report.findings)
    for head in heads:
        own = rows.get(head.id, [])
        report.findings += check_chain(head, own)
        report.events += 0 if head.id in found.right else len(own)
        if _has_summary(head.id, report.findings):
            row = _rebuilt(own, head.id, report.findings)
            if row is not None:
                rebuilt.add(row)
            if head.id in there:
                live.add(there[head.id])
            report.findings += _compare(head, row, there.get(head.id), own)


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
    except NO_VALUE:
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
    except NOT_FOLDED as error:
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


async def _readable_rows(
    transaction: Transaction, streams: Sequence[str], findings: list[Finding]
) -> dict[str, list[Any]]:
    """The rows of these streams; a stream with a cell that is no value of its column is named and left out."""
    try:
        return await _log_rows(transaction, streams)
    except UNREADABLE:
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
    except UNREADABLE:
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
