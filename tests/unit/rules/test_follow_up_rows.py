"""Every row of the follow-up, duty and hint packs by its id, with the days and minutes the sources print."""

from datetime import date
from typing import Any

import pytest

from tests.unit.rules.conftest import CHINA
from workers.rules.calendar import WorkCalendar
from workers.rules.conditions import compile_condition
from workers.rules.duties import danger_level, duties_for, duties_of, way_of_contact
from workers.rules.follow_up import plan_follow_up
from workers.rules.hints import Standing, down_criteria, draft_hints, proposes_down
from workers.rules.pack import Pack, packs
from workers.rules.triage import decide_triage, read_inputs
from workers.rules.visit import months_later

CALENDAR = WorkCalendar(CHINA)
DAY = date(2026, 3, 2)
IN = {"event": "enrolment"}
OUT = {"event": "discharge"}
REF = {"event": "referral"}
UP = {**REF, "direction": "up"}
TB, HTN = {"programmes": ("tuberculosis",)}, {"programmes": ("hypertension",)}
DAYS = 24 * 60

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
    "FC-MATERNAL-MODES": ({"pregnant": True, "symptoms": ["seizure"]}, None),
    "MAT-COL-Y-CARE": ({"maternal_colour": "yellow"}, None),
    "NEWS2-MON-1": ({"sbp": 105}, 6 * 60),
    "NEWS2-MON-3": ({"sbp": 90}, 60),
    "NEWS2-MON-5": ({"sbp": 90, "heart_rate": 111}, 60),
    "NEWS2-MON-7": ({"sbp": 90, "heart_rate": 131, "temp_c": 38.5}, 30),
}

# row id of the duties pack -> (it is true for, it is not, minutes, months until it comes again)
ASKED_FOR: dict[str, tuple[dict[str, Any], dict[str, Any], int | None, int | None]] = {
    "NEWS2-MON-0": ({"news2": 0}, {"news2": 1}, 12 * 60, None),
    "MAT-DTH": ({"died": True, "postpartum": True}, {"postpartum": True}, 2 * DAYS, None),
    "TB-02-REPORT": ({**TB, "failed_visits": 2}, {**TB, "failed_visits": 1}, 3 * DAYS, None),
    "TRI-LEVEL-1": ({"ed_level": "I"}, {"ed_level": "II"}, 0, None),
    "TRI-LEVEL-2": ({"ed_level": "II"}, {"ed_level": "I"}, 10, None),
    "TRI-LEVEL-3": ({"ed_level": "III"}, {"ed_level": "IV"}, 30, None),
    "HTN-SC-01": ({"age": 35, **HTN}, {"age": 34, **HTN}, None, None),
    "HTN-SC-02": ({"age": 35}, {"age": 34}, None, 12),
    "HTN-SC-03": ({"sbp": 140}, {"sbp": 139, "dbp": 89}, 14 * DAYS, None),
    "HTN-SC-03-THREE": ({"high_readings": 3}, {"high_readings": 2}, 14 * DAYS, None),
    "HTN-SC-04": ({"sex": "F", "waist_cm": 85}, {"sex": "M", "waist_cm": 85, "age": 54, "bmi": 23.9}, None, 6),
    "DM-SC-01": ({"diabetes_risk": True}, {"diabetes_risk": False}, None, 12),
    "HG-872": ({"age": 18}, {"age": 17}, None, 12),
    "REF-01": (REF, OUT, None, None),
    "REF-02": (REF, OUT, None, None),
    "REF-03": (UP, {**UP, "in_alliance": False}, None, None),
    "REF-03-OUTSIDE": ({**UP, "in_alliance": False}, UP, None, None),
    "REF-05": (REF, OUT, None, None),
    "REF-06": (UP, {**REF, "direction": "down"}, None, None),
    "REF-07": ({**UP, "priority": "asap"}, {**UP, "priority": "urgent"}, None, None),
    "REF-08": (UP, {**REF, "direction": "down"}, None, None),
    "REF-09": (OUT, REF, None, None),
    "REF-10": (OUT, REF, DAYS, None),
    "REF-11": ({**UP, "in_alliance": False}, {**UP, "in_alliance": True}, None, None),
    "REF-12": ({**UP, "same_episode": True}, UP, None, None),
    "REF-12-DOWN": ({"direction": "down", "same_episode": True}, {**UP, "same_episode": True}, None, None),
    "REF-13": ({**REF, "conditions": ("tumour",)}, {**REF, "conditions": ("stroke",)}, 365 * DAYS, None),
    "REF-13-STAY": (REF, OUT, 90 * DAYS, None),
    "DC-CN-5": ({**OUT, "conditions": ("difficult",)}, {**OUT, "conditions": ("general",)}, None, None),
}
# row id -> (what somebody did, what is not enough for it, the level)
LEVELS: dict[str, tuple[tuple[str, ...], tuple[str, ...], int]] = {
    "SMI-L0": (("none",), ("shouting",), 0),
    "SMI-L1": (("verbal_threat",), ("none",), 1),
    "SMI-L2": (("shouting", "smashing_at_home"), ("shouting",), 2),
    "SMI-L3": (("smashing_at_home", "cannot_be_stopped"), ("smashing_at_home",), 3),
    "SMI-L4": (("suicide_attempt",), ("smashing_elsewhere", "cannot_be_stopped"), 4),
    "SMI-L5": (("armed", "against_people"), ("against_people",), 5),
}
WAYS = {
    "DC-CN-4-PHONE": (0, "phone"), "DC-CN-4-VISIT": (1, "home_visit"), "DC-CN-4-NEIGHBOURS": (2, "neighbourhood"),
    "DC-CN-4-LETTER": (3, "letter"), "DC-CN-4": (4, "lost"),
}  # fmt: skip
# Rows that ship off: (pack, what they would be true for, what not).
OFF: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "DC-US-TCM-HIGH": ("follow_up", {"risk": "high"}, {"risk": "medium"}),
    "DC-US-TCM-MODERATE": ("follow_up", {"risk": "medium"}, {"risk": "high"}),
    "DC-US-TCM": ("follow_up", {"risk": "medium"}, {"risk": "low"}),
    "DC-NICE-27": ("follow_up", {"risk": "high"}, {"risk": "medium"}),
    "DC-NICE-99": ("follow_up", {"conditions": ("mi",)}, {"conditions": ("stroke",)}),
    "DC-NHS-MH": ("follow_up", {"conditions": ("smi",)}, {"conditions": ("stroke",)}),
    "DC-NICE-STR": ("follow_up", {"conditions": ("stroke",)}, {"conditions": ("mi",)}),
    "NEO-03": ("follow_up", {"conditions": ("preterm",)}, {}),
    "COPD-FU": ("follow_up", {"programmes": ("copd",)}, {}),
    "DC-NICE-COPD": ("duties", {**OUT, "conditions": ("copd",)}, OUT),
    "FC-STROKE-IMAGING": ("duties", {"pathway": "stroke"}, {"pathway": "trauma"}),
    "FC-STROKE-DIDO": ("duties", {"pathway": "stroke"}, {"pathway": "trauma"}),
    "FC-NEWBORN-DEPART": ("duties", {"pathway": "critical_newborn"}, {"pathway": "trauma"}),
    "TRI-LEVEL-4": ("duties", {"ed_level": "IV"}, {"ed_level": "III"}),
    "DG-DOWN": (
        "hints",
        {"programmes": ("diabetes",), "met": ("plan_fixed", "glucose_at_target", "complications_stable")},
        {"programmes": ("diabetes",), "met": ("plan_fixed",)},
    ),
    "HG-AFTER": (
        "visit", {"programme": "hypertension", "action": "refer"}, {"programme": "diabetes", "action": "refer"}
    ),
}  # fmt: skip

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
    "HTN-SC-03-REFER": ({"high_readings": 3}, {"high_readings": 2}),
    "UP-GENERAL": ({"findings": ("no_equipment",)}, {"findings": ("needs_tests",)}),
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
    assert set(DUTIES) | set(ASKED_FOR) | set(LEVELS) | set(WAYS) == on_rows("duties")
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


