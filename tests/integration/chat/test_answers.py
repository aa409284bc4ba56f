"""What people do in the chat: one press, one effect, one answer; only by the one who was asked (T1-T3, T7, N3)."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from bot.channel import NotSent, Outgoing, Sent, Unknown
from bot.sending.card_rows import UNKNOWN
from events.purposes import Purpose
from events.referral import Appointment
from events.referral_commands import AcceptReferral, OfferTime
from models.audit import AuditRow
from models.deliveries import ActionTokenRow, CardRow, DeliveryRow, NoticeRow
from models.history import Origin, end
from models.patient_writing import record_death
from models.registry import RoleRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines, offered, party

_CARDS = CardRow.__table__  # type: ignore[attr-defined]
_DELIVERIES = DeliveryRow.__table__  # type: ignore[attr-defined]
WITHOUT_NAME = re.compile(r"\A(?!.*李秀英)", re.DOTALL)


async def test_one_press_accepts_and_the_card_says_so(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    answer = await card.press("Accept, come now")
    assert answer.text == "Noted."
    await card.edited("Lin Hao")
    state = await stage.state(referral)
    assert (state.accepted_by, state.come_now) == ("lin-hao", True)
    (token,) = [row for row in await stage.rows(ActionTokenRow) if row["used_at"]]
    assert (token["action"], token["party"]) == ("accept", "lin-hao")
    assert "NoticeAnswered" in await stage.types(token["notice"])


@both_engines
async def test_fifty_presses_at_once_are_one_acceptance(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    answers = await asyncio.gather(*(card.press("Accept, come now", old=True) for _ in range(50)))
    assert {answer.text for answer in answers} == {"Noted."}
    assert (await stage.types(referral)).count("ReferralAccepted") == 1


@both_engines
@pytest.mark.parametrize("state", ["sending", "unknown"])
async def test_a_thumb_quicker_than_the_senders_own_note_finds_its_card(stage: Stage, state: str) -> None:
    """The press proves that the message arrived, whether the sender notes it later (sending) or never (unknown)."""
    _, _, card = await offered(stage)
    async with stage.database.transaction() as tx:
        await tx.execute(delete(_CARDS))
        await tx.execute(update(_DELIVERIES).values(state=state, message=None))
    await card.press("Cannot take")
    await card.edited("Why can you not take it?")
    (kept,) = await stage.rows(CardRow)
    assert (kept["chat"], kept["message"], kept["recipient"]) == (card.phone.id, card.id, "lin-hao")

    async def at_rest() -> bool:
        """It does not want to be changed for ever: nothing has happened to the referral."""
        (now,) = await stage.rows(CardRow)
        return bool(now["wanted_version"] == now["shown_version"])

    await stage.until(at_rest)


@both_engines
async def test_a_reply_to_a_card_that_the_sender_has_not_noted_yet_waits_for_the_note(stage: Stage) -> None:
    referral, lin, card = await offered(stage)
    (kept,) = await stage.rows(CardRow)
    async with stage.database.transaction() as tx:
        await tx.execute(delete(_CARDS))
        await tx.execute(update(_DELIVERIES).values(state="sending", started_at=stage.clock.now()))
    await lin.reply(card, "accept")
    await stage.world.wait_for(lambda: lin.news, 0.7)
    assert lin.news == [], "answered before it could be known what was meant"
    async with stage.database.transaction() as tx:
        await tx.execute(insert(_CARDS), [dict(kept)])
        await tx.execute(update(_DELIVERIES).values(state="sent"))
    await stage.until(lambda: accepted_by(stage, referral))
    lin.skim()


async def accepted_by(stage: Stage, referral: str) -> str | None:
    person: str | None = (await stage.state(referral)).accepted_by
    return person


@both_engines
async def test_two_doctors_press_and_one_has_it(stage: Stage) -> None:
    lin, zhou = await stage.phone("lin"), await stage.phone("zhou")
    referral = await stage.referral(Priority.stat)
    for person in ("lin-hao", "zhou-min"):
        await stage.tell(Purpose.offer, person, referral, Lane.stat)
    await stage.start()
    cards = [await lin.expect("STAT"), await zhou.expect("STAT")]
    answers = await asyncio.gather(*(card.press("Accept, come now") for card in cards))
    assert "Noted." in [answer.text for answer in answers]
    assert (await stage.types(referral)).count("ReferralAccepted") == 1
    winner = (await stage.state(referral)).accepted_by
    loser = cards[0] if winner == "zhou-min" else cards[1]
    await loser.edited("Taken")
    assert loser.labels == []


async def test_forged_buttons_have_no_effect_and_one_kind_answer(stage: Stage) -> None:
    """T2: strings of every kind, among them tokens that exist but are somebody else's."""
    referral, lin, _ = await offered(stage)
    zhou = await stage.phone("zhou")
    await stage.tell(Purpose.offer, "zhou-min", referral)
    hers = await zhou.expect()
    tokens = [row["token"] for row in await stage.rows(ActionTokenRow, party="lin-hao")]
    forged = ["x", "accept", "'; DROP TABLE log; --", "🙂" * 16, "A" * 22, "{}", "../../etc", "0", *tokens]
    answers = {(await zhou.press_data(hers, data)).text for data in forged}
    assert answers == {"This button no longer works; please look at the newest card."}
    assert "ReferralAccepted" not in await stage.types(referral)
    assert all(row["used_at"] is None for row in await stage.rows(ActionTokenRow))
    assert lin.news == []


