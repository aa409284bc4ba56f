"""Every row of the follow-up, duty and hint packs by its id, with the days and minutes the sources print."""

from datetime import date
from typing import Any

import pytest

from tests.unit.rules.conftest import CHINA
from workers.rules.calendar import WorkCalendar
from workers.rules.duties import duties_of
from workers.rules.follow_up import plan_follow_up
from workers.rules.hints import Standing, down_criteria, draft_hints, proposes_down
from workers.rules.pack import Pack, packs
from workers.rules.triage import decide_triage, read_inputs
from workers.rules.visit import months_later

CALENDAR = WorkCalendar(CHINA)
DAY = date(2026, 3, 2)
IN = {"event": "enrolment"}
OUT = {"event": "discharge"}

# row id -> (it is true for, the latest day of each of its follow-ups: days, or "6m" for months)
PLANS: dict[str, tuple[dict[str, Any], list[int | str]]] = {
    "DC-DEFAULT": (OUT, [2, 7, 14, 30]),
    "DC-DEFAULT-MEDIUM": ({**OUT, "risk": "medium"}, [7, 30, 91]),
    "DC-DEFAULT-LOW": ({**OUT, "risk": "low"}, [14, 91]),
    "DC-STR": ({**OUT, "conditions": ("stroke",)}, [28, "3m", "6m", "12m"]),
    "DC-ACS": ({**OUT, "conditions": ("acs",)}, ["1m", "3m", "6m", "12m"]),
    "DC-HF": ({**OUT, "conditions": ("heart_failure",)}, [14]),
    "DC-HF-AHA": ({**OUT, "conditions": ("heart_failure",)}, [3]),
    "DC-CN-1": ({**OUT, "conditions": ("high_risk_drug",)}, [1]),
    "DC-CN-2": ({**OUT, "conditions": ("chronic",)}, [28, "3m", "6m", "9m", "12m"]),
    "DC-CN-3": ({**OUT, "conditions": ("chronic",)}, [14]),
    "DC-CN-3-GENERAL": ({**OUT, "conditions": ("general",)}, [7]),
    "DC-CN-3-TUMOUR": ({**OUT, "conditions": ("tumour",)}, [21]),
    "MAT-PN-01": ({**OUT, "birth": True}, [7]),
    "NEO-01": ({**OUT, "birth": True}, [7]),
    "NEO-02": ({**OUT, "birth": True, "conditions": ("preterm",)}, [14]),
    "NEO-04": ({**OUT, "birth": True}, [30]),
    "MAT-PN-02": ({**OUT, "birth": True}, [42]),
    "CH-01": ({**OUT, "birth": True}, ["3m", "6m", "8m", "12m", "18m", "24m", "30m", "36m"]),
    "CH-01-YEARLY": ({**OUT, "birth": True}, ["48m", "60m", "72m"]),
    "HTN-FU-01": ({**IN, "programmes": ("hypertension",)}, ["3m", "6m", "9m", "12m"]),
    "HTN-AN-01": ({**IN, "programmes": ("hypertension",)}, ["12m"]),
    "DM-FU-01": ({**IN, "programmes": ("diabetes",)}, ["3m", "6m", "9m", "12m"]),
    "SMI-FU-01": ({**IN, "programmes": ("smi",)}, ["3m", "6m", "9m", "12m"]),
    "SMI-NEW": ({**IN, "programmes": ("smi",), "moved_in": True}, [14]),
    "ELD-01": ({**IN, "programmes": ("elderly",)}, ["12m"]),
    "TB-02": ({**IN, "programmes": ("tuberculosis",)}, [3]),
    "TB-03": ({**IN, "programmes": ("tuberculosis",)}, [10, 20, 30]),
    "TB-03-MONTHLY": ({**IN, "programmes": ("tuberculosis",), "tb_phase": "continuation"}, ["1m", "2m", "3m"]),
    "MAT-AN-1": ({**IN, "programmes": ("maternal",), "gestation_weeks": 8}, [4 * 7]),
    "MAT-AN-2": ({**IN, "programmes": ("maternal",), "gestation_weeks": 14}, [4 * 7]),
    "MAT-AN-3": ({**IN, "programmes": ("maternal",), "gestation_weeks": 21}, [1 * 7]),
    "MAT-AN-4": ({**IN, "programmes": ("maternal",), "gestation_weeks": 25}, [7 * 7]),
    "MAT-AN-5": ({**IN, "programmes": ("maternal",), "gestation_weeks": 37}, [1 * 7]),
}

