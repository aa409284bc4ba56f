"""`rules check`: what is wrong or doubtful in a pack although it loads, in words a clinician can follow.

Tables are asked at every value where some condition turns (points.py). What makes a pack unusable, such as rows that
overlap under `unique`, is refused when it is read (pack.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workers.rules.conditions import Input, compile_condition
from workers.rules.kinds import misfits
from workers.rules.limits_of import cells
from workers.rules.pack import Pack
from workers.rules.points import AT_MOST, names_in, points, shown, together
from workers.rules.table import Evidence, Hit, Row, Table
from workers.rules.yaml_lines import Document


class Kind(StrEnum):
    """What a finding is about."""

    gap = "gap"
    unreachable = "unreachable"
    unexpected = "unexpected"
    unit = "unit"
    source = "source"
    misfit = "misfit"
    dates = "dates"
    not_checked = "not_checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: where, and in words what."""

    kind: Kind
    pack: str
    table: str
    row: str | None
    words: str


def place_of(document: Document, finding: Finding) -> str:
    """Where a finding stands, as file and line: its row, else its table, else the part it names, else the inputs."""
    value: Any = document.value
    for number, row in enumerate(value.get("rows", ())):  # a layer
        if row.get("id") == finding.row:
            return f"{document.name}:{document.line(['rows', number])}"
    for number, table in enumerate(value.get("tables", ())):
        if table.get("id") != finding.table:
            continue
        ids = [row.get("id") for row in table.get("rows", ())]
        path: list[str | int] = ["tables", number]
        if finding.row in ids:
            path += ["rows", ids.index(finding.row)]
        return f"{document.name}:{document.line(path)}"
    part = finding.words.partition(":")[0]
    return f"{document.name}:{document.line([part if part in value else 'inputs'])}"


def check(packs: Sequence[Pack]) -> list[Finding]:
    """Every finding in these packs, pack by pack; and inputs that two of them describe differently."""
    findings = [finding for pack in packs for finding in check_pack(pack)]
    return findings + _units_between(packs)


def check_pack(pack: Pack) -> list[Finding]:
    """Every finding in one pack."""
    findings = [Finding(Kind.misfit, pack.name, *each) for each in misfits(pack)]
    for table in pack.tables.values():
        findings += _reach(pack, table)
        findings += _coverage(pack, table)
        if table.file.hit is Hit.unique:
            findings += _not_compared(pack, table)
        for row in table.file.rows:
            findings += _papers(pack, table, row)
    return findings


def _papers(pack: Pack, table: Table, row: Row) -> Iterator[Finding]:
    seen = row.source.evidence in (Evidence.text, Evidence.secondary_text)
    if row.on and seen and not row.source.locator:
        words = f"evidence {row.source.evidence} says the text was seen, but no locator says where"
        yield Finding(Kind.source, pack.name, table.file.id, row.id, words)
    first, last = row.effective.start, row.effective.end
    if first and last and last < first:
        yield Finding(
            Kind.dates, pack.name, table.file.id, row.id, f"in force from {first} to {last}: it ends before it begins"
        )


# ---- can every row be true (and, where the first counts, be the first)?


def _reach(pack: Pack, table: Table) -> Iterator[Finding]:
    on = [row for row in table.file.rows if row.on]
    for number, row in enumerate(on):
        earlier = on[:number] if table.file.hit is Hit.first else []
        names = {*names_in([row.when, table.file.only_when])}
        names |= {name for each in earlier for name, cell in cells(each.when) if cell == "missing"}
        whens = [row.when, table.file.only_when, *(each.when for each in earlier)]
        shadows: dict[str, None] = {}
        for tried, values in enumerate(points(pack.inputs, sorted(names), whens)):
            if tried == AT_MOST:
                words = "turns on too many values to try them all"
                yield Finding(Kind.not_checked, pack.name, table.file.id, row.id, words)
                break
            true = table.true_rows(values)
            if row.id not in true:
                continue
            if not earlier or true[0] == row.id:
                break
            shadows[true[0]] = None
        else:
            words = (
                f"never comes into force: {', '.join(shadows)} is true before it"
                if shadows
                else "can never be true with plausible values"
            )
            yield Finding(Kind.unreachable, pack.name, table.file.id, row.id, words)


# ---- does the table cover what it claims to?


def _coverage(pack: Pack, table: Table) -> Iterator[Finding]:
    for coverage in table.file.covers:
        except_where = compile_condition(coverage.but, pack.inputs) if coverage.but else None
        whens = [row.when for row in table.file.rows if row.on] + ([coverage.but] if coverage.but else [])
        gaps: list[str] = []
        for tried, values in enumerate(points(pack.inputs, coverage.over, whens, missing=False)):
            if tried == AT_MOST:
                words = "covers more values than can be tried"
                yield Finding(Kind.not_checked, pack.name, table.file.id, None, words)
                break
            true = table.true_rows({**coverage.given, **values})
            meant = except_where is not None and except_where({**coverage.given, **values})
            told = shown(pack.inputs, {**coverage.given, **values})
            if not true and not meant:
                gaps.append(told)
            elif true and meant:
                yield Finding(
                    Kind.unexpected, pack.name, table.file.id, true[0], f"is true for {told}, where no row should be"
                )
        if gaps:
            words = f"no row is true for {gaps[0]}" + (
                f", nor for {len(gaps) - 1} other combinations up to {gaps[-1]}" if len(gaps) > 1 else ""
            )
            yield Finding(Kind.gap, pack.name, table.file.id, None, words)


def _not_compared(pack: Pack, table: Table) -> Iterator[Finding]:
    """Pairs of rows that turn on too many values to say that they never overlap."""
    on = [row for row in table.file.rows if row.on]
    for number, one in enumerate(on):
        for other in on[number + 1 :]:
            if not together(pack.inputs, (one.when, other.when, table.file.only_when))[0]:
                words = f"turns on too many values to compare it with {other.id}, and the table is unique"
                yield Finding(Kind.not_checked, pack.name, table.file.id, one.id, words)


# ---- do packs mean the same by the same name?


def _units_between(packs: Sequence[Pack]) -> list[Finding]:
    first: dict[str, tuple[str, Input]] = {}
    findings = []
    for pack in packs:
        for name, column in pack.inputs.items():
            known = first.setdefault(name, (pack.name, column))
            if (known[1].type, known[1].unit) != (column.type, column.unit):
                words = (
                    f"input {name} is {column.type} in {column.unit or 'no unit'} here, "
                    f"but {known[1].type} in {known[1].unit or 'no unit'} in {known[0]}"
                )
                findings.append(Finding(Kind.unit, pack.name, "", None, words))
    return findings
