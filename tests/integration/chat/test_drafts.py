"""A referral from the chat: one message and one press, the guided form, /sos, patients made on the spot."""

import asyncio
import json

import pytest
from sqlalchemy import select

from events import referral as e
from models.audit import AuditRow
from models.deliveries import DraftRow, FormRow
from models.parties import PartyKind as Kind
from models.parties import bind_chat
from models.patient_reading import patients
from models.summaries import SummaryRow
from models.values import Priority, Sex
from tests.integration.chat.stage import Stage, both_engines
from tests.phones import Phone

WHOLE = "/refer 李秀英 71女 心内 BP 186/112 头痛2天 急"


async def doctor(stage: Stage) -> Phone:
    he = await stage.phone("he")
    await stage.start("updates")
    return he


async def referrals(stage: Stage) -> list[str]:
    return [row["stream"] for row in await stage.rows(SummaryRow, kind="referral")]


async def opened(stage: Stage, stream: str) -> str:
    """The reason a referral carries, opened."""
    state = await stage.state(stream)
    note = state.note("reason")
    async with stage.database.reading() as tx:
        await stage.keyring.load(tx, {state.patient_key})
    return stage.keyring.open(state.patient_key, note.sealed, note.aad)


@both_engines
async def test_one_message_and_one_press_send_a_referral(stage: Stage) -> None:
    he = await doctor(stage)
    written = await he.say(WHOLE)
    card = await he.expect("Draft referral")
    assert "李*英 · 1955" in card.text
    assert "李秀英" not in card.text, "a look-up shows nobody's whole name"
    assert "BP 186/112" in card.text
    assert "because:" in card.text
    assert "Chengxi County People's Hospital Cardiology" in card.text
    await card.press("Send, patient agrees")
    await card.edited("sent →")
    [stream] = await referrals(stage)
    state = await stage.state(stream)
    assert (state.patient, state.facility, state.department) == ("li-xiuying", "chengxi-1", "cardiology")
    assert state.asked_priority is Priority.urgent
    assert state.picture.vitals == e.Vitals(sbp=186, dbp=112)
    assert state.patient_centre == "liantang"
    assert await opened(stage, stream) == "头痛2天"
    assert "ConsentRecorded" in await stage.types(stream), "who told the patient, and when"
    messages = (await he.transcript(everything=True))["messages"]
    assert next(each for each in messages if each["id"] == written["id"])["deleted"], "patient data leaves the chat"


