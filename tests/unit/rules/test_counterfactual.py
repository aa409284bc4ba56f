"""What would have made it another decision: true by deciding again, and readable."""

from typing import Any

import pytest
from hypothesis import given

from models.values import Priority
from tests.unit.rules.test_triage import PATIENTS
from workers.rules.counterfactual import counterfactual
from workers.rules.pack import packs
from workers.rules.triage import decide_triage, read_inputs

PACK = packs()["triage"]


@pytest.mark.parametrize(
    "known, says",
    [
        ({"sbp": 186, "dbp": 112}, "urgent → stat if SBP ≥ 210 mmHg or SBP < 90 mmHg or DBP ≥ 120 mmHg or chest pain"),
        ({"sbp": 214}, "stat → urgent if SBP < 210 mmHg"),
        ({"sbp": 190, "symptoms": ["vomiting"]}, "stat → urgent without vomiting"),
        ({"temp_c": 39.4}, "urgent → stat if temperature > 40 °C"),
        ({"smi_level": 1}, "urgent → stat if danger level ≥ 3"),
    ],
)
def test_the_nearest_changes_are_told_in_words(known: dict[str, Any], says: str) -> None:
    found = counterfactual(PACK, decide_triage(PACK, read_inputs(PACK, known)))
    assert found is not None
    assert found.text.en.startswith(says)
    assert found.text.zh[0] in "加急普通尽快"


def test_an_absurd_value_is_no_ground_for_a_change() -> None:
    found = counterfactual(PACK, decide_triage(PACK, read_inputs(PACK, {"sbp": 1450})))
    assert found is not None
    assert all(change.input == "symptoms" for change in found.changes)


@given(PATIENTS)
def test_a_symptom_named_in_a_change_really_changes_it(patient: dict[str, Any]) -> None:
    decided = decide_triage(PACK, read_inputs(PACK, patient))
    found = counterfactual(PACK, decided)
    for change in found.changes if found else ():
        if change.test.startswith("has "):
            more = {**patient, "symptoms": [*patient["symptoms"], change.test.removeprefix("has ")]}
            assert decide_triage(PACK, read_inputs(PACK, more)).priority is change.to
            assert change.to > decided.priority
        elif decided.priority is Priority.stat:
            assert change.to < Priority.stat
