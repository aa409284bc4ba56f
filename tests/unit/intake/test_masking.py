"""A body shown with personal text hidden, and changed in one place."""

import json

import pytest

from events.intake.masking import HIDDEN, NoSuchPlace, changed, masked

BODY = json.dumps(
    {"id": "m-1", "data": {"patient": {"name": "李秀英", "id": "77"}, "sbp": 150, "list": [1, 2]}}
).encode()


def test_codes_and_numbers_are_shown_and_words_are_hidden() -> None:
    shown = masked(BODY)
    assert shown["id"] == "m-1"
    assert shown["data"]["patient"] == {"name": HIDDEN, "id": HIDDEN}
    assert shown["data"]["sbp"] == 150
    assert "李" not in str(masked("no JSON, 李秀英".encode()))


@pytest.mark.parametrize(
    "pointer, value, expected",
    [
        ("/data/sbp", 160, {"sbp": 160}),
        ("/data/dbp", 90, {"dbp": 90}),
        ("/data/list/1", 7, {"list": [1, 7]}),
        ("/data/list/0", None, {"list": [2]}),
    ],
)
def test_one_place_is_changed_and_nothing_else(pointer: str, value: object, expected: dict[str, object]) -> None:
    before, after = json.loads(BODY)["data"], json.loads(changed(BODY, pointer, value))["data"]
    assert after == before | expected


def test_a_place_is_taken_away() -> None:
    assert "sbp" not in json.loads(changed(BODY, "/data/sbp", None))["data"]


@pytest.mark.parametrize("pointer", ["data", "/data/list/9", "/data/sbp/x", "/nothing/here", "/data/list/x"])
def test_a_place_that_is_not_there_is_named(pointer: str) -> None:
    with pytest.raises(NoSuchPlace):
        changed(BODY, pointer, 1)
    with pytest.raises(NoSuchPlace, match="no JSON"):
        changed(b"{", "/data", 1)
