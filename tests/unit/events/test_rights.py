"""Who may do what: every stage × every party × every action; the buttons and the decider agree."""

import itertools
from collections.abc import Mapping

import pytest

from events.actions import Action, Party, PartyKind, Relation, actions, relations
from events.base import Situation
from events.referral_state import ENDED, ReferralStatus
from tests.unit.events.rights import NOBODY, PARTIES, as_built, as_written, refusal
from tests.unit.events.stages import OTHER_ROADS, STAGES
from tests.unit.events.story import LEFT, LI, LIN, MOVED, Story, accepted, given, offered, requested, triaged

WRITTEN = as_written()
OF_A_REFERRAL = set(Situation) - {
    Situation.return_form_due, Situation.return_form_unread, Situation.follow_up_due,
    Situation.danger_asked, Situation.danger_unseen,
}  # fmt: skip
ROADS = {**STAGES, **OTHER_ROADS}


@pytest.mark.parametrize("stage", STAGES)
def test_every_story_ends_in_the_stage_it_is_named_after(stage: str) -> None:
    state = STAGES[stage].state
    assert (state.situation or state.status) == stage


def test_every_stage_of_a_referral_has_a_story() -> None:
    waiting_for_nobody = {*ENDED, ReferralStatus.reported}
    assert set(STAGES) == OF_A_REFERRAL | waiting_for_nobody


@pytest.mark.parametrize("stage", STAGES)
def test_the_table_of_rights_is_what_the_code_does(stage: str) -> None:
    built = {party: sorted(actions(STAGES[stage].state, who)) for party, who in PARTIES.items()}
    assert built == {party: sorted(WRITTEN.get((stage, party), frozenset())) for party in PARTIES}


def test_the_table_names_nothing_that_is_not_there() -> None:
    assert set(WRITTEN) <= set(itertools.product(STAGES, PARTIES))
    assert {action for allowed in WRITTEN.values() for action in allowed} == set(Action)
    assert as_built().split() == [
        word for (stage, party), allowed in _grouped() for word in ([stage] if party == "" else [party, *allowed])
    ]


def _grouped() -> list[tuple[tuple[str, str], list[str]]]:
    """The cells of the file in its order, with a line for each stage."""
    lines: list[tuple[tuple[str, str], list[str]]] = []
    for (stage, party), allowed in WRITTEN.items():
        if not lines or lines[-1][0][0] != stage:
            lines.append(((stage, ""), []))
        lines.append(((stage, party), [action for action in Action if action in allowed]))
    return lines


@pytest.mark.parametrize("name", ROADS)
def test_the_buttons_and_the_decider_agree(name: str) -> None:
    assert _disagreements(ROADS[name], {**PARTIES, **NOBODY}, set(Action)) == []


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in ENDED])
def test_they_agree_for_an_emergency_too(stage: str) -> None:
    story = _stat(STAGES[stage])
    assert story.state.priority == "stat"
    assert _disagreements(story, PARTIES, set(Action) - {Action.change_priority, Action.triage}) == []


def _disagreements(story: Story, parties: Mapping[str, Party], of: set[Action]) -> list[str]:
    """Where a button is shown and the decider refuses, or the other way, or it refuses in the wrong words."""
    found = []
    for (name, who), action in itertools.product(parties.items(), sorted(of)):
        refused, shown = refusal(action, story, who), action in actions(story.state, who)
        right = "no-advice-for-stat" if action is Action.advise and story.state.priority == "stat" else "not-now"
        expected = None if shown else right if relations(story.state, who) else "not-yours"
        if refused != expected and not (refused == "not-now" and expected == right):
            found.append(f"{name}, {action}: shown {shown}, the decider says {refused}")
    return found


def _stat(story: Story) -> Story:
    """The same story, had the rules called it stat."""
    return given(*(triaged("stat") if one.type == "ReferralTriaged" else one.event for one in story.history))


@pytest.mark.parametrize("name", ROADS)
def test_strangers_may_do_nothing_anywhere(name: str) -> None:
    assert {who for who, party in NOBODY.items() if actions(ROADS[name].state, party)} == set()


@pytest.mark.parametrize("relation", Relation)
def test_every_relation_is_somebody_s_somewhere(relation: Relation) -> None:
    found = {each for story in ROADS.values() for party in PARTIES.values() for each in relations(story.state, party)}
    assert relation in found


def test_who_was_asked_may_still_answer_after_the_shift_ended() -> None:
    story = given(requested(), triaged("stat"), offered(LIN.id), offered("zhou-min", step=2))
    assert Action.accept in actions(story.state, LIN)


def test_who_was_asked_and_has_left_may_not() -> None:
    for who in (LEFT, MOVED):
        assert refusal(Action.accept, STAGES["offered"], who) == "not-yours"


def test_after_somebody_has_it_the_others_who_were_asked_may_not() -> None:
    story = given(requested(), triaged(), offered(LIN.id, "zhou-min"), accepted())
    zhou = {**NOBODY}["a colleague who was not asked"]
    assert Action.give_back in actions(story.state, LIN)
    assert actions(story.state, zhou) == frozenset()


def test_a_patient_sees_only_their_own() -> None:
    assert relations(STAGES["offered"].state, LI) == {Relation.patient}
    assert all(party.kind is not PartyKind.rule for party in NOBODY.values())
