"""Measurements in FHIR Observations: vital signs of a referral, readings of a patient; pure."""

from datetime import datetime, timedelta
from typing import Any

from events.intake.problems import Problem, Unacceptable
from events.intake.reading import Node, codings
from events.intake.tables import ObservationCode, Observations
from events.referral import Vitals

_SLACK = timedelta(minutes=10)  # clocks of two machines differ
_WHOLE = {"sbp", "dbp", "heart_rate", "resp_rate", "spo2"}


def measured(observation: Node, table: Observations, now: datetime) -> dict[str, Any]:
    """The measures an Observation holds, in our units: {"sbp": 186, "dbp": 112}, also "glucose_kind".

    Empty when it measures nothing we read, or has no value. Unacceptable, naming the element, for a value that nobody
    living can have, a unit that cannot be converted, a time in the future.
    """
    status = observation.code("status")
    if not _known(observation, table):
        return {}
    row = next((each for each in table.statuses if each.status == status), None)
    if row is None:
        wanted = ", ".join(each.status for each in table.statuses)
        raise _wrong(observation.at("status"), f"one of {wanted} is expected", "value")
    if not row.read:
        return {}
    at = taken_at(observation)
    if at is not None and at > now + _SLACK:
        raise _wrong(observation.at("effective[x]"), "an observation in the future", "value")
    found: dict[str, Any] = {}
    for part in (observation, *observation.all("component")):
        code = _code(part, table)
        if code is None or not part.has("valueQuantity"):
            continue
        found[code.measure] = _value(part.one("valueQuantity"), code, table)
        if code.measure == "glucose_mmol_l" and code.kind:
            found["glucose_kind"] = code.kind
    if "sbp" in found and "dbp" in found and found["dbp"] >= found["sbp"]:
        raise _wrong(observation.at("component"), "the diastolic pressure is not below the systolic", "value")
    return found


def taken_at(observation: Node) -> datetime | None:
    """When it was measured, in UTC."""
    if observation.has("effectiveDateTime"):
        return observation.instant("effectiveDateTime")
    if observation.has("effectivePeriod"):
        return observation.one("effectivePeriod").instant("start")
    return observation.instant("effectiveInstant")


def vitals(found: dict[str, Any]) -> Vitals:
    """The vital signs of a referral out of measures."""
    return Vitals(**{name: value for name, value in found.items() if name in Vitals.model_fields})


def check_range(measure: str, value: float, element: str, table: Observations) -> None:
    """Unacceptable, naming the element and the range, for what nobody living can have."""
    row = table.measure(measure)
    if not row.low <= value <= row.high:
        text = f"{value:g} {row.unit} is outside {row.low:g} to {row.high:g}: please check the number"
        raise _wrong(element, text, "value")


def _known(observation: Node, table: Observations) -> bool:
    codes = {(row.system, row.code) for row in table.codes} | {(row.system, row.code) for row in table.panels}
    parts = (observation, *observation.all("component"))
    return any((system, code) in codes for part in parts for system, code, _ in codings(part.one("code")))


def _code(part: Node, table: Observations) -> ObservationCode | None:
    found = {(system, code) for system, code, _ in codings(part.one("code"))}
    return next((row for row in table.codes if (row.system, row.code) in found), None)


def _value(quantity: Node, code: ObservationCode, table: Observations) -> float | int:
    number = quantity.number("value")
    if number is None:
        raise _wrong(quantity.at("value"), "a number is required", "required")
    units = [unit for unit in (quantity.code("code"), quantity.code("unit")) if unit]
    row = next((each for each in table.units if each.measure == code.measure and set(units) & set(each.units)), None)
    if row is None:
        known = ", ".join(unit for each in table.units if each.measure == code.measure for unit in each.units)
        raise _wrong(quantity.at("unit"), f"one of {known} is expected", "value")
    value = number * row.factor + row.offset
    check_range(code.measure, value, quantity.at("value"), table)
    return round(value) if code.measure in _WHOLE else round(value, 1)


def _wrong(element: str, text: str, code: str) -> Unacceptable:
    return Unacceptable(422, Problem(text, element, code))
