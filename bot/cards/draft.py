"""The draft of a referral: what was understood, what is missing, how urgent and why, where to; pure.

Every button is the action `draft` with params {do, draft, ...}; bot/handlers/drafting.py carries them out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards import times
from bot.cards.buttons import Rows, rows
from bot.cards.parts import bold, dotted, lines, t_name, vital_words
from bot.drafts.draft import Draft, Field, missing
from bot.drafts.people import Duplicate, Masked
from bot.drafts.words import Place
from bot.texts import Argument, Markup, paragraph, plain, t
from bot.view import Button, Rendered
from events.referral import Vitals
from models.directory import Directory
from models.values import Language, Priority, Sex
from workers.rules.hints import DraftHints
from workers.rules.table import InBothLanguages
from workers.rules.triage import TriageDecision

SUSPICIONS = ("chest_pain", "stroke", "trauma", "critical_maternal", "critical_newborn")
_WORDS_SHOWN = 600
_HINTS = 3
_MEASURED = frozenset(Vitals.model_fields) - {"avpu", "glucose_kind"}


@dataclass(frozen=True, slots=True)
class DraftView:
    """All that the card of a draft shows. `people`: those it may be, or the one it is; `menu`: what is open below.

    `origins`: the facilities for which this doctor may refer. `names`: how the rules call a value.
    """

    draft: Draft
    language: Language
    now: datetime
    directory: Directory
    decision: TriageDecision
    people: Sequence[Masked] = ()
    duplicates: Sequence[Duplicate] = ()
    choices: Sequence[Place] = ()
    menu: str = ""
    hints: DraftHints = field(default_factory=DraftHints)
    origins: Sequence[str] = ()
    names: Mapping[str, InBothLanguages] = field(default_factory=dict)

    def say(self, key: str, **args: Argument) -> Markup:
        """A text in the doctor's language."""
        return t(self.language, key, **args)

    def press(self, label: str, do: str, words: Mapping[str, Argument] | None = None, **params: str) -> Button:
        """A button of this draft, labelled with a text."""
        given = {"do": do, "draft": self.draft.id, **params}
        return Button(plain(self.language, f"button-{label}", **(words or {})), "draft", given)


def masked_words(language: Language, person: Masked) -> Markup:
    """Masked name, year of birth and the end of the phone number, as far as they are known."""
    return dotted(
        t_name(person.name),
        Markup(str(person.year)) if person.year else None,
        t(language, "masked-phone", last=person.phone) if person.phone else None,
    )


def draft_card(view: DraftView) -> Rendered:
    """The draft with its buttons, or with the menu that is open."""
    if view.draft.undecided and not view.menu:
        return Rendered(lines(_understood(view), view.say("draft-which-patient")), _people(view))
    text = lines(_understood(view), _missing(view), _urgency(view), _hints(view), _where(view), _duplicates(view))
    menu = _MENUS.get(view.menu)
    if menu is not None:
        question, make = menu
        return Rendered(lines(text, view.say(question)), (*make(view), (view.press("back", "show"),)))
    return Rendered(text, _buttons(view))


def emergency_card(view: DraftView) -> Rendered:
    """/sos: the five suspicions, or something else."""
    labels = [view.press(f"sos-{each}", "suspect", suspected=each) for each in SUSPICIONS]
    other = view.press("sos-other", "suspect", suspected="")
    return Rendered(lines(bold(view.say("sos-title")), view.say("sos-which")), rows([*labels, other]))


def emergency_who(view: DraftView) -> Rendered:
    """/sos, second press: who it is, or nobody yet."""
    return Rendered(lines(bold(view.say("sos-title")), _said_suspicion(view), view.say("sos-who")), _people(view))


def question(view: DraftView, field: Field) -> Rendered:
    """The guided form: one thing is asked; the answer is typed, or pressed where there are few."""
    skip = view.press("draft-skip", "skip", field=field)
    drop = view.press("draft-drop", "drop")
    if field is Field.sex:
        both = [view.press(f"sex-{each}", "sex", sex=each) for each in (Sex.female, Sex.male)]
        return Rendered(view.say("ask-sex"), (tuple(both), (skip, drop)))
    if field is Field.where:
        return Rendered(view.say("ask-where"), (*_places(view), (skip, drop)))
    return Rendered(view.say(f"ask-{field}"), ((skip, drop),))


def _understood(view: DraftView) -> Markup:
    draft = view.draft
    said = view.say("draft-said", words=paragraph(draft.words, _WORDS_SHOWN)) if draft.words else None
    onset = times.short(view.language, draft.onset_at, view.now, view.directory.site_zone) if draft.onset_at else None
    title = "draft-title-advice" if draft.wants == "advice" else "draft-title"
    return lines(
        bold(dotted(view.say(title), view.say(f"priority-{view.decision.priority}"))),
        _said_suspicion(view),
        _patient(view),
        dotted(*vital_words(view.language, draft.vitals), view.say("onset", time=onset) if onset else None),
        said,
    )


def _said_suspicion(view: DraftView) -> Markup | None:
    return view.say(f"pathway-{view.draft.suspected}") if view.draft.suspected else None


def _patient(view: DraftView) -> Markup | None:
    draft = view.draft
    years = view.say("draft-age", age=draft.age) if draft.age is not None else None
    sex = view.say(f"person-{draft.sex}-adult") if draft.sex in (Sex.female, Sex.male) else None
    more = dotted(sex, years, view.say("pregnant") if draft.pregnant else None)
    if draft.patient is not None and view.people:
        return dotted(view.say("draft-patient", who=masked_words(view.language, view.people[0])), more)
    if draft.name is None:
        return dotted(view.say("draft-nobody"), more)
    return dotted(view.say("draft-new-patient", name=draft.name), more)


