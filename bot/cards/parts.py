"""What cards are put together from: headline, patient without identity, way, names of people and places; pure.

Nothing here names a patient but `opened`, which is empty unless the view carries an identity (N9).
"""

from datetime import datetime, timedelta

from bot.cards import times
from bot.texts import Argument, Markup, has, paragraph, t
from bot.view import CardView
from events.base import Situation
from events.referral import Appointment, ClinicalPicture, Vitals
from events.referral_state import ReferralState, ReferralStatus
from models.values import FacilityKind, Language, Priority, Role, Sex

_CHILD = 14  # years; as young as that a guardian answers
_OPENED_LIMIT = 2600  # UTF-16 units of all opened texts together; a message holds 4096
_DOCTORS = frozenset({Role.doctor, Role.family_doctor, Role.head})
# The ages below ten-year bands, where a year or two matters.
_YOUNG_BANDS = ((1, 4), (5, 9), (10, 13), (14, 17), (18, 29))
_OLDEST = 90

# Somebody is asked whether they take it.
ASKING = frozenset({Situation.offered, Situation.held, Situation.information_asked})
TRIAGE_SHOWN = frozenset({Priority.stat, Priority.asap})


def say(view: CardView, key: str, **args: Argument) -> Markup:
    """A text in the reader's language."""
    return t(view.language, key, **args)


def lines(*found: Markup | None) -> Markup:
    """These lines below each other, the missing ones left out."""
    return Markup("\n".join(line for line in found if line))


def dotted(*found: Markup | None) -> Markup:
    """These pieces on one line."""
    return Markup(" · ".join(piece for piece in found if piece))


def bold(text: Markup) -> Markup:
    """The line that is read first."""
    return Markup(f"<b>{text}</b>")


def when(view: CardView, at: datetime | None) -> Markup:
    """A time for staff; empty when there is none."""
    return times.short(view.language, at, view.now, view.zone) if at else Markup("")


def referral_of(view: CardView) -> ReferralState:
    """The referral the card is about; TypeError where there is none."""
    found = view.state if isinstance(view.state, ReferralState) else view.referral
    if found is None:
        raise TypeError(f"a card of {view.purpose} is about a referral, not {type(view.state).__name__}")
    return found


# People and places


def facility_name(view: CardView, facility: str | None) -> Markup:
    """What a facility is called; "to be decided" without one."""
    place = view.directory.facility(facility) if facility else None
    return t_name(place.name(view.language)) if place else say(view, "to-be-decided")


def t_name(name: str) -> Markup:
    """A name from the registry, made harmless."""
    return paragraph(name, 80)


def place_name(view: CardView, facility: str | None, department: str | None) -> Markup:
    """A department with its facility, or the facility."""
    found = view.directory.department(facility, department) if facility and department else None
    if found is None:
        return facility_name(view, facility)
    return Markup(f"{facility_name(view, facility)} {t_name(found.name(view.language))}")


def department_name(view: CardView, state: ReferralState) -> Markup:
    """The department asked, or the facility where there is none."""
    found = view.directory.department(state.facility, state.department) if state.facility and state.department else None
    return t_name(found.name(view.language)) if found else facility_name(view, state.facility)


def who(view: CardView, person: str | None, facility: str | None = None) -> Markup:
    """A member of staff with their title, and the facility where it is given; "a colleague" when not known."""
    known = view.directory.person(person) if person else None
    if known is None:
        return facility_name(view, facility) if facility else say(view, "who-unknown")
    roles = {held.role for held in view.directory.roles(known.id, view.now)}
    title = "doctor" if roles & _DOCTORS else "nurse" if Role.nurse in roles else "other"
    name = known.name(view.language)
    title = "other" if name.startswith("Dr") else title
    found = say(view, f"who-{title}", name=name)
    return say(view, "who-at", facility=facility_name(view, facility), who=found) if facility else found


def line24(view: CardView, facility: str | None, department: str | None = None) -> str | None:
    """The number answered day and night."""
    return view.directory.line24(facility, department) if facility else None


def patient_place(view: CardView, state: ReferralState, appointment: Appointment | None) -> Markup:
    """Where a patient is to go, in words. A department that tells is left out, and a house that tells (N9)."""
    facility = view.directory.facility(state.facility) if state.facility else None
    if facility is None:
        return say(view, "to-be-decided")
    if state.come_now and state.priority in TRIAGE_SHOWN and facility.kind is FacilityKind.hospital:
        entrance = say(view, "emergency-entrance")
        return say(view, "place-of", facility=facility.name(view.language), place=entrance)
    address = facility.address(view.language)
    house = address if facility.kind is FacilityKind.psychiatric and address else facility.name(view.language)
    found = view.directory.department(facility.id, state.department) if state.department else None
    if found is not None and found.sensitive:
        return say(view, "ask-at-desk", place=house)
    chinese = view.language.value == "zh"
    given = (appointment.place_zh if chinese else appointment.place_en) if appointment else ""
    inside = given or (found.place(view.language) if found else "")
    return say(view, "place-of", facility=house, place=inside) if inside else t_name(house)


