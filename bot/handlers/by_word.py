"""Actions typed by staff: a reply to a card, or code and word; also what somebody said by phone.

"R-7K2F4 accept" does what the button does. "R-7K2F4 phone Lin Hao accept" records what Lin Hao said: the event names
Lin Hao as the one who accepts, the writer as the one who wrote it down.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.cards.buttons import at_time
from bot.cards.times import short
from bot.channel import Outgoing
from bot.drafts.moments import NotATime, Unclear, moment, spoken
from bot.drafts.placing import vocabulary
from bot.drafts.words import understand
from bot.handlers.carrying_out import Wanted, carry_out
from bot.handlers.visit import Visit
from bot.identity import practitioners
from bot.sending.card_rows import card_at
from bot.texts import plain, quote
from events.actions import Action, actions
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.directory import Directory
from models.summaries import SummaryRow
from models.values import Language, Priority, parse_referral_code

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]

# The text that lists the words of an action, and the action.
_ACTIONS = {
    "typed-hold": "hold",
    "typed-accept": "accept",
    "typed-decline": "decline",
    "typed-arrived": "record_arrival",
    "typed-missed": "record_missed",
    "typed-set-out": "set_out",
    "typed-confirm": "confirm_time",
    "typed-give-back": "give_back",
    "typed-redirect": "redirect",
    "typed-ask": "ask_information",
    "typed-answer": "give_information",
    "typed-advise": "advise",
    "typed-follow-advice": "close",
    "typed-insist": "refuse_advice",
    "typed-note": "add_note",
    "typed-stable": "report_condition",
    "typed-treated": "report_outcome",
    "typed-consent": "record_consent",
    "typed-let-go": "confirm_cancel",
    "typed-go-on": "refuse_cancel",
    "typed-withdraw": "withdraw",
    "typed-cancel": "ask_cancel",
    "typed-reopen": "reopen",
    "typed-other-time": "refuse_time",
    "typed-offer-time": "offer_time",
    "typed-priority": "change_priority",
    "typed-ask-next": "ask_next",
    "typed-take-over": "take_over",
}
# What needs more than its word: a question, a note, a place, a priority; a decline may have its reason.
_NEEDS_MORE = frozenset(
    {"redirect", "ask_information", "give_information", "advise", "add_note", "reopen", "change_priority"}
)
_MAY_HAVE_MORE = _NEEDS_MORE | {"decline", "offer_time"}
# What may have a time behind it, and what it does then.
_WITH_A_TIME = {"accept": "accept", "refuse_time": "offer_time"}
_BY_PHONE = "typed-by-phone"
_A_TIME_ALONE = "a time alone"  # a reply that is nothing but a time: offered, or accepted with it
_REST_IS_NO_WORDS = frozenset({"redirect", "offer_time", "accept"})
_BREAK = re.compile(r"[\s,，:：]+")
_TITLES = ("dr.", "dr", "医生", "医师", "主任", "大夫")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a text asks for. `said_by`: the name of who said it by phone; `rest`: what else was written."""

    action: str
    said_by: str = ""
    rest: str = ""


@cache
def _words(key: str) -> frozenset[str]:
    listed = ",".join(plain(each, key).replace("、", ",") for each in Language)
    return frozenset(word.strip().lower() for word in listed.split(","))


def parse(text: str) -> Typed | None:
    """The action in a text without its code; None when it is no more than words.

    What needs words has them after it ("ask which dose?"); a decline may have its reason, an offer its time, nothing
    else has more.
    """
    written = _BREAK.split(text.strip())
    words = [word.lower() for word in written]
    phone = _leading(words, _BY_PHONE)
    # A name has one to four words; what follows it must be an action.
    for begin in range(phone + 1, min(len(words), phone + 5)) if phone else (0,):
        if (found := _action(words[begin:])) is not None:
            action, length = found
            rest = "".join(_BREAK.split(text.strip(), maxsplit=begin + length)[begin + length :])
            if rest and action in _WITH_A_TIME and spoken(rest):
                return Typed(_WITH_A_TIME[action], " ".join(words[phone:begin]), rest)
            fits = action in _MAY_HAVE_MORE if rest else action not in _NEEDS_MORE
            return Typed(action, " ".join(words[phone:begin]), rest) if fits else None
    return None


def _leading(words: list[str], key: str) -> int:
    """How many of the first words make one of the words of `key`."""
    lengths = [n for n in (3, 2, 1) if len(words) >= n and " ".join(words[:n]) in _words(key)]
    return lengths[0] if lengths else 0


def _action(words: list[str]) -> tuple[str, int] | None:
    for key, action in _ACTIONS.items():
        if length := _leading(words, key):
            return action, length
    return None


def person_called(directory: Directory, facility: str, name: str, now: datetime) -> str | None:
    """The one at the facility whose name begins so, in either language, a title left out; None when none or several."""
    wanted = name.strip()
    for title in _TITLES:
        wanted = wanted.removeprefix(title).removesuffix(title).strip()
    known = [each for each in directory.people() if directory.is_practitioner_at(each.id, facility, now)]
    names = {each.id: (each.name_zh, each.name_en.lower()) for each in known}
    exact = [person for person, both in names.items() if wanted in both]
    begins = [person for person, both in names.items() if wanted and any(one.startswith(wanted) for one in both)]
    found = exact or begins
    return found[0] if len(found) == 1 else None


