"""Cells of decision tables: what they mean, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.conditions import BadCondition, Input, InputType, compile_condition

INPUTS = {
    "sbp": Input(type=InputType.number, unit="mmHg", range=(30, 350)),
    "pregnant": Input(type=InputType.boolean),
    "colour": Input(type=InputType.choice, values=("green", "orange", "red")),
    "city": Input(type=InputType.text),
    "symptoms": Input(type=InputType.list, values=("cough", "fever", "rash")),
}


def holds(when: object, **values: object) -> bool:
    return compile_condition(when, INPUTS)(values)


@pytest.mark.parametrize(
    "cell, true_for, false_for",
    [
        (">=180", [180, 180.5, 220], [179.9, None]),
        ("<90", [89, 0], [90, None]),
        ("<= 90", [90], [90.1]),
        ("> 90", [90.1], [90]),
        ("=5", [5, 5.0], [4]),
        (5, [5], [6]),
        ("-3", [-3], [3]),
        ("[140..180)", [140, 179.9], [139.9, 180, None]),
        ("(90..100]", [90.1, 100], [90, 100.1]),
        ("in [1, 2.5]", [1, 2.5], [2, None]),
        ("not in [1, 2]", [3], [1, None]),
        (">=180 mmHg", [180], [179]),
        ("missing", [None], [0, 120]),
        ("present", [0, 120], [None]),
    ],
)
def test_a_cell_on_a_number(cell: object, true_for: list[object], false_for: list[object]) -> None:
    assert [value for value in true_for if not holds({"sbp": cell}, sbp=value)] == []
    assert [value for value in false_for if holds({"sbp": cell}, sbp=value)] == []


@pytest.mark.parametrize(
    "name, cell, true_for, false_for",
    [
        ("pregnant", True, [True], [False, None]),
        ("pregnant", False, [False], [True, None]),
        ("pregnant", "missing", [None], [False]),
        ("colour", "red", ["red"], ["green", None]),
        ("colour", "in [orange, red]", ["orange", "red"], ["green", None]),
        ("colour", "not in [green]", ["red"], ["green", None]),
        ("city", "Qingtan", ["Qingtan"], ["Elsewhere", None]),
        ("city", "in [Qingtan, Yunhe]", ["Yunhe"], ["Elsewhere", None]),
        ("symptoms", "has fever", [["fever"], ("cough", "fever")], [["cough"], [], None]),
        ("symptoms", "has any [fever, rash]", [["rash"]], [["cough"], None]),
        ("symptoms", "has all [fever, rash]", [["rash", "fever", "cough"]], [["rash"], None]),
        ("symptoms", "missing", [None, [], ()], [["cough"]]),
        ("symptoms", "present", [["cough"]], [None, []]),
    ],
)
def test_a_cell_on_other_types(name: str, cell: object, true_for: list[object], false_for: list[object]) -> None:
    assert [value for value in true_for if not holds({name: cell}, **{name: value})] == []
    assert [value for value in false_for if holds({name: cell}, **{name: value})] == []


def test_several_inputs_in_one_condition_must_all_hold() -> None:
    when = {"sbp": ">=140", "pregnant": True}
    assert holds(when, sbp=150, pregnant=True)
    assert not holds(when, sbp=150)


def test_any_and_all_nest() -> None:
    when = {"any": [{"all": [{"sbp": ">=140"}, {"pregnant": True}]}, {"symptoms": "has fever"}]}
    assert holds(when, sbp=150, pregnant=True)
    assert holds(when, symptoms=["fever"])
    assert not holds(when, sbp=150)


def test_an_empty_condition_always_holds() -> None:
    assert holds({})


@pytest.mark.parametrize(
    "when, says",
    [
        ({"weight": ">=80"}, "unknown input 'weight'"),
        ({"sbp": "high"}, "sbp is a number"),
        ({"sbp": True}, "sbp is a number"),
        ({"sbp": "[180..140]"}, "is empty"),
        ({"sbp": ">=18 kPa"}, "sbp is in mmHg, not in kPa"),
        ({"sbp": "in [a, b]"}, "must hold numbers"),
        ({"sbp": "has any [1]"}, "has is for lists"),
        ({"pregnant": "yes"}, "true, false, missing or present"),
        ({"colour": "blue"}, "'blue' is not one of green, orange, red"),
        ({"colour": "in [red, blue]"}, "'blue' is not one of"),
        ({"colour": "has any [red]"}, "has is for lists"),
        ({"symptoms": "fever"}, "symptoms is a list"),
        ({"symptoms": "in [fever]"}, "symptoms is a list"),
        ({"symptoms": "has hiccup"}, "'hiccup' is not one of"),
        ({"any": []}, "list of conditions that is not empty"),
        ({"any": {"sbp": ">1"}}, "list of conditions"),
        (["sbp"], "a condition is a mapping"),
        ({"all": ["sbp"]}, "a condition is a mapping"),
    ],
)
def test_a_cell_that_cannot_be_read_says_what_would_be_right(when: object, says: str) -> None:
    with pytest.raises(BadCondition, match="(?s)" + says.replace("[", r"\[")):
        compile_condition(when, INPUTS)


@given(
    st.dictionaries(
        st.sampled_from([*INPUTS, "any", "all", "other"]),
        st.one_of(st.text(), st.integers(), st.booleans(), st.lists(st.text())),
    )
)
def test_whatever_is_written_either_means_something_or_is_refused(when: dict[str, object]) -> None:
    try:
        test = compile_condition(when, INPUTS)
    except BadCondition:
        return
    assert test({}) in (True, False)


@given(
    st.sampled_from([">=", "<=", ">", "<", "="]),
    st.integers(-500, 500),
    st.none() | st.integers(-500, 500),
)
def test_a_comparison_agrees_with_arithmetic(sign: str, limit: int, value: int | None) -> None:
    meaning = {">=": int.__ge__, "<=": int.__le__, ">": int.__gt__, "<": int.__lt__, "=": int.__eq__}[sign]
    assert holds({"sbp": f"{sign}{limit}"}, sbp=value) is (value is not None and bool(meaning(value, limit)))


@pytest.mark.parametrize(
    "name, value, says",
    [
        ("sbp", "high", "must be a number in mmHg"),
        ("sbp", True, "must be a number"),
        ("pregnant", 1, "must be true or false"),
        ("city", 3, "must be text"),
        ("colour", "blue", "is not one of green, orange, red"),
        ("symptoms", "fever", "must be a list"),
        ("symptoms", ["fever", "hiccup"], "'hiccup' is not one of"),
        ("symptoms", 7, "must be a list"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(name: str, value: object, says: str) -> None:
    assert says in (INPUTS[name].wrong(value) or "")


def test_a_fitting_or_missing_value_is_not_wrong() -> None:
    fitting = {"sbp": 120, "pregnant": False, "colour": "red", "city": "x", "symptoms": ["fever"]}
    assert [name for name, value in fitting.items() if INPUTS[name].wrong(value)] == []
    assert [name for name in fitting if INPUTS[name].wrong(None)] == []


def test_a_number_outside_its_plausible_range_is_absurd() -> None:
    assert INPUTS["sbp"].absurd(1400)
    assert INPUTS["sbp"].absurd(float("nan"))
    assert not INPUTS["sbp"].absurd(350)