# The referral


def headline(view: CardView, state: ReferralState, asks: bool) -> Markup:
    """Priority, code, and by when to answer."""
    title = say(view, f"headline-{state.priority}", direction=state.direction)
    if state.wants == "advice" and state.priority is not Priority.stat:
        title = say(view, "headline-question", priority=say(view, f"priority-{state.priority}"))
    return bold(dotted(title, Markup(state.code), answer_by(view, state) if asks else None))


def answer_by(view: CardView, state: ReferralState) -> Markup | None:
    """By when an answer is wanted: the deadline in force; for stat the whole limit, not the next repeat."""
    wanted = state.due
    if state.priority is Priority.stat and state.situation in ASKING:
        pack = view.rules.around("triage", view.directory, state.facility or state.initiator_facility)
        minutes = pack.parameters["answer_within_min"][Priority.stat]
        wanted = state.since + timedelta(minutes=minutes)
    if wanted is None:
        return None
    return say(view, "answer-by" if wanted > view.now else "answer-overdue", time=when(view, wanted))


def route(view: CardView, state: ReferralState, with_way: bool) -> Markup:
    """From where to where, and how long the way is."""
    origin = facility_name(view, state.initiator_facility)
    way = view.directory.driving_minutes(state.initiator_facility, state.facility) if state.facility else None
    there = say(view, "route", origin=origin, destination=department_name(view, state))
    return dotted(there, say(view, "way", minutes=way) if with_way and way else None)


def triage_first(view: CardView, state: ReferralState) -> bool:
    """Whether the first card says what matters clinically: stat and asap, unless the asked house shows less."""
    less = view.directory.parameter("first_card", state.facility or state.initiator_facility) == "code"
    return state.priority in TRIAGE_SHOWN and not less


def triage(view: CardView, state: ReferralState) -> Markup:
    """What matters clinically and names nobody: pathway, sex and age band, vital signs, onset, what fired."""
    picture, decision = state.picture, state.decision
    suspected = (decision.pathway if decision else None) or picture.suspected
    pathway = f"pathway-{suspected}" if suspected else ""
    onset = say(view, "onset", time=when(view, picture.onset_at)) if picture.onset_at else None
    because = decision.because.get(view.language) if decision else None
    return lines(
        dotted(
            say(view, pathway) if has(view.language, pathway) else None,
            patient_band(view, picture),
            say(view, "pregnant") if picture.pregnant else None,
            *vitals(view, picture.vitals),
            onset,
        ),
        say(view, "because", text=paragraph(because, 200)) if because else None,
        say(view, "incomplete") if decision and decision.data_incomplete else None,
    )


def patient_band(view: CardView, picture: ClinicalPicture) -> Markup:
    """Sex and age as far as they may be known without identity."""
    age = picture.age
    kind = "child" if picture.newborn or (age is not None and age < _CHILD) else "adult"
    person = f"person-{picture.sex}-{kind}" if picture.sex in (Sex.female, Sex.male) else "person-unknown"
    return say(view, "patient-band", person=say(view, person), age=_age_band(view, picture))


