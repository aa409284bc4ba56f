"""Every triage row by its id: a patient for whom it is true, and one who is only just not such a patient."""

from typing import Any

import pytest

from models.values import Priority
from workers.rules.conditions import compile_condition
from workers.rules.pack import Pack, packs
from workers.rules.triage import decide_triage, read_inputs

# row id -> (it fires for, it does not fire for, the priority and the pathway that follow)
S, U = Priority.stat, Priority.urgent
ROWS: dict[str, tuple[dict[str, Any], dict[str, Any], Priority, str | None]] = {
    "WST810-BP-X": ({"sbp": 210}, {"sbp": 209, "dbp": 119}, S, None),
    "WST810-BP-LOW": ({"sbp": 89}, {"sbp": 90}, S, None),
    "WST810-BP-H": ({"dbp": 110}, {"sbp": 179, "dbp": 109}, U, None),
    "WST810-HR-X": ({"heart_rate": 151}, {"heart_rate": 150}, S, None),
    "WST810-RR-X": ({"resp_rate": 10}, {"resp_rate": 11}, S, None),
    "WST810-RR-H": ({"resp_rate": 22}, {"resp_rate": 21}, U, None),
    "WST810-T-X": ({"temp_c": 40.1}, {"temp_c": 40}, S, None),
    "WST810-T-H": ({"temp_c": 39}, {"temp_c": 38.9}, U, None),
    "WST810-TWO-HIGH": ({"temp_c": 39.5, "resp_rate": 24}, {"temp_c": 39.5}, S, None),
    "WST810-MEWS-X": (
        {"heart_rate": 131, "sbp": 95, "resp_rate": 25, "temp_c": 38.6, "avpu": "V"},
        {"heart_rate": 131, "sbp": 105, "resp_rate": 25, "temp_c": 38.6, "avpu": "V"},
        S,
        None,
    ),
    "WST810-MEWS-H": ({"heart_rate": 131, "sbp": 95, "resp_rate": 15}, {"heart_rate": 131, "sbp": 95}, U, None),
    "NEWS2-7": (
        {"resp_rate": 21, "spo2": 93, "heart_rate": 111, "sbp": 110},
        {"resp_rate": 21, "spo2": 93, "heart_rate": 111},
        S,
        None,
    ),
    "NEWS2-5": ({"resp_rate": 21, "spo2": 93, "sbp": 110}, {"resp_rate": 21, "spo2": 93}, U, None),
    "NEWS2-ONE-3": ({"spo2": 91}, {"spo2": 92}, U, None),
    "UP-EM-RESP": ({"spo2": 89}, {"spo2": 90, "resp_rate": 30}, S, None),
    "UP-EM-FEVER-SEIZURE": (
        {"temp_c": 39.6, "symptoms": ["seizure"]},
        {"temp_c": 39.5, "symptoms": ["seizure"]},
        S,
        None,
    ),
    "UP-EM-BLEED": (
        {"sbp": 85, "symptoms": ["heavy_bleeding"]},
        {"sbp": 95, "symptoms": ["heavy_bleeding"]},
        S,
        None,
    ),
    "UP-EM-STROKE": (
        {"symptoms": ["facial_droop"], "onset_min": 270},
        {"symptoms": ["facial_droop"], "onset_min": 271},
        S,
        "stroke",
    ),
    "UP-EM-GCS": ({"gcs": 12}, {"gcs": 13}, S, None),
    "UP-EM-HAEMOPTYSIS": ({"haemoptysis_ml": 501}, {"haemoptysis_ml": 500}, S, None),
    "UP-EM-ISS": ({"iss": 16}, {"iss": 15}, S, "trauma"),
    "UP-EM-CHEST": (
        {"symptoms": ["chest_pain"], "onset_min": 16, "nitroglycerin_no_relief": True},
        {"symptoms": ["chest_pain"], "onset_min": 15, "nitroglycerin_no_relief": True},
        S,
        "chest_pain",
    ),
    "FC-CHEST": ({"symptoms": ["chest_pain"]}, {"symptoms": ["chest_tightness"]}, S, "chest_pain"),
    "FC-STROKE": ({"symptoms": ["speech_trouble"]}, {"symptoms": ["severe_dizziness"]}, S, "stroke"),
    "FC-TRAUMA": ({"symptoms": ["major_trauma"]}, {"symptoms": ["heavy_bleeding"]}, S, "trauma"),
    "FC-MATERNAL": (
        {"postpartum": True, "symptoms": ["heavy_bleeding"]},
        {"symptoms": ["heavy_bleeding"]},
        S,
        "critical_maternal",
    ),
    "FC-NEWBORN": ({"newborn": True, "temp_c": 39}, {"newborn": True, "temp_c": 37}, S, "critical_newborn"),
    "WST810-UP-SIGN": ({"symptoms": ["meningeal_sign"]}, {"symptoms": ["vomiting"]}, S, None),
    "HG-AMB-1": ({"avpu": "V"}, {"avpu": "A"}, S, None),
    "HG-AMB-2": (
        {"sbp": 180, "symptoms": ["vomiting"]},
        {"sbp": 179, "dbp": 109, "symptoms": ["vomiting"]},
        S,
        None,
    ),
    "HG-AMB-3": (
        {"dbp": 90, "symptoms": ["back_pain_severe"]},
        {"dbp": 89, "symptoms": ["back_pain_severe"]},
        S,
        None,
    ),
    "HG-AMB-4": (
        {"sbp": 140, "symptoms": ["leg_oedema"]},
        {"sbp": 139, "symptoms": ["leg_oedema"]},
        S,
        None,
    ),
    "HG-AMB-5": (
        {"symptoms": ["chest_pain", "sweating"], "onset_min": 10},
        {"symptoms": ["chest_pain"], "onset_min": 10},
        S,
        "chest_pain",
    ),
    "HG-AMB-6": ({"symptoms": ["severe_allergy"]}, {"sbp": 95, "avpu": "P"}, S, None),
    "HG-AMB-6-OTHER": ({"symptoms": ["seizure"]}, {"symptoms": ["vomiting"]}, S, None),
    "HTN-EM-01": ({"sbp": 180}, {"sbp": 179, "dbp": 109}, U, None),
    "HTN-EM-02": (
        {"programmes": ["hypertension"], "symptoms": ["palpitation"]},
        {"symptoms": ["palpitation"], "sbp": 139},
        S,
        None,
    ),
    "HTN-EM-03": (
        {"breast_feeding": True, "sbp": 140},
        {"breast_feeding": True, "sbp": 139},
        S,
        "critical_maternal",
    ),
    "HTN-EM-04": (
        {"programmes": ["hypertension"], "not_manageable": True},
        {"programmes": ["smi"], "not_manageable": True},
        U,
        None,
    ),
    "DM-EM-01": ({"glucose_mmol_l": 3.9}, {"glucose_mmol_l": 16.6}, U, None),
    "DM-EM-02": ({"programmes": ["diabetes"], "dbp": 110}, {"dbp": 110}, U, None),
    "DM-EM-03": (
        {"programmes": ["diabetes"], "symptoms": ["polyuria"]},
        {"symptoms": ["polyuria"], "glucose_mmol_l": 7.5, "glucose_kind": "random"},
        S,
        None,
    ),
    "DM-EM-04": ({"programmes": ["diabetes"], "heart_rate": 101}, {"heart_rate": 101}, U, None),
    "DM-EM-05": ({"programmes": ["diabetes"], "temp_c": 39.1}, {"temp_c": 39.1}, U, None),
    "DM-EM-06": (
        {"breast_feeding": True, "glucose_mmol_l": 7},
        {"breast_feeding": True, "glucose_mmol_l": 7, "glucose_kind": "random"},
        U,
        None,
    ),
    "DG-UP-4": (
        {"glucose_mmol_l": 17, "symptoms": ["acetone_breath"]},
        {"glucose_mmol_l": 16, "symptoms": ["acetone_breath"]},
        S,
        None,
    ),
    "DG-UP-8": (
        {"glucose_mmol_l": 7.0, "glucose_kind": "fasting", "symptoms": ["sudden_sight_loss"]},
        {"glucose_mmol_l": 6.9, "glucose_kind": "fasting", "symptoms": ["sudden_sight_loss"]},
        S,
        None,
    ),
    "SMI-CL-U1": ({"smi_level": 3}, {"smi_level": 2}, S, None),
    "SMI-L4-SIGN": ({"symptoms": ["danger_to_self"]}, {"symptoms": ["poor_appetite"]}, S, None),
    "SMI-CL-B3": ({"smi_level": 1}, {"smi_level": 0}, U, None),
    "MAT-RED-DANGER": (
        {"maternal_colour": "red", "symptoms": ["abdominal_pain"]},
        {"maternal_colour": "red"},
        S,
        "critical_maternal",
    ),
    "MAT-RF-01": (
        {"programmes": ["maternal"], "symptoms": ["consciousness_change"]},
        {"programmes": ["maternal"], "symptoms": ["polyuria"]},
        S,
        "critical_maternal",
    ),
    "MAT-COL-Y": (
        {"maternal_colour": "yellow", "symptoms": ["abdominal_pain"]},
        {"maternal_colour": "yellow"},
        U,
        None,
    ),
    "MAT-RED": ({"maternal_colour": "red"}, {"maternal_colour": "yellow"}, U, None),
    "MAT-ORANGE": ({"maternal_colour": "orange"}, {"maternal_colour": "purple"}, U, None),
}

