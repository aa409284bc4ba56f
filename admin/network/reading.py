"""Reading network files as they are written: YAML or CSV, every value with its line; nothing is checked yet.

YAML is read with the core words only (true, false, null, numbers): 08:00, 2026-03-02, no and on stay text.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from admin.network.problems import Path as Place
from admin.network.problems import Problem, field_name, meant
from admin.network.schema import SECTIONS

_LARGEST = 10_000_000
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_PLAIN: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_PEOPLE = ("id", "name_zh", "name_en", "language", "phone", "role", "facility", "department", "from", "to", "system",
           "identifier")  # fmt: skip
_PATIENTS = ("id", "name", "sex", "birth", "phone", "language", "area", "system", "identifier", "team")


@dataclass(frozen=True)
class Item:
    """One entry of a section: its value, and the line of every part of it by path."""

    section: str
    place: str
    file: str
    value: Any
    lines: dict[Place, int]

    def problem(self, path: Place, what: str) -> Problem:
        """A problem with a part of this entry, at the line nearest to it."""
        near = path
        while near and near not in self.lines:
            near = near[:-1]
        name = field_name(path)
        return Problem(self.file, self.lines.get(near, 1), f"{self.place}{', ' if name else ''}{name}", what)


@dataclass
class RawNetwork:
    """All that the files say, not yet checked, and what was wrong in reading them."""

    items: list[Item] = field(default_factory=list)
    sections: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def of(self, section: str) -> list[Item]:
        """The entries of a section in the order they are written."""
        return [item for item in self.items if item.section == section]


def read_files(path: Path) -> RawNetwork:
    """Read a network file and the files it names under `files` (next to it)."""
    raw = RawNetwork()
    for name, line, of in _read_one(path, raw, root=True):
        other = (path.parent / name).resolve()
        if path.parent.resolve() not in other.parents:
            raw.problems.append(Problem(of, line, "files", f"{name!r} is not next to this file; move it there"))
        else:
            list(_read_one(other, raw, root=False))
    return raw


def _read_one(path: Path, raw: RawNetwork, root: bool) -> Iterator[tuple[str, int, str]]:
    """Read one file into `raw`; gives the files it names, with the line and the file that named them."""
    text = _text(path, raw)
    if text is None:
        return
    if path.suffix.lower() == ".csv":
        _read_csv(path.name, text, raw)
        return
    reader = _Yaml(path.name, raw)
    for section, value, place, lines in reader.sections(text):
        if section == "files" and root:
            for index, name in enumerate(value if isinstance(value, list) else [value]):
                yield str(name), lines.get((place, index), lines[place,]), path.name
        elif section not in SECTIONS:
            what = f"is no section; {meant(section, [*SECTIONS, *(['files'] if root else [])])}"
            raw.problems.append(Problem(path.name, lines[place,], str(section), what))
        else:
            raw.sections.add(section)
            _add_items(section, value, path.name, lines, raw)


def _text(path: Path, raw: RawNetwork) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raw.problems.append(Problem(path.name, 1, "file", f"cannot be read: {error.strerror}"))
        return None
    if len(data) > _LARGEST:
        raw.problems.append(Problem(path.name, 1, "file", f"has {len(data)} bytes; at most {_LARGEST}"))
        return None
    # Office programs on Chinese Windows still write GB18030.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raw.problems.append(Problem(path.name, 1, "file", "is neither UTF-8 nor GB18030 text; save it as UTF-8"))
    return None


def _add_items(section: str, value: Any, file: str, lines: dict[Place, int], raw: RawNetwork) -> None:
    if section == "site":
        raw.items.append(Item(section, section, file, value, _below(lines, (section,))))
        return
    if value is None:
        return
    if not isinstance(value, list):
        raw.problems.append(Problem(file, lines[section,], section, "must be a list; begin each entry with -"))
        return
    for index, each in enumerate(value):
        known = each.get("id") if isinstance(each, dict) else None
        place = f"{section}[{index}]" + (f" ({known})" if isinstance(known, str) else "")
        raw.items.append(Item(section, place, file, each, _below(lines, (section, index))))


def _below(lines: dict[Place, int], start: Place) -> dict[Place, int]:
    size = len(start)
    return {path[size:]: line for path, line in lines.items() if path[:size] == start}


class _Yaml:
    """A YAML document as plain values, with the line of each by its path."""

    def __init__(self, file: str, raw: RawNetwork) -> None:
        self._file = file
        self._raw = raw

    def sections(self, text: str) -> Iterator[tuple[str, Any, str, dict[Place, int]]]:
        """The sections of the document: name, value, name again as path, lines."""
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or getattr(error, "reason", "cannot be read")
            self._wrong(mark.line + 1 if mark else 1, "file", f"is not YAML: {what}")
            return
        except RecursionError:
            self._wrong(1, "file", "is nested too deeply")
            return
        if not isinstance(root, yaml.MappingNode):
            self._wrong(1, "file", f"must have sections at its top: {', '.join(SECTIONS)}")
            return
        self._open: set[int] = set()
        self._seen: set[int] = set()
        lines: dict[Place, int] = {}
        for name, value in self._value(root, (), lines).items():
            yield str(name), value, name, lines

    def _wrong(self, line: int, name: str, what: str) -> None:
        self._raw.problems.append(Problem(self._file, line, name, what))

    def _value(self, node: yaml.Node, path: Place, lines: dict[Place, int]) -> Any:
        line = node.start_mark.line + 1
        lines.setdefault(path, line)
        if id(node) in self._seen and not isinstance(node, yaml.ScalarNode):
            self._wrong(line, field_name(path), "is an alias (*name); write it out")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self._value(each, (*path, index), lines) for index, each in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            result: dict[str, Any] = {}
            for key, value in node.value:
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
                if name in result:
                    first = lines[*path, name]
                    self._wrong(key.start_mark.line + 1, field_name((*path, name)), f"again; first on line {first}")
                lines.setdefault((*path, name), key.start_mark.line + 1)
                result[name] = self._value(value, (*path, name), lines)
            return result
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        text = str(node.value)
        if getattr(node, "style", None) is None:
            if text in _PLAIN:
                return _PLAIN[text]
            if _WHOLE.fullmatch(text):
                return int(text)
        return text


def _read_csv(file: str, text: str, raw: RawNetwork) -> None:
    """A list of people (a line a role) or of patients, told apart by the heading."""
    rows = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    heading = [name.strip() for name in rows.fieldnames or []]
    rows.fieldnames = heading
    section = "people" if "role" in heading else "patients"
    columns = _PEOPLE if section == "people" else _PATIENTS
    for name in heading:
        if name not in columns:
            raw.problems.append(Problem(file, 1, name or "heading", f"is no column; use {', '.join(columns)}"))
    raw.sections.add(section)
    known: dict[str, Item] = {}
    for row in rows:
        if row.pop("", None) is not None:
            raw.problems.append(Problem(file, rows.line_num, "line", f"has more than {len(heading)} values"))
        value = {name: text.strip() for name, text in row.items() if text and text.strip()}
        if value:
            add = _add_person if section == "people" else _add_patient
            add(file, rows.line_num, value, known)
    raw.items.extend(known.values())


def _item(section: str, file: str, line: int, value: dict[str, Any], known: dict[str, Item]) -> Item:
    unique = value.get("id", f"line {line}")
    if unique not in known:
        known[unique] = Item(section, f"{section} ({unique})", file, {}, {(): line})
    return known[unique]


def _add_person(file: str, line: int, value: dict[str, Any], known: dict[str, Item]) -> None:
    role = {name: value.pop(name) for name in ("role", "facility", "department", "from", "to") if name in value}
    item = _item("people", file, line, value, known)
    identifier = _identifier(value)
    for name, text in value.items():
        _set(item, name, text, line)
    if identifier:
        item.lines["identifiers", len(item.value.setdefault("identifiers", []))] = line
        item.value["identifiers"].append(identifier)
    roles = item.value.setdefault("roles", [])
    item.lines["roles", len(roles)] = line
    roles.append(role)


def _identifier(value: dict[str, Any]) -> dict[str, Any]:
    """The identifier of a line, taken out of it; empty when there is none."""
    return {to: value.pop(name) for name, to in (("system", "system"), ("identifier", "value")) if name in value}


def _add_patient(file: str, line: int, value: dict[str, Any], known: dict[str, Item]) -> None:
    identifier = _identifier(value)
    team = value.pop("team", None)
    item = _item("patients", file, line, value, known)
    for name, text in value.items():
        _set(item, name, text, line)
    for name, part in (("identifiers", identifier), ("teams", {"team": team} if team else {})):
        parts = item.value.setdefault(name, [])
        if part and part not in parts:
            item.lines[name, len(parts)] = line
            parts.append(part)


def _set(item: Item, name: str, text: str, line: int) -> None:
    """Two lines of a person that disagree make a list of the two, which fits no field: so it is named."""
    before = item.value.get(name, text)
    item.value[name] = text if before == text else [before, text]
    item.lines[name,] = line
