"""What is theirs: /today, a code alone, Why?, and a question that becomes a referral."""

from events.purposes import Purpose
from events.referral_commands import OfferReferral
from models.summaries import SummaryRow
from models.values import Lane, Priority
from tests.integration.chat.stage import DEPARTMENT, HOSPITAL, RULES, Stage, offered


async def test_today_lists_what_they_answer_for_and_what_they_sent(stage: Stage) -> None:
    referral, lin, _ = await offered(stage, Priority.urgent)
    he = await stage.phone("he")
    code = (await stage.state(referral)).code
    await lin.say("/today")
    mine = await lin.expect("Waiting for you (1)")
    assert code in mine.text
    assert mine.labels == [code]
    await he.say("/today")
    sent = await he.expect("Sent by you (1)")
    await sent.press(code)
    await he.expect(code)
    chen = await stage.phone("chen")
    await chen.say("/today")
    await chen.expect("no referral now")


async def test_a_code_alone_shows_the_card_to_those_it_concerns_and_to_nobody_else(stage: Stage) -> None:
    referral, lin, _ = await offered(stage, Priority.urgent)
    liu = await stage.phone("liu")
    code = (await stage.state(referral)).code
    await lin.say(code.removeprefix("R-").lower())
    card = await lin.expect(code)
    await card.press("Accept · ")
    assert (await stage.state(referral)).accepted_by == "lin-hao"
    await liu.say(code)
    await liu.expect("no such referral")
    await liu.say("R-22222")
    await liu.expect()


async def test_why_is_three_lines_and_leads_back(stage: Stage) -> None:
    _, _, card = await offered(stage, Priority.urgent)
    await card.press("More")
    await card.edited("What else?")
    await card.press("Why?")
    await card.edited("Why this priority?")
    told = card.text.partition("Why this priority?")[2].strip().splitlines()
    assert [line.partition(":")[0] for line in told] == ["Rule", "Values", "Source"]
    await card.press("Back")
    await card.edited("Urgent referral")


async def test_a_question_is_answered_with_advice_and_insisting_makes_it_a_referral(stage: Stage) -> None:
    he, lin = await stage.phone("he"), await stage.phone("lin")
    await stage.start()
    await he.say("/ask 李秀英 71女 心内 Which dose for her?")
    card = await he.expect("Draft question")
    await card.press("Send the question")
    await card.edited("sent →")
    [row] = await stage.rows(SummaryRow, kind="referral")
    referral = row["stream"]
    assert (await stage.state(referral)).wants == "advice"
    await stage.do(OfferReferral(stream=referral, by=RULES, facility=HOSPITAL, department=DEPARTMENT, to=("lin-hao",)))
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.urgent)
    question = await lin.expect("Question (")
    await question.press("Answer")
    await lin.expect("your advice")
    await lin.say("Five milligrams")
    await lin.expect("Noted")
    await stage.tell(Purpose.advised, "he-ping", referral, Lane.urgent)
    advised = await he.expect("advice")
    await advised.press("Insist")
    await stage.until(lambda: _is_a_referral(stage, referral))


async def _is_a_referral(stage: Stage, referral: str) -> bool:
    return (await stage.state(referral)).wants is None