# row id -> (inputs of the triage decision, minutes)
DUTIES: dict[str, tuple[dict[str, Any], int | None]] = {
    "FC-CHEST-ECG": ({"symptoms": ["chest_pain"]}, 10),
    "FC-CHEST-ECG-READ": ({"symptoms": ["chest_pain"]}, 10),
    "FC-CHEST-TROPONIN": ({"symptoms": ["chest_pain"]}, 20),
    "FC-CHEST-LAB": ({"symptoms": ["chest_pain"]}, 30),
    "FC-CHEST-D2W": ({"symptoms": ["chest_pain"]}, 90),
    "FC-CHEST-DIDO": ({"symptoms": ["chest_pain"]}, 30),
    "FC-CHEST-FMC2W": ({"symptoms": ["chest_pain"]}, 120),
    "FC-STROKE-DNT": ({"symptoms": ["facial_droop"]}, 60),
    "FC-STROKE-DPT": ({"symptoms": ["facial_droop"]}, 90),
    "FC-TRAUMA-RESCUE": ({"symptoms": ["major_trauma"]}, 5),
    "FC-TRAUMA-BLOOD": ({"symptoms": ["major_trauma"]}, 20),
    "FC-TRAUMA-CT": ({"symptoms": ["major_trauma"]}, 45),
    "FC-TRAUMA-TRANSFUSION": ({"symptoms": ["major_trauma"]}, 60),
    "FC-TRAUMA-THEATRE": ({"symptoms": ["major_trauma"]}, 60),
    "FC-MATERNAL-CS": ({"pregnant": True, "symptoms": ["seizure"]}, 30),
    "FC-MATERNAL-TRANSFER": ({"maternal_colour": "orange"}, None),
    "MAT-COL-ORP": ({"maternal_colour": "purple"}, None),
    "MAT-COL-ORP-ORANGE": ({"maternal_colour": "orange"}, 3 * 24 * 60),
    "MAT-COL-ORP-RED": ({"maternal_colour": "red"}, 24 * 60),
    "SMI-EM-01": ({"smi_level": 3}, 24 * 60),
}

# row id -> (it is true for, it is not for)
HINTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "HG-INIT": ({"sbp": 150, "age": 29}, {"sbp": 150, "age": 30}),
    "HG-FU-REF": ({"sbp": 140, "drugs_at_full_dose": 3}, {"sbp": 140, "drugs_at_full_dose": 2}),
    "HG-25-REF": (
        {"sbp": 140, "programmes": ("hypertension",), "months_treated": 3},
        {"sbp": 140, "programmes": ("hypertension",), "months_treated": 2},
    ),
    "DG-UP-1": ({"glucose_mmol_l": 8, "findings": ("type_unclear",)}, {"glucose_mmol_l": 8}),
    "DG-UP-2": ({"glucose_mmol_l": 8, "age": 24}, {"glucose_mmol_l": 8, "age": 25}),
    "DG-UP-3": ({"glucose_mmol_l": 7, "pregnant": True}, {"glucose_mmol_l": 6.9, "pregnant": True}),
    "DG-UP-4": ({"glucose_mmol_l": 16.7, "symptoms": ("acetone_breath",)}, {"glucose_mmol_l": 16.7}),
    "DG-UP-5": ({"findings": ("repeated_low_glucose",)}, {"findings": ("bp_swings",)}),
    "DG-UP-6": (
        {"programmes": ("diabetes",), "months_treated": 3, "glucose_mmol_l": 7},
        {"programmes": ("diabetes",), "months_treated": 2, "glucose_mmol_l": 7},
    ),
    "DG-UP-7": ({"programmes": ("diabetes",), "findings": ("needs_tests",)}, {"findings": ("needs_tests",)}),
    "DG-UP-8": ({"programmes": ("diabetes",), "symptoms": ("chest_pain",)}, {"symptoms": ("chest_pain",)}),
    "DG-UP-9": ({"programmes": ("diabetes",), "findings": ("glucose_swings",)}, {"findings": ("glucose_swings",)}),
    "ELD-02": ({"age": 65, "findings": ("not_manageable",)}, {"age": 64, "findings": ("not_manageable",)}),
    "TB-01": ({"programmes": ("suspected_tuberculosis",)}, {"programmes": ("tuberculosis",)}),
    "HG-STAY": ({"sbp": 179, "dbp": 109}, {"sbp": 180, "dbp": 100}),
}
DOWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "DOWN-DIAGNOSIS": ({"met": ("diagnosis_clear",)}, {"met": ("stable",)}),
    "DOWN-STABLE": ({"met": ("stable",)}, {"met": ("diagnosis_clear",)}),
    "DOWN-CARE": ({"met": ("terminal_care",)}, {"met": ("stable",)}),
    "DOWN-WISH": ({"met": ("patient_wants",)}, {"met": ("stable",)}),
    "HG-DOWN-1": (
        {"programmes": ("hypertension",), "met": ("plan_fixed", "stable")},
        {"programmes": ("hypertension",), "met": ("stable",)},
    ),
    "HG-DOWN-2": (
        {"to_tier": "village", "programmes": ("hypertension",), "met": ("plan_fixed", "bp_at_target")},
        {"to_tier": "county", "programmes": ("hypertension",), "met": ("plan_fixed", "bp_at_target")},
    ),
}