async def test_a_press_by_somebody_who_left_meanwhile_is_refused(stage: Stage) -> None:
    """T7: the role is looked up when they press."""
    referral, _, card = await offered(stage)
    async with stage.database.transaction() as tx:
        held = [row["id"] for row in await stage.rows(RoleRow, person="lin-hao")]
        await end(tx, RoleRow, held, stage.clock.now(), "head", Origin.command)
    answer = await card.press("Accept, come now")
    assert (answer.text, answer.alert) == ("This is not yours to answer now.", True)
    assert "ReferralAccepted" not in await stage.types(referral)


async def test_an_old_press_is_refused_in_words(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    by = party(stage, "zhou-min")
    await stage.do(AcceptReferral(stream=referral, by=by, come_now=True))
    await card.edited("Taken")
    answer = await card.press("Accept, come now", old=True)
    assert "things have changed" in answer.text
    assert (await stage.state(referral)).accepted_by == "zhou-min"


async def test_yes_to_a_time_is_yes_to_the_time_that_was_shown(stage: Stage) -> None:
    li = await stage.phone("li")
    referral = await stage.referral()
    by = party(stage, "lin-hao")
    first = stage.clock.now().replace(microsecond=0) + _days(3)
    await stage.do(AcceptReferral(stream=referral, by=by, appointment=Appointment(at=first)))
    await stage.tell(Purpose.patient_time, "li-xiuying", referral, at=first.isoformat())
    await stage.start()
    card = await li.expect()
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    await stage.do(OfferTime(stream=referral, by=by, appointment=Appointment(at=first + _days(1))))
    answer = await card.press("I will come", old=True)
    assert answer.alert
    assert "TimeConfirmed" not in await stage.types(referral)
    await card.press("I will come")
    assert (await stage.state(referral)).confirmed


async def test_a_patient_is_asked_again_before_giving_something_up(stage: Stage) -> None:
    li = await stage.phone("li")
    referral = await stage.referral()
    at = stage.clock.now() + _days(3)
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "lin-hao"), appointment=Appointment(at=at)))
    await stage.tell(Purpose.patient_time, "li-xiuying", referral)
    await stage.start()
    card = await li.expect()
    await card.press("Another time")
    await card.edited("Are you sure")
    assert "TimeRefused" not in await stage.types(referral)
    await card.press("Yes, another time")
    assert "TimeRefused" in await stage.types(referral)


