"""What a city or a facility changes in a pack counts in every reaction about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import follow_up as f
from events.base import DeadlinePassed, Situation
from events.purposes import Purpose
from models.directory import Directory
from models.places import Contents, Facility, Parameter
from models.registry import ParameterScope
from models.values import FacilityKind, Lane, Tier
from tests.unit.events.story import (
    BEGIN,
    CENTRE,
    HE,
    HOSPITAL,
    KEY,
    LI,
    LIN,
    PATIENT,
    given,
    offered,
    planned,
    requested,
    triaged,
)
from tests.unit.workers.conftest import FactsMaker
from tests.unit.workers.reacting import done, follows, told
from workers.asking import passed_steps
from workers.deadlines import Deadlines
from workers.facts import Facts
from workers.rules.in_force import PROVINCE
from workers.rules.layers import Layer
from workers.rules.silence import Who
from workers.rules.yaml_lines import Document
from workers.telling_patients import patient

_HEAD = """
name: {name}
layer: {{level: {level}, name: {place}}}
version: "1"
title: {{zh: 例, en: example}}
notice: {{zh: 须由临床医生签字, en: a clinician must sign}}
signed: null
"""


def with_layer(facts: Facts, name: str, level: str, place: str, rest: str) -> Facts:
    layer = Layer(Document(_HEAD.format(name=name, level=level, place=place) + rest, "layer.yaml"))
    return replace(facts, rules=replace(facts.rules, layers=(*facts.rules.layers, layer)))


STRICTER = """
rows:
  - id: HTN-EM-01
    when: {any: [{sbp: ">=160 mmHg"}, {dbp: ">=100 mmHg"}]}
    source: {document: City order 7, section: "2", evidence: S4}
"""


SOONER = """
rows:
  - id: SIL-OFFER
    then:
      holder: recipient
      limits: {stat: 3min, asap: 20min, urgent: 1h, routine: 1 working_day}
      fallback: 1h
      steps: {default: [{tell: [initiator]}]}
      again: {ask: [asked]}
    needed: a city sets its own limits
    source: {document: City order 7, section: "2", evidence: S4}
"""
OFTEN = """
rows:
  - id: HTN-FU-01
    then: {months: [2, 4, 6, 8, 10, 12], kind: visit, who: family_doctor_team, shift: earlier}
    source: {document: City order 7, section: "2", evidence: S4}
"""
LATER = """
rows:
  - id: MSG-QUIET-PATIENT
    then: {from: "20:00", to: "09:00", resume: "09:30", spread_min: 0}
    needed: a city sets its own hours
    source: {document: City order 7, section: "2", evidence: S4}
"""


def place_of(facts: Facts, level: str) -> str:
    """Where the plan's centre lies."""
    centre = given(planned()).state.centre
    return centre if level == "facility" else str(facts.directory.facility(centre).city)  # type: ignore[union-attr]


@pytest.mark.parametrize("level", ["city", "facility"])
def test_what_is_a_high_reading_is_said_by_the_plan_s_centre(level: str, facts: FactsMaker) -> None:
    story: Any = given(planned(), f.ReadingRecorded(by=LI.id, row=0, sbp=165, dbp=80))
    own = with_layer(facts(), "triage", level, place_of(facts(), level), STRICTER)
    assert told(follows(story, facts())) == []
    assert told(follows(story, own)) == [("fang-lan", "high_reading")]
    assert told(follows(story, with_layer(facts(), "triage", level, "elsewhere", STRICTER))) == []


def test_how_long_an_offer_may_wait_is_said_by_the_facility_that_is_asked(facts: FactsMaker) -> None:
    story: Any = given(requested("stat"), triaged("stat"), offered(LIN.id))
    own = with_layer(facts(), "silence", "facility", HOSPITAL, SOONER)

    def due(known: Facts) -> datetime:
        return Deadlines(lambda: known.rules, lambda: known.directory).due(story.state, BEGIN)

    since = story.state.since
    assert (due(facts()) - since, due(own) - since) == (timedelta(minutes=1), timedelta(minutes=3))
    passed = DeadlinePassed(situation=Situation.offered, step=0, reached=1)
    assert passed_steps(passed, story.state, own) == ((), (Who.initiator,))
    assert passed_steps(passed, story.state, facts()) != ((), (Who.initiator,))


def test_quiet_hours_of_a_patient_are_those_of_the_centre(facts: FactsMaker) -> None:
    story: Any = given(planned())
    morning = facts(now=datetime(2026, 3, 4, 0, 30, tzinfo=UTC))  # 08:30 there
    own = with_layer(morning, "messages", "facility", CENTRE, LATER)
    [at_once] = patient(Purpose.patient_follow_up, Lane.routine, story.state, morning)
    [later] = patient(Purpose.patient_follow_up, Lane.routine, story.state, own)
    assert (at_once.not_before, later.not_before) == (None, datetime(2026, 3, 4, 1, 30, tzinfo=UTC))  # type: ignore[union-attr]


def test_a_plan_has_the_rows_of_its_centre(facts: FactsMaker) -> None:
    enrolled: Any = given(
        f.PatientEnrolled(
            by=HE.id, patient=PATIENT, patient_key=KEY, centre=CENTRE, programme=f.Programme.hypertension,
            begins_on=BEGIN.date(),
        )
    )  # fmt: skip
    own = with_layer(facts(), "follow_up", "facility", CENTRE, OFTEN)
    [here], [there] = done(follows(enrolled, facts())), done(follows(enrolled, own))
    assert (len(here.rows), len(there.rows)) == (4, 6)
    assert there.pack_version.endswith(f"+{CENTRE}-1")


def test_a_province_stands_under_the_city_and_is_a_parameter_of_the_network(facts: FactsMaker) -> None:
    guangdong = Parameter(ParameterScope.city, "qingtan", PROVINCE, "guangdong")
    places = tuple(Facility(name, FacilityKind.village, Tier.village, "村", "Village", city=city)
                   for name, city in (("here", "qingtan"), ("there", "elsewhere")))  # fmt: skip
    directory = Directory(Contents(facilities=places, parameters=(guangdong,)))
    known = with_layer(facts(), "triage", "province", "guangdong", STRICTER)

    def limit(facility: str, rules: Facts) -> Any:
        return rules.rules.in_force.around("triage", directory, facility).row("HTN-EM-01").when["any"][0]

    assert limit("here", known) == {"sbp": ">=160 mmHg"}
    assert limit("there", known) == {"sbp": ">=180 mmHg"}
    city = with_layer(known, "triage", "city", "qingtan", STRICTER.replace("160", "170"))
    assert limit("here", city) == {"sbp": ">=170 mmHg"}
