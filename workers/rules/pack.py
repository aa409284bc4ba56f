"""A rule pack: a YAML file with tables, the inputs they share, parameters, and who has signed it.

`load_pack(path)` gives a `Pack` or raises BadPack with every problem found, each naming file, line and row.
The hash is the SHA-256 of the content in one canonical form (sorted keys, no white space, without
`signed`): formatting and comments may change, meaning may not. A signature is a clinician's name, the day,
and the hash they read; a signed pack whose content was changed afterwards is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from workers.rules.conditions import BadCondition, Input, compile_condition
from workers.rules.marks import Marks
from workers.rules.points import shown, together
from workers.rules.table import Frozen, Hit, InBothLanguages, Row, Table, TableFile
from workers.rules.yaml_lines import BadPack, Document, read_document

PACKS = Path(__file__).parent / "packs"


class Signature(Frozen):
    """The clinician who checked the pack against the printed sources."""

    by: str = Field(min_length=1)
    on: date
    hash: str = Field(pattern="^[0-9a-f]{64}$")


class PackFile(Frozen):
    """A pack as it stands in the file."""

    name: str = Field(pattern="^[a-z][a-z0-9_-]*$")
    version: str = Field(min_length=1)
    title: InBothLanguages
    notice: InBothLanguages
    signed: Signature | None
    parameters: dict[str, Any] = {}
    inputs: dict[str, Input] = {}
    tables: tuple[TableFile, ...] = ()


class PackRef(Frozen):
    """Which pack a decision was made with."""

    name: str
    version: str
    hash: str


class Pack:
    """A loaded pack, immutable. `ref` is what a decision stores about it."""

    def __init__(
        self, file: PackFile, tables: Mapping[str, Table], content_hash: str, value: Mapping[str, Any], marks: Marks
    ) -> None:
        """`value` is the content as read, for layers and for writing it again; `marks` are shared by the tables."""
        self.file = file
        self.value = value
        self.marks = marks
        self.tables = tables
        self.hash = content_hash
        self.ref = PackRef(name=file.name, version=file.version, hash=content_hash)

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def version(self) -> str:
        return self.file.version

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.file.parameters

    @property
    def inputs(self) -> Mapping[str, Input]:
        return self.file.inputs

    def row(self, row_id: str) -> Row:
        """The row of that id, on or off; KeyError when there is none."""
        for table in self.tables.values():
            for row in table.file.rows:
                if row.id == row_id:
                    return row
        raise KeyError(row_id)


def content_hash(value: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a pack's content in canonical form, without its signature."""
    content = {key: part for key, part in value.items() if key != "signed"}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def load_pack(path: Path) -> Pack:
    """The pack in the file at `path`. BadPack names every problem by file, line and row id; then nothing is
    loaded."""
    return parse_pack(read_document(path))


def parse_pack(document: Document) -> Pack:
    """The pack a document holds; BadPack as in `load_pack`."""
    value = document.value
    assert isinstance(value, dict)  # noqa: S101 - Document has checked it
    try:
        file = PackFile.model_validate(value)
    except ValidationError as error:
        raise BadPack([document.problem(e["loc"], _words(e)) for e in error.errors()]) from error
    problems = _problems(file, document)
    digest = content_hash(value)
    if file.signed and file.signed.hash != digest:
        problems.append(
            document.problem(
                ["signed", "hash"],
                f"signed for {file.signed.hash[:12]}, the content is {digest[:12]}: changed after signing",
            )
        )
        problems += _changed_rows(file.name, file.signed.hash, document)
    problems = problems or _overlaps(file, document)
    if problems:
        raise BadPack(problems)
    marks = Marks(file.inputs)
    tables = {table.id: Table(table, marks) for table in file.tables}
    problems = [
        document.problem(["tables", index, "examples", position], f"the example {words}")
        for index, table in enumerate(file.tables)
        for position, words in tables[table.id].failing_examples()
    ]
    if problems:
        raise BadPack(problems)
    return Pack(file, tables, digest, value, marks)