def on_rows(pack: str) -> set[str]:
    return {row.id for table in packs()[pack].tables.values() for row in table.file.rows if row.on}


def test_every_row_that_is_on_has_an_example() -> None:
    assert set(PLANS) == on_rows("follow_up")
    assert set(DUTIES) == on_rows("duties")
    assert set(HINTS) | set(DOWN) == on_rows("hints")


@pytest.mark.parametrize("row", list(PLANS))
def test_a_row_puts_its_follow_ups_where_the_source_says(row: str) -> None:
    known, latest = PLANS[row]
    plan = plan_follow_up(packs()["follow_up"], known, DAY, CALENDAR)
    due = [each.due for each in plan.rows if row in each.rules]
    limits = [months_later(DAY, int(each[:-1])) if isinstance(each, str) else each for each in latest]
    assert len(due) == len(limits)
    for day, limit in zip(due, limits, strict=True):
        late = (day - DAY).days - limit if isinstance(limit, int) else (day - limit).days
        slack = 3 if packs()["follow_up"].row(row).then["shift"] == "later" else 0
        assert -7 <= late <= slack, (row, day)


@pytest.mark.parametrize("row", list(DUTIES))
def test_a_duty_has_the_minutes_of_its_source(row: str) -> None:
    known, minutes = DUTIES[row]
    decided = decide_triage(packs()["triage"], read_inputs(packs()["triage"], known))
    duties = {duty.rule: duty.within_min for duty in duties_of(packs()["duties"], decided)}
    assert duties[row] == minutes
    quiet = decide_triage(packs()["triage"], read_inputs(packs()["triage"], {"sbp": 120}))
    assert duties_of(packs()["duties"], quiet) == ()


@pytest.mark.parametrize("row", list(HINTS))
def test_a_hint_is_given_for_its_patient_only(row: str) -> None:
    def said(known: dict[str, Any]) -> set[str]:
        hints = draft_hints(packs()["hints"], known)
        return {hint.rule for hint in (*hints.up, *hints.stay)}

    true_for, not_for = HINTS[row]
    assert row in said(true_for)
    assert row not in said(not_for)


@pytest.mark.parametrize("row", list(DOWN))
def test_a_criterion_for_going_down_is_met_by_its_report_only(row: str) -> None:
    def met(known: dict[str, Any]) -> set[str]:
        return {each.rule for each in down_criteria(packs()["hints"], known) if each.standing is Standing.met}

    met_by, not_by = DOWN[row]
    assert row in met(met_by)
    assert row not in met(not_by)


def test_a_stable_report_proposes_going_down_and_shows_what_is_not_met() -> None:
    pack: Pack = packs()["hints"]
    known = {"programmes": ("hypertension",), "met": ("stable", "diagnosis_clear")}
    assert proposes_down(down_criteria(pack, known))
    unmet = down_criteria(pack, known | {"unmet": ("plan_fixed",)})
    assert not proposes_down(unmet)
    assert {each.rule for each in unmet if each.standing is Standing.unmet} == {"HG-DOWN-1"}


def test_a_reason_to_refer_silences_the_reasons_to_stay() -> None:
    hints = draft_hints(packs()["hints"], {"sbp": 150, "dbp": 92, "pregnant": True})
    assert ([hint.rule for hint in hints.up], hints.stay) == (["HG-INIT"], ())


@pytest.mark.parametrize(
    "row", ["DC-US-TCM", "DC-NICE-27", "DC-NICE-99", "DC-NHS-MH", "DC-NICE-STR", "NEO-03", "COPD-FU"]
)
def test_what_is_another_countrys_or_not_seen_ships_off(row: str) -> None:
    assert not packs()["follow_up"].row(row).on


def test_two_rows_of_one_day_are_one_follow_up_of_the_more_demanding_kind() -> None:
    plan = plan_follow_up(packs()["follow_up"], {**OUT, "birth": True}, DAY, CALENDAR)
    week = next(row for row in plan.rows if "MAT-PN-01" in row.rules)
    assert (week.kind, week.who, week.rules) == ("visit", "family_doctor_team", ("DC-DEFAULT", "MAT-PN-01", "NEO-01"))


def test_an_unknown_week_of_pregnancy_is_asked_for() -> None:
    plan = plan_follow_up(packs()["follow_up"], {**IN, "programmes": ("maternal",)}, DAY, CALENDAR)
    assert plan.data_incomplete == ("gestation_weeks",)
    assert [row.rule for row in plan.rows] == ["MAT-AN-1", "MAT-AN-2", "MAT-AN-3", "MAT-AN-4", "MAT-AN-5"]


def test_days_of_a_newborn_count_from_the_birth() -> None:
    known = {**OUT, "birth": True, "birth_date": "2026-02-26"}
    plan = plan_follow_up(packs()["follow_up"], known, DAY, CALENDAR)
    assert next(row.due for row in plan.rows if "MAT-PN-02" in row.rules) == date(2026, 4, 9)
