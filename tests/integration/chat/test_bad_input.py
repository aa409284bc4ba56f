"""What nobody should send, and everybody does: one kind line, no effect, nothing stuck."""

from typing import Any

from bot.update_store import store
from events.purposes import Purpose
from events.referral import Appointment
from events.referral_commands import AcceptReferral
from models.deliveries import ActionTokenRow, UpdateRow
from models.summaries import SummaryRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, offered, party
from tests.phones import Card, Phone

# Long, empty of sense, other scripts' digits that make no sense, direction marks, markup, a command nobody knows.
ODD = (
    "很" * 4000,
    "😀" * 60,
    "\u200f\u202e\u2066",
    "<b>1</b> & <a href='https://example.org'>x</a> <script>alert(1)</script>",
    "*_[]()~`>#+-=|{}.!",
    "/nosuchcommand 1",
    "R-22222",
    "R-22222 接",
    "٩٩٩٩٩/٨٨٨٨٨",
)


async def inject(stage: Stage, phone: Phone, number: int, **message: Any) -> None:
    """What a phone of the sandbox cannot send: stored as an update, as a poll or a webhook stores it."""
    person = {"id": phone.id, "is_bot": False, "first_name": "x", "language_code": phone.person["language"]}
    update = {
        "update_id": 1_000_000 + number,
        "message": {
            "message_id": 500_000 + number, "date": int(stage.clock.now().timestamp()), "from": person,
            "chat": {"id": phone.id, "type": "private"}, **message,
        },
    }  # fmt: skip
    async with stage.database.transaction() as tx:
        await store(tx, stage.side, [update])
    stage.updates.wake()


async def one_line(stage: Stage, phone: Phone) -> Card:
    """Exactly one answer, and every update is done with."""
    answer = await phone.expect()

    async def handled() -> bool:
        return all(row["handled_at"] and not row["reason"] for row in await stage.rows(UpdateRow))

    await stage.until(handled)
    await stage.world.catch_up()
    assert phone.news == [], answer.text
    assert "Traceback" not in answer.text
    return answer


async def test_whatever_a_doctor_sends_gets_one_line_and_changes_nothing(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    before = await stage.types(referral)
    for text in ODD:
        await lin.say(text[:4096])
        await one_line(stage, lin)
        await lin.reply(card, text[:4096])
        await one_line(stage, lin)
    for number, kind in enumerate(("sticker", "voice", "video_note")):
        await inject(stage, lin, number, **{kind: {"file_id": kind, "file_unique_id": kind}})
        assert "please press a button or type" in (await one_line(stage, lin)).text
    code = (await stage.state(referral)).code
    origin = {"type": "user", "sender_user": {"id": 1, "is_bot": False, "first_name": "x"}, "date": 1}
    await inject(stage, lin, 9, text=f"{code} 接", forward_origin=origin)
    assert "forwarded" in (await one_line(stage, lin)).text, "a forwarded card or word"
    await lin.send_photo("接")
    await one_line(stage, lin)
    assert await stage.types(referral) == before
    await card.press("Accept · ")
    assert (await stage.state(referral)).accepted_by == "lin-hao", "nothing is stuck"


async def test_whatever_a_patient_sends_gets_one_line_and_no_value_is_made_of_it(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.start()
    for text in ("很" * 4000, "/nosuchcommand", "R-22222 接", "٩٩٩٩٩/٨٨٨٨٨", "0/0", "99999999999999999999/1"):
        await li.say(text[:4096])
        await one_line(stage, li)
    await li.send_photo("145/92")
    assert "your doctor has been told" in (await one_line(stage, li)).text, "a photo where a number is asked"
    await inject(stage, li, 0, voice={"file_id": "v", "file_unique_id": "v", "duration": 3})
    assert "please press a button or type" in (await one_line(stage, li)).text
    await inject(stage, li, 1, sticker={"file_id": "s", "file_unique_id": "s"})
    assert "please press a button or type" in (await one_line(stage, li)).text
    assert (await stage.types(plan)).count("WordsReceived") == 2, "a sticker says nothing"
    assert (await stage.state(plan)).readings == ()
    await li.say("１４５／９２")
    await li.expect("Recorded 145/92")


async def test_a_name_with_markup_and_direction_marks_does_no_harm_from_the_draft_to_the_card(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start()
    await he.say("/refer name: \u202e<b>Li</b>\u202c &amp F 71 cardiology headache <a href='x'>2 days</a>")
    draft = await he.expect("Draft")
    assert "\u202e" not in draft.text
    await draft.press("Send, patient agrees")
    await draft.edited("sent →")
    [row] = await stage.rows(SummaryRow, kind="referral")
    await stage.tell(Purpose.sent, "he-ping", row["stream"], Lane.reply)
    own = await he.expect(row["code"])
    await own.press("Details")
    await own.edited("— — —")
    assert "\u202e" not in own.text
    assert own.view["entities"] == [each for each in own.view["entities"] if each["type"] == "bold"], "none of theirs"


async def test_a_press_on_yesterdays_card_is_answered_in_words(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    table = ActionTokenRow.__table__  # type: ignore[attr-defined]
    async with stage.database.transaction() as tx:
        await tx.execute(table.update().values(expires_at=stage.clock.now()))
    answer = await card.press("Accept · ")
    assert answer.alert
    assert "newest card" in answer.text
    assert "ReferralAccepted" not in await stage.types(referral)
    code = (await stage.state(referral)).code
    await lin.say(code)
    await (await lin.expect(code)).press("Accept · ")
    assert (await stage.state(referral)).accepted_by == "lin-hao"


async def test_in_a_family_only_who_was_asked_answers(stage: Stage) -> None:
    """The daughter of two presses her mother's button; the doctor, a stranger and the bot's own text do not."""
    fang, li = await stage.phone("fang"), await stage.phone("li")
    referral = await stage.referral()
    at = stage.clock.now()
    by = party(stage, "lin-hao")
    appointment = Appointment(at=at.replace(microsecond=0, year=at.year + 1))
    await stage.do(AcceptReferral(stream=referral, by=by, appointment=appointment))
    await stage.tell(Purpose.patient_time, "li-xiuying", referral)
    await stage.start()
    card = await li.expect()
    stranger = await stage.stranger("mallory")
    await stranger.start()
    hers = await stranger.expect()
    tokens = [row["token"] for row in await stage.rows(ActionTokenRow, party="li-xiuying")]
    await fang.say("/help")
    other = await fang.expect()
    for token in tokens:
        assert "no longer works" in (await fang.press_data(other, token)).text
        assert (await stranger.press_data(hers, token)).alert
    assert "TimeConfirmed" not in await stage.types(referral)
    await card.press("I will come")
    assert (await stage.state(referral)).confirmed
