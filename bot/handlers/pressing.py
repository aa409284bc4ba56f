"""A press: look up what the button meant, check who presses, do it once, answer.

The data under a button is only a key to a row (buttons can be forged). What is unknown and what belongs to another chat
get one and the same answer.
"""

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import RowMapping

from bot.answers import Answer, Say, Show
from bot.channel import Outgoing
from bot.handlers import (
    approving,
    asked_together,
    attaching,
    care_today,
    coordinating,
    drafting,
    forms,
    mine,
    opting,
    patient_files,
    sending_up,
    settings,
    stopping,
    team_presses,
)
from bot.handlers.carrying_out import Wanted, carry_out
from bot.handlers.commands import prompt_for
from bot.handlers.forms import FormKind
from bot.handlers.visit import Visit
from bot.identity import Standing, practitioners
from bot.sending.card_rows import card_pressed
from bot.sending.views import load_subjects, may_open
from bot.texts import plain, quote
from events.actions import Action, actions
from events.follow_up import Alarm, PlanState, SeeWorse
from events.referral_commands import SeeReferral
from events.referral_state import ReferralState
from models.audit import write_audit
from models.deliveries import ActionTokenRow, CardRow
from models.journal import StreamRow

_TOKENS = ActionTokenRow.__table__  # type: ignore[attr-defined]
_CARDS = CardRow.__table__  # type: ignore[attr-defined]
_STREAMS = StreamRow.__table__  # type: ignore[attr-defined]


async def pressed(visit: Visit) -> Answer:
    """The answer to a press."""
    inbound = visit.inbound
    query = select(_TOKENS).where(_TOKENS.c.token == inbound.token).with_for_update()
    token = (await visit.tx.execute(query)).mappings().first()
    if token is None or token["chat"] != inbound.chat or inbound.user != inbound.chat:
        return _refused(visit, "press-unknown")
    standing = visit.standing(token["party"])
    if standing is None:
        return _refused(visit, "press-not-yours")
    if token["expires_at"] <= visit.now:
        return _refused(visit, "press-expired")
    card = await card_pressed(visit.tx, inbound.chat, inbound.message, token) if inbound.message else None
    return await _do(visit, token, standing, json.loads(token["params"]), card)


async def _do(
    visit: Visit, token: RowMapping, standing: Standing, params: dict[str, str], card: RowMapping | None
) -> Answer:
    match token["action"]:
        case "menu":
            opened = bool(card and card["opened"])
            return Answer(show=Show(card, opened, params.get("menu") or None) if card else None)
        case "fold":
            return Answer(show=Show(card) if card else None)
        case "details":
            return await _details(visit, token, standing, card)
        case "language":
            return await settings.choose_language(visit, params["language"])
        case opting.ACTION:
            return await opting.pressed(visit, params)
        case "files":
            return await attaching.show(visit, standing, token["about"], params.get("document"))
        case "show":
            return await mine.show(visit, standing, params["referral"])
        case "draft":
            return await drafting.pressed(visit, standing, params)
        case "plan_open":
            return await _open_plan(visit, token, standing)
        case stopping.HOLD | stopping.RELEASE:
            return await stopping.pressed(visit, token["action"], params.get("hold"))
        case approving.APPROVE:
            return await approving.pressed(visit, standing, params["proposal"])
        case action if action in coordinating.PRESSES:
            return await coordinating.pressed(visit, token, standing, params, card)
        case action if action in team_presses.PRESSES:
            return await _once(visit, token, await team_presses.pressed(visit, token, standing, params))
        case "whom":
            return await patient_files.chosen(visit, params["patient"])
        case _:
            return await _command(visit, token, standing, params, card)


async def _once(visit: Visit, token: RowMapping, answer: Answer) -> Answer:
    """What was done is not done again; what was refused may be tried once more."""
    if not answer.alert and token["used_at"] is None:
        await use(visit, token["token"], answer.toast)
    return answer


async def _open_plan(visit: Visit, token: RowMapping, standing: Standing) -> Answer:
    if token["used_at"] is not None:
        return Answer(toast=token["answer"] or "")
    answer = await care_today.opened(visit, standing, token["about"], token["token"])
    await use(visit, token["token"], answer.toast)
    return answer


