"""Every row of the visit pack by its id: a visit for which it is true, and one for which it is only just not."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.pack import packs
from workers.rules.visit import VisitDecision, classify_visit, months_later

PACK = packs()["visit"]
DAY = date(2026, 3, 2)

H, D, S = {"programme": "hypertension"}, {"programme": "diabetes"}, {"programme": "smi"}
T, E = {"programme": "tuberculosis"}, {"programme": "elderly"}
CALM = {**H, "sbp": 130, "dbp": 80}
SWEET = {**D, "glucose_mmol_l": 6.5, "glucose_kind": "fasting"}
EMERGENCY = ("emergency", "refer_emergency")
FIRST, AGAIN = ("unsatisfactory_first", "adjust_and_recheck"), ("unsatisfactory_again", "refer")
ADR, WORSE = ("adverse_reaction", "adjust_and_recheck"), ("complication", "refer")
FINE = ("satisfactory", "book_next")

# row id -> (it is true for, it is not for, class and action that follow)
ROWS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, str]]] = {
    "HTN-EM-01": ({**H, "sbp": 180, "dbp": 80}, {**H, "sbp": 179, "dbp": 109}, EMERGENCY),
    "HTN-EM-02": ({**CALM, "symptoms": ("eye_pain",)}, {**CALM, "symptoms": ("sweating",)}, EMERGENCY),
    "HTN-EM-03": ({**H, "sbp": 140, "dbp": 80, "pregnant": True}, {**CALM, "pregnant": True}, EMERGENCY),
    "HTN-EM-04": ({**CALM, "not_manageable": True}, {**CALM, "not_manageable": False}, EMERGENCY),
    "DM-EM-01": ({**D, "glucose_mmol_l": 3.9}, {**D, "glucose_mmol_l": 4.0}, EMERGENCY),
    "DM-EM-02": ({**SWEET, "dbp": 110}, {**SWEET, "dbp": 109}, EMERGENCY),
    "DM-EM-03": ({**SWEET, "symptoms": ("flushing",)}, {**SWEET, "symptoms": ("eye_pain",)}, EMERGENCY),
    "DM-EM-04": ({**SWEET, "heart_rate": 101}, {**SWEET, "heart_rate": 100}, EMERGENCY),
    "DM-EM-05": ({**SWEET, "temp_c": 39.1}, {**SWEET, "temp_c": 39.0}, EMERGENCY),
    "DM-EM-06": ({**SWEET, "symptoms": ("sudden_sight_loss",)}, {**SWEET, "pregnant": True}, EMERGENCY),
    "SMI-CL-U1": ({**S, "smi_level": 3}, {**S, "smi_level": 2}, EMERGENCY),
    "VIS-DANGER": ({**S, "smi_level": 0, "symptoms": ("chest_pain",)}, {**S, "symptoms": ("sweating",)}, EMERGENCY),
    "HTN-CL-03-COMPLICATION": ({**CALM, "new_complication": True}, CALM, WORSE),
    "HTN-CL-03-TWICE": ({**H, "sbp": 140, "previous": "unsatisfactory"}, {**H, "sbp": 140, "previous": "none"}, AGAIN),
    "HTN-CL-03-ADR": (
        {**CALM, "adr": True, "previous": "unsatisfactory"},
        {**CALM, "adr": True, "previous": "satisfactory"},
        ("adverse_reaction", "refer"),
    ),
    "HTN-CL-02-ADR": ({**CALM, "adr": True}, {**CALM, "adr": False}, ADR),
    "HTN-CL-02-FIRST": ({**H, "dbp": 90, "age": 70}, {**H, "sbp": 149, "dbp": 89, "age": 65}, FIRST),
    "HTN-CL-01": ({**H, "sbp": 149, "dbp": 89, "age": 65}, {**H, "sbp": 149, "dbp": 89, "age": 64}, FINE),
    "HTN-CL-03": ({**H, "sbp": 150, "previous": "unsatisfactory"}, {**H, "sbp": 150}, AGAIN),
    "HTN-CL-02": ({**H, "sbp": 140, "dbp": 80}, {**H, "sbp": 139, "dbp": 80}, FIRST),
    "HTN-EM-05": ({**H, "sbp": 185}, {**H, "sbp": 150}, EMERGENCY),
    "DM-CL-03-COMPLICATION": ({**SWEET, "new_complication": True}, SWEET, WORSE),
    "DM-CL-03-TWICE": (
        {**D, "glucose_mmol_l": 7.0, "previous": "unsatisfactory"},
        {**D, "glucose_mmol_l": 6.9, "previous": "unsatisfactory"},
        AGAIN,
    ),
    "DM-CL-03-ADR": (
        {**SWEET, "adr": True, "previous": "unsatisfactory"},
        {**SWEET, "adr": True},
        ("adverse_reaction", "refer"),
    ),
    "DM-CL-02-ADR": ({**SWEET, "adr": True}, SWEET, ADR),
    "DM-CL-02-FIRST": ({**D, "glucose_mmol_l": 7.0}, {**D, "glucose_mmol_l": 9, "glucose_kind": "random"}, FIRST),
    "DM-CL-01": ({**D, "glucose_mmol_l": 6.9}, {**D, "glucose_mmol_l": 7.0}, FINE),
    "DM-CL-03": ({**D, "glucose_mmol_l": 8, "previous": "unsatisfactory"}, {**D, "glucose_mmol_l": 8}, AGAIN),
    "DM-CL-02": ({**D, "glucose_mmol_l": 8}, SWEET, FIRST),
    "DM-EM-07": ({**D, "glucose_mmol_l": 17}, {**D, "glucose_mmol_l": 16}, EMERGENCY),
    "SMI-CL-B1": ({**S, "smi_level": 1}, {**S, "smi_level": 0}, FIRST),
    "SMI-CL-B2": ({**S, "smi_level": 0, "previous": "unsatisfactory"}, {**S, "smi_level": 0}, FINE),
    "SMI-CL-B3": ({**S, "smi_level": 2, "previous": "unsatisfactory"}, {**S, "smi_level": 2}, AGAIN),
    "SMI-CL-S1": ({**S, "smi_level": 0}, {**S, "smi_level": 1}, FINE),
    "SMI-ADR": ({**S, "smi_level": 0, "adr": True}, {**S, "smi_level": 0}, ADR),
    "SMI-CL-U1-CHECK": ({**S, "smi_level": 5}, {**S, "smi_level": 1}, EMERGENCY),
    "SMI-CL-U2": ({**S, "smi_level": 4}, {**S, "smi_level": 2, "previous": "unsatisfactory"}, EMERGENCY),
    "MAT-RF-01": ({"programme": "maternal", "new_complication": True}, {"programme": "maternal"}, WORSE),
    "TB-04": ({**T, "adr": True}, {**T, "adr": False}, WORSE),
    "TB-04-CHECK": ({**T, "new_complication": True}, T, WORSE),
    "ELD-02-REFER": ({**E, "sbp": 130, "dbp": 80, "not_manageable": True}, {**E, "sbp": 130, "dbp": 80}, WORSE),
    "ELD-02": ({**E, "sbp": 140, "dbp": 80}, {**E, "sbp": 139, "dbp": 89}, FIRST),
    "ELD-01": ({**E, "sbp": 139, "dbp": 89}, {**E, "sbp": 139, "dbp": 90}, FINE),
    "HG-FREQ": (CALM, {**H, "sbp": 150}, FINE),
    "HG-FREQ-UNCONTROLLED": ({**H, "sbp": 150}, CALM, FIRST),
    "DC-REF": ({"programme": "elderly", "sbp": 190}, {"programme": "elderly", "sbp": 150}, EMERGENCY),
}


def visit(**known: Any) -> VisitDecision:
    return classify_visit(PACK, known, DAY)


# Row id -> (a visit it is true for, one it is not, the targets it gives).
TARGETS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, float]]] = {
    "HTN-CL-01-TARGET": ({**H, "age": 64}, {**H, "age": 65}, {"kpi_sbp": 140, "kpi_dbp": 90}),
    "HTN-CL-01-TARGET-65": ({**H, "age": 65}, {**H, "age": 64}, {"kpi_sbp": 150, "kpi_dbp": 90}),
    "HG-TGT": ({**H, "age": 79}, {**H, "age": 80}, {"clinical_sbp": 130, "clinical_dbp": 80}),
    "HG-TGT-80": ({**H, "age": 80}, {**H, "age": 79}, {"clinical_sbp": 150, "clinical_dbp": 90}),
    "DG-TGT": (D, H, {"fpg_low": 4.4, "fpg_high": 7, "hba1c": 7}),
}


def test_every_row_that_is_on_has_a_visit() -> None:
    assert set(ROWS) | set(TARGETS) == {row.id for table in PACK.tables.values() for row in table.file.rows if row.on}


@pytest.mark.parametrize("row", list(TARGETS))
def test_a_target_is_kept_beside_the_other_sources(row: str) -> None:
    true_for, not_for, says = TARGETS[row]
    assert visit(**true_for).targets.items() >= says.items()
    assert not visit(**not_for).targets.items() >= says.items()


@pytest.mark.parametrize("row", list(ROWS))
def test_a_row_is_true_for_its_visit_and_not_for_the_one_just_beside(row: str) -> None:
    true_for, not_for, says = ROWS[row]
    assert row in visit(**true_for).rules
    assert (visit(**true_for).class_, visit(**true_for).action) == says
    assert row not in visit(**not_for).rules


@pytest.mark.parametrize(
    "known, next_due, check",
    [
        (CALM, date(2026, 6, 2), None),
        ({**H, "sbp": 150}, DAY + timedelta(14), None),
        ({**H, "sbp": 150, "previous": "unsatisfactory"}, DAY + timedelta(14), DAY + timedelta(14)),
        ({**H, "sbp": 190}, DAY + timedelta(14), DAY + timedelta(14)),
        ({**S, "smi_level": 2}, DAY + timedelta(14), None),
        ({**S, "smi_level": 2, "previous": "unsatisfactory"}, date(2026, 4, 2), DAY + timedelta(14)),
        ({**S, "smi_level": 0}, date(2026, 6, 2), None),
    ],
)
def test_the_next_visit_and_the_check_of_a_referral(known: dict[str, Any], next_due: date, check: date | None) -> None:
    assert (visit(**known).next_due, visit(**known).outcome_check_due) == (next_due, check)


@pytest.mark.parametrize(
    "known, asks",
    [
        ({**H, "sbp": 130}, ("dbp",)),
        (H, ("sbp", "dbp")),
        ({**D, "glucose_mmol_l": 8, "glucose_kind": "random"}, ("glucose_kind",)),
        ({**H, "sbp": 130, "dbp": 1400}, ("dbp",)),
        (S, ("smi_level",)),
    ],
)
def test_what_is_not_known_is_asked_for_and_never_satisfactory(known: dict[str, Any], asks: tuple[str, ...]) -> None:
    assert (visit(**known).class_, visit(**known).data_incomplete) == (None, asks)


def test_an_absurd_value_does_not_hide_a_high_one() -> None:
    decided = visit(**H, sbp=1400, dbp=112)
    assert (decided.class_, decided.data_incomplete) == ("emergency", ("sbp",))


@pytest.mark.parametrize(
    "day, months, later",
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


HARM = {"book_next": 0, None: 1, "adjust_and_recheck": 2, "refer": 3, "refer_emergency": 4}


@given(
    st.sampled_from(["hypertension", "diabetes", "smi"]),
    st.fixed_dictionaries(
        {},
        optional={
            "age": st.integers(18, 100),
            "sbp": st.integers(140, 230),
            "dbp": st.integers(60, 130),
            "glucose_mmol_l": st.floats(7, 30),
            "smi_level": st.integers(0, 5),
            "previous": st.sampled_from(["satisfactory", "unsatisfactory", "none"]),
            "adr": st.booleans(),
            "new_complication": st.booleans(),
            "symptoms": st.lists(st.sampled_from(PACK.inputs["symptoms"].values), max_size=2).map(tuple),
        },
    ),
    st.sampled_from(["sbp", "dbp", "smi_level", "new_complication", "symptoms"]),
)
def test_more_risk_never_makes_a_visit_milder(programme: str, known: dict[str, Any], more: str) -> None:
    worse = {"sbp": 240, "dbp": 140, "smi_level": 5, "new_complication": True, "symptoms": ("consciousness_change",)}
    before = visit(programme=programme, **known)
    after = visit(programme=programme, **known | {more: worse[more]})
    assert HARM[after.action] >= HARM[before.action]
