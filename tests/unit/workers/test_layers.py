"""What a city or a facility changes in a pack counts in every reaction about it."""

from dataclasses import replace
from typing import Any

import pytest

from events import follow_up as f
from tests.unit.events.story import LI, given, planned
from tests.unit.workers.conftest import FactsMaker
from tests.unit.workers.test_reactions import follows, told
from workers.facts import Facts
from workers.rules.layers import Layer
from workers.rules.yaml_lines import Document

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