# Rows that ship off: row id -> (it would be true for, it would not be for).
OFF: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "NEO-EM": ({"newborn": True, "temp_c": 37.5}, {"newborn": True, "temp_c": 37.4}),
    "TRI18-I": ({"sbp": 69}, {"sbp": 70}),
    "TRI18-II": ({"heart_rate": 150}, {"heart_rate": 149}),
    "HG-NICE": ({"dbp": 120, "symptoms": ["chest_pain"]}, {"dbp": 119, "symptoms": ["chest_pain"]}),
}

MODIFIERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "MOD-PREGNANT": ({"pregnant": True}, {"pregnant": False}),
    "MOD-CHILD": ({"age": 13}, {"age": 14}),
    "MOD-ELDERLY": ({"age": 75}, {"age": 74}),
    "MOD-IMMUNO": ({"immunosuppressed": True}, {"immunosuppressed": False}),
    "MOD-CHRONIC": ({"severe_chronic": True}, {"severe_chronic": False}),
}


def on_rows(*tables: str) -> set[str]:
    return {row.id for name in tables for row in packs()["triage"].tables[name].file.rows if row.on}


def test_every_row_that_is_on_has_a_patient() -> None:
    assert set(ROWS) == on_rows("bands", "triage")
    assert set(MODIFIERS) == on_rows("modifiers")