async def _command(
    visit: Visit, token: RowMapping, standing: Standing, params: dict[str, str], card: RowMapping | None
) -> Answer:
    if token["used_at"] is not None:
        # The second press gets the answer of the first.
        return Answer(toast=token["answer"] or "", show=Show(card) if card else None)
    if token["action"] == sending_up.ACTION:
        twice = await sending_up.already(visit, standing, token["about"], params.get("facility", ""))
        if twice is not None:
            return twice
    if (prompt := prompt_for(token["action"], params)) is not None:
        return await _ask_for_words(visit, token, standing, prompt)
    wanted = Wanted.of_token(token, standing)
    if said_by := wanted.params.pop("said_by", None):
        known = await practitioners(visit.tx, [said_by], visit.now, visit.directory)
        wanted = replace(wanted, said_by=known[said_by])
    answer, done = await carry_out(visit, wanted, card)
    if done:
        await use(visit, token["token"], answer.toast)
        answer = replace(answer, says=(*await asked_together.rest(visit, standing, token["notice"]), *answer.says))
    return answer


async def use(visit: Visit, token: str, answer: str) -> None:
    """From now on a press of this button only gets this answer."""
    used = (
        update(_TOKENS)
        .where(_TOKENS.c.token == token, _TOKENS.c.used_at.is_(None))
        .values(used_at=visit.now, answer=answer)
    )
    await visit.tx.execute(used)


async def _ask_for_words(visit: Visit, token: RowMapping, standing: Standing, prompt: str) -> Answer:
    form = await forms.pending(visit)
    if form is not None and form.data.get("token") == token["token"]:
        return Answer(toast=plain(standing.language, prompt))
    await forms.begin(visit, FormKind.words, token=token["token"])
    return Answer(says=(Say(visit.inbound.chat, visit.text(prompt)),))


async def words_given(visit: Visit, token: str, words: str) -> Answer | None:
    """The words a press had asked for; None when that press is not theirs to finish any more."""
    row = (await visit.tx.execute(select(_TOKENS).where(_TOKENS.c.token == token).with_for_update())).mappings().first()
    standing = visit.standing(row["party"]) if row is not None else None
    if row is None or standing is None or row["used_at"] is not None or row["chat"] != visit.inbound.chat:
        return None
    if row["expires_at"] <= visit.now:
        return Answer(says=(Say(visit.inbound.chat, visit.text("press-expired")),))
    query = select(_CARDS).where(_CARDS.c.notice == row["notice"], _CARDS.c.chat == row["chat"])
    card = (await visit.tx.execute(query)).mappings().first()
    answer, done = await carry_out(visit, Wanted.of_token(row, standing, words), card)
    if done:
        await use(visit, token, plain(standing.language, "words-stored"))
        said = Say(visit.inbound.chat, visit.text("words-stored"))
        return Answer(says=(said, *answer.says), show=answer.show)
    return Answer(says=(Say(visit.inbound.chat, Outgoing(quote(answer.toast, 300))),), show=answer.show)


def _refused(visit: Visit, key: str) -> Answer:
    return Answer(toast=plain(visit.language, key), alert=True)


async def _details(visit: Visit, token: RowMapping, standing: Standing, card: RowMapping | None) -> Answer:
    """Open who the patient is; every opening is an audit row."""
    about = token["about"]
    loop = (await visit.tx.execute(select(_STREAMS.c.loop).where(_STREAMS.c.id == about))).scalar()
    subject = (await load_subjects(visit.tx, {about: loop or about})).get(about)
    if subject is None or card is None or not may_open(subject, standing.party):
        return _refused(visit, "press-closed-to-you")
    state: Any = subject.state
    if isinstance(state, ReferralState) and Action.see in actions(state, standing.party):
        command = SeeReferral(stream=about, by=standing.party)
        await visit.side.journal.handle(visit.tx, command, visit.caused_by(standing, f"press-{token['token']}"))
    if isinstance(state, PlanState) and state.alarm is Alarm.unseen:
        seen = SeeWorse(stream=about, by=standing.party)
        await visit.side.journal.handle(visit.tx, seen, visit.caused_by(standing, f"press-{token['token']}"))
    await write_audit(visit.tx, visit.now, f"person:{standing.party.id}", "open details", about)
    answer = plain(standing.language, "press-opened")
    await use(visit, token["token"], answer)
    return Answer(toast=answer, show=Show(card, opened=True))
