"""Layers: national rules, changed by a province, a city, a facility. A lower layer overrides by row id and says so.

A layer is a YAML file that names the pack it changes, its level and place, and for each row it changes the id, what is
new, and a source of its own. A row of the layer below that is not named stays; none is ever removed: `on: false` is how
a layer does without one. Parameters are replaced key by key.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from workers.rules.pack import PACKS, Pack, Signature, content_hash, parse_pack
from workers.rules.table import Frozen, InBothLanguages, Source
from workers.rules.yaml_lines import BadPack, Document, read_document

SHIPPED = PACKS / "layers"


class Level(StrEnum):
    """How far down a layer stands; a later one overrides an earlier one."""

    province = "province"
    city = "city"
    facility = "facility"


class Place(Frozen):
    """Where a layer holds."""

    level: Level
    name: str = Field(min_length=1)

    def __str__(self) -> str:
        return f"{self.level} {self.name}"


class LayerRow(Frozen):
    """What a layer says about one row: parts of an existing one, or a whole new one in `table`."""

    id: str = Field(min_length=1)
    table: str | None = None
    when: dict[str, Any] | None = None
    then: dict[str, Any] | None = None
    because: InBothLanguages | None = None
    source: Source
    effective: dict[str, Any] | None = None
    on: bool | None = None
    needed: str | None = None


class LayerExample(Frozen):
    """An example of the layer's own, in one of the pack's tables."""

    table: str
    given: dict[str, Any]
    fires: tuple[str, ...]
    then: dict[str, Any] = {}


class LayerFile(Frozen):
    """A layer as it stands in its file."""

    name: str
    layer: Place
    version: str = Field(min_length=1)
    title: InBothLanguages
    notice: InBothLanguages
    signed: Signature | None
    parameters: dict[str, Any] = {}
    rows: tuple[LayerRow, ...] = ()
    examples: tuple[LayerExample, ...] = ()


class Layer:
    """A layer that has been read; `over(pack)` gives the pack that holds in its place."""

    def __init__(self, document: Document) -> None:
        """BadPack names every problem by file, line and row id."""
        self.document = document
        try:
            self.file = LayerFile.model_validate(document.value)
        except ValidationError as error:
            raise BadPack([document.problem(each["loc"], str(each["msg"])) for each in error.errors()]) from error
        value = document.value
        assert isinstance(value, dict)  # noqa: S101 - Document has checked it
        if self.file.signed and self.file.signed.hash != content_hash(value):
            raise BadPack([document.problem(["signed", "hash"], "the content was changed after signing")])
        self.value: Mapping[str, Any] = value

    def over(self, pack: Pack) -> Pack:
        """The pack with this layer on top; BadPack when a row fits nowhere or the result is no good pack."""
        merged: dict[str, Any] = json.loads(json.dumps(pack.value))
        merged["signed"] = None
        merged["version"] = f"{pack.version}+{self.file.layer.name}-{self.file.version}"
        merged.setdefault("parameters", {}).update(self.file.parameters)
        by_id = {row["id"]: row for table in merged["tables"] for row in table["rows"]}
        tables = {table["id"]: table for table in merged["tables"]}
        problems = []
        for number, row in enumerate(self.value.get("rows", ())):
            said = {key: part for key, part in row.items() if key not in ("id", "table")}
            said["layer"] = str(self.file.layer)
            if row["id"] in by_id:
                by_id[row["id"]].update(said)
            elif row.get("table") in tables:
                tables[row["table"]]["rows"].append({"id": row["id"], **said})
            else:
                words = f"no row of {pack.name} has this id; a new one names its table: {', '.join(tables)}"
                problems.append(self.document.problem(["rows", number], words))
        problems += [
            self.document.problem(["examples", number], f"no table {example.table!r}")
            for number, example in enumerate(self.file.examples)
            if example.table not in tables
        ]
        if problems:
            raise BadPack(problems)
        self._change_examples(tables)
        try:
            return parse_pack(
                Document(json.dumps(merged, ensure_ascii=False), f"{self.document.name} over {pack.name}")
            )
        except BadPack as error:
            raise BadPack([_at_home(problem, self) for problem in error.problems]) from None

    def _change_examples(self, tables: Mapping[str, dict[str, Any]]) -> None:
        """Examples of what this layer changes no longer count; it brings its own."""
        changed = {row.id for row in self.file.rows}
        for name, table in tables.items():
            kept = [each for each in table.get("examples", ()) if changed.isdisjoint(each["fires"])]
            own = [each for each in self.value.get("examples", ()) if each["table"] == name]
            table["examples"] = kept + [{key: part for key, part in each.items() if key != "table"} for each in own]


def _at_home(problem: str, layer: Layer) -> str:
    """A problem of the merged pack, told at the line of the layer's row that brought it."""
    for number, row in enumerate(layer.file.rows):
        if f"[{row.id}]" in problem:
            return layer.document.problem(["rows", number], problem.partition(": ")[2])
    return problem


def read_layer(path: Path) -> Layer:
    """The layer in a file; BadPack as in `Layer`."""
    return Layer(read_document(path))


@cache
def shipped() -> tuple[Layer, ...]:
    """The layers that come with Refloop: examples, which hold only where a site has their place's name."""
    return tuple(read_layer(path) for path in sorted(SHIPPED.glob("*.yaml")))


def _holds(layer: Layer, places: Mapping[Level, str | None]) -> bool:
    wanted = places.get(layer.file.layer.level)
    return wanted is not None and wanted.casefold() == layer.file.layer.name.casefold()


def in_place(
    pack: Pack,
    layers: Iterable[Layer],
    city: str | None = None,
    facility: str | None = None,
    province: str | None = None,
) -> Pack:
    """The pack as it holds in a province, a city and a facility; the pack itself where no layer does."""
    places = {Level.province: province, Level.city: city, Level.facility: facility}
    return stacked(pack, tuple(layer for layer in layers if layer.file.name == pack.name and _holds(layer, places)))


@lru_cache(maxsize=256)
def stacked(pack: Pack, layers: tuple[Layer, ...]) -> Pack:
    """The pack with all of these layers on top, the highest level first, made once. BadPack as in `Layer.over`."""
    for layer in sorted(layers, key=lambda each: list(Level).index(each.file.layer.level)):
        pack = layer.over(pack)
    return pack


def changed_by_layers(pack: Pack) -> dict[str, str]:
    """Which rows of a pack a layer added or changed: row id to layer."""
    return {row.id: row.layer for table in pack.tables.values() for row in table.file.rows if row.layer}


def layers_of(pack: Pack, rules: Iterable[str]) -> dict[str, str]:
    """Of these rows, which a layer added or changed."""
    changed = changed_by_layers(pack)
    return {rule: changed[rule] for rule in rules if rule in changed}
