"""The card on which a family-doctor team works with one plan, and its menus; pure.

Closed it names nobody: programme, grade, what is due, the last visit. Opened it says who the patient is and which
medicines the hospital gave.
"""

from collections.abc import Callable

from bot.cards.buttons import Rows, button, details, menu, of_referral, rows
from bot.cards.follow_up import files, plan_of
from bot.cards.parts import bold, dotted, facility_name, lines, opened, say, t_name, when
from bot.cards.replies import reading_words
from bot.texts import Markup, plain, t
from bot.view import Button, CardView, Rendered
from events.base import EndReason
from events.follow_up import CallOutcome, Findings, PauseReason, PlanState, Severity, VisitRecorded
from events.referral_state import ReferralState
from models.values import FacilityKind, Language, Tier

_LATE = 1  # days after which a follow-up is overdue
_MOST = 6  # places or people offered in a menu
ENDS = (
    EndReason.died, EndReason.moved, EndReason.patient_refused, EndReason.stillbirth, EndReason.newborn_died,
    EndReason.other,
)  # fmt: skip


def plan(view: CardView) -> Rendered:
    """The plan as it stands, with what can be done about it."""
    state = plan_of(view)
    text = lines(_headline(view, state), _due(view, state), *_facts(view, state))
    if not state.open:
        over = say(view, f"end-{state.ended_reason}") if state.ended_reason else None
        return Rendered(lines(text, dotted(say(view, "plan-over"), over), opened(view)), rows([details(view)]))
    ask = say(view, "plan-still-taking") if view.texts.get("medicines") else None
    buttons = [details(view), *_first(view, state), files(view, state), menu(view, "plan-more", "plan")]
    return Rendered(lines(text, opened(view), ask, say(view, "plan-ask")), rows(buttons))


def handed_over(view: CardView) -> Rendered:
    """The same, to whoever answers for it from now on."""
    card = plan(view)
    return Rendered(lines(say(view, "plan-handed-over"), Markup(card.text)), card.buttons)


def patient_wrote(view: CardView) -> Rendered:
    """To the team: the patient wrote something, or sent a file; the opened card has the words, a press the file."""
    ask = None if view.identity else say(view, "patient-wrote-ask")
    state = view.state
    if isinstance(state, ReferralState):
        text = lines(bold(Markup(f"{say(view, 'patient-wrote-title-referral')} · {state.code}")), ask, opened(view))
        return Rendered(text, of_referral(view, state))
    plan = plan_of(view)
    sent = files(view, plan, view.params.get("words"))
    title = say(view, "patient-sent-title" if sent else "patient-wrote-title")
    text = lines(bold(title), ask, opened(view))
    return Rendered(text, rows([details(view, "open"), sent, *(_first(view, plan) if plan.open else [])]))


def refer_up(view: CardView) -> Rendered:
    """To the team: the rules ask for a referral; it is ready to be sent."""
    state = plan_of(view)
    if state.referral_code is not None:
        return Rendered(lines(_headline(view, state), say(view, "referred-up", code=state.referral_code)))
    visit = state.visits[-1][1] if state.visits else None
    if not state.open or visit is None or visit.refer is None:
        return Rendered(say(view, "follow-up-over"))
    # Of this visit: a second press sends nothing, another visit months later sends another referral.
    params = {"priority": str(visit.refer), "visit": state.visits[-1][0].isoformat()}
    found = [_up_to(view, place, params) for place in up_places(view, state.centre)]
    ask = say(view, "refer-up-ask", priority=say(view, f"priority-{visit.refer}"))
    text = lines(bold(say(view, "refer-up-title")), _visit(view, visit), ask, opened(view))
    return Rendered(text, rows([*found, details(view)], width=1))


def up_places(view: CardView, centre: str) -> list[str]:
    """Where a centre sends its patients up: hospitals of its alliances, the nearest tier first, then by the way."""
    directory = view.directory
    own = directory.facility(centre)
    partners = [each for each in directory.facilities() if each.id in directory.alliance_partners(centre, view.now)]
    above = [
        each
        for each in partners
        if each.kind is FacilityKind.hospital and each.tier.rank > (own.tier.rank if own else Tier.community.rank)
    ]
    minutes = {each.id: directory.driving_minutes(centre, each.id) or 10_000 for each in above}
    return [each.id for each in sorted(above, key=lambda each: (each.tier.rank, minutes[each.id], each.id))][:3]


def _up_to(view: CardView, facility: str, params: dict[str, str]) -> Button:
    return button(view, "send-up", "send_up", {"facility": facility, **params}, place=facility_name(view, facility))


def _headline(view: CardView, state: PlanState) -> Markup:
    grade = say(view, f"severity-{state.severity}") if state.severity else None
    return bold(dotted(say(view, "plan-title"), say(view, f"programme-{state.programme}"), grade))


def _due(view: CardView, state: PlanState) -> Markup | None:
    row = state.row
    if row is None or not state.open:
        return None
    if state.paused_until is not None:
        return say(
            view, "plan-paused", reason=say(view, f"pause-{state.pause_reason}"), time=when(view, state.paused_until)
        )
    late = (view.now.astimezone(view.zone).date() - row.due_at.astimezone(view.zone).date()).days
    kind = say(view, f"row-{row.kind}")
    if late >= _LATE:
        return say(view, "plan-overdue", kind=kind, days=late)
    return say(view, "plan-due", kind=kind, time=when(view, row.due_at))


