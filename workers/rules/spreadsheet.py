"""A pack's rows as CSV for clinicians, and back: what was not changed comes back byte for byte.

One line per row. Conditions and outputs are written as in the pack, in one cell each. A cell that a spreadsheet would
take for a formula (=, +, -, @, tab) begins with an apostrophe, which is taken off again.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from workers.rules.pack import Pack, parse_pack
from workers.rules.yaml_lines import BadPack, Document, nodes

COLUMNS = (
    "table", "id", "on", "when", "then", "because_zh", "because_en", "document", "section", "evidence", "locator",
    "from", "to", "needed",
)  # fmt: skip
_DAY = re.compile(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def export_csv(pack: Pack) -> str:
    """The rows of a pack as CSV (with a byte order mark, so that a spreadsheet reads the Chinese)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table in pack.value["tables"]:
        for row in table["rows"]:
            writer.writerow([_safe(cell) for cell in _cells(table["id"], row)])
    return "\ufeff" + out.getvalue()


def import_csv(document: Document, text: str, sheet: str) -> str:
    """The pack's YAML with what the sheet changed. Rows that are the same keep their very bytes.

    BadPack names the sheet's line and row id for every problem; then nothing is changed.
    """
    pack = parse_pack(document)
    lines = _read(text, sheet)
    value: Any = document.value
    known = {row["id"]: (table["id"], row) for table in value["tables"] for row in table["rows"]}
    problems = [
        f"{sheet}:{number}: [{row}] is no row of {pack.name}; new rows are written in the YAML"
        for number, row in ((number, cells[1]) for number, cells in lines)
        if row not in known
    ]
    gone = set(known) - {cells[1] for _, cells in lines}
    problems += [f"{sheet}: [{row}] is missing; set its column on to false instead" for row in sorted(gone)]
    changed: dict[str, dict[str, Any]] = {}
    for number, cells in lines:
        if cells[1] not in known:
            continue
        table, row = known[cells[1]]
        if cells == _cells(table, row):
            continue
        try:
            if cells[0] != table:
                raise ValueError(f"table: a row stays in its table {table}")
            changed[cells[1]] = _row(cells, row)
        except ValueError as error:
            problems.append(f"{sheet}:{number}: [{cells[1]}] {error}")
    if problems:
        raise BadPack(problems)
    after = _replaced(document.text, changed)
    try:
        parse_pack(Document(after, document.name))
    except BadPack as error:
        places = {cells[1]: number for number, cells in lines}
        raise BadPack([_in_sheet(problem, sheet, places) for problem in error.problems]) from None
    return after


def _in_sheet(problem: str, sheet: str, places: dict[str, int]) -> str:
    """A problem of the pack, told at the line of the sheet that brought it."""
    found = re.search(r": \[([^]]+)\] ", problem)
    return f"{sheet}:{places[found[1]]}{problem[found.start() :]}" if found and found[1] in places else problem


def differences(before: Pack, after: Pack) -> list[str]:
    """What differs between two packs, a readable line each."""
    told = []
    if before.version != after.version:
        told.append(f"version: {before.version} → {after.version}")
    told += [
        f"parameter {name}: {_shown(before.parameters.get(name))} → {_shown(after.parameters.get(name))}"
        for name in dict.fromkeys([*before.parameters, *after.parameters])
        if before.parameters.get(name) != after.parameters.get(name)
    ]
    old = {row["id"]: (table["id"], row) for table in before.value["tables"] for row in table["rows"]}
    new = {row["id"]: (table["id"], row) for table in after.value["tables"] for row in table["rows"]}
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            told.append(f"{name}: removed")
        elif name not in old:
            told.append(f"{name}: new in {new[name][0]}")
        else:
            pairs = zip(COLUMNS, _cells(*old[name]), _cells(*new[name]), strict=True)
            told += [
                f"{name} {column}: {was or '(empty)'} → {now or '(empty)'}" for column, was, now in pairs if was != now
            ]
    return told


def _cells(table: str, row: dict[str, Any]) -> list[str]:
    source, effective = row["source"], row.get("effective", {})
    return [
        table, row["id"], _compact(row["on"]), _compact(row["when"]), _compact(row["then"]), row["because"]["zh"],
        row["because"]["en"], source["document"], source["section"], source["evidence"], source.get("locator", ""),
        _text(effective.get("from")), _text(effective.get("to")), row.get("needed", ""),
    ]  # fmt: skip