@pytest.mark.parametrize("row", list(ASKED_FOR))
def test_a_duty_is_asked_for_in_its_time(row: str) -> None:
    true_for, not_for, minutes, months = ASKED_FOR[row]
    found = {duty.rule: (duty.within_min, duty.every_months) for duty in duties_for(packs()["duties"], true_for)}
    assert found[row] == (minutes, months)
    assert row not in {duty.rule for duty in duties_for(packs()["duties"], not_for)}


@pytest.mark.parametrize("row", list(LEVELS))
def test_a_danger_level_is_that_of_the_severest_behaviour(row: str) -> None:
    did, less, level = LEVELS[row]
    assert (danger_level(packs()["duties"], did)[0], row in danger_level(packs()["duties"], did)[1]) == (level, True)
    assert row not in danger_level(packs()["duties"], less)[1]


def test_nothing_told_is_no_danger_level() -> None:
    assert danger_level(packs()["duties"], ()) == (None, ())


def test_somebody_who_does_not_answer_is_looked_for_in_the_order_of_the_source() -> None:
    assert [way_of_contact(packs()["duties"], failed) for failed in range(6)] == [way for _, way in WAYS.values()] + [
        "lost"
    ]


def test_every_row_that_is_off_has_an_example() -> None:
    off = {row.id for pack in packs().values() for table in pack.file.tables for row in table.rows if not row.on}
    assert set(OFF) | {"NEO-EM", "TRI18-I", "TRI18-II", "HG-NICE"} == off


@pytest.mark.parametrize("row", list(OFF))
def test_a_row_that_is_off_can_be_read_and_does_nothing(row: str) -> None:
    name, true_for, not_for = OFF[row]
    pack = packs()[name]
    assert not pack.row(row).on
    test = compile_condition(pack.row(row).when, pack.inputs)
    assert (test(true_for), test(not_for)) == (True, False)
    assert all(row not in table.true_rows(true_for) for table in pack.tables.values())


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
