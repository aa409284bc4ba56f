"""What the demo's feed shows of an event: names of staff, what the others are, and no word about a patient."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from admin.demo.feed import Surroundings, shown
from events import follow_up as f
from events import referral as e
from events.base import Actor, Event, Personal, Recorded
from events.notice import NoticeAnswered, NoticeRequested
from models.directory import Directory
from models.places import Contents, Facility, Person
from models.values import ActorKind, Direction, FacilityKind, Lane, Language, Priority, Sex, Tier

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
SECRET = "胸痛,王家的李秀英"
DIRECTORY = Directory(
    Contents(
        facilities=(Facility("county", FacilityKind.hospital, Tier.county, "县医院", "County Hospital"),),
        people=(Person("lin", "林浩", "Lin Hao", Language.zh),),
    )
)
NO_NOTICE = {"purpose": None, "recipient": None, "lane": None, "step": None}


def seen(event: Event, stream: str = "referral-1", priority: str = "urgent", **notice: Any) -> dict[str, Any]:
    """The event as the page gets it."""
    recorded = Recorded(
        id="1", stream=stream, version=1, loop="referral-1", caused_by="0", actor=Actor(ActorKind.person, "lin"),
        on_behalf_of=None, occurred_at=NOW, recorded_at=NOW, event=event,
    )  # fmt: skip
    around = Surroundings(7, "R-7K2F4", "li-xiuying", priority, NO_NOTICE | notice)
    return shown(recorded, around, DIRECTORY)


def test_staff_and_facilities_are_named_in_both_languages() -> None:
    told = seen(e.ReferralAccepted(by="lin", facility="county", come_now=True))
    assert told["given"]["by"] == {"zh": "林浩", "en": "Lin Hao"}
    assert told["given"]["facility"] == {"zh": "县医院", "en": "County Hospital"}
    assert told["given"]["come_now"] is True


@pytest.mark.parametrize("by, name", [("li-xiuying", "the patient"), ("wang-fang", "a relative")])
def test_patients_and_families_are_only_what_they_are(by: str, name: str) -> None:
    assert seen(e.TimeConfirmed(by=by))["given"]["by"]["en"] == name


REQUESTED = e.ReferralRequested(
    code="R-7K2F4", direction=Direction.up, patient="li-xiuying", patient_key="key", initiator_facility="clinic",
    picture=e.ClinicalPicture(age=71, sex=Sex.female, symptoms=("chest_pain",)), reason=Personal(text=SECRET),
    impression=Personal(text=SECRET),
)  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        REQUESTED,
        e.InformationGiven(by="lin", answer=Personal(text=SECRET)),
        e.ReferralReopened(by="lin", reason=Personal(text=SECRET)),
        NoticeAnswered(by="li-xiuying", answer=SECRET),
        f.FollowUpAnswered(by="li-xiuying", row=1, answer=SECRET),
    ],
    ids=lambda event: type(event).__name__,
)
def test_nothing_written_and_nobody_s_id_leaves_the_log(event: Event) -> None:
    told = json.dumps(seen(event), ensure_ascii=False)
    for hidden in ("李秀英", "胸痛", "li-xiuying", "chest_pain", "71"):
        assert hidden not in told


def test_a_press_is_a_code_and_is_shown() -> None:
    assert seen(f.FollowUpAnswered(by="li-xiuying", row=1, answer="worse"))["given"]["answer"] == "worse"


def test_a_notice_says_who_is_told_why_and_takes_the_lane_of_its_own() -> None:
    event = NoticeRequested(purpose="offer", lane=Lane.stat, recipient="lin", about="referral-1")
    told = seen(event, "notice-1", "routine", purpose="offer", recipient="lin", lane="stat", step=2)
    assert told["key"] == "notice.stat"
    assert told["notice"] == {
        "purpose": "offer",
        "recipient": {"zh": "林浩", "en": "Lin Hao"},
        "lane": "stat",
        "step": 2,
    }


def test_a_decision_gives_its_rules_and_its_reasons() -> None:
    decision = e.Decision(
        priority=Priority.stat, rules=("FC-CHEST",), because={"zh": "胸痛", "en": "chest pain"},
        inputs={"sbp": 96}, pack="triage", pack_version="2026.11", pack_hash="0",
    )  # fmt: skip
    told = seen(e.ReferralTriaged(decision=decision), priority="stat")
    assert told["key"] == "referral.stat"
    assert told["given"]["decision"] == {
        "priority": "stat", "asked": None, "rules": ["FC-CHEST"],
        "because": {"zh": "胸痛", "en": "chest pain"}, "pack": "triage 2026.11",
    }  # fmt: skip