async def test_the_same_press_again_sends_nothing_more(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say(WHOLE)
    card = await he.expect("Draft referral")
    token = next(each for each in await buttons(he, card.id) if each["label"].startswith("Send, patient"))
    await card.press("Send, patient agrees")
    await card.edited("sent →")
    for _ in range(3):
        answer = await he.press_data(card, token["data"])
        assert "has been sent" in answer.text
    assert len(await referrals(stage)) == 1


async def test_fifty_presses_at_once_are_one_referral(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say(WHOLE)
    card = await he.expect("Draft referral")
    token = next(each for each in await buttons(he, card.id) if each["label"].startswith("Send, patient"))
    await asyncio.gather(*(he.press_data(card, token["data"]) for _ in range(50)))
    assert len(await referrals(stage)) == 1


async def buttons(phone: Phone, message: int) -> list[dict[str, str]]:
    rows = phone.messages[message]["buttons"]
    return [button for row in rows for button in row]


async def test_consent_may_come_later(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say(WHOLE)
    card = await he.expect("Draft referral")
    await card.press("Send, consent later")
    await card.edited("sent →")
    [stream] = await referrals(stage)
    assert (await stage.state(stream)).consent in ("later", "emergency")


async def test_the_same_patient_and_department_is_noticed(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say(WHOLE)
    await (await he.expect("Draft referral")).press("Send, patient agrees")
    code = (await stage.state((await referrals(stage))[0])).code
    await he.say(WHOLE)
    again = await he.expect("Draft referral")
    assert f"has an open referral, {code}" in again.text


async def test_a_patient_nobody_knows_is_made_on_the_spot_and_found_the_next_time(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/refer Zhang Wei M 58 cardiology BP 182/110 chest pain 2 hours")
    card = await he.expect("Zhang Wei (new here)")
    assert "Chest-pain" in card.text or "STAT" in card.text
    await card.press("Send, patient agrees")
    await card.edited("sent →")
    [stream] = await referrals(stage)
    state = await stage.state(stream)
    async with stage.database.reading() as tx:
        made = (await patients(tx, [state.patient], stage.clock.now()))[state.patient]
        await stage.keyring.load(tx, {made.key_id})
    assert made.name(stage.keyring) == "Zhang Wei"
    assert made.sex is Sex.male
    assert not made.provisional
    await he.say("/find zhang wei")
    assert "Z* W*" in (await he.expect("Found at your facility")).text


async def test_a_thin_identity_is_provisional(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/refer BP 182/110 头痛")
    card = await he.expect("Patient: not given")
    assert "Missing: name, sex, age, recipient" in card.text
    await card.press("Send, patient agrees")
    await card.edited("coordinator finds")
    [stream] = await referrals(stage)
    assert (await stage.state(stream)).provisional


async def test_another_of_the_same_name_is_never_taken_for_granted(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/refer 李秀英 30女 心内 头痛2天")
    card = await he.expect("Who is it?")
    assert any("1955" in label for label in card.labels)
    await card.press("None of these: new patient")
    await card.edited("李秀英 (new here)")
    await card.press("Send, patient agrees")
    await card.edited("sent →")
    [stream] = await referrals(stage)
    assert (await stage.state(stream)).patient != "li-xiuying"


async def test_patients_of_other_facilities_are_not_found_and_looks_are_written_down(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/find 陈老根")
    await he.expect("Nobody found")
    await he.say("/find 李秀英")
    assert "李*英 · 1955 · ···2001" in (await he.expect("Found")).text
    await he.say("/find 13900002001")
    await he.expect("李*英")
    looks = await stage.rows(AuditRow, action="look up")
    assert [row["subject"] for row in looks] == ["nobody", "patient-li-xiuying", "patient-li-xiuying"]
    assert {row["actor"] for row in looks} == {"person:he-ping"}


async def test_who_left_yesterday_can_neither_look_up_nor_refer(stage: Stage) -> None:
    gone = await stage.world.person("gone", name="Gone Away")
    async with stage.database.transaction() as tx:
        await bind_chat(tx, "nobody-any-more", Kind.practitioner, str(gone.id), stage.clock.now(), "test")
    await stage.start("updates")
    for text in ("/find 李秀英", WHOLE, "/sos"):
        await gone.say(text)
        await gone.expect()
    assert await referrals(stage) == []
    assert await stage.rows(AuditRow, action="look up") == []


async def test_the_recipient_and_the_priority_can_be_changed(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say(WHOLE)
    card = await he.expect("Draft referral")
    await card.press("Other recipient")
    await card.edited("Send it where?")
    await card.press("Chengxi County Second Hospital Cardiology")
    await card.edited("To: Chengxi County Second")
    await card.press("Edit")
    await card.edited("What is to change?")
    await card.press("Priority")
    await card.edited("Which priority?")
    await card.press("STAT")
    await card.edited("Priority: STAT")
    await card.press("Send, consent later: emergency")
    await card.edited("sent →")
    state = await stage.state((await referrals(stage))[0])
    assert (state.facility, state.asked_priority, state.consent) == ("chengxi-2", Priority.stat, "emergency")


async def test_the_guided_form_survives_a_restart_in_the_middle(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/refer")
    await he.expect("name?")
    await he.say("李秀英")
    who = await he.expect("Who is it?")
    await stage.stop()
    await stage.start("updates")
    await who.press("李*英")
    await who.edited("What is wrong")
    await he.send_photo("her arm")
    await he.expect("Kept, sealed")
    await he.expect("What is wrong")
    await he.say("头痛2天")
    await he.expect("What was measured?")
    await he.say("not much")
    await he.expect("no measurement in that")
    await he.say("186/112")
    await he.expect("Send it where?")
    await he.say("nowhere land")
    await he.expect("No such place")
    await he.say("心内")
    card = await he.expect("Draft referral")
    await card.press("Send, patient agrees")
    await card.edited("sent →")
    state = await stage.state((await referrals(stage))[0])
    assert (state.patient, state.picture.vitals.sbp, state.department) == ("li-xiuying", 186, "cardiology")
    assert (state.picture.sex, state.picture.age) == (Sex.female, state.picture.age)
    assert await stage.rows(FormRow) == []


async def test_an_age_that_is_none_is_asked_again(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/refer")
    await he.expect("name?")
    await he.say("Zhang Wei")
    sex = await he.expect("Sex?")
    await sex.press("Male")
    await sex.edited("Age in years?")
    for wrong in ("many", "-3", "999", "😀", "5" * 400):
        await he.say(wrong)
        await he.expect("A number from 0 to 125")
    await he.say("٥٨")
    await he.expect("What is wrong")
    await he.say("/cancel")
    await he.expect("nothing was written")


async def test_an_emergency_is_three_presses(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/sos")
    card = await he.expect("Emergency STAT")
    await card.press("Chest pain")
    await card.edited("Which patient?")
    await card.press("Skip")
    await card.edited("To: Chengxi County People's Hospital Cardiology")
    await card.press("Send, consent later: emergency")
    await card.edited("sent →")
    state = await stage.state((await referrals(stage))[0])
    assert state.asked_priority is Priority.stat
    assert (state.picture.suspected, state.consent, state.provisional) == ("chest_pain", "emergency", True)


async def test_an_emergency_of_somebody_referred_before_names_them(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say(WHOLE)
    await (await he.expect("Draft")).press("Send, patient agrees")
    await he.say("/sos")
    card = await he.expect("Emergency STAT")
    await card.press("Stroke")
    await card.edited("Which patient?")
    await card.press("李*英")
    await card.edited("Patient: 李*英")
    await card.press("Send, consent later: emergency")
    await card.edited("sent →")
    newest = [await stage.state(each) for each in await referrals(stage)]
    stat = next(each for each in newest if each.asked_priority is Priority.stat)
    assert (stat.patient, stat.department) == ("li-xiuying", "neurology")


@pytest.mark.parametrize(
    "text",
    [
        "/refer " + "很" * 4000,
        "/refer 😀😀😀 \u202e<b>李</b>\u202c & <script>alert(1)</script>",
        "/refer ٧١ ۷۱ ７１ 血压 ١٨٦/١١٢",
        "/refer \u200f\u200f\u202e",
        "/find " + "x" * 4000,
        "/find <b>",
        "/sos \u202e😀",
    ],
)
async def test_odd_texts_get_one_kind_answer(stage: Stage, text: str) -> None:
    he = await doctor(stage)
    await he.say(text[:4096])
    answer = await he.expect()
    assert "<script>" not in answer.text or "&lt;" not in answer.text
    assert await referrals(stage) == []


async def test_a_draft_is_sealed_and_forgotten_once_sent(stage: Stage) -> None:
    he = await doctor(stage)
    await he.say("/refer Zhang Wei M 58 cardiology secret Zanzibar pain")
    card = await he.expect("Draft")
    [row] = await stage.rows(DraftRow)
    assert "Zanzibar" not in json.dumps({key: str(value) for key, value in row.items()})
    await card.press("Discard")
    await card.edited("nothing was sent")
    assert await stage.rows(DraftRow) == []
    async with stage.database.reading() as tx:
        assert (await tx.execute(select(SummaryRow.__table__))).first() is None  # type: ignore[attr-defined]