async def typed(visit: Visit) -> Answer | None:
    """The answer to a typed action; None when the text is none."""
    standing = next((each for each in visit.standings if each.staff), None)
    if standing is None:
        return None
    code, text = split_code(visit.inbound.text)
    asked, card = parse(text), None
    if asked is None and spoken(text) is not None:
        asked = Typed(_A_TIME_ALONE, rest=text)
    if asked is None or (code is None and visit.inbound.message is None):
        return None
    if code is not None:
        query = select(_SUMMARIES.c.stream).where(_SUMMARIES.c.code == code)
        about = (await visit.tx.execute(query)).scalar()
        if about is None:
            return _says(visit, visit.text("refused-unknown-referral"))
    else:
        card = await card_at(visit.tx, visit.inbound.chat, visit.inbound.message or 0)
        if card is None or card["recipient"] != standing.party.id:
            return None
        if card["purpose"] == Purpose.information_asked and asked.action in _NEEDS_MORE:
            return None  # whatever is written in reply to a question is its answer
        about = card["about"]
    state = (await visit.side.journal.load(visit.tx, [about]))[about].state
    if not isinstance(state, ReferralState):
        return None
    if asked.action == _A_TIME_ALONE:
        may = actions(state, standing.party)
        if not may & {Action.accept, Action.offer_time}:
            return None
        asked = replace(asked, action="offer_time" if Action.offer_time in may else "accept")
    said_by = None
    if asked.said_by:
        person = person_called(visit.directory, state.facility or "", asked.said_by, visit.now)
        if person is None:
            return _says(visit, visit.text("typed-nobody", name=asked.said_by))
        said_by = (await practitioners(visit.tx, [person], visit.now, visit.directory))[person]
    at = None
    if asked.action == "offer_time" or (asked.action == "accept" and asked.rest):
        try:
            at = time_meant(asked.rest, visit.now, visit.directory.site_zone)
        except NotATime as unclear:
            return _says(visit, visit.text(f"typed-time-{unclear.why}"))
    params = at_time(at) if at else _params(asked, state, visit)
    if asked.action == "redirect" and not params:
        return _says(visit, visit.text("ask-again-where"))
    if asked.action == "change_priority" and params["priority"] not in set(Priority):
        return _says(visit, visit.text("typed-no-priority"))
    wanted = Wanted(
        standing=standing,
        action=asked.action,
        about=about,
        notice=card["notice"] if card is not None else "",
        params=params,
        words=(asked.rest or None) if asked.action not in _REST_IS_NO_WORDS else None,
        said_by=said_by,
    )
    answer, done = await carry_out(visit, wanted, card)
    stored = visit.text("words-stored")
    if at is not None:
        time = short(visit.language, at, visit.now, visit.directory.site_zone)
        stored = visit.text("typed-time-offered", time=time, code=state.code)
    said = stored if done else Outgoing(quote(answer.toast, 300))
    return Answer(says=(Say(visit.inbound.chat, said), *answer.says), show=answer.show)


def split_code(text: str) -> tuple[str | None, str]:
    """The code and the rest: "R-7K2F4 accept", and "accept R-7K2F4" where the words before it are an action's."""
    first, _, rest = text.partition(" ")
    if (code := parse_referral_code(first)) is not None:
        return code, rest
    words = text.split()
    for number in range(1, min(len(words), 4)):
        before = [word.lower() for word in words[:number]]
        found = _action(before)
        if found is not None and found[1] == number and (code := parse_referral_code(words[number])) is not None:
            return code, " ".join((*words[:number], *words[number + 1 :]))
    return None, text


def time_meant(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The time that a text names; NotATime when it names none that can be offered."""
    said = spoken(text)
    if said is None:
        raise NotATime(Unclear.unreadable)
    return moment(said, now, zone)


def _params(asked: Typed, state: ReferralState, visit: Visit) -> dict[str, str]:
    """What the press would carry; `other` where a press would choose a reason."""
    match asked.action:
        case "accept":
            return {"come_now": "yes"} if state.priority >= Priority.asap else {}
        case "decline" | "give_back" | "withdraw" | "ask_cancel":
            return {"reason": "other"}
        case "change_priority":
            return {"priority": _priority(asked.rest)}
        case "close":
            return {"reason": "advice_taken"}
        case "report_outcome":
            return {"kind": "treated"}
        case "report_condition":
            return {"met": " ".join(dict.fromkeys((*state.met, "stable"))), "unmet": " ".join(state.unmet)}
        case "redirect":
            return _place(asked.rest, state, visit)
        case _:
            return {}


def _priority(text: str) -> str:
    """The priority that is named, by one of its names in either language; the text itself when none is."""
    word = text.strip().lower()
    for priority in Priority:
        names = {name for each in Language for name in plain(each, f"priority-{priority}").lower().split()}
        if word in names:
            return priority
    return word


def _place(text: str, state: ReferralState, visit: Visit) -> dict[str, str]:
    """Where to, by name: a department of the same house, a house for the same department, or both; {} if unknown."""
    known = understand(text, vocabulary(visit.directory, state.initiator_facility, visit.now), visit.now)
    facility = known.facility or (state.facility if known.department else None)
    department = known.department or state.department
    if facility is None or (department and visit.directory.department(facility, department) is None):
        return {}
    return {"facility": facility} | ({"department": department} if department else {})


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
