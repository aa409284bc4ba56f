"""Referrals as a city sends them: from its clinics to its hospitals, mostly routine, with words and vital signs."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime

from events.base import Personal
from events.referral import ClinicalPicture, Vitals
from events.referral_commands import RequestReferral
from models.directory import Directory
from models.values import Direction, FacilityKind, Priority, Role, StreamKind, Tier, new_id, referral_code, stream_id

WORDS = (
    ("胸闷三天，活动后加重，无发热。", "冠心病待查"),
    ("血压控制不佳，家中自测偏高两周。", "高血压病，请上级医院调整用药"),
    ("反复头晕一月，无呕吐，无肢体无力。", "头晕待查"),
    ("血糖波动，近一周空腹偏高。", "2 型糖尿病"),
    ("右上腹隐痛，进油腻食物后明显。", "胆囊结石待查"),
)
PICTURES = (
    ClinicalPicture(age=71, vitals=Vitals(sbp=162, dbp=96, heart_rate=88)),
    ClinicalPicture(age=54, vitals=Vitals(sbp=138, dbp=84, spo2=97, temp_c=36.7)),
    ClinicalPicture(age=66, vitals=Vitals(sbp=186, dbp=112), symptoms=("chest_pain",)),
    ClinicalPicture(age=34, vitals=Vitals(heart_rate=76, resp_rate=16)),
    ClinicalPicture(age=80),
)
# How often each is sent, of a thousand. The mix is ours: the sources give no distribution of what clinics refer. Only
# the picture with chest pain rests on an estimate of theirs: about 41 emergencies a day in 2 624 referrals up (1.6 %).
WORDS_OF_1000 = (60, 290, 260, 240, 150)
PICTURES_OF_1000 = (284, 300, 16, 200, 200)
_ASKED = (Priority.routine,) * 14 + (Priority.urgent,) * 4 + (Priority.asap, None)


class Samples:
    """Makes referrals of the people and places of a directory; the same seed gives the same ones but for their ids."""

    def __init__(self, directory: Directory, now: datetime, seed: int = 1) -> None:
        self._random = random.Random(seed)
        places = directory.facilities()
        self._initiators = [
            (person, place.id)
            for place in places
            if place.tier in (Tier.village, Tier.community)
            for role in (Role.family_doctor, Role.doctor)
            for person in directory.with_role(role, place.id, now)
        ]
        self._recipients = [
            (place.id, department.code)
            for place in places
            if place.kind is FacilityKind.hospital
            for department in directory.departments(place.id)
        ]

    def requests(self, keys: Sequence[str], count: int, words: bool = True) -> Iterator[RequestReferral]:
        """`count` commands; the patient of number n has the nth key. Without words nothing is sealed."""
        for number in range(count):
            unique = new_id()
            person, place = self._random.choice(self._initiators)
            facility, department = self._random.choice(self._recipients)
            reason, impression = self._random.choices(WORDS, WORDS_OF_1000)[0]
            yield RequestReferral(
                stream=stream_id(StreamKind.referral, unique), code=referral_code(int(unique[:12], 16), length=8),
                direction=Direction.up, patient=f"patient-{number % len(keys)}", patient_key=keys[number % len(keys)],
                initiator=person, initiator_facility=place, patient_centre=place, recipient_facility=facility,
                department=department, asked_priority=self._random.choice(_ASKED),
                picture=self._random.choices(PICTURES, PICTURES_OF_1000)[0],
                reason=Personal(text=reason) if words else None,
                impression=Personal(text=impression) if words else None,
            )  # fmt: skip
