"""What doctors add or choose: details after /sos, which of their houses refers, a number for a name, a question to the
hospital that sent somebody home, the QR code; and that no card can be forwarded."""

from datetime import timedelta

from bot.identity import issue_invite
from events.discharge_decider import RecordDischarge
from events.purposes import Purpose
from events.referral import Appointment
from events.referral_commands import AcceptReferral, OfferReferral
from models.audit import AuditRow
from models.deliveries import ActionTokenRow, NoticeRow
from models.history import Origin, change
from models.parties import addresses
from models.patients import ContactRow, PatientRow
from models.registry import RoleRow
from models.summaries import SummaryRow
from models.values import Lane, Role, Sex, StreamKind, new_id, stream_id
from tests.integration.chat.stage import RULES, Stage, both_engines, offered, party
from tests.phones import Phone

NUMBER = "00000019550308001X"
WRONG = ("li-xiuying", "wang-fang-of-li")


async def sent_in_three_presses(stage: Stage, he: Phone) -> str:
    await he.say("/sos")
    card = await he.expect("Emergency STAT")
    await card.press("Chest pain")
    await card.edited("Which patient?")
    await card.press("Skip")
    await card.edited("To: Chengxi")
    await card.press("Send, consent later: emergency")
    await card.edited("sent →")
    [row] = await stage.rows(SummaryRow, kind="referral")
    stream: str = row["stream"]
    return stream


@both_engines
async def test_after_an_emergency_the_details_are_typed_and_it_is_amended(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start()
    referral = await sent_in_three_presses(stage, he)
    code = (await stage.state(referral)).code
    await stage.tell(Purpose.sent, "he-ping", referral, Lane.reply)
    card = await he.expect(code)
    written = await he.reply(card, "68岁 男 BP 92/60 大汗")
    await he.expect(f"Added to {code}")
    state = await stage.state(referral)
    assert (state.picture.age, state.picture.sex, state.picture.suspected) == (68, Sex.male, "chest_pain")
    assert (state.picture.vitals.sbp, state.picture.vitals.dbp) == (92, 60)
    assert "ReferralAmended" in await stage.types(referral)
    await stage.at_rest()
    messages = (await he.transcript(everything=True))["messages"]
    assert next(each for each in messages if each["id"] == written["id"])["deleted"], "patient data leaves the chat"
    before = (await stage.state(referral)).version
    await he.reply(card, "thank you")
    await he.expect("did not understand")
    assert (await stage.state(referral)).version == before
    patient = state.patient
    await he.say(f"{code} {NUMBER}")
    await he.expect(f"Added to {code}")
    joined = await he.expect("Joined to the patient on record")
    state = await stage.state(referral)
    assert (state.patient, state.provisional) == ("li-xiuying", False)
    # They were two after all: the loop goes back, and what waits for the wrong one is not sent.
    at = stage.clock.now() + timedelta(days=3)
    where = {"facility": state.facility, "department": state.department}
    await stage.do(OfferReferral(stream=referral, by=RULES, to=("lin-hao",), **where))
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "lin-hao"), appointment=Appointment(at=at)))
    li, fang = await stage.phone("li"), await stage.phone("fang")
    for wrong in WRONG:
        await stage.tell(Purpose.patient_time, wrong, referral)
    told = [await phone.expect("Chengxi County People's Hospital") for phone in (li, fang)]
    await joined.press("Wrong: they are two people")
    await joined.edited("They are two again")
    for card in told:
        await card.edited("Withdrawn: this message was sent by mistake")
        assert card.labels == []
    tokens = await stage.rows(ActionTokenRow, about=referral)
    assert not [each for each in tokens if each["party"] in WRONG and each["expires_at"] > stage.clock.now()]
    assert (await stage.state(referral)).patient == patient
    [row] = await stage.rows(PatientRow, id=patient, valid_to=None)
    assert (row["merged_into"], row["provisional"]) == (None, True)
    late = await stage.tell(Purpose.patient_time, "li-xiuying", referral)
    await stage.until(lambda: stage.rows(NoticeRow, stream=late, state="withdrawn"))
    assert li.news == []


async def test_whoever_is_asked_amends_nothing(stage: Stage) -> None:
    referral, lin, card = await offered(stage)
    await lin.reply(card, "BP 92/60 大汗")
    await lin.expect("did not understand")
    assert "ReferralAmended" not in await stage.types(referral)