def _changed_rows(name: str, signed: str, document: Document) -> list[str]:
    """The rows that are not as they were signed, where the pack that ships is the one that was."""
    path = PACKS / f"{name}.yaml"
    shipped: Any = read_document(path).value if path.exists() else {}
    if content_hash(shipped) != signed:
        return []
    value: Any = document.value
    before = {row["id"]: row for table in shipped["tables"] for row in table["rows"]}
    return [
        document.problem(["tables", index, "rows", number], "is not the row that was signed")
        for index, table in enumerate(value["tables"])
        for number, row in enumerate(table["rows"])
        if before.get(row["id"]) != row
    ]


def _words(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ")


def _problems(file: PackFile, document: Document) -> list[str]:
    problems: list[str] = []
    row_ids: set[str] = set()
    table_ids: set[str] = set()
    for index, table in enumerate(file.tables):
        if table.id in table_ids:
            problems.append(document.problem(["tables", index], f"a second table {table.id}"))
        table_ids.add(table.id)
        try:
            compile_condition(table.only_when, file.inputs)
        except BadCondition as error:
            problems.append(document.problem(["tables", index, "only_when"], str(error)))
        for number, row in enumerate(table.rows):
            path: list[str | int] = ["tables", index, "rows", number]
            if row.id in row_ids:
                problems.append(document.problem(path, f"a second row {row.id}: ids are unique in a pack"))
            row_ids.add(row.id)
            problems += _row_problems(row, table, path, file, document)
        problems += _coverage_problems(table, index, file, document)
        problems += [
            document.problem(["tables", index, "examples", number, "given", name], wrong)
            for number, example in enumerate(table.examples)
            for name, given in example.given.items()
            if (wrong := file.inputs[name].wrong(given) if name in file.inputs else "unknown input")
        ]
    return problems


def _coverage_problems(table: TableFile, index: int, file: PackFile, document: Document) -> list[str]:
    problems = []
    for number, coverage in enumerate(table.covers):
        path: list[str | int] = ["tables", index, "covers", number]
        unknown = [name for name in (*coverage.over, *coverage.given) if name not in file.inputs]
        problems += [document.problem(path, f"unknown input {name!r}") for name in unknown]
        try:
            compile_condition(coverage.but or {}, file.inputs)
        except BadCondition as error:
            problems.append(document.problem([*path, "but"], str(error)))
    return problems


def _row_problems(row: Row, table: TableFile, path: list[str | int], file: PackFile, document: Document) -> list[str]:
    problems = []
    try:
        compile_condition(row.when, file.inputs)
    except BadCondition as error:
        problems.append(document.problem([*path, "when"], str(error)))
    for name, value in row.then.items():
        wrong = table.outputs[name].wrong(value) if name in table.outputs else "unknown output"
        if wrong:
            problems.append(document.problem([*path, "then", name], wrong))
    return problems


def _overlaps(file: PackFile, document: Document) -> list[str]:
    """Rows of tables with hit policy `unique` that are true together. The conditions must be known to be good."""
    problems = []
    for index, table in enumerate(file.tables):
        on = [(number, row) for number, row in enumerate(table.rows) if row.on and table.hit is Hit.unique]
        for (_, one), (number, other) in combinations(on, 2):
            _, values = together(file.inputs, (one.when, other.when, table.only_when))
            if values is not None:
                words = (
                    f"overlaps with [{one.id}]: both are true for {shown(file.inputs, values)}, but the table is unique"
                )
                problems.append(document.problem(["tables", index, "rows", number], words))
    return problems


@cache
def packs() -> Mapping[str, Pack]:
    """The built-in packs by name, read once from the package's own files."""
    return {pack.name: pack for pack in map(load_pack, sorted(PACKS.glob("*.yaml")))}
