"""Answers that carry buttons but are no cards: a recorded reading, "for whom?", the choice of a language; pure."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.cards import times
from bot.texts import Markup, plain, t
from bot.view import Button, Rendered
from events.follow_up import ReadingRecorded
from models.values import Language


def reading_words(language: Language, reading: ReadingRecorded) -> Markup:
    """The numbers of a reading: 145/92, or a glucose value."""
    if reading.sbp is not None and reading.dbp is not None:
        return t(language, "reading-bp", sbp=reading.sbp, dbp=reading.dbp)
    return t(language, "reading-glucose", value=reading.glucose_mmol_l or 0)


def recorded_reading(
    language: Language, unique: str, reading: ReadingRecorded, at: datetime, now: datetime, zone: ZoneInfo
) -> Rendered:
    """To the patient: what was recorded, and [Wrong number]. `unique` is the id of the event."""
    time = times.short(language, at, now, zone)
    text = t(language, "reading-recorded", reading=reading_words(language, reading), time=time)
    wrong = Button(plain(language, "button-wrong-reading"), "wrong_reading", {"reading": unique})
    return Rendered(text, ((wrong,),))


def for_whom(language: Language, patients: Mapping[str, str], action: str, params: Mapping[str, str]) -> Rendered:
    """Whose is it? `patients`: id to the word for them (self, mother, ...); a press adds `patient` to `params`."""
    found = tuple(
        (Button(plain(language, "button-whom", whom=whom), action, {**params, "patient": patient}),)
        for patient, whom in patients.items()
    )
    return Rendered(t(language, "which-patient"), found)


def languages(language: Language) -> Rendered:
    """The choice of a language: action `language`, params {language}."""
    labels = {each: plain(language, f"button-language-{each}") for each in Language}
    found = tuple(Button(label, "language", {"language": each}) for each, label in labels.items())
    return Rendered(t(language, "language-ask"), (found,))
