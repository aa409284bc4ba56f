"""Layers: a lower one overrides by row id, says so, and never loses a row."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.values import Priority
from workers.rules.layers import Layer, changed_by_layers, in_place, shipped
from workers.rules.pack import packs
from workers.rules.triage import TriageInputs, decide_triage
from workers.rules.yaml_lines import BadPack, Document

TRIAGE = packs()["triage"]
IDS = [row.id for table in TRIAGE.tables.values() for row in table.file.rows]
SOURCE = "source: {document: City order 7, section: '2', evidence: S4}"


def layer(rows: str, level: str = "city", name: str = "testville", more: str = "") -> Layer:
    text = f"""
name: triage
layer: {{level: {level}, name: {name}}}
version: "1"
title: {{zh: 例, en: example}}
notice: {{zh: 例, en: clinician}}
signed: null
{more}
rows:
{rows}"""
    return Layer(Document(text, "testville.yaml"))


def ids(pack: Any) -> list[str]:
    return [row.id for table in pack.tables.values() for row in table.file.rows]


def test_a_city_overrides_a_row_and_says_so() -> None:
    own = in_place(TRIAGE, shipped(), "strict-example")
    assert decide_triage(own, TriageInputs(sbp=186)).priority is Priority.stat
    assert decide_triage(TRIAGE, TriageInputs(sbp=186)).priority is Priority.urgent
    assert changed_by_layers(own)["HTN-EM-01"] == "city strict-example"
    assert own.hash != TRIAGE.hash
    assert own.version.startswith(TRIAGE.version)


def test_a_place_without_a_layer_has_the_national_pack_itself() -> None:
    assert in_place(TRIAGE, shipped(), "elsewhere", "county-hospital") is TRIAGE


def test_a_facility_stands_over_its_city() -> None:
    city = layer(f"  - {{id: HTN-EM-01, then: {{priority: stat, basis: vital}}, {SOURCE}}}")
    house = layer(f"  - {{id: HTN-EM-01, then: {{priority: asap, basis: vital}}, {SOURCE}}}", "facility", "house")
    pack = in_place(TRIAGE, [house, city], "testville", "house")
    assert pack.row("HTN-EM-01").then["priority"] == "asap"
    assert pack.row("HTN-EM-01").layer == "facility house"
    assert pack.row("HTN-EM-01").when == TRIAGE.row("HTN-EM-01").when


def test_a_layer_may_add_a_row_and_replace_a_parameter() -> None:
    added = layer(
        f"  - {{id: OWN-1, table: triage, when: {{age: '>=100'}}, then: {{priority: urgent, basis: other}}, "
        f"because: {{zh: 百岁, en: a hundred}}, on: true, {SOURCE}}}",
        more="parameters: {answer_within_min: {stat: 3, asap: 20, urgent: 60, routine: null}}",
    ).over(TRIAGE)
    decided = decide_triage(added, TriageInputs(age=101))
    assert (decided.rules, decided.answer_within_min) == (("OWN-1",), 60)


@given(st.lists(st.sampled_from(IDS), max_size=8, unique=True))
@settings(max_examples=25)
def test_a_layer_never_loses_a_row(changed: list[str]) -> None:
    rows = "\n".join(f"  - {{id: {row}, on: false, {SOURCE}}}" for row in changed) or "  []"
    pack = layer(rows).over(TRIAGE)
    assert ids(pack) == IDS
    assert set(changed_by_layers(pack)) == set(changed)
    assert {row for row in IDS if pack.row(row).on != TRIAGE.row(row).on} <= set(changed)


@pytest.mark.parametrize(
    "rows, says",
    [
        (
            f"  - {{id: NOBODY-1, on: false, {SOURCE}}}",
            r":10: \[NOBODY-1\] .*no row of triage has this id",
        ),
        ("  - {id: HTN-EM-01, on: false}", r":10: \[HTN-EM-01\] .*source"),
        (
            f"  - {{id: HTN-EM-01, when: {{sbp: '>=18 kPa'}}, {SOURCE}}}",
            r":10: .*sbp is in mmHg, not in kPa",
        ),
        (f"  - {{id: HTN-EM-01, then: {{priority: soon}}, {SOURCE}}}", r":10: .*must be one of routine"),
        (f"  - {{id: HTN-EM-01, colour: red, {SOURCE}}}", r":10: \[HTN-EM-01\] .*colour"),
    ],
)
def test_a_bad_layer_is_refused_by_line_and_row(rows: str, says: str) -> None:
    with pytest.raises(BadPack, match=says):
        layer(rows).over(TRIAGE)
