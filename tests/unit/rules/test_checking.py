"""`rules check` finds what is planted, and nothing in the packs that ship."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.checking import Kind, check, check_pack
from workers.rules.layers import shipped
from workers.rules.pack import Pack, packs, parse_pack
from workers.rules.yaml_lines import BadPack, Document

SOURCE = "{document: D, section: S, evidence: T, locator: here}"
BECAUSE = "{zh: 因, en: because}"


def row(name: str, when: str, then: str = "{priority: urgent}", source: str = SOURCE, more: str = "") -> str:
    return f"      - {{id: {name}, when: {when}, then: {then}, because: {BECAUSE}, source: {source}, on: true{more}}}\n"


def pack_of(rows: str, hit: str = "collect", covers: str = "[]") -> Pack:
    text = f"""
name: example
version: "1"
title: {{zh: 例, en: example}}
notice: {{zh: 例, en: clinician}}
signed: null
inputs:
  sbp: {{type: number, unit: mmHg, range: [30, 350]}}
  age: {{type: number, unit: years, range: [0, 125]}}
  pregnant: {{type: boolean}}
  colour: {{type: choice, values: [green, red]}}
  symptoms: {{type: list, values: [a, b, c]}}
tables:
  - id: bands
    title: {{zh: 表, en: table}}
    hit: {hit}
    outputs: {{priority: {{type: choice, values: [routine, urgent, stat]}}}}
    covers: {covers}
    rows:
{rows}"""
    return parse_pack(Document(text, "example.yaml"))


def kinds(pack: Pack) -> list[tuple[Kind, str | None]]:
    return [(finding.kind, finding.row) for finding in check_pack(pack)]


def test_the_packs_that_ship_have_nothing_to_mend() -> None:
    built_in = list(packs().values())
    over = [layer.over(packs()[layer.file.name]) for layer in shipped()]
    assert [*check(built_in), *(finding for pack in over for finding in check_pack(pack))] == []


COVERS_SBP = '[{over: [sbp], but: {sbp: "[90..180)"}}]'


@given(st.integers(181, 209), st.integers(1, 20))
def test_a_planted_gap_between_two_bands_is_found(begins: int, width: int) -> None:
    ends = min(begins + width, 209)
    rows = row("LOW", '{sbp: "<90"}') + row("HIGH", f'{{sbp: "[180..{begins})"}}') + row("X", f'{{sbp: ">={ends}"}}')
    found = check_pack(pack_of(rows, covers=COVERS_SBP))
    if ends == begins:
        assert found == []
    else:
        assert [finding.kind for finding in found] == [Kind.gap]
        assert f"sbp {begins} mmHg" in found[0].words


@given(st.integers(91, 179))
def test_a_band_that_reaches_into_the_normal_range_is_found(begins: int) -> None:
    rows = row("LOW", '{sbp: "<90"}') + row("HIGH", f'{{sbp: ">={begins}"}}')
    assert (Kind.unexpected, "HIGH") in kinds(pack_of(rows, covers=COVERS_SBP))


@given(st.integers(31, 348), st.integers(1, 300))
def test_a_planted_overlap_under_unique_is_refused_with_its_line(begins: int, width: int) -> None:
    ends = min(begins + width, 349)
    rows = row("ONE", f'{{sbp: "<={ends}"}}') + row("TWO", f'{{sbp: ">={begins}"}}')
    with pytest.raises(
        BadPack, match=r"example.yaml:21: \[TWO\] .* overlaps with \[ONE\]: both are true for sbp \d+ mmHg, but"
    ):
        pack_of(rows, "unique")
    pack_of(rows, "collect")


@pytest.mark.parametrize(
    "one, other, overlap",
    [
        ("{pregnant: true}", '{sbp: ">=180"}', True),
        ('{pregnant: true, sbp: "<180"}', '{pregnant: true, any: [{sbp: ">=180"}, {colour: red}]}', True),
        ('{pregnant: true, sbp: "<180"}', '{pregnant: true, all: [{sbp: ">=180"}, {colour: red}]}', False),
        ("{symptoms: has a}", "{symptoms: has b}", True),
        ("{symptoms: has a}", "{symptoms: missing}", False),
        ("{sbp: missing}", '{sbp: "<90"}', False),
    ],
)
def test_two_rows_overlap_when_something_makes_both_true(one: str, other: str, overlap: bool) -> None:
    rows = row("ONE", one) + row("TWO", other)
    if overlap:
        with pytest.raises(BadPack, match="overlaps with"):
            pack_of(rows, "unique")
    else:
        pack_of(rows, "unique")
    pack_of(rows + row("OFF", one, more="").replace("on: true", "on: false"), "collect")


def test_rows_that_only_touch_do_not_overlap() -> None:
    rows = row("ONE", '{sbp: "<180"}') + row("TWO", '{sbp: ">=180"}')
    assert kinds(pack_of(rows, "unique", "[{over: [sbp]}]")) == []


@given(st.integers(100, 200), st.integers(0, 100))
def test_a_row_behind_a_wider_one_is_never_reached_where_the_first_counts(limit: int, more: int) -> None:
    rows = row("WIDE", f'{{sbp: ">={limit}"}}') + row("NARROW", f'{{sbp: ">={limit + more}", pregnant: true}}')
    assert kinds(pack_of(rows, "first")) == [(Kind.unreachable, "NARROW")]


@pytest.mark.parametrize(
    "when",
    [
        '{sbp: ">=400"}',
        '{all: [{sbp: ">=180"}, {sbp: "<150"}]}',
        "{pregnant: true, any: [{pregnant: false}, {pregnant: missing}]}",
        "{colour: red, all: [{colour: not in [red]}]}".replace("not in [red]", '"not in [red]"'),
        '{all: [{symptoms: has a}, {symptoms: missing}], age: ">3"}',
    ],
)
def test_a_row_that_can_never_be_true_is_found(when: str) -> None:
    assert kinds(pack_of(row("NEVER", when))) == [(Kind.unreachable, "NEVER")]


@pytest.mark.parametrize(
    "when",
    [
        '{any: [{sbp: ">=400"}, {sbp: "<90"}]}',
        '{symptoms: "has all [a, b, c]", colour: "not in [green]"}',
        "{sbp: missing, age: present}",
        '{age: "in [7, 9]"}',
    ],
)
def test_a_row_that_can_be_true_is_left_alone(when: str) -> None:
    assert kinds(pack_of(row("SOMETIMES", when))) == []


def test_a_source_that_was_seen_says_where() -> None:
    bare = "{document: D, section: S, evidence: T2}"
    assert kinds(pack_of(row("BARE", '{sbp: ">1"}', source=bare))) == [(Kind.source, "BARE")]


def test_a_row_that_ends_before_it_begins_is_found() -> None:
    more = ", effective: {from: 2026-03-01, to: 2026-02-01}"
    assert kinds(pack_of(row("PAST", '{sbp: ">100"}', more=more))) == [(Kind.dates, "PAST")]


def test_an_input_with_two_units_is_found_between_packs() -> None:
    other = packs()["triage"]
    changed: dict[str, Any] = {**pack_of(row("R", '{sbp: ">100"}')).value}
    changed["inputs"] = {**changed["inputs"], "sbp": {"type": "number", "unit": "kPa"}}
    kilopascals = parse_pack(Document(json.dumps(changed), "kpa.yaml"))
    found = check([other, kilopascals])
    assert [(finding.kind, finding.pack) for finding in found] == [(Kind.unit, "example")]
    assert "sbp is number in kPa here, but number in mmHg in triage" in found[0].words


def test_a_row_without_a_source_is_refused_with_its_line() -> None:
    text = row("NONE", '{sbp: ">100"}').replace(f"source: {SOURCE}, ", "")
    with pytest.raises(BadPack, match=r"example.yaml:\d+: \[NONE\] .*source: is missing"):
        pack_of(text)


@pytest.mark.parametrize("pack", list(packs()))
def test_a_row_taken_out_of_what_a_table_covers_is_found(pack: str) -> None:
    for table in packs()[pack].value["tables"]:
        if not table.get("covers") or table["id"] == "classes":
            continue
        covered = [each["over"] for each in table["covers"]]
        alone = [each for each in table["rows"] if each["on"] and list(each["when"]) in covered]
        for taken in alone:
            rows = [each for each in table["rows"] if each["id"] != taken["id"]]
            cut = {**packs()[pack].value, "tables": [{**table, "rows": rows, "examples": []}]}
            found = check_pack(parse_pack(Document(json.dumps(cut, default=str), "cut.yaml")))
            assert Kind.gap in [finding.kind for finding in found], taken["id"]
