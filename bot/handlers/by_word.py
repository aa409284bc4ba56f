"""Actions typed by staff: a reply to a card, or code and word; also what somebody said by phone.

"R-7K2F4 accept" does what the button does. "R-7K2F4 phone Lin Hao accept" records what Lin Hao said: the event names
Lin Hao as the one who accepts, the writer as the one who wrote it down.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.drafts.placing import vocabulary
from bot.drafts.words import understand
from bot.handlers.carrying_out import Wanted, carry_out
from bot.handlers.visit import Visit
from bot.identity import practitioners
from bot.sending.changes import card_at
from bot.texts import plain, quote
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
    "typed-priority": "change_priority",
    "typed-ask-next": "ask_next",
    "typed-take-over": "take_over",
}
# What needs more than its word: a question, a note, a place, a priority; a decline may have its reason.
_NEEDS_MORE = frozenset(
    {"redirect", "ask_information", "give_information", "advise", "add_note", "reopen", "change_priority"}
)
_MAY_HAVE_MORE = _NEEDS_MORE | {"decline"}
_BY_PHONE = "typed-by-phone"
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

    What needs words has them after it ("ask which dose?"); a decline may have its reason; nothing else has more.
    """
    written = _BREAK.split(text.strip())
    words = [word.lower() for word in written]
    phone = _leading(words, _BY_PHONE)
    # A name has one to four words; what follows it must be an action.
    for begin in range(phone + 1, min(len(words), phone + 5)) if phone else (0,):
        if (found := _action(words[begin:])) is not None:
            action, length = found
            rest = "".join(_BREAK.split(text.strip(), maxsplit=begin + length)[begin + length :])
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
    first, _, rest = visit.inbound.text.partition(" ")
    code, card = parse_referral_code(first), None
    asked = parse(rest if code else visit.inbound.text)
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
    said_by = None
    if asked.said_by:
        person = person_called(visit.directory, state.facility or "", asked.said_by, visit.now)
        if person is None:
            return _says(visit, visit.text("typed-nobody", name=asked.said_by))
        said_by = (await practitioners(visit.tx, [person], visit.now, visit.directory))[person]
    params = _params(asked, state, visit)
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
        words=(asked.rest or None) if asked.action != "redirect" else None,
        said_by=said_by,
    )
    answer, done = await carry_out(visit, wanted, card)
    said = visit.text("words-stored") if done else Outgoing(quote(answer.toast, 300))
    return Answer(says=(Say(visit.inbound.chat, said), *answer.says), show=answer.show)


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
