"""`rules check`: what is wrong or doubtful in a pack although it loads, in words a clinician can follow.

Tables are asked at every value where some condition turns, and just beside it; between two such values no condition
changes, so that what holds at these points holds everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, product
from typing import Any

from workers.rules.conditions import Input, InputType, compile_condition
from workers.rules.limits_of import cells, edges
from workers.rules.pack import Pack
from workers.rules.table import Evidence, Hit, Row, Table
from workers.rules.yaml_lines import Document

# More combinations than any row of a readable pack needs; a row that turns on more is reported as not checked.
_AT_MOST = 200_000
_STEPS = {"temp_c": 0.1, "glucose_mmol_l": 0.1}


class Kind(StrEnum):
    """What a finding is about."""

    gap = "gap"
    overlap = "overlap"
    unreachable = "unreachable"
    unexpected = "unexpected"
    unit = "unit"
    source = "source"
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
    """Where a finding stands, as file and line: its row, else its table, else the file's inputs."""
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
    return f"{document.name}:{document.line(['inputs'])}"


def check(packs: Sequence[Pack]) -> list[Finding]:
    """Every finding in these packs, pack by pack; and inputs that two of them describe differently."""
    findings = [finding for pack in packs for finding in check_pack(pack)]
    return findings + _units_between(packs)


def check_pack(pack: Pack) -> list[Finding]:
    """Every finding in one pack."""
    findings: list[Finding] = []
    for table in pack.tables.values():
        findings += _reach(pack, table)
        findings += _coverage(pack, table)
        if table.file.hit is Hit.unique:
            findings += _overlaps(pack, table)
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
        names = _names([row.when, table.file.only_when])
        names |= {name for each in earlier for name, cell in cells(each.when) if cell == "missing"}
        points = _points(pack, sorted(names), [row.when, table.file.only_when, *(each.when for each in earlier)])
        shadows: dict[str, None] = {}
        for tried, values in enumerate(points):
            if tried == _AT_MOST:
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
        for tried, values in enumerate(_points(pack, coverage.over, whens, missing=False)):
            if tried == _AT_MOST:
                words = "covers more values than can be tried"
                yield Finding(Kind.not_checked, pack.name, table.file.id, None, words)
                break
            true = table.true_rows({**coverage.given, **values})
            meant = except_where is not None and except_where({**coverage.given, **values})
            shown = _shown(pack, {**coverage.given, **values})
            if not true and not meant:
                gaps.append(shown)
            elif true and meant:
                yield Finding(
                    Kind.unexpected, pack.name, table.file.id, true[0], f"is true for {shown}, where no row should be"
                )
        if gaps:
            words = f"no row is true for {gaps[0]}" + (
                f", nor for {len(gaps) - 1} other combinations up to {gaps[-1]}" if len(gaps) > 1 else ""
            )
            yield Finding(Kind.gap, pack.name, table.file.id, None, words)


def _overlaps(pack: Pack, table: Table) -> Iterator[Finding]:
    on = [row for row in table.file.rows if row.on]
    for number, one in enumerate(on):
        for other in on[number + 1 :]:
            names = sorted(_names([one.when, other.when, table.file.only_when]))
            whens = [one.when, other.when, table.file.only_when]
            for values in islice(_points(pack, names, whens), _AT_MOST):
                if {one.id, other.id} <= set(table.true_rows(values)):
                    words = f"is true together with {other.id} for {_shown(pack, values)}, but the table is unique"
                    yield Finding(Kind.overlap, pack.name, table.file.id, one.id, words)
                    break


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


# ---- the values at which something turns


def _names(whens: Sequence[Mapping[str, Any]]) -> set[str]:
    return {name for when in whens for name, _ in cells(when)}


def _points(
    pack: Pack, names: Sequence[str], whens: Sequence[Mapping[str, Any]], missing: bool = True
) -> Iterator[dict[str, Any]]:
    """Every combination worth trying."""
    choices = []
    for name in names:
        tests = [cell for when in whens for of, cell in cells(when) if of == name]
        unknown: list[Any] = [None] if missing else []
        choices.append([*unknown, *_candidates(pack.inputs[name], name, tests)])
    return (dict(zip(names, values, strict=True)) for values in product(*choices))


def _candidates(column: Input, name: str, tests: Sequence[Any]) -> list[Any]:
    match column.type:
        case InputType.boolean:
            return [True, False]
        case InputType.number:
            step = _STEPS.get(name, 1)
            low, high = column.range or (float("-inf"), float("inf"))
            turning = {limit for test in tests if isinstance(test, str | int | float) for _, limit in edges(test)}
            near = {round(limit + way, 6) for limit in turning for way in (-step, 0, step)}
            ends = {end for end in (low, high) if abs(end) != float("inf")}
            return sorted(value for value in near | ends if low <= value <= high)
        case InputType.choice:
            return list(column.values)
        case InputType.list:
            items = {item for test in tests for item in _items(test)}
            wanted = [tuple(sorted(_items(test))) for test in tests if str(test).startswith("has all")]
            return [(), *((item,) for item in sorted(items)), *wanted, tuple(sorted(items))]
        case InputType.text:
            return sorted({item for test in tests for item in _items(test)} | {"other"})


def _items(test: Any) -> set[str]:
    text = str(test)
    if text in ("missing", "present"):
        return {"anything"} if text == "present" else set()
    inner = text[text.index("[") + 1 : text.index("]")] if "[" in text else text.removeprefix("has ")
    return {item.strip() for item in inner.split(",")}


def _shown(pack: Pack, values: Mapping[str, Any]) -> str:
    parts = []
    for name, value in values.items():
        if value in (None, ()):
            continue
        unit = pack.inputs[name].unit
        number = f"{value:g}" if isinstance(value, float) else value
        parts.append(f"{name} {number}{f' {unit}' if unit else ''}")
    return ", ".join(parts) or "nothing known"