def _facts(view: CardView, state: PlanState) -> list[Markup | None]:
    visit = state.visits[-1] if state.visits else None
    reading = state.readings[-1][1] if state.readings else None
    return [
        say(view, "plan-last-visit", time=when(view, visit[0]), what=_visit(view, visit[1])) if visit else None,
        say(view, "plan-last-reading", reading=reading_words(view.language, reading)) if reading else None,
        say(view, "referred-up", code=state.referral_code) if state.referral_code else None,
        say(view, "plan-feels-worse", time=when(view, state.worse_at)) if state.worse_at else None,
        say(view, "plan-calling") if state.calling else None,
        say(view, "plan-muted") if state.muted else None,
    ]


def _visit(view: CardView, visit: VisitRecorded) -> Markup:
    return dotted(*found_words(view.language, visit.findings), say(view, f"class-{visit.visit_class}"))


def found_words(language: Language, found: Findings) -> list[Markup]:
    """What a visit found, in words."""
    shown = []
    if found.sbp is not None and found.dbp is not None:
        shown.append(t(language, "vital-bp", sbp=found.sbp, dbp=found.dbp))
    if found.glucose_mmol_l is not None:
        shown.append(t(language, "vital-glucose", kind=found.glucose_kind or "unknown", value=found.glucose_mmol_l))
    if found.smi_level is not None:
        shown.append(t(language, "finding-smi", level=found.smi_level))
    if found.adherence:
        shown.append(t(language, f"adherence-{found.adherence}"))
    if found.adverse_reaction is not None:
        shown.append(t(language, "adverse-yes" if found.adverse_reaction else "adverse-no"))
    if found.complication:
        shown.append(t(language, "complication-yes"))
    return shown


def _first(view: CardView, state: PlanState) -> list[Button]:
    if state.paused:
        return [button(view, "resume", "resume_plan")]
    if not state.reminded and not state.calling:
        return []
    return [_called(view, state, CallOutcome.called), menu(view, "call-outcome", "call")]


def _called(view: CardView, state: PlanState, outcome: CallOutcome) -> Button:
    return button(view, f"outcome-{outcome}", "call_done", {"row": str(state.current), "outcome": str(outcome)})


def _call(view: CardView, state: PlanState) -> Rows:
    return rows([_called(view, state, each) for each in CallOutcome] + [_ends(view, each) for each in ENDS[:3]])


def _ends(view: CardView, reason: EndReason) -> Button:
    return Button(plain(view.language, f"end-{reason}"), "end_plan", {"reason": str(reason)})


def _plan(view: CardView, state: PlanState) -> Rows:
    pause = None if state.paused else menu(view, "pause", "pause")
    mute = button(view, "unmute" if state.muted else "mute", "mute_plan", {"muted": "no" if state.muted else "yes"})
    hand_over = menu(view, "hand-over", "hand-over") if _hand_over(view, state) else None
    move = menu(view, "move", "move") if _move(view, state) else None
    return rows(
        [
            menu(view, "severity", "severity"), menu(view, "call-outcome", "call"), pause, mute,
            hand_over, move, menu(view, "end-plan", "end-plan"),
        ]
    )  # fmt: skip


def _severity(view: CardView, state: PlanState) -> Rows:
    return rows(
        Button(plain(view.language, f"severity-{each}"), "set_severity", {"severity": str(each)})
        for each in Severity
        if each is not state.severity
    )


def _pause(view: CardView, state: PlanState) -> Rows:
    return rows(
        Button(plain(view.language, f"pause-{each}"), "pause_plan", {"reason": str(each)}) for each in PauseReason
    )


def _end_plan(view: CardView, state: PlanState) -> Rows:
    return rows(_ends(view, each) for each in ENDS)


def _move(view: CardView, state: PlanState) -> Rows:
    directory = view.directory
    near = set(directory.alliance_partners(state.centre, view.now))
    centres = [
        each
        for each in directory.facilities()
        if each.id in near and each.kind in (FacilityKind.community, FacilityKind.village)
    ]
    minutes = {each.id: directory.driving_minutes(state.centre, each.id) or 10_000 for each in centres}
    found = sorted(centres, key=lambda each: (minutes[each.id], each.id))[:_MOST]
    return rows(
        (button(view, "place", "move_plan", _there(view, each.id), place=each.name(view.language)) for each in found), 1
    )


def _there(view: CardView, centre: str) -> dict[str, str]:
    """The centre, and the family-doctor team there that takes the patient."""
    team = next((each.id for each in view.directory.teams() if each.facility == centre), None)
    return {"centre": centre} | ({"team": team} if team else {})


def _hand_over(view: CardView, state: PlanState) -> Rows:
    directory = view.directory
    teams = [team for team in directory.teams() if team.facility == state.centre]
    people = dict.fromkeys(person for team in teams for person in directory.team_people(team.id, view.now))
    known = [directory.person(person) for person in people if person != state.lead]
    return rows(
        button(view, "place", "hand_over", {"to": each.id}, place=t_name(each.name(view.language)))
        for each in known[:_MOST]
        if each is not None
    )


def _of_plan(make: Callable[[CardView, PlanState], Rows]) -> Callable[[CardView], Rows]:
    def found(view: CardView) -> Rows:
        return make(view, view.state) if isinstance(view.state, PlanState) and view.state.open else ()

    return found


MENUS: dict[str, Callable[[CardView], Rows]] = {
    "plan": _of_plan(_plan),
    "call": _of_plan(_call),
    "severity": _of_plan(_severity),
    "pause": _of_plan(_pause),
    "end-plan": _of_plan(_end_plan),
    "move": _of_plan(_move),
    "hand-over": _of_plan(_hand_over),
}
