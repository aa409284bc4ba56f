"""What somebody typed: a command, words that were waited for, an answer to a card, or a reading."""

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.handlers import (
    amending,
    by_word,
    coordinating,
    doctors,
    drafting,
    feeling_worse,
    forms,
    identifying,
    joining,
    mine,
    opting,
    patient_words,
    plan_words,
    readings,
    settings,
    stopping,
    visiting,
)
from bot.handlers.carrying_out import Wanted, carry_out
from bot.handlers.forms import Form, FormKind
from bot.handlers.guesses import Guesses
from bot.handlers.pressing import words_given
from bot.handlers.visit import Visit
from bot.sending.card_rows import card_at
from bot.texts import quote
from events.purposes import Purpose

MOST_WORDS = 1000  # characters; a card holds them beside everything else
# A reply to one of these is the visit.
_OF_PLANS = frozenset(
    {Purpose.plan_card, Purpose.plan_handed_over, Purpose.patient_wrote, Purpose.call_item, Purpose.high_reading}
    | {Purpose.feels_worse, Purpose.refer_up}
)


async def typed(visit: Visit, guesses: Guesses) -> Answer:
    """The answer to a text."""
    text = visit.inbound.text
    word = text.split(maxsplit=1)[0].partition("@")[0].lower() if text else ""
    form = await forms.pending(visit)
    if form is not None and form.kind is FormKind.second_factor and not word.startswith("/"):
        return await joining.redeem(visit, guesses, form.data["code"], factor=text)
    if not visit.standings:
        return stranger(visit)
    if opting.is_stop(text, opting.stop_words(visit.side.pack("messages"))):
        return await opting.stop(visit)
    match word:
        case "/help":
            return settings.help_text(visit)
        case "/language":
            return await settings.ask_language(visit)
        case "/stop":
            return await (opting.stop if visit.staff else opting.show)(visit)
        case "/notices":
            return await stopping.notices(visit, text.partition(" ")[2])
        case "/board":
            return await coordinating.board(visit)
        case "/cancel":
            await forms.drop(visit)
            return _says(visit, visit.text("words-cancelled"))
        case _ if word.startswith("/"):
            return await doctors.command(visit, word) or _not_understood(visit)
        case _:
            return await _words(visit, form)


async def _words(visit: Visit, form: Form | None) -> Answer:
    text = visit.inbound.text
    if len(text) > MOST_WORDS:
        return _says(visit, visit.text("words-too-long", limit=MOST_WORDS))
    if form is not None and form.kind is FormKind.draft:
        return await drafting.typed(visit, form)
    if form is not None and form.kind is FormKind.identifier:
        await forms.drop(visit)
        return await identifying.number_given(visit, form.data["patient"], text)
    if form is not None and form.kind is FormKind.words:
        await forms.drop(visit)
        answer = await words_given(visit, form.data["token"], text)
        if answer is not None:
            return answer
    for found in (
        opting.typed,
        stopping.typed,
        mine.by_code,
        by_word.typed,
        amending.typed,
        _reply_to_card,
        _by_patient,
    ):
        if (answer := await found(visit)) is not None:
            return answer
    return _not_understood(visit)


async def _reply_to_card(visit: Visit) -> Answer | None:
    """Words in reply to a question are its answer; to any other card they are not."""
    if visit.inbound.message is None:
        return None
    card = await card_at(visit.tx, visit.inbound.chat, visit.inbound.message)
    standing = visit.standing(card["recipient"]) if card is not None else None
    if card is None or standing is None:
        return None
    if card["purpose"] != Purpose.information_asked:
        return await visiting.typed(visit, standing, card) if card["purpose"] in _OF_PLANS else None
    wanted = Wanted(standing, "give_information", card["about"], card["notice"], words=visit.inbound.text)
    answer, done = await carry_out(visit, wanted, card)
    said = visit.text("words-stored") if done else Outgoing(quote(answer.toast, 300))
    return Answer(says=(Say(visit.inbound.chat, said),), show=answer.show)


async def _by_patient(visit: Visit) -> Answer | None:
    """The words of their buttons, typed; or a reading."""
    if (about_a_visit := await patient_words.typed(visit)) is not None:
        return about_a_visit
    speaking = [each for each in visit.standings if each.party.patients]
    if speaking and feeling_worse.said(visit.inbound.text):
        return await readings.feels_worse(visit, speaking)
    if (about_a_follow_up := await plan_words.typed(visit)) is not None:
        return about_a_follow_up
    return await readings.typed(visit)


def stranger(visit: Visit) -> Answer:
    """One kind line, and no data."""
    return Answer(says=(Say(visit.inbound.chat, visit.text("stranger"), politely=True),))


def _not_understood(visit: Visit) -> Answer:
    patient = not visit.staff
    return _says(visit, visit.text("not-understood-patient" if patient else "not-understood"))


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
