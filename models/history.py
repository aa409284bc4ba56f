"""Rows that are never overwritten: a change ends the old row and adds a new one, and the past can be read.

Two times are kept. *Valid* is when a row was so; *recorded* is when we wrote it down. Ending a row sets its
`valid_to` (with who ended it, and when that was written down): the one update there is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    Index,
    Select,
    Table,
    Text,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.engine import RowMapping
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from models.among import among
from models.database import Transaction, UtcDateTime, chunks

_AT_ONCE = 500
_AT, _RECORDED = bindparam("at", type_=UtcDateTime()), bindparam("recorded", type_=UtcDateTime())


class Origin(StrEnum):
    """By which way a row came in; loading a network file ends only what a network file brought."""

    file = "file"
    chat = "chat"
    intake = "intake"
    command = "command"


class Dated(SQLModel):
    """What every row with a history has: `id` names the thing, `row` this version of it."""

    # The staff side is held in memory (models/directory.py): its rows move the epoch when they change.
    moves_epoch: ClassVar[bool] = False

    row: int | None = Field(default=None, primary_key=True)
    id: str
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    origin: Origin = Field(sa_type=Text)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
    ended_origin: Origin | None = Field(default=None, sa_type=Text)


class DirectoryEpoch(SQLModel, table=True):
    """One row: how often the staff side has changed."""

    __tablename__ = "directory_epoch"

    id: int = Field(primary_key=True)
    epoch: int


@dataclass(frozen=True)
class Changes:
    """How many things a write added, changed, ended and found as they were."""

    added: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            self.added + other.added,
            self.changed + other.changed,
            self.ended + other.ended,
            self.unchanged + other.unchanged,
        )

    @property
    def any(self) -> bool:
        """Whether something was written."""
        return bool(self.added or self.changed or self.ended)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The CHECK that `column` holds one of the values, or nothing."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def dated(*items: SchemaItem) -> tuple[SchemaItem, ...]:
    """The `__table_args__` of a dated table: one open row per id at most, none that ends before it begins."""
    open_row = text("valid_to IS NULL")
    return (
        Index(None, "id", unique=True, sqlite_where=open_row, postgresql_where=open_row),
        Index(None, "id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid"),
        one_of("origin", Origin),
        one_of("ended_origin", Origin),
        *items,
    )


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table of a model; Core statements are written against it."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def valid_at(
    model: type[Dated],
    at: datetime | BindParameter[datetime],
    recorded: datetime | BindParameter[datetime] | None = None,
) -> ColumnElement[bool]:
    """The condition that a row was valid at `at`; with `recorded`, as far as we knew at that instant."""
    c = table_of(model).c
    ends_later = or_(c.valid_to.is_(None), c.valid_to > at)
    if recorded is None:
        return (c.valid_from <= at) & ends_later
    return (c.valid_from <= at) & (c.recorded_at <= recorded) & or_(ends_later, c.ended_at > recorded)


async def as_of(
    tx: Transaction,
    model: type[Dated],
    at: datetime,
    *conditions: ColumnElement[bool],
    recorded: datetime | None = None,
) -> Sequence[RowMapping]:
    """The rows of a table valid at `at`, in the order of their ids; see `valid_at`."""
    table = table_of(model)
    query = select(table).where(valid_at(model, at, recorded), *conditions).order_by(table.c.id)
    return (await tx.execute(query)).mappings().all()


async def contents_of(
    tx: Transaction, model: type[Dated], at: datetime, recorded: datetime | None = None
) -> Sequence[RowMapping]:
    """The same, only what the rows say (with their ids), without their dates."""
    found = await tx.execute(_contents(model, recorded is not None), {"at": at, "recorded": recorded})
    return found.mappings().all()


@cache
def _contents(model: type[Dated], as_known: bool) -> Select[Any]:
    # A directory is all tables: making the statements would cost as much as asking them, and so would their dates.
    table = table_of(model)
    said = [column for column in table.c if column.name == "id" or column.name not in Dated.model_fields]
    return select(*said).where(valid_at(model, _AT, _RECORDED if as_known else None)).order_by(table.c.id)


async def changes_after(tx: Transaction, models: tuple[type[Dated], ...], at: datetime) -> datetime | None:
    """The first instant after `at` at which a row begins or ceases to be valid, as far as is written down; or None."""
    found: datetime | None = (await tx.execute(_changes_after(models), {"at": at})).scalar()
    return found


@cache
def _changes_after(models: tuple[type[Dated], ...]) -> Select[Any]:
    instants = [
        select(func.min(column).label("at")).where(column > _AT)
        for model in models
        for column in (table_of(model).c.valid_from, table_of(model).c.valid_to)
    ]
    each = union_all(*instants).subquery()
    return select(func.min(each.c.at, type_=UtcDateTime()))


async def by_value(
    tx: Transaction, model: type[Dated], column: str, values: Iterable[str], at: datetime
) -> dict[str, list[RowMapping]]:
    """The rows valid at `at` by what stands in `column`: each of `values` is a key."""
    wanted = sorted(set(values))
    found: dict[str, list[RowMapping]] = {value: [] for value in wanted}
    for some in chunks(wanted, _AT_ONCE):
        for row in (await tx.execute(_by_value(model, column), {"at": at, "wanted": some})).mappings():
            found[row[column]].append(row)
    return found


@cache
def _by_value(model: type[Dated], column: str) -> Select[Any]:
    # Asked for every loop that moves: making the statement would cost more than asking it.
    table = table_of(model)
    valid = valid_at(model, _AT)
    return select(table).where(valid, among(table.c[column], "wanted")).order_by(table.c.id)


async def open_rows(tx: Transaction, model: type[Dated], ids: Iterable[str]) -> dict[str, RowMapping]:
    """The rows of these ids that nobody has ended, by id."""
    table = table_of(model)
    found: dict[str, RowMapping] = {}
    for some in chunks(sorted(set(ids)), _AT_ONCE):
        query = select(table).where(table.c.id.in_(some), table.c.valid_to.is_(None))
        found.update({row["id"]: row for row in (await tx.execute(query)).mappings()})
    return found


async def ended_by_others(tx: Transaction, model: type[Dated], ids: Iterable[str], origin: Origin) -> set[str]:
    """Those of the ids that have no open row, and whose last was ended by another way than `origin`."""
    table = table_of(model)
    last: dict[str, str | None] = {}
    for some in chunks(sorted(set(ids)), _AT_ONCE):
        query = select(table.c.id, table.c.valid_to, table.c.ended_origin).where(table.c.id.in_(some))
        for row in (await tx.execute(query.order_by(table.c.row))).mappings():
            last[row["id"]] = None if row["valid_to"] is None else row["ended_origin"]
    return {unique for unique, ended in last.items() if ended not in (None, origin)}


def content_of(model: type[Dated], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, without its dates: every column of the model, the model's defaults filled in.

    TypeError when a value is named that the table has no column for, or one without a default is missing.
    """
    columns = {name: field for name, field in model.model_fields.items() if name not in Dated.model_fields}
    unknown = values.keys() - columns.keys() - {"id"}
    missing = [name for name, field in columns.items() if name not in values and field.is_required()]
    if unknown or missing:
        raise TypeError(f"{model.__name__}: unknown {sorted(unknown)}, missing {missing}")
    return {
        name: values[name] if name in values else field.get_default(call_default_factory=True)
        for name, field in columns.items()
    }


