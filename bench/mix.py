"""How much of a mix of referrals the rules make stat: of the bench's samples, and of what the demo shows."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from admin.demo.beginnings import BEGINNINGS
from admin.demo.samples import catalogue
from bench import samples
from events.intake.fhir import translate_fhir
from events.intake.flat import translate_event
from events.intake.intents import ReferralIn
from events.intake.problems import Unacceptable
from events.referral import ClinicalPicture, Vitals
from models.values import Priority
from workers.rules.pack import packs
from workers.rules.triage import TriageInputs, decide_triage

EXPECTED = (0.01, 0.05)
_NOW = datetime(2026, 3, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def decided(picture: ClinicalPicture, words: str) -> Priority:
    """What the rules alone say; what was asked for does not count."""
    known = picture.vitals.model_dump(exclude_none=True)
    onset = (_NOW - picture.onset_at) / timedelta(minutes=1) if picture.onset_at else None
    inputs = TriageInputs(
        **known, age=picture.age, symptoms=picture.symptoms, programmes=picture.programmes, onset_min=onset
    )
    return decide_triage(packs()["triage"], inputs, reason=words, on=_NOW.date()).priority


def of_the_bench() -> float:
    """The share of stat in bench/samples.py, each pair of words and picture by its weight."""
    weights = [
        (samples.WORDS_OF_1000[w] * samples.PICTURES_OF_1000[p], decided(picture, "\n".join(words)))
        for w, words in enumerate(samples.WORDS)
        for p, picture in enumerate(samples.PICTURES)
    ]
    return sum(weight for weight, found in weights if found is Priority.stat) / sum(weight for weight, _ in weights)


def of_the_demo() -> tuple[int, int]:
    """Of the loops the demo begins with and the referrals among its sample messages: stat, and how many there are."""
    found = [decided(ClinicalPicture(vitals=each.vitals or Vitals()), each.reason) for each in BEGINNINGS]
    found += [decided(each.picture, f"{each.reason or ''}\n{each.impression or ''}") for each in _messages()]
    return sum(each is Priority.stat for each in found), len(found)


def _messages() -> Iterator[ReferralIn]:
    for sample in catalogue():
        value = json.loads(sample.filled(_NOW, "R-7K2F4"))
        try:
            flat = sample.path == "/events"
            zone = ZoneInfo("Asia/Shanghai")
            message = translate_event(value, _NOW) if flat else translate_fhir(value, _NOW, zone)
        except Unacceptable:
            continue  # one of them shows how a message is refused
        yield from (intent for intent in message.intents if isinstance(intent, ReferralIn))


def told() -> list[str]:
    """Both shares in words; outside 1 to 5 % is said to be a finding."""
    share, (stat, of) = of_the_bench(), of_the_demo()
    return [
        f"share of stat in the mix of bench/samples.py {share:>8.1%}{_remark(share)}",
        f"share of stat in the demo, {stat} of {of} {stat / of:>8.0%}{_remark(stat / of)}",
    ]


def _remark(share: float) -> str:
    return "" if EXPECTED[0] <= share <= EXPECTED[1] else "  (a finding: outside 1 to 5 %; see docs/rules.md)"