def _age_band(view: CardView, picture: ClinicalPicture) -> Markup:
    age = picture.age
    if picture.newborn:
        return say(view, "age-newborn")
    if age is None:
        return say(view, "age-unknown")
    if age < 1:
        return say(view, "age-infant")
    if age >= _OLDEST:
        return say(view, "age-oldest", **{"from": _OLDEST})
    young = next((band for band in _YOUNG_BANDS if band[0] <= age <= band[1]), None)
    first, last = young or (age // 10 * 10, age // 10 * 10 + 9)
    return say(view, "age-band", **{"from": first, "to": last})


def vitals(view: CardView, found: Vitals) -> list[Markup]:
    """The measurements that are known."""
    return vital_words(view.language, found)


def vital_words(language: Language, found: Vitals) -> list[Markup]:
    """The same for a reader's language."""
    shown = []
    if found.sbp is not None and found.dbp is not None:
        shown.append(t(language, "vital-bp", sbp=found.sbp, dbp=found.dbp))
    elif found.sbp is not None:
        shown.append(t(language, "vital-sbp", sbp=found.sbp))
    elif found.dbp is not None:
        shown.append(t(language, "vital-dbp", dbp=found.dbp))
    single = {
        "heart-rate": found.heart_rate, "resp-rate": found.resp_rate, "temp": found.temp_c, "spo2": found.spo2,
    }  # fmt: skip
    shown += [t(language, f"vital-{name}", value=value) for name, value in single.items() if value is not None]
    if found.glucose_mmol_l is not None:
        shown.append(t(language, "vital-glucose", kind=found.glucose_kind or "unknown", value=found.glucose_mmol_l))
    if found.avpu not in (None, "A"):
        shown.append(t(language, f"vital-avpu-{found.avpu}"))
    return shown


def emergency_line(view: CardView, facility: str | None, department: str | None = None) -> Markup:
    """The other side's line and 120, as plain numbers."""
    number = line24(view, facility, department)
    return dotted(say(view, "their-line", line=number) if number else None, say(view, "emergency-number"))


def standing(view: CardView, state: ReferralState) -> Markup:
    """Where the referral stands, in one sentence."""
    match state.situation or state.status:
        case Situation.offered:
            return say(view, "standing-offered", asked=asked_count(state))
        case Situation.held:
            return say(view, "standing-held", who=who(view, state.held_by))
        case Situation.declined if state.declined_reason is None:
            return say(view, "standing-reopened")
        case Situation.declined:
            return say(view, "standing-declined", reason=reason(view, "decline", state.declined_reason))
        case Situation.accepted:
            key = "standing-come_now" if state.come_now else "standing-accepted"
            accepted = who(view, state.accepted_by, state.facility)
            return say(view, key, who=accepted, time=when(view, state.accepted_at))
        case Situation.confirmed if state.appointment:
            by = said_by(view, state)
            writer = who(view, state.confirmed_by) if by == "staff" else Markup("")
            return say(view, "standing-confirmed", time=when(view, state.appointment.at), by=by, who=writer)
        case (Situation.time_offered | Situation.time_passed) as stage if state.appointment:
            return say(view, f"standing-{stage}", time=when(view, state.appointment.at))
        case Situation.on_the_way if state.expected_at:
            return say(view, "standing-on_the_way-expected", time=when(view, state.expected_at))
        case Situation.arrived:
            return say(view, "standing-arrived", time=when(view, state.arrived_at))
        case ReferralStatus.reported:
            return say(view, "standing-reported", outcome=reason(view, "outcome", state.outcome))
        case ReferralStatus.closed if state.ended_reason:
            return say(view, "standing-closed-reason", reason=reason(view, "end", state.ended_reason))
        case stage:
            return say(view, f"standing-{stage}")


def said_by(view: CardView, state: ReferralState) -> str:
    """Who said yes to the time: the patient, the family, or staff who wrote it down."""
    if state.confirmed_by in (None, state.patient):
        return "patient"
    return "staff" if view.directory.person(state.confirmed_by or "") else "family"


def said_by_phone(view: CardView, state: ReferralState) -> Markup | None:
    """Who wrote the acceptance down, where it was given by phone or in person."""
    if state.recorded_by is None or not state.open:
        return None
    by, time = who(view, state.recorded_by), when(view, state.accepted_at)
    return say(view, "said-by-phone", who=who(view, state.accepted_by), by=by, time=time)


def asked_count(state: ReferralState) -> int:
    """How many people have been asked."""
    return len({each.person for each in state.asked})


def reason(view: CardView, family: str, code: str | None) -> Markup:
    """A coded reason in words."""
    return say(view, f"{family}-{code or 'other'}")


# What is behind the fold


def opened(view: CardView) -> Markup | None:
    """Who the patient is and what was written; None unless the view carries the identity."""
    found = view.identity
    if found is None:
        return None
    named = [
        say(view, "identity-name", name=found.name) if found.name else None,
        say(view, "identity-year", year=str(found.birth_year)) if found.birth_year else None,
        say(view, "identity-phone", phone=found.phone) if found.phone else None,
    ]
    share = _OPENED_LIMIT // max(len(view.texts), 1)
    told = [_told(view, name, text, share) for name, text in view.texts.items() if text]
    return lines(Markup("— — —"), dotted(*named), *told)


def _told(view: CardView, name: str, text: str, limit: int) -> Markup:
    title = f"text-{name.partition('/')[0]}"
    known = say(view, title) if has(view.language, title) else say(view, "text-comment")
    return say(view, "text-line", title=known, text=paragraph(text, limit))
