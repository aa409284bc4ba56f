"""A pack that reads well and that nobody could decide by is found before it counts."""

from datetime import date

import pytest
import structlog.testing

from tests.unit.workers.conftest import ZONE
from workers.packs_in_force import Activated, rules_counting
from workers.rules.checking import Kind, check_pack
from workers.rules.kinds import misfits
from workers.rules.pack import PACKS, Pack, packs, parse_pack
from workers.rules.yaml_lines import Document


def changed(name: str, was: str = "", becomes: str = "", times: int = 1) -> Pack:
    text = (PACKS / f"{name}.yaml").read_text(encoding="utf-8")
    assert was in text
    return parse_pack(Document(text.replace(was, becomes, times), f"{name}.yaml"))


@pytest.mark.parametrize("name", list(packs()))
def test_the_packs_that_ship_fit(name: str) -> None:
    assert list(misfits(changed(name))) == []


# The pack, what is changed, and what is said of it.
SPOILT = {
    "a priority without a limit": (
        "silence", "limits: {stat: 2min, asap: 10min, urgent: 1h,", "limits: {stat: 2min, asap: 10min,",
        ("silence", "SIL-ROUTE", "then: limits: no limit for urgent"),
    ),
    "a limit nobody can read": (
        "silence", "limits: {stat: 2min,", "limits: {stat: soon,", ("silence", "SIL-ROUTE", "is not a limit"),
    ),
    "a situation without a row": (
        "silence", "when: {situation: missed}", "when: {situation: missed, all: [{situation: arrived}]}",
        ("silence", None, "no row for missed"),
    ),
    "an hour that is none": ("messages", '"20:30"', '"25:30"', ("", None, "parameters: evening.to: ")),
    "a sign the chat has no words for": (
        "messages", "eye_pain", "ear_pain", ("", None, "parameters: danger_signs: 'ear_pain' is not one of"),
    ),
    "no hour to ask at": ("follow_up", '"09:00"', "early", ("", None, "parameters: ask_at: ")),
    "an answer limit that is left out": ("triage", "stat: 5,", "", ("", None, "answer_within_min: stat is missing")),
}  # fmt: skip


@pytest.mark.parametrize("what", list(SPOILT))
def test_what_somebody_would_stumble_over_is_found(what: str) -> None:
    name, was, becomes, (table, row, says) = SPOILT[what]
    pack = changed(name, was, becomes)
    found = [each for each in check_pack(pack) if each.kind is Kind.misfit]
    assert [(each.table, each.row) for each in found] == [(table, row)]
    assert says in found[0].words


def test_a_table_or_an_output_that_is_asked_for_is_missed() -> None:
    value = {**packs()["duties"].value}
    value["tables"] = [each for each in value["tables"] if each["id"] != "screening"]
    pack = Pack(packs()["duties"].file, {name: table for name, table in packs()["duties"].tables.items()
                                         if name != "screening"}, "0", value, packs()["duties"].marks)  # fmt: skip
    assert [words for _, _, words in misfits(pack)] == ["tables: screening must be there"]


LAYER = """
name: silence
layer: {level: city, name: qingtan}
version: "1"
title: {zh: 例, en: example}
notice: {zh: 须由临床医生签字, en: a clinician must sign}
signed: null
rows:
  - {id: SIL-GONE, on: false, source: {document: City order 7, section: "2", evidence: S4}}
"""


def test_an_active_pack_that_fits_no_more_is_left_out_and_the_old_one_stays() -> None:
    text = (PACKS / "silence.yaml").read_text(encoding="utf-8")
    spoilt = text.replace("limits: {stat: 2min,", "limits: {stat: soon,")
    for place, active in ((None, spoilt), ("city qingtan", LAYER)):
        with structlog.testing.capture_logs() as logged:
            rules = rules_counting(ZONE, (Activated("silence", "0" * 64, place, date(2026, 1, 1), active),))
        assert rules.in_force.at("silence", "qingtan") is packs()["silence"]
        assert [each["pack"] for each in logged] == ["silence"]
