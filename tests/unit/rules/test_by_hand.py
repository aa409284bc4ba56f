"""Decisions worked out by hand from the clinical facts, section by section, and compared with what the packs say."""

from datetime import date
from typing import Any

import pytest

from tests.unit.rules.conftest import CHINA
from workers.rules.calendar import WorkCalendar
from workers.rules.follow_up import plan_follow_up
from workers.rules.given import read_given
from workers.rules.pack import packs
from workers.rules.triage import decide_triage, read_inputs
from workers.rules.visit import classify_visit

DAY = date(2026, 3, 2)  # a Monday
H, D, M = ["hypertension"], ["diabetes"], ["maternal"]

# Section of the facts, what is known, priority, pathway, a rule that must be among those that fire.
TRIAGE: list[tuple[str, dict[str, Any], str, str | None, str | None]] = [
    ("1.1", {"sbp": 180}, "urgent", None, "HTN-EM-01"),
    ("1.1", {"dbp": 110}, "urgent", None, "HTN-EM-01"),
    ("1.1", {"sbp": 179, "dbp": 109}, "routine", None, None),
    ("1.1", {"sbp": 186, "symptoms": ["severe_headache"]}, "stat", None, "HTN-EM-02"),
    ("1.1", {"symptoms": ["eye_pain"], "programmes": H}, "stat", None, "HTN-EM-02"),
    ("1.1", {"symptoms": ["eye_pain"]}, "routine", None, None),
    ("1.1", {"symptoms": ["chest_tightness"], "dbp": 92}, "stat", None, "HTN-EM-02"),
    ("1.1", {"pregnant": True, "sbp": 142, "dbp": 88}, "stat", "critical_maternal", "HTN-EM-03"),
    ("1.1", {"breast_feeding": True, "dbp": 90}, "stat", "critical_maternal", "HTN-EM-03"),
    ("1.1", {"programmes": M, "sbp": 150}, "stat", "critical_maternal", "HTN-EM-03"),
    ("1.1", {"pregnant": True, "sbp": 120, "dbp": 75}, "routine", None, None),
    ("1.2", {"glucose_mmol_l": 16.7}, "urgent", None, "DM-EM-01"),
    ("1.2", {"glucose_mmol_l": 16.6}, "routine", None, None),
    ("1.2", {"glucose_mmol_l": 3.9, "glucose_kind": "random"}, "urgent", None, "DM-EM-01"),
    ("1.2", {"glucose_mmol_l": 4.0}, "routine", None, None),
    ("1.2", {"programmes": D, "symptoms": ["acetone_breath"]}, "stat", None, "DM-EM-03"),
    ("1.2", {"programmes": D, "heart_rate": 101}, "urgent", None, "DM-EM-04"),
    ("1.2", {"programmes": D, "heart_rate": 100}, "routine", None, None),
    ("1.2", {"programmes": D, "temp_c": 39.1}, "urgent", None, "DM-EM-05"),
    ("1.2", {"pregnant": True, "glucose_mmol_l": 8, "glucose_kind": "fasting"}, "asap", None, "DM-EM-06"),
    ("1.2", {"programmes": D, "symptoms": ["sudden_sight_loss"]}, "stat", None, "DG-UP-8"),
    ("1.3", {"smi_level": 0}, "routine", None, None),
    ("1.3", {"smi_level": 2}, "urgent", None, "SMI-CL-B3"),
    ("1.3", {"smi_level": 3}, "stat", None, "SMI-CL-U1"),
    ("1.3", {"smi_level": 5, "age": 30}, "stat", None, "SMI-CL-U1"),
    ("1.4", {"maternal_colour": "green"}, "routine", None, None),
    ("1.4", {"maternal_colour": "yellow", "symptoms": ["abdominal_pain"]}, "urgent", None, "MAT-COL-Y"),
    ("1.4", {"maternal_colour": "orange"}, "urgent", None, "MAT-ORANGE"),
    ("1.4", {"maternal_colour": "red", "symptoms": ["vomiting"]}, "stat", "critical_maternal", "MAT-RED-DANGER"),
    ("1.4", {"postpartum": True, "symptoms": ["heavy_bleeding"]}, "stat", "critical_maternal", "MAT-RF-01"),
    ("2.1", {"sbp": 150, "symptoms": ["back_pain_severe"]}, "stat", None, "HG-AMB-3"),
    ("2.1", {"sbp": 150, "symptoms": ["dyspnoea"]}, "stat", None, "HG-AMB-4"),
    ("2.1", {"symptoms": ["chest_pain", "sweating"], "onset_min": 12}, "stat", "chest_pain", "HG-AMB-5"),
    ("2.1", {"symptoms": ["severe_allergy"]}, "stat", None, "HG-AMB-6"),
    ("2.2", {"glucose_mmol_l": 2.4, "symptoms": ["consciousness_change"]}, "stat", None, "DG-UP-4"),
    ("3.5", {"gcs": 12}, "stat", None, "UP-EM-GCS"),
    ("3.5", {"resp_rate": 31}, "stat", None, "UP-EM-RESP"),
    ("3.5", {"sbp": 85, "symptoms": ["heavy_bleeding"]}, "stat", None, "UP-EM-BLEED"),
    ("5.1", {"symptoms": ["chest_pain"]}, "stat", "chest_pain", "FC-CHEST"),
    ("5.1", {"symptoms": ["facial_droop"], "onset_min": 200}, "stat", "stroke", "UP-EM-STROKE"),
    ("5.1", {"symptoms": ["major_trauma"]}, "stat", "trauma", "FC-TRAUMA"),
    ("5.3", {"sbp": 210}, "stat", None, "WST810-BP-X"),
    ("5.3", {"dbp": 120}, "stat", None, "WST810-BP-X"),
    ("5.3", {"sbp": 89}, "stat", None, "WST810-BP-LOW"),
    ("5.3", {"sbp": 90, "dbp": 60, "age": 40}, "urgent", None, "NEWS2-ONE-3"),
    ("5.3", {"heart_rate": 151}, "stat", None, "WST810-HR-X"),
    ("5.3", {"heart_rate": 39}, "stat", None, "WST810-HR-X"),
    ("5.3", {"resp_rate": 22}, "urgent", None, "WST810-RR-H"),
    ("5.3", {"temp_c": 34.9}, "stat", None, "WST810-T-X"),
    ("5.3", {"temp_c": 40}, "urgent", None, "WST810-T-H"),
    ("5.3", {"sbp": 185, "temp_c": 39.2}, "stat", None, "WST810-TWO-HIGH"),
    ("5.3", {"symptoms": ["meningeal_sign"]}, "stat", None, "WST810-UP-SIGN"),
    ("5.3", {"sbp": 185, "age": 75}, "asap", None, "MOD-ELDERLY"),
    ("5.3", {"sbp": 185, "age": 74}, "urgent", None, "HTN-EM-01"),
    ("5.3", {"temp_c": 39, "immunosuppressed": True}, "asap", None, "MOD-IMMUNO"),
    ("5.3", {"temp_c": 39, "age": 5, "severe_chronic": True}, "asap", None, "MOD-CHILD"),
    ("5.3", {"age": 90}, "routine", None, None),
    ("5.4", {"spo2": 91}, "urgent", None, "NEWS2-ONE-3"),
    ("5.4", {"spo2": 92}, "routine", None, None),
    ("5.4", {"spo2": 90, "hypercapnic": True}, "routine", None, None),
    ("5.4", {"resp_rate": 21, "heart_rate": 112, "temp_c": 38.2}, "urgent", None, "NEWS2-5"),
    ("5.4", {"resp_rate": 21, "heart_rate": 112, "temp_c": 38.2, "on_oxygen": True}, "stat", None, "NEWS2-7"),
    ("5.6", {"reason": "女,胸痛 1 小时,大汗"}, "stat", "chest_pain", "FC-CHEST"),
    ("5.6", {"reason": "无胸痛,头晕"}, "routine", None, None),
    ("5.6", {"sbp": 1860, "dbp": 112}, "urgent", None, "HTN-EM-01"),
    ("5.6", {}, "routine", None, None),
]