@both_engines
async def test_details_open_for_the_one_asked_and_are_noted(stage: Stage) -> None:
    referral, _, card = await offered(stage)
    assert "李秀英" not in card.text
    await card.press("Details")
    await card.edited("李秀英")
    assert "ReferralSeen" in await stage.types(referral)
    (audit,) = await stage.rows(AuditRow)
    assert (audit["actor"], audit["subject"]) == ("person:lin-hao", referral)
    (row,) = await stage.rows(CardRow)
    assert row["opened"]
    assert row["next_at"] > stage.clock.now()
    await card.press("Fold")
    await card.edited(WITHOUT_NAME)


async def test_an_opened_card_stays_open_until_something_happens(stage: Stage) -> None:
    """The engine hears of the opening itself, and must not fold what was just opened."""
    referral, _, card = await offered(stage)
    await card.press("Details")
    await card.edited("李秀英")
    await stage.at_rest()
    await stage.show_anew(referral)
    await asyncio.sleep(0.7)
    assert "李秀英" in card.text
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "zhou-min"), come_now=True))
    await card.edited("Taken")
    assert "李秀英" not in card.text


async def test_an_opened_card_folds_by_itself(stage: Stage) -> None:
    _, _, card = await offered(stage)
    await card.press("Details")
    await card.edited("李秀英")
    await stage.at_rest()
    await _ten_minutes_later(stage)
    await card.edited(WITHOUT_NAME)


@pytest.mark.parametrize("fault", ["dropped", "bad_gateway"])
async def test_a_card_of_which_nobody_knows_whether_it_was_opened_folds_too(stage: Stage, fault: str) -> None:
    """A name on a screen does not stay there because the answer was lost, or because we died before noting it."""
    _, _, card = await offered(stage)
    await stage.world.fault(fault, method="editMessageText")
    await card.press("Details")
    await stage.until(lambda: stage.rows(CardRow, opened=True, shown_hash=""))
    if fault == "dropped":
        await card.edited("李秀英")
    await _ten_minutes_later(stage)

    async def closed() -> bool:
        return bool(await stage.rows(CardRow, opened=False))

    await stage.until(closed)
    assert "李秀英" not in card.text


async def test_a_card_that_could_not_be_opened_is_not_called_open(stage: Stage) -> None:
    _, _, card = await offered(stage)
    await stage.world.fault("flood", method="editMessageText", seconds=1)
    await card.press("Details")

    async def closed_again() -> bool:
        return bool(await stage.rows(CardRow, opened=False, shown_hash=""))

    await stage.until(closed_again)
    assert "李秀英" not in card.text


async def test_a_card_that_was_marked_while_it_was_changed_is_changed_once_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody chooses another language between the drawing of a card and the note that it is shown."""
    referral, _, _ = await offered(stage)
    update_card = stage.channel.update
    edits = 0

    async def meanwhile(chat: int, message: int, outgoing: Outgoing) -> Sent | NotSent | Unknown:
        nonlocal edits
        edits += 1
        result = await update_card(chat, message, outgoing)
        if edits == 1:
            async with stage.database.transaction() as tx:
                behind = {"shown_version": _CARDS.c.wanted_version - 1, "shown_hash": UNKNOWN}
                await tx.execute(_CARDS.update().values(behind))
        return result

    monkeypatch.setattr(stage.channel, "update", meanwhile)
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "zhou-min"), come_now=True))

    async def changed_again() -> bool:
        return edits == 2

    await stage.until(changed_again)


async def test_a_family_is_not_written_to_after_a_death(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    async with stage.database.transaction() as tx:
        await record_death(tx, "li-xiuying", None, "hospital", stage.clock.now(), "test")
    await stage.tell(Purpose.patient_follow_up, "li-xiuying", plan, Lane.routine, row="0")
    await stage.start()

    async def withdrawn() -> bool:
        return bool(await stage.rows(NoticeRow, state="withdrawn"))

    await stage.until(withdrawn)
    assert li.news == []


def _days(count: int) -> timedelta:
    return timedelta(days=count)


async def _ten_minutes_later(stage: Stage) -> None:
    async with stage.database.transaction() as tx:
        await tx.execute(_CARDS.update().values(next_at=stage.clock.now()))
    stage.sender.wake()