def _missing(view: DraftView) -> Markup | None:
    absent = missing(view.draft)
    found = [view.say(f"field-{each}") for each in absent]
    listed = view.say("draft-missing", what=_listed(view, found)) if found else None
    absurd = _named(view, view.draft.absurd)
    # Where nothing is measured yet that alone is asked for; after that, what the rules still look for.
    wanted = () if Field.vitals in absent else view.decision.data_incomplete
    unknown = _named(view, [each for each in wanted if each in _MEASURED and each not in view.draft.absurd])
    return lines(
        listed,
        view.say("draft-absurd", what=absurd) if absurd else None,
        view.say("draft-unknown", what=unknown) if unknown else None,
    )


def _named(view: DraftView, values: Sequence[str]) -> Markup | None:
    """Values by the names that the rules give them."""
    known = [
        t_name(getattr(view.names[each], view.language)) if each in view.names else t_name(each) for each in values
    ]
    return _listed(view, known) if known else None


def _listed(view: DraftView, found: Sequence[Markup]) -> Markup:
    return Markup(view.say("list-comma").join(found))


def _urgency(view: DraftView) -> Markup:
    because = view.decision.because
    why = because.zh if view.language is Language.zh else because.en
    return view.say("draft-priority", priority=view.say(f"priority-{view.decision.priority}"), why=paragraph(why, 200))


def _hints(view: DraftView) -> Markup | None:
    """Reasons to refer up, or else to stay: the rule and what it says, the emergencies first."""
    found = [("draft-hint-emergency" if each.emergency else "draft-hint-up", each) for each in view.hints.up]
    found.sort(key=lambda each: not each[1].emergency)
    found += [("draft-hint-stay", each) for each in view.hints.stay]
    told = [
        view.say(key, rule=hint.rule, says=paragraph(getattr(hint.says, view.language), 200))
        for key, hint in found[:_HINTS]
    ]
    more = view.say("draft-hints-more", count=len(found) - _HINTS) if len(found) > _HINTS else None
    return lines(*told, more) if told else None


def _where(view: DraftView) -> Markup:
    draft = view.draft
    if draft.to_facility is None:
        return view.say("draft-nowhere")
    minutes = view.directory.driving_minutes(draft.facility, draft.to_facility)
    place = t_name(place_words(view, (draft.to_facility, draft.to_department)))
    origin = t_name(place_words(view, (draft.facility, None)))
    return dotted(
        view.say("draft-from", place=origin) if len(view.origins) > 1 else None,
        view.say("draft-to", place=place),
        view.say("way", minutes=minutes) if minutes else None,
    )


def place_words(view: DraftView, place: Place) -> str:
    """A facility with its department, by name."""
    facility, department = place
    house = view.directory.facility(facility) if facility else None
    part = view.directory.department(facility, department) if facility and department else None
    return " ".join(each.name(view.language) for each in (house, part) if each is not None)


def _duplicates(view: DraftView) -> Markup | None:
    if not view.duplicates:
        return None
    first = view.duplicates[0]
    place = t_name(place_words(view, (first.facility, first.department))) or view.say("to-be-decided")
    if first.code is None:
        return view.say("draft-duplicate-elsewhere", place=place)
    return view.say("draft-duplicate", code=first.code, place=place)


def _buttons(view: DraftView) -> Rows:
    emergency = view.decision.priority >= Priority.asap
    later = view.press(
        "draft-send-emergency" if emergency else "draft-send-later", "send",
        consent="emergency" if emergency else "later",
    )  # fmt: skip
    agreed = view.press("draft-send", "send", consent="given")
    send = [later, agreed] if view.draft.emergency else [agreed, later]
    if view.draft.wants == "advice":
        send = [view.press("draft-send-question", "send", consent="later")]
    if not view.draft.says_something:
        send = []
    change = (
        view.press("draft-edit", "menu", menu="edit"),
        view.press("draft-to", "menu", menu="to"),
        view.press("draft-drop", "drop"),
    )
    return (*((each,) for each in send), change)


def _edit(view: DraftView) -> Rows:
    found = [view.press(f"edit-{each}", "ask", field=each) for each in Field if each is not Field.where]
    found.append(view.press("edit-priority", "menu", menu="priority"))
    if len(view.origins) > 1:
        found.append(view.press("edit-from", "menu", menu="from"))
    if view.draft.patient is not None:
        found.append(view.press("edit-other-patient", "patient", patient=""))
    return rows(found, width=3)


def _places(view: DraftView) -> Rows:
    return rows(
        (
            _place(view, place)
            for place in view.choices
        ),
        width=1,
    )  # fmt: skip


def _place(view: DraftView, place: Place) -> Button:
    facility, department = place
    name = {"place": place_words(view, place)}
    return view.press("place", "to", name, facility=facility or "", department=department or "")


def _priorities(view: DraftView) -> Rows:
    return rows(view.press(f"set-{each}", "priority", priority=each) for each in sorted(Priority, reverse=True))


def _people(view: DraftView) -> Rows:
    known = [
        view.press("person", "patient", {"who": masked_words(view.language, each)}, patient=each.id)
        for each in view.people
        if not each.dead
    ]
    nobody = "sos-skip" if view.draft.emergency else "draft-new-patient"
    return rows([*known, view.press(nobody, "patient", patient="")], width=1)


def _origins(view: DraftView) -> Rows:
    others = (each for each in view.origins if each != view.draft.facility)
    return rows(
        (view.press("place", "from", {"place": place_words(view, (each, None))}, facility=each) for each in others),
        width=1,
    )


_MENUS = {
    "from": ("draft-from-where", _origins),
    "edit": ("draft-edit-what", _edit),
    "to": ("draft-to-where", _places),
    "priority": ("menu-priority", _priorities),
}