PH, PD, PS = {"programme": "hypertension"}, {"programme": "diabetes"}, {"programme": "smi"}
# What is known; class, action, next visit, outcome check.
VISITS: list[tuple[dict[str, Any], str | None, str | None, str | None, str | None]] = [
    ({**PH, "sbp": 138, "dbp": 88}, "satisfactory", "book_next", "2026-06-02", None),
    ({**PH, "sbp": 145, "dbp": 85, "age": 66}, "satisfactory", "book_next", "2026-06-02", None),
    ({**PH, "sbp": 145, "dbp": 85, "age": 60}, "unsatisfactory_first", "adjust_and_recheck", "2026-03-16", None),
    ({**PH, "sbp": 150, "dbp": 85, "age": 66}, "unsatisfactory_first", "adjust_and_recheck", "2026-03-16", None),
    ({**PH, "sbp": 145, "previous": "unsatisfactory"}, "unsatisfactory_again", "refer", "2026-03-16", "2026-03-16"),
    ({**PH, "sbp": 130, "dbp": 80, "adr": True}, "adverse_reaction", "adjust_and_recheck", "2026-03-16", None),
    ({**PH, "sbp": 130, "dbp": 80, "new_complication": True}, "complication", "refer", "2026-03-16", "2026-03-16"),
    ({**PH, "sbp": 182, "dbp": 90}, "emergency", "refer_emergency", "2026-03-16", "2026-03-16"),
    ({**PH, "sbp": 120, "dbp": 70, "symptoms": ["palpitation"]}, "emergency", "refer_emergency", "2026-03-16",
     "2026-03-16"),
    ({**PH, "sbp": 130}, None, None, None, None),
    ({**PD, "glucose_mmol_l": 6.9, "glucose_kind": "fasting"}, "satisfactory", "book_next", "2026-06-02", None),
    ({**PD, "glucose_mmol_l": 7.0}, "unsatisfactory_first", "adjust_and_recheck", "2026-03-16", None),
    ({**PD, "glucose_mmol_l": 7.2, "previous": "unsatisfactory"}, "unsatisfactory_again", "refer", "2026-03-16",
     "2026-03-16"),
    ({**PD, "glucose_mmol_l": 16.7, "glucose_kind": "random"}, "emergency", "refer_emergency", "2026-03-16",
     "2026-03-16"),
    ({**PD, "glucose_mmol_l": 12, "glucose_kind": "random"}, None, None, None, None),
    ({**PS, "smi_level": 0}, "satisfactory", "book_next", "2026-06-02", None),
    ({**PS, "smi_level": 1}, "unsatisfactory_first", "adjust_and_recheck", "2026-03-16", None),
    ({**PS, "smi_level": 2, "previous": "unsatisfactory"}, "unsatisfactory_again", "refer", "2026-04-02",
     "2026-03-16"),
    ({**PS, "smi_level": 3}, "emergency", "refer_emergency", "2026-03-16", "2026-03-16"),
    ({"programme": "maternal", "sbp": 144}, "emergency", "refer_emergency", "2026-03-16", "2026-03-16"),
    ({"programme": "tuberculosis", "adr": True}, "complication", "refer", "2026-03-16", "2026-03-16"),
    ({"programme": "elderly", "sbp": 128, "dbp": 78}, "satisfactory", "book_next", "2027-03-02", None),
    ({"programme": "copd"}, None, None, None, None),
]  # fmt: skip