@pytest.mark.parametrize("row", list(ROWS))
def test_a_row_fires_for_its_patient_and_not_for_the_one_just_beside(triage_pack: Pack, row: str) -> None:
    fires_for, not_for, _, _ = ROWS[row]
    assert row in decide_triage(triage_pack, read_inputs(triage_pack, fires_for)).rules
    assert row not in decide_triage(triage_pack, read_inputs(triage_pack, not_for)).rules


@pytest.mark.parametrize("row", list(ROWS))
def test_a_row_gives_its_priority_its_pathway_and_its_reason(triage_pack: Pack, row: str) -> None:
    fires_for, _, priority, pathway = ROWS[row]
    decided = decide_triage(triage_pack, read_inputs(triage_pack, fires_for))
    assert decided.priority >= priority
    assert triage_pack.row(row).then["priority"] == priority
    if pathway:
        assert decided.pathway == pathway
    if decided.priority == priority:
        assert triage_pack.row(row).because.zh in decided.because.zh
        assert triage_pack.row(row).source.document in decided.sources


@pytest.mark.parametrize("row", list(MODIFIERS))
def test_a_modifier_lifts_a_vital_sign_by_one_step(triage_pack: Pack, row: str) -> None:
    lifts, does_not = MODIFIERS[row]
    lifted = decide_triage(triage_pack, read_inputs(triage_pack, {"temp_c": 39, **lifts}))
    left = decide_triage(triage_pack, read_inputs(triage_pack, {"temp_c": 39, **does_not}))
    assert (lifted.priority, row in lifted.rules) == (Priority.asap, True)
    assert (left.priority, row in left.rules) == (Priority.urgent, False)


@pytest.mark.parametrize("row", list(OFF))
def test_what_is_weakly_known_or_for_comparison_ships_off_and_can_be_read(triage_pack: Pack, row: str) -> None:
    off, (true_for, not_for) = triage_pack.row(row), OFF[row]
    assert not off.on
    assert off.source.evidence.weak or "comparison" in off.because.en
    test = compile_condition(off.when, triage_pack.inputs)
    assert (test(true_for), test(not_for)) == (True, False)
    assert row not in decide_triage(triage_pack, read_inputs(triage_pack, true_for)).rules


