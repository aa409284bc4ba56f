"""What patients send instead of text: kept sealed for their team, opened by a press that is written down."""

import pytest

from bot.handlers import patient_files, router
from events.purposes import Purpose
from models.audit import AuditRow
from models.deliveries import CardRow
from models.documents import DocumentRow
from models.sealed import SITE
from models.values import Priority
from tests.integration.chat.stage import Stage, both_engines, offered
from tests.integration.chat.test_files import PDF
from tests.phones import Card, Phone

VOICE = b"OggS Zanzibar " + bytes(range(256)) * 4


async def wrote(stage: Stage, phone: Phone, plan: str) -> Card:
    """The card that tells the team of the newest words, as the engine asks for it."""
    state = await stage.state(plan)
    await stage.tell(Purpose.patient_wrote, "he-ping", plan, words=state.words[-1][0])
    return await phone.expect("A patient in follow-up")


@both_engines
async def test_a_voice_message_is_kept_for_the_team_and_opened_by_a_press(stage: Stage) -> None:
    li, he = await stage.phone("li"), await stage.phone("he")
    plan = await stage.plan()
    await stage.start()
    await li.send_voice(VOICE)
    told = await li.expect("Kept, sealed")
    assert "120" in told.text
    [row] = await stage.rows(DocumentRow, about=plan)
    state = await stage.state(plan)
    assert (row["kind"], row["key"]) == ("ogg", state.patient_key)
    assert "Zanzibar" not in row["content"]
    card = await wrote(stage, he, plan)
    assert "voice" not in card.text, "what was sent is behind the fold"
    await card.press("Files (1)")
    shown = await he.expect()
    assert (shown.view["attachment"]["file_name"], shown.view["protected"]) == ("1.ogg", True)
    [look] = await stage.rows(AuditRow, action="open files")
    assert (look["actor"], look["subject"]) == ("person:he-ping", plan)
    await card.press("Open")
    await card.edited("sent a voice message")


async def test_the_words_of_a_patient_are_read_on_the_opened_card(stage: Stage) -> None:
    li, he = await stage.phone("li"), await stage.phone("he")
    plan = await stage.plan()
    await stage.start()
    await li.say("my knee hurts and I have no pills left")
    await li.expect("Your team will read it")
    card = await wrote(stage, he, plan)
    assert "knee" not in card.text
    await card.press("Open")
    await card.edited("The patient wrote: my knee hurts and I have no pills left")


async def test_a_photo_before_the_visit_goes_with_the_referral_to_whoever_has_it(stage: Stage) -> None:
    li = await stage.phone("li")
    referral, lin, card = await offered(stage, Priority.urgent)
    await card.press("Accept · ")
    await li.send_photo("my wound today")
    await li.expect("Kept, sealed")
    assert len((await stage.state(referral)).documents) == 1
    await stage.tell(Purpose.patient_wrote, "lin-hao", referral)
    news = await lin.expect("The patient sent something")
    assert "wound" not in news.text
    await news.press("Files (1)")
    assert (await lin.expect()).view["attachment"]["file_name"] == "1.png"
    await news.press("Details")
    await news.edited("my wound today")


async def test_the_contact_of_two_is_asked_whose_photo_it_is(stage: Stage) -> None:
    fang = await stage.phone("fang")
    mothers, fathers = await stage.plan(), await stage.plan("wang-guohua")
    await stage.start()
    await fang.send_photo("his leg")
    question = await fang.expect("Whose is this?")
    [waiting] = await stage.rows(DocumentRow)
    assert (waiting["key"], waiting["about"] in (mothers, fathers)) == (SITE, False), "nobody's before she says"
    await question.press("Father")
    await fang.expect("Kept, sealed")
    [row] = await stage.rows(DocumentRow)
    assert (row["about"], row["key"]) == (fathers, (await stage.state(fathers)).patient_key)
    assert (await stage.state(mothers)).words == ()
    await question.press("Mother")
    assert (await stage.state(mothers)).documents == (), "a second choice does not move it"


async def test_a_short_video_is_kept_and_a_long_one_or_a_place_is_told_of(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    li, he = await stage.phone("li"), await stage.phone("he")
    plan = await stage.plan()
    await stage.start()
    await li.send_video("her walk")
    await li.expect("Kept, sealed")
    card = await wrote(stage, he, plan)
    await card.press("Files (1)")
    assert (await he.expect()).view["attachment"]["file_name"] == "1.mp4"
    await card.press("Open")
    await card.edited("sent a video: see “Files”")
    monkeypatch.setattr(router, "MOST_BYTES", 10)
    await li.send_video()
    await li.expect("Your doctor has been told")
    await li.share_location(22.5, 113.9)
    await li.expect("Your doctor has been told")
    assert len(await stage.rows(DocumentRow)) == 1
    assert (await stage.types(plan)).count("WordsReceived") == 3, "the team knows of each"
    card = await wrote(stage, he, plan)
    await card.press("Open")
    await card.edited("place on the map")


async def test_the_same_photo_twice_is_one_and_a_program_is_only_told_of(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.start()
    for _ in range(2):
        await li.send_document(data=PDF)
        await li.expect("Kept, sealed")
    assert len((await stage.state(plan)).documents) == 1
    await li.send_document(data=b"MZ\x90 a program", file_name="harmless.pdf")
    await li.expect("Only words and numbers are read here")
    assert len(await stage.rows(DocumentRow)) == 1
    assert (await stage.types(plan)).count("WordsReceived") == 2, "the team knows that something came"


async def test_no_chat_fills_the_store(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient_files, "MOST_FILES", 1)
    li = await stage.phone("li")
    await stage.plan()
    await stage.start()
    await li.send_voice(VOICE)
    await li.expect("Kept, sealed")
    await li.send_voice(VOICE + b"again")
    await li.expect("enough for today")
    assert len(await stage.rows(DocumentRow)) == 1


async def test_nobody_else_opens_the_file_of_a_patient(stage: Stage) -> None:
    li, liu = await stage.phone("li"), await stage.phone("liu")
    plan = await stage.plan()
    await stage.start()
    await li.send_voice(VOICE)
    await li.expect("Kept, sealed")
    he = await stage.phone("he")
    card = await wrote(stage, he, plan)
    shown = await stage.until(lambda: stage.rows(CardRow, about=plan))
    assert shown
    token = next(each["data"] for row in card.view["buttons"] for each in row if each["label"] == "Files (1)")
    await liu.start()
    mine = await liu.expect()
    answer = await liu.press_data(mine, token)
    assert "Files" not in answer.text
    assert await stage.rows(AuditRow, action="open files") == []