# What is known; the days (month-day) and the rules of the first item.
PLANS: list[tuple[dict[str, Any], list[str], str]] = [
    ({"event": "discharge", "risk": "high"}, ["03-04", "03-09", "03-16", "04-01"], "DC-DEFAULT"),
    ({"event": "discharge", "risk": "medium"}, ["03-09", "04-01", "06-01"], "DC-DEFAULT-MEDIUM"),
    ({"event": "discharge", "risk": "low"}, ["03-16", "06-01"], "DC-DEFAULT-LOW"),
    ({"event": "discharge", "risk": "low", "conditions": ["heart_failure"]}, ["03-05", "03-16", "06-01"], "DC-HF-AHA"),
    ({"event": "discharge", "risk": "low", "conditions": ["tumour"]}, ["03-16", "03-23", "06-01"], "DC-DEFAULT-LOW"),
    ({"event": "enrolment", "programmes": ["copd"]}, [], ""),
    ({"event": "enrolment", "programmes": ["elderly"]}, ["03-02"], "ELD-01"),
    ({"event": "enrolment", "programmes": ["hypertension"]}, ["06-02", "09-02", "12-02", "03-02"], "HTN-FU-01"),
]


@pytest.mark.parametrize("section, known, priority, pathway, rule", TRIAGE)
def test_a_referral(section: str, known: dict[str, Any], priority: str, pathway: str | None, rule: str | None) -> None:
    pack = packs()["triage"]
    decided = decide_triage(pack, read_inputs(pack, known), on=DAY)
    assert (decided.priority, decided.pathway) == (priority, pathway), decided.rules
    assert (rule in decided.rules) if rule else decided.priority == "routine"


@pytest.mark.parametrize("known, visit_class, action, next_due, check", VISITS)
def test_a_visit(
    known: dict[str, Any], visit_class: str | None, action: str | None, next_due: str | None, check: str | None
) -> None:
    pack = packs()["visit"]
    decided = classify_visit(pack, read_given(pack.inputs, known), DAY)
    days = [each and each.isoformat() for each in (decided.next_due, decided.outcome_check_due)]
    assert (decided.class_, decided.action, days) == (visit_class, action, [next_due, check])


@pytest.mark.parametrize("known, days, first", PLANS)
def test_a_plan(known: dict[str, Any], days: list[str], first: str) -> None:
    pack = packs()["follow_up"]
    plan = plan_follow_up(pack, read_given(pack.inputs, known), DAY, WorkCalendar(CHINA))
    assert [row.due.strftime("%m-%d") for row in plan.rows] == days
    assert not first or plan.rows[0].rule == first


def test_there_are_enough_of_them() -> None:
    assert len(TRIAGE) + len(VISITS) + len(PLANS) >= 90
    assert {section for section, *_ in TRIAGE} >= {
        "1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "3.5", "5.1", "5.3", "5.4", "5.6",
    }  # fmt: skip