def test_a_weak_row_that_is_on_says_why_the_product_needs_it() -> None:
    weak = [
        row
        for pack in packs().values()
        for table in pack.file.tables
        for row in table.rows
        if row.on and row.source.evidence.weak
    ]
    assert {row.id for row in weak} >= {"FC-CHEST", "DC-DEFAULT", "SIL-OFFER"}
    assert [row.id for row in weak if not row.needed] == []


# The score cards as printed: (from, to) in the measured steps, points. Everything between is checked.
MEWS = {
    "heart_rate": [(30, 40, 2), (41, 50, 1), (51, 100, 0), (101, 110, 1), (111, 129, 2), (130, 200, 3)],
    "sbp": [(50, 70, 3), (71, 80, 2), (81, 100, 1), (101, 199, 0), (200, 260, 2)],
    "resp_rate": [(2, 8, 2), (9, 14, 0), (15, 20, 1), (21, 29, 2), (30, 60, 3)],
}
NEWS2 = {
    "resp_rate": [(2, 8, 3), (9, 11, 1), (12, 20, 0), (21, 24, 2), (25, 60, 3)],
    "spo2": [(70, 91, 3), (92, 93, 2), (94, 95, 1), (96, 100, 0)],
    "sbp": [(50, 90, 3), (91, 100, 2), (101, 110, 1), (111, 219, 0), (220, 260, 3)],
    "heart_rate": [(30, 40, 3), (41, 50, 1), (51, 90, 0), (91, 110, 1), (111, 130, 2), (131, 200, 3)],
}
TEMPERATURES = {
    "mews": [(30.0, 34.9, 2), (35.0, 38.4, 0), (38.5, 42.0, 2)],
    "news2": [(30.0, 35.0, 3), (35.1, 36.0, 1), (36.1, 38.0, 0), (38.1, 39.0, 1), (39.1, 42.0, 2)],
}


def points(pack: Pack, table: str, **values: Any) -> int:
    return sum(pack.tables[table].decide(values).outputs.get("points", []))


@pytest.mark.parametrize("table, card", [("mews", MEWS), ("news2", NEWS2)])
def test_the_scores_agree_with_the_printed_cards(
    triage_pack: Pack, table: str, card: dict[str, list[tuple[int, int, int]]]
) -> None:
    wrong = [
        (name, value)
        for name, bands in card.items()
        for low, high, expected in bands
        for value in range(low, high + 1)
        if points(triage_pack, table, **{name: value}) != expected
    ]
    assert wrong == []


@pytest.mark.parametrize("table", ["mews", "news2"])
def test_the_temperatures_agree_with_the_printed_cards(triage_pack: Pack, table: str) -> None:
    for low, high, expected in TEMPERATURES[table]:
        for tenths in range(round(low * 10), round(high * 10) + 1):
            assert points(triage_pack, table, temp_c=tenths / 10) == expected, tenths / 10


@pytest.mark.parametrize("avpu, mews, news2", [("A", 0, 0), ("V", 1, 3), ("P", 2, 3), ("U", 3, 3)])
def test_consciousness_scores(triage_pack: Pack, avpu: str, mews: int, news2: int) -> None:
    assert points(triage_pack, "mews", avpu=avpu) == mews
    assert points(triage_pack, "news2", avpu=avpu) == news2


def test_oxygen_and_the_second_saturation_scale(triage_pack: Pack) -> None:
    assert points(triage_pack, "news2", on_oxygen=True) == 2
    card = [(83, 3), (85, 2), (87, 1), (88, 0), (92, 0), (93, 0), (97, 0)]
    assert [points(triage_pack, "news2", hypercapnic=True, spo2=spo2) for spo2, _ in card] == [
        expected for _, expected in card
    ]
    on_oxygen = [(92, 2), (93, 3), (94, 3), (95, 4), (96, 4), (97, 5)]
    assert [points(triage_pack, "news2", hypercapnic=True, on_oxygen=True, spo2=spo2) for spo2, _ in on_oxygen] == [
        expected for _, expected in on_oxygen
    ]


def test_the_scores_are_for_adults(triage_pack: Pack) -> None:
    assert points(triage_pack, "mews", heart_rate=135, age=13) == 0
    assert points(triage_pack, "mews", heart_rate=135, age=14) == 3