async def change(
    tx: Transaction,
    model: type[Dated],
    wanted: Collection[Mapping[str, Any]],
    now: datetime,
    actor: str,
    origin: Origin,
) -> Changes:
    """Make the things of `wanted` (each with its `id` and what it says) be so from `now` on.

    A row that already says so is left alone, one that says something else is ended and a new one added.
    """
    existing = await open_rows(tx, model, [values["id"] for values in wanted])
    new: list[dict[str, Any]] = []
    old: list[str] = []
    for values in wanted:
        content = content_of(model, values)
        before = existing.get(values["id"])
        if before is not None and all(before[name] == value for name, value in content.items()):
            continue
        since = now
        if before is not None:
            old.append(values["id"])
            since = max(now, before["valid_from"])
        stamp = {"valid_from": since, "recorded_at": now, "actor": actor, "origin": origin}
        new.append({"id": values["id"], **content, **stamp})
    if new:
        await _end_open(tx, model, [existing[unique] for unique in old], now, actor, origin)
        await tx.execute(insert(table_of(model)), new)
        await _move_epoch(tx, model)
    return Changes(added=len(new) - len(old), changed=len(old), unchanged=len(wanted) - len(new))


async def end(
    tx: Transaction, model: type[Dated], ids: Collection[str], now: datetime, actor: str, origin: Origin
) -> Changes:
    """End the open rows of these ids; those that are not open are left alone and not counted."""
    existing = await open_rows(tx, model, ids)
    if existing:
        await _end_open(tx, model, existing.values(), now, actor, origin)
        await _move_epoch(tx, model)
    return Changes(ended=len(existing))


async def _end_open(
    tx: Transaction,
    model: type[Dated],
    rows: Collection[RowMapping],
    now: datetime,
    actor: str,
    origin: Origin,
) -> None:
    if not rows:
        return
    table = table_of(model)
    ending = (
        update(table)
        .where(table.c.row == bindparam("ending_row"), table.c.valid_to.is_(None))
        .values(valid_to=bindparam("ending_at"), ended_at=now, ended_by=actor, ended_origin=origin)
    )
    # A clock that was set back must not give a row that ends before it begins.
    ends = [{"ending_row": row["row"], "ending_at": max(now, row["valid_from"])} for row in rows]
    await tx.execute(ending, ends)


async def _move_epoch(tx: Transaction, model: type[Dated]) -> None:
    if model.moves_epoch:
        await tx.execute(
            text(
                "INSERT INTO directory_epoch (id, epoch) VALUES (1, 1) "
                "ON CONFLICT (id) DO UPDATE SET epoch = directory_epoch.epoch + 1"
            )
        )


# A number that grows with every change of the staff side: when it moved, load the directory again. None is 0.
EPOCH = select(table_of(DirectoryEpoch).c.epoch).scalar_subquery()
_EPOCH = select(EPOCH)


async def directory_epoch(tx: Transaction) -> int:
    """The `EPOCH` of now."""
    return (await tx.execute(_EPOCH)).scalar_one() or 0