def _row(cells: list[str], before: dict[str, Any]) -> dict[str, Any]:
    """A changed row; ValueError names the column that cannot be read."""
    _, name, on, when, then, zh, en, document, section, evidence, locator, first, last, needed = cells
    if on not in ("true", "false"):
        raise ValueError(f"on: must be true or false, not {on!r}")
    row: dict[str, Any] = {"id": name, "when": _value("when", when), "then": _value("then", then)}
    row["because"] = {"zh": zh, "en": en}
    row["source"] = {"document": document, "section": section, "evidence": evidence}
    if locator:
        row["source"]["locator"] = locator
    if first or last or "effective" in before:
        row["effective"] = {"from": first or None, "to": last or None}
    if needed:
        row["needed"] = needed
    return row | {"on": on == "true"}


def _value(column: str, cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        raise ValueError(f'{column}: must be as it was exported, such as {{"sbp": ">=180 mmHg"}}') from None


def _read(text: str, sheet: str) -> list[tuple[int, list[str]]]:
    plain_text = text.removeprefix("\ufeff")
    first, _, _ = plain_text.partition("\n")
    delimiter = next(
        (each for each in ";\t" if each in first and "," not in first), ","
    )  # as some spreadsheets save it
    reader = csv.reader(io.StringIO(plain_text, newline=""), delimiter=delimiter)
    header = next(reader, [])
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or tuple(header) != COLUMNS:
        what = f"unknown column {unknown[0]!r}" if unknown else "a column is missing or out of order"
        raise BadPack([f"{sheet}:1: {what}; right is {','.join(COLUMNS)}"])
    lines, seen = [], set()
    for cells in reader:
        number = reader.line_num
        if not any(cells):
            continue
        if len(cells) != len(COLUMNS):
            raise BadPack([f"{sheet}:{number}: {len(cells)} cells where {len(COLUMNS)} belong"])
        plain = [_plain(cell) for cell in cells]
        plain[2] = plain[2].lower()  # a spreadsheet writes TRUE, and days as 2023/3/1
        plain[11:13] = [_DAY.sub(_iso, cell) for cell in plain[11:13]]
        if plain[1] in seen:
            raise BadPack([f"{sheet}:{number}: [{plain[1]}] is there twice"])
        seen.add(plain[1])
        lines.append((number, plain))
    return lines


def _iso(day: re.Match[str]) -> str:
    return f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}"


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith((*_DANGEROUS, "'")) else cell


def _plain(cell: str) -> str:
    return cell.removeprefix("'")


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _shown(value: Any) -> str:
    text = _compact(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


# ---- putting a changed row where the old one stands


def _replaced(text: str, rows: dict[str, dict[str, Any]]) -> str:
    """The text with these rows written anew in one line each; anchors that others lean on stay with their content."""
    if not rows:
        return text
    for name in rows:
        start, end = _span(text, name)
        anchors = re.findall(r"&(\w+)", text[start:end])
        leaned_on = [anchor for anchor in anchors if re.search(rf"\*{anchor}\b", text[end:])]
        if leaned_on:
            text = _detached(text, leaned_on)
            start, end = _span(text, name)
        text = text[:start] + _compact(rows[name]) + text[end:]
    return text


def _span(text: str, name: str) -> tuple[int, int]:
    """Where a row stands, without the blank lines and comments after it."""
    root, _ = nodes(text)
    for row in _rows(root):
        if any(key.value == "id" and item.value == name for key, item in row.value):
            start, lines = row.start_mark.index, text[row.start_mark.index : row.end_mark.index].split("\n")
            while not lines[-1].strip() or lines[-1].lstrip().startswith("#"):
                lines.pop()
            return start, start + len("\n".join(lines))
    raise KeyError(name)


def _rows(root: Node) -> list[MappingNode]:
    def child(node: Node, name: str) -> Node:
        assert isinstance(node, MappingNode)  # noqa: S101 - the pack has been parsed
        found: Node = next(item for key, item in node.value if key.value == name)
        return found

    tables = child(root, "tables")
    assert isinstance(tables, SequenceNode)  # noqa: S101 - the pack has been parsed
    return [row for table in tables.value for row in child(table, "rows").value]


def _detached(text: str, anchors: list[str]) -> str:
    """The text with what leans on these anchors written out, so that the row that defines them can change alone."""
    for anchor in anchors:
        found = re.search(rf"&{anchor}\b", text)
        assert found is not None  # noqa: S101 - an alias without an anchor does not parse
        root, value = nodes(text)
        node = next(each for each in _walk(root) if each.start_mark.index == found.start())
        written = _compact(value(node))
        text = re.sub(rf"\*{anchor}\b", lambda _, written=written: written, text)  # type: ignore[misc]
    return text


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, MappingNode):
        for key, item in node.value:
            yield from _walk(key)
            yield from _walk(item)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _walk(item)
