"""`refloop rules`: what it decides and what it says to bad input."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.command_line import Ran, Terminal
from workers.rules.pack import PACKS


@pytest.fixture
def decide(refloop: Terminal, tmp_path: Path) -> Any:
    def run(kind: str, given: Any) -> Ran:
        file = tmp_path / "given.json"
        text = given if isinstance(given, bytes) else json.dumps(given).encode()
        file.write_bytes(text)
        return refloop("rules", "decide", kind, file)

    return run


def test_triage_says_what_fired_why_and_what_would_change_it(decide: Any) -> None:
    answer = decide("triage", {"sbp": 186, "dbp": 112, "age": 60}).json
    assert (answer["priority"], answer["answer_within_min"], answer["pathway"]) == ("urgent", 120, None)
    assert answer["rules"] == ["WST810-BP-H", "HTN-EM-01"]
    assert set(answer["because"]) == {"zh", "en"}
    assert set(answer["pack"]) == {"name", "version", "hash"}
    assert "heart_rate" in answer["data_incomplete"]
    assert answer["counterfactual"]["en"].startswith("urgent → stat if SBP ≥ 210 mmHg")
    assert {"to": "stat", "input": "symptoms", "test": "has chest_pain"} in answer["counterfactual"]["changes"]


def test_a_visit_is_classified_with_its_days(decide: Any) -> None:
    answer = decide(
        "visit",
        {"programme": "hypertension", "sbp": 152, "dbp": 90, "previous": "unsatisfactory", "date": "2026-03-02"},
    ).json
    assert (answer["class"], answer["action"]) == ("unsatisfactory_again", "refer")
    assert (answer["next_due"], answer["outcome_check_due"]) == ("2026-03-16", "2026-03-16")
    assert "HTN-CL-03" in answer["rules"]


def test_a_plan_lists_its_follow_ups(decide: Any) -> None:
    answer = decide("follow-up", {"event": "discharge", "date": "2026-03-02", "risk": "high", "conditions": []}).json
    assert [item["due"] for item in answer["items"]] == ["2026-03-04", "2026-03-09", "2026-03-16", "2026-04-01"]
    assert set(answer["items"][0]) == {"due", "kind", "who", "rules"}


@pytest.mark.parametrize(
    "stated, name, value",
    [
        ({"glucose_mmol_l": "301 mg/dL"}, "glucose_mmol_l", 16.7),
        ({"glucose_mmol_l": {"value": 180, "unit": "mg/dl"}}, "glucose_mmol_l", 10.0),
        ({"temp_c": "102.2 °F"}, "temp_c", 39.0),
        ({"temp_c": {"value": 39, "unit": "℃"}}, "temp_c", 39),
        ({"sbp": "24 kPa"}, "sbp", 180),
    ],
)
def test_a_unit_is_converted_where_it_is_stated(decide: Any, stated: dict[str, Any], name: str, value: float) -> None:
    assert decide("triage", stated).json["inputs"][name] == value


@pytest.mark.parametrize(
    "kind, given, says",
    [
        ("triage", {"pulse": 80}, "pulse: unknown; known are age, sex"),
        ("triage", {"sbp": "high"}, "sbp: must be a number in mmHg, not 'high'"),
        ("triage", {"sbp": "18 cm"}, "sbp: must be in mmHg, not in cm"),
        ("triage", {"symptoms": ["headache"]}, "symptoms: 'headache' is not one of"),
        ("triage", {"symptoms": [["chest_pain"]]}, "symptoms: ['chest_pain'] is not one of"),
        ("triage", {"asked": "soon"}, "asked: 'soon' is not one of routine, urgent, asap, stat"),
        ("triage", {"programmes": [1]}, "programmes: must be a list of texts, not 1"),
        ("triage", b'{"sbp": 120, "sbp": 210}', "sbp is given twice"),
        ("triage", b'{"sbp": NaN}', "NaN is no number"),
        ("triage", b"[]", "must be one JSON object"),
        ("triage", b"\xff\xfe", "not JSON in UTF-8"),
        ("triage", b"[" * 100_000, "given.json: not JSON"),
        ("visit", {}, "programme: is missing; one of hypertension"),
        ("visit", {"programme": "hypertension", "date": "2026-02-30"}, "date: must be a day such as 2026-03-05"),
        ("visit", {"programme": "hypertension", "action": "refer"}, "action: unknown"),
        ("follow-up", {"event": "birthday"}, "event: 'birthday' is not one of discharge, enrolment"),
        ("follow-up", {"event": "discharge", "birth_date": 5}, "birth_date: must be text"),
        ("follow-up", {"event": "discharge", "birth_date": "spring"}, "birth_date: must be a day"),
        ("escalation", {}, "KIND: 'escalation' is not one of triage, visit, follow-up"),
    ],
)
def test_bad_input_is_one_line_that_names_the_field(decide: Any, kind: str, given: Any, says: str) -> None:
    ran = decide(kind, given)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.line


def test_without_a_database_the_packs_that_ship_decide_and_a_missing_one_is_refused(
    refloop: Terminal, decide: Any, tmp_path: Path
) -> None:
    assert decide("triage", {}).json["packs_from"] == "shipped: there is no database here"
    (tmp_path / "given.json").write_text("{}")
    ran = refloop("rules", "decide", "triage", tmp_path / "given.json", "--data-dir", tmp_path / "elsewhere")
    assert (ran.code, ran.out) == (1, "")
    assert "refloop.db is not there" in ran.line


def test_a_file_that_is_not_there_is_named(refloop: Terminal) -> None:
    ran = refloop("rules", "decide", "triage", "nowhere.json")
    assert (ran.code, ran.line) == (2, "refloop: nowhere.json: No such file or directory")


def test_a_pack_or_a_layer_of_a_file_decides_in_the_place_of_what_counts(refloop: Terminal, tmp_path: Path) -> None:
    given, layer = tmp_path / "given.json", PACKS / "layers" / "strict.yaml"
    given.write_text('{"sbp": 186}')
    answer = refloop("rules", "decide", "triage", given, "--pack", layer).json
    assert (answer["priority"], answer["packs_from"].partition(",")[0]) == ("stat", "strict.yaml")
    assert answer["layers"] == {"HTN-EM-01": "city strict-example"}
    own = tmp_path / "own.yaml"
    text = (PACKS / "triage.yaml").read_text(encoding="utf-8")
    own.write_text(text.replace("severity: extreme", "severity: awful", 1), encoding="utf-8")
    ran = refloop("rules", "decide", "triage", given, "--pack", own)
    assert (ran.code, ran.out) == (1, "")
    assert re.match(r"refloop: own\.yaml:\d+: \[WST810-", ran.err)
    own.write_text(text.replace("name: triage", "name: triaje", 1), encoding="utf-8")
    assert "own.yaml: 'triaje' is not one of" in refloop("rules", "decide", "triage", given, "--pack", own).line
