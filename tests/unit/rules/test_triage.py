"""Triage as a whole: the highest wins, nothing missing or absurd lowers, a decision explains and repeats itself."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.values import Priority
from workers.rules.given import BadInputs
from workers.rules.pack import Pack, packs
from workers.rules.triage import (
    TriageDecision,
    TriageInputs,
    decide_triage,
    inputs_of,
    read_inputs,
)

PACK = packs()["triage"]
SYMPTOMS = PACK.inputs["symptoms"].values


def decide(asked: Priority | None = None, reason: str = "", **given: Any) -> TriageDecision:
    return decide_triage(PACK, read_inputs(PACK, given), asked, reason)


def test_a_quiet_referral_is_routine_and_says_why() -> None:
    decided = decide(age=50, sbp=130, dbp=80)
    assert (decided.priority, decided.answer_within_min, decided.rules) == (Priority.routine, None, ())
    assert decided.because.en == "no rule asks for more"


@pytest.mark.parametrize(
    "asked, minutes", [(Priority.stat, 5), (Priority.asap, 30), (Priority.urgent, 120), (Priority.routine, None)]
)
def test_each_priority_has_its_answer_limit(asked: Priority, minutes: int | None) -> None:
    assert decide(asked).answer_within_min == minutes


def test_what_the_initiator_asks_for_is_never_lowered() -> None:
    decided = decide(Priority.stat, sbp=185)
    assert decided.priority is Priority.stat
    assert decided.because.en.startswith("as the initiator asked; ")
    assert decided.rules == ("WST810-BP-H", "HTN-EM-01")


def test_the_rules_raise_what_was_asked() -> None:
    assert decide(Priority.routine, sbp=215).priority is Priority.stat


def test_a_modifier_lifts_once_however_many_there_are() -> None:
    decided = decide(age=80, immunosuppressed=True, severe_chronic=True, sbp=185)
    assert decided.priority is Priority.asap
    assert {"MOD-ELDERLY", "MOD-IMMUNO", "MOD-CHRONIC"} <= set(decided.rules)


def test_a_modifier_alone_lifts_nothing() -> None:
    assert decide(age=80, pregnant=True).priority is Priority.routine
    assert decide(Priority.urgent, age=80).priority is Priority.urgent


def test_a_modifier_does_not_lift_a_row_that_is_no_vital_sign_or_symptom() -> None:
    assert decide(maternal_colour="orange", pregnant=True).priority is Priority.urgent
    assert decide(smi_level=2, age=80).priority is Priority.urgent


def test_missing_vital_signs_are_asked_for() -> None:
    decided = decide(age=71, sbp=186, dbp=112, programmes=["diabetes"])
    assert decided.data_incomplete == ("heart_rate", "resp_rate", "temp_c", "spo2", "avpu", "glucose_mmol_l")


def test_an_absurd_value_is_named_and_counts_as_missing() -> None:
    decided = decide(sbp=1400, dbp=112)
    assert (decided.absurd, decided.priority) == (("sbp",), Priority.urgent)
    assert "sbp" in decided.data_incomplete
    assert decided.inputs["sbp"] == 1400


def test_a_swapped_pressure_is_named_and_still_raises() -> None:
    decided = decide(sbp=92, dbp=145)
    assert (decided.absurd, decided.priority) == (("sbp", "dbp"), Priority.stat)


def test_symptoms_are_found_in_the_text_and_the_text_is_not_kept() -> None:
    decided = decide(reason="李秀英,胸痛伴大汗 2 小时,无呕吐", onset_min=120)
    assert decided.pathway == "chest_pain"
    assert decided.inputs["symptoms"] == ("chest_pain", "sweating")
    assert "李秀英" not in repr(decided)


def test_the_text_may_come_with_the_inputs() -> None:
    assert decide_triage(PACK, TriageInputs(reason="chest pain")).pathway == "chest_pain"


def test_of_several_pathways_the_first_of_the_packs_order_is_shown() -> None:
    decided = decide(pregnant=True, symptoms=["seizure", "chest_pain"])
    assert {"FC-CHEST", "FC-MATERNAL"} <= set(decided.rules)
    assert decided.pathway == "chest_pain"


def test_a_row_counts_from_the_day_its_document_is_in_force() -> None:
    inputs = TriageInputs(sbp=185)
    before = decide_triage(PACK, inputs, on=date(2023, 2, 28))
    since = decide_triage(PACK, inputs, on=date(2023, 3, 1))
    assert ("WST810-BP-H" in before.rules, "WST810-BP-H" in since.rules) == (False, True)


def test_a_decision_carries_its_pack_its_inputs_and_their_units() -> None:
    decided = decide(sbp=186, temp_c=36.5, sex="F")
    assert decided.pack.model_dump() == {"name": "triage", "version": PACK.version, "hash": PACK.hash}
    assert decided.inputs == {"sex": "F", "sbp": 186, "temp_c": 36.5}
    assert decided.units == {"sbp": "mmHg", "temp_c": "°C"}
    assert decided.sources == ("WST810", "BPH3")


@pytest.mark.parametrize(
    "given_, says",
    [
        ({"sbp": "high"}, "sbp: must be a number in mmHg"),
        ({"pulse": 80}, "pulse: unknown; known are age, sex"),
        ({"mews": 9}, "mews: unknown"),
        ({"avpu": "X"}, "avpu: 'X' is not one of A, V, P, U"),
        ({"symptoms": ["chest pain"]}, "symptoms: 'chest pain' is not one of consciousness_change"),
        ({"symptoms": "chest_pain"}, "symptoms: must be a list"),
        ({"reason": 5}, "reason: must be text"),
    ],
)
def test_a_bad_input_is_named_with_what_would_be_right(given_: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInputs) as refused:
        read_inputs(PACK, given_)
    assert refused.value.problems[0].startswith(says)


def test_every_bad_input_is_named_at_once() -> None:
    with pytest.raises(BadInputs, match=r"sbp: .*; pregnant: "):
        read_inputs(PACK, {"sbp": "high", "pregnant": 1})


def test_null_is_unknown() -> None:
    assert read_inputs(PACK, {"sbp": None, "symptoms": None, "reason": None}) == TriageInputs()


# ---- properties


def number(low: float, high: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.integers(int(low * 10), int(high * 10)).map(lambda tenths: tenths / 10)


BOOLEANS = ("pregnant", "postpartum", "breast_feeding", "newborn", "immunosuppressed", "severe_chronic", "on_oxygen")
PATIENTS = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(0, 110),
        "sbp": number(40, 320),
        "dbp": number(20, 200),
        "heart_rate": number(20, 250),
        "resp_rate": number(3, 80),
        "temp_c": number(28, 44),
        "spo2": number(50, 100),
        "avpu": st.sampled_from([None, "A", "V", "P", "U"]),
        "glucose_mmol_l": number(1, 40),
        "glucose_kind": st.sampled_from([None, "fasting", "random"]),
        "smi_level": st.none() | st.integers(0, 5),
        "maternal_colour": st.sampled_from([None, "green", "yellow", "orange", "red", "purple"]),
        "onset_min": st.none() | st.integers(0, 20_000),
        "hypercapnic": st.none() | st.booleans(),
        "symptoms": st.lists(st.sampled_from(SYMPTOMS), max_size=3, unique=True),
        "programmes": st.lists(st.sampled_from(["hypertension", "diabetes", "smi"]), unique=True),
        **{name: st.none() | st.booleans() for name in BOOLEANS},
    }
)
ASKED = st.none() | st.sampled_from(list(Priority))

# Away from the middle, in both directions: from the first value on, every step outwards is a step of risk.
OUTWARDS = [
    ("sbp", 111, 320), ("sbp", 139, 40), ("dbp", 60, 200), ("heart_rate", 70, 250), ("heart_rate", 70, 20),
    ("resp_rate", 14, 80), ("resp_rate", 14, 3), ("temp_c", 37, 44), ("temp_c", 37, 28), ("spo2", 100, 50),
    ("glucose_mmol_l", 5, 40), ("glucose_mmol_l", 5, 1), ("smi_level", 0, 5),
]  # fmt: skip


@given(PATIENTS, ASKED, st.sampled_from(OUTWARDS), st.floats(0, 1), st.floats(0, 1))
def test_raising_a_measured_risk_never_lowers_a_priority(
    patient: dict[str, Any], asked: Priority | None, outwards: tuple[str, int, int], one: float, other: float
) -> None:
    name, middle, extreme = outwards
    near, far = sorted((one, other))
    if name == "spo2":
        patient = {**patient, "hypercapnic": None}  # on the second scale more oxygen is not less risk
    milder, worse = (round(middle + part * (extreme - middle), 1) for part in (near, far))
    assert decide(asked, **{**patient, name: worse}).priority >= decide(asked, **{**patient, name: milder}).priority


@given(PATIENTS, ASKED, st.sampled_from(BOOLEANS))
def test_one_more_risk_never_lowers_a_priority(patient: dict[str, Any], asked: Priority | None, name: str) -> None:
    with_it, without = {**patient, name: True}, {**patient, name: False}
    assert decide(asked, **with_it).priority >= decide(asked, **without).priority


@given(PATIENTS, ASKED, st.sampled_from(SYMPTOMS))
def test_one_more_symptom_never_lowers_a_priority(
    patient: dict[str, Any], asked: Priority | None, symptom: str
) -> None:
    more = {**patient, "symptoms": [*patient["symptoms"], symptom]}
    assert decide(asked, **more).priority >= decide(asked, **patient).priority


@given(PATIENTS, ASKED, st.sampled_from(["hypertension", "diabetes", "smi", "maternal"]))
def test_one_more_programme_never_lowers_a_priority(patient: dict[str, Any], asked: Priority | None, name: str) -> None:
    more = {**patient, "programmes": [*patient["programmes"], name]}
    assert decide(asked, **more).priority >= decide(asked, **patient).priority


@given(PATIENTS, ASKED)
def test_the_decision_is_never_below_what_was_asked(patient: dict[str, Any], asked: Priority | None) -> None:
    assert decide(asked, **patient).priority >= (asked or Priority.routine)


@given(PATIENTS, st.sampled_from(["sbp", "dbp", "heart_rate", "resp_rate", "temp_c", "spo2", "glucose_mmol_l"]))
def test_an_absurd_value_decides_no_lower_than_a_missing_one(patient: dict[str, Any], name: str) -> None:
    absurd, missing = {**patient, name: 5000}, {**patient, name: None}
    decided = decide(**absurd)
    assert name in decided.absurd
    assert decided.priority >= decide(**missing).priority


@given(PATIENTS, ASKED, st.sampled_from(["", "胸痛 3 小时", "no chest pain, vomiting", "无力、大汗"]))
def test_a_decision_decides_the_same_again_from_what_it_stored(
    patient: dict[str, Any], asked: Priority | None, reason: str
) -> None:
    decided = decide(asked, reason, **patient)
    assert decide_triage(PACK, inputs_of(decided), decided.asked) == decided
    stored = json.loads(json.dumps(dict(decided.inputs)))
    assert decide_triage(PACK, read_inputs(PACK, stored), asked) == decided


def test_a_decision_can_be_written_down(triage_pack: Pack) -> None:
    decided = asdict(decide_triage(triage_pack, TriageInputs(sbp=186)))
    assert decided["priority"] == "urgent"
    assert decided["inputs"] == {"sbp": 186}
