"""/stop: what somebody does not want to hear, purpose by purpose, by press or by word; the same way back.

A word of the messages pack alone ("退订", "stop") ends what is routine. With the name of a purpose after it, and on the
buttons under /stop, it ends that one. Nothing here can end what answers somebody who is ill (flows: quiet hours).
"""

import re

from bot.answers import Answer, Say
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import Markup, plain, t
from bot.view import Button, Rendered
from models.parties import Purpose, opt_in, opt_out, opt_outs
from models.values import Language
from workers.rules.pack import Pack

ACTION = "opt"
# What a word without a purpose ends; appointments, answers and emergencies still come.
ROUTINE = (Purpose.follow_up, Purpose.reminders)
# What may be ended by itself, in the order of the buttons. Staff have one kind of routine messages.
_OF_PATIENTS = (Purpose.follow_up, Purpose.reminders, Purpose.chat)
_OF_STAFF = (Purpose.reminders,)
_ENDS = " 。.!！"


def stop_words(messages: Pack) -> frozenset[str]:
    """The words that the messages pack takes for "no more", in small letters."""
    return frozenset(str(word).casefold() for word in messages.parameters["opt_out"])


def is_stop(text: str, words: frozenset[str]) -> bool:
    """Whether the whole message is one of the words that end what is routine."""
    return text.strip(_ENDS).casefold() in words


def asked_for(text: str, language: Language, staff: bool, words: frozenset[str]) -> tuple[Purpose, bool] | None:
    """The purpose that a whole message ends (True) or brings back (False): a button's label typed, or a word and its
    name."""
    said = " ".join(text.strip(_ENDS).casefold().split())
    for purpose in _OF_STAFF if staff else _OF_PATIENTS:
        if said == _label(language, purpose, stop=True, staff=staff).casefold():
            return purpose, True
        if said == _label(language, purpose, stop=False, staff=staff).casefold():
            return purpose, False
        for each in Language:
            names = "|".join(map(re.escape, _names(each, f"opt-word-{purpose}")))
            for stop, some in ((True, words), (False, _names(each, "opt-word-again"))):
                if re.fullmatch(f"(?:{'|'.join(map(re.escape, some))}) ?(?:{names})", said):
                    return purpose, stop
    return None


def _names(language: Language, key: str) -> list[str]:
    return [word.strip().casefold() for word in plain(language, key).replace("、", ",").split(",")]


def _label(language: Language, purpose: Purpose, stop: bool, staff: bool) -> str:
    whose = "staff" if staff else purpose
    return plain(language, f"button-opt-{'out' if stop else 'in'}-{whose}")


async def show(visit: Visit) -> Answer:
    """What comes and what does not, with one press for each."""
    return Answer(says=(await _card(visit, t(visit.language, "opt-title")),))


async def stop(visit: Visit) -> Answer:
    """No more routine messages, and a press to take back any of it."""
    for each in visit.standings:
        await opt_out(visit.tx, each.party.id, ROUTINE, visit.now, each.party.id)
    return Answer(says=(await _card(visit, t(visit.language, "stopped-staff" if visit.staff else "stopped")),))


async def typed(visit: Visit) -> Answer | None:
    """The answer to a purpose ended or brought back by word; None when that is not what was written."""
    found = asked_for(visit.inbound.text, visit.language, visit.staff, stop_words(visit.side.pack("messages")))
    if found is None:
        return None
    await _put(visit, *found)
    return await show(visit)


async def pressed(visit: Visit, params: dict[str, str]) -> Answer:
    """One purpose off or on; the message under the press says how it stands now."""
    await _put(visit, Purpose(params["purpose"]), params["stop"] == "yes")
    card = await _card(visit, t(visit.language, "opt-title"), over=visit.inbound.message)
    return Answer(toast=plain(visit.language, "press-done"), says=(card,))


async def _put(visit: Visit, purpose: Purpose, stop: bool) -> None:
    change = opt_out if stop else opt_in
    for each in _whose(visit):
        await change(visit.tx, each.party.id, [purpose], visit.now, each.party.id)


def _whose(visit: Visit) -> tuple[Standing, ...]:
    """Whom of this chat it is about: at work the member of staff, else everybody it stands for."""
    staff = tuple(each for each in visit.standings if each.staff)
    return staff or visit.standings


async def _card(visit: Visit, title: Markup, over: int | None = None) -> Say:
    whose = _whose(visit)
    off = await opt_outs(visit.tx, [each.party.id for each in whose], visit.now)
    ended = frozenset.intersection(*off.values())
    lines, buttons = [title], []
    for purpose in _OF_STAFF if visit.staff else _OF_PATIENTS:
        name = t(visit.language, f"opt-{'staff' if visit.staff else purpose}")
        lines.append(t(visit.language, "opt-line", name=name, state="off" if purpose in ended else "on"))
        stop = purpose not in ended
        label = _label(visit.language, purpose, stop, visit.staff)
        params = {"purpose": str(purpose), "stop": "yes" if stop else "no"}
        buttons.append((Button(label, ACTION, params),))
    asked = Asked(whose[0].party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(Rendered(Markup("\n".join(lines)), tuple(buttons)), asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Say(visit.inbound.chat, outgoing, over=over)