async def test_a_doctor_of_two_houses_chooses_where_it_comes_from(stage: Stage) -> None:
    he = await stage.phone("he")
    role = {"id": "he-ping-too", "person": "he-ping", "facility": "liuwan", "role": Role.doctor}
    async with stage.database.transaction() as tx:
        await change(tx, RoleRow, [role], stage.clock.now(), "test", Origin.chat)
    await stage.directories.refresh()
    await stage.start("updates")
    await he.say("/refer Zhang Wei M 58 cardiology BP 162/98 headache")
    card = await he.expect("Draft referral")
    first = (await card_origin(card.text)).strip()
    await card.press("Edit")
    await card.edited("What is to change?")
    await card.press("From")
    await card.edited("Which of your places")
    await card.press(card.labels[0])
    await stage.until(lambda: _moved(card, first))
    await card.press("Send, patient agrees")
    await card.edited("sent →")
    [row] = await stage.rows(SummaryRow, kind="referral")
    assert {row["initiator_facility"]} == {"liuwan" if "Liantang" in first else "liantang"}


async def card_origin(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("From:"))


async def _moved(card: object, first: str) -> bool:
    text = str(getattr(card, "text"))  # noqa: B009 - a card of tests/handset.py
    return "From:" in text and first not in text and "Which of your places" not in text


async def test_a_patient_is_known_by_the_number_of_the_id_card(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start("updates")
    await he.say(f"/refer {NUMBER} 心内 头痛2天")
    card = await he.expect("Draft referral")
    assert "李*英 · 1955" in card.text
    assert NUMBER not in card.text
    await card.press("Send, patient agrees")
    await card.edited("sent →")
    [row] = await stage.rows(SummaryRow, kind="referral")
    assert (await stage.state(row["stream"])).patient == "li-xiuying"


async def test_for_thirty_days_a_question_goes_to_the_hospital_that_sent_them_home(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start("updates")
    for days in (31, 29):
        discharge = RecordDischarge(
            stream=stream_id(StreamKind.discharge, new_id()), by=RULES, patient="li-xiuying",
            patient_key=(await stage.state(await stage.referral())).patient_key, facility="chengxi-2",
            department="cardiology", centre="liantang", discharged_at=stage.clock.now() - timedelta(days=days),
        )  # fmt: skip
        await stage.do(discharge)
        await he.say("/ask 李秀英 71女 药要不要加")
        card = await he.expect("question")
        assert ("To: Chengxi County Second Hospital Cardiology" in card.text) is (days == 29)


async def test_the_qr_code_is_a_photo_that_nobody_can_pass_on(stage: Stage) -> None:
    he = await stage.phone("he")
    code = (await stage.state(await stage.referral())).code
    await stage.start("updates")
    await he.say(f"/invite {code}")
    await he.expect("QR")
    picture = await he.expect()
    assert picture.view["attachment"]["kind"] == "photo"
    assert picture.view["protected"]
    assert await stage.world.calls("sendDocument") == []


@both_engines
async def test_a_neighbour_is_let_in_by_the_family_code_and_nobody_by_a_wrong_year(stage: Stage) -> None:
    he = await stage.phone("he")
    referral = await stage.referral()
    code = (await stage.state(referral)).code
    await stage.start("updates")
    await he.say(f"/invite {code}")
    shown = await he.expect("QR")
    await he.expect()
    await shown.press("Family")
    who = await he.expect("Only with the patient’s consent")
    await who.press("neighbour")
    await he.expect(f"{code} (neighbour)")
    picture = await he.expect()
    assert picture.view["protected"]
    [contact] = await stage.rows(ContactRow, actor="person:he-ping")
    assert (contact["patient"], contact["scope"], contact["may_answer"]) == ("li-xiuying", ["times"], True)
    assert (contact["consented"], contact["guardian"]) == (True, False)
    async with stage.database.transaction() as tx:
        again = await issue_invite(
            tx, stage.keyring, contact["id"], stage.directories.current(), stage.clock.now(), "he-ping"
        )  # fmt: skip
    neighbour = await stage.stranger("neighbour")
    await neighbour.start(again.text)
    await neighbour.expect()
    await neighbour.say("1900")
    await neighbour.expect()
    assert await _chats(stage, contact["id"]) == []
    await neighbour.say("1955")
    await neighbour.expect()
    assert await _chats(stage, contact["id"]) == [str(neighbour.id)]
    assert len(await stage.rows(AuditRow, action="invite family")) == 1


async def _chats(stage: Stage, party: str) -> list[str]:
    async with stage.database.reading() as tx:
        return [each.chat for each in (await addresses(tx, [party], stage.clock.now())).get(party, ())]


async def test_every_message_is_protected(stage: Stage) -> None:
    _, lin, card = await offered(stage)
    await lin.say("/help")
    await lin.expect()
    await card.press("Cannot take")
    await card.edited("Why")
    sent = [each for each in (await lin.transcript(everything=True))["messages"] if each["by"] == "bot"]
    assert len(sent) >= 3
    assert all(each["protected"] for each in sent)
