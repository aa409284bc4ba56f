"""What a family-doctor team arranges in chat: cover, lists, another centre, enrolment, a death undone; figures."""

from events.base import EndReason
from events.follow_up import EndPlan, EndUpReferral, Findings, PlanState, RecordVisit, Severity
from events.purposes import Purpose
from events.referral_commands import WithdrawReferral
from models.history import table_of
from models.patients import DeathRow, SignUpRow
from models.proposals import UNDO_WITHIN, ProposalRow
from models.registry import LeaveRow
from models.summaries import SummaryRow
from models.values import Lane, Priority, StreamKind
from tests.integration.chat.stage import RULES, Stage, both_engines, party
from workers.lapsing import lapse_proposals


async def states_of(stage: Stage, patient: str) -> list[PlanState]:
    """The plans of a patient, the oldest first."""
    rows = await stage.rows(SummaryRow, patient=patient, kind=StreamKind.plan)
    return [await stage.state(row["stream"]) for row in sorted(rows, key=lambda row: row["begun_at"])]


@both_engines
async def test_a_colleague_covers_from_the_first_to_the_last_day(stage: Stage) -> None:
    he, lai = await stage.phone("he"), await stage.phone("lai")
    await stage.start()
    today = stage.clock.now().astimezone(stage.directories.current().site_zone).date()
    await he.say("/cover 2月30日 3-10")
    await he.expect("no such day")
    await he.say(f"/cover {today} {today}")
    await (await he.expect("Who covers")).press("Lai Fu")
    await he.expect("go to Lai Fu")
    await lai.expect("you cover the follow-ups")
    await stage.directories.refresh()
    directory, now = stage.directories.current(), stage.clock.now()
    assert directory.stands_in("he-ping", "liantang", now) == "lai-fu"
    await he.say("/cover")
    listed = await he.expect("He Ping is away")
    await listed.press("End the cover")
    await he.expect("The cover is over")
    await stage.directories.refresh()
    assert stage.directories.current().stands_in("he-ping", "liantang", now) == "he-ping"
    [row] = await stage.rows(LeaveRow, person="he-ping")
    assert row["ended_by"] == "person:he-ping"


@both_engines
async def test_a_whole_list_goes_to_a_colleague_with_one_card(stage: Stage) -> None:
    he, lai = await stage.phone("he"), await stage.phone("lai")
    first, second = await stage.plan(), await stage.plan("wang-guohua")
    other = await stage.plan("chen-laogen")
    await stage.start()
    await he.say("/handover")
    asked = await he.expect("You follow up 2 patients")
    await asked.press("Lai Fu")
    sure = await he.expect("All 2 to Lai Fu?")
    await sure.press("Yes")
    await he.expect("2 handed over to Lai Fu")
    await lai.expect("handed 2 follow-up patients over to you")
    assert {(await stage.state(each)).lead for each in (first, second)} == {"lai-fu"}
    assert (await stage.state(other)).lead is None
    await sure.press("Yes")
    await stage.world.settle()
    assert lai.skim() == [], "told once, however often it is pressed"
    await he.say("/handover")
    await he.expect("You follow up nobody")


@both_engines
async def test_another_centre_takes_the_plan_and_the_sign_up(stage: Stage) -> None:
    he = await stage.phone("he")
    plan = await stage.plan()
    await stage.start()
    await stage.tell(Purpose.plan_card, "he-ping", plan)
    card = await he.expect("Follow-up")
    await card.press("More")
    await card.edited("What is to be done")
    await card.press("Other centre")
    await card.edited("the patient agrees")
    await card.press("Liuwan")
    await stage.until(lambda: _centre(stage, plan, "liuwan"))
    rows = {row["team"]: row["valid_to"] for row in await stage.rows(SignUpRow, patient="li-xiuying")}
    assert rows["team-liantang"] is not None
    assert rows["team-liuwan"] is None


async def _centre(stage: Stage, plan: str, centre: str) -> bool:
    return bool((await stage.state(plan)).centre == centre)


@both_engines
async def test_somebody_is_enrolled_in_chat_and_nobody_is_guessed(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start()
    await he.say("/enrol 李秀英")
    await he.expect("Please write: /enrol")
    await he.say("/enrol 李秀英 高血压 2026-02-30")
    await he.expect("no such day")
    await he.say("/enrol 张伟 高血压")
    await he.expect("sex and age as well")
    await he.say("/enrol 李秀英 高血压 重 2026-03-05")
    asked = await he.expect("hypertension severe, from 2026-03-05")
    await asked.press("李*英")
    await he.expect("is in hypertension")
    [state] = await states_of(stage, "li-xiuying")
    assert (state.programme, state.severity, state.centre) == ("hypertension", Severity.severe, "liantang")
    await he.say("/enrol 李秀英 hypertension")
    again = await he.expect("Who is it")
    pop_up = await again.press("李*英")
    assert "Already in this programme" in pop_up.text
    assert len(await states_of(stage, "li-xiuying")) == 1


@both_engines
async def test_somebody_who_is_not_known_yet_is_enrolled_and_known_from_then_on(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start()
    await he.say("/enrol 张伟 58男 00000019680101001X 高血压 中")
    asked = await he.expect("hypertension moderate")
    assert "张伟" not in asked.text + "".join(asked.labels)
    await asked.press("Somebody new")
    await he.expect("is in hypertension")
    await asked.press("Somebody new")
    [row] = await stage.rows(SummaryRow, kind="plan")
    state = await stage.state(row["stream"])
    assert (state.programme, state.severity, state.centre) == ("hypertension", Severity.moderate, "liantang")
    await he.say("/enrol 张伟 糖尿病")
    again = await he.expect("Who is it")
    await again.press("张*")
    await he.expect("is in diabetes")
    # Another of the same number is the same person, however they are called; one of the same name is asked about.
    await he.say("/enrol 张卫 58男 00000019680101001X 高血压")
    third = await he.expect("Who is it")
    assert "Already" in (await third.press("Somebody new")).text
    await he.say("/enrol 张伟 31男 高血压")
    fourth = await he.expect("Who is it")
    assert [label for label in fourth.labels if "1968" in label]
    await fourth.press("Somebody new")
    await he.expect("is in hypertension")
    assert len({each["patient"] for each in await stage.rows(SummaryRow, kind="plan")}) == 2


async def test_nobody_who_died_is_enrolled_not_even_as_somebody_new(stage: Stage) -> None:
    he = await stage.phone("he")
    plan = await stage.plan()
    await stage.do(EndPlan(stream=plan, by=RULES, reason=EndReason.died))
    await stage.start()
    for said in (
        "/enrol 李秀英 糖尿病",
        "/enrol 李秀英 71女 糖尿病",
        "/enrol Zhang San M 58 00000019550308001X diabetes",
    ):
        await he.say(said)
        asked = await he.expect()
        if "Who is it" in asked.text:  # another name: a press tells whose number it is
            assert "dead" in (await asked.press("Somebody new")).text
        else:
            assert "Recorded as dead" in asked.text, said
    assert len(await states_of(stage, "li-xiuying")) == 1
    # Somebody of the same name and another age is not the one who died.
    await he.say("/enrol 李秀英 31女 糖尿病")
    other = await he.expect("Who is it")
    await other.press("Somebody new")
    await he.expect("is in diabetes")


@both_engines
async def test_a_death_is_undone_by_two_persons_and_the_plan_goes_on(stage: Stage) -> None:
    he, lai = await stage.phone("he"), await stage.phone("lai")
    plan = await stage.plan()
    await stage.start()
    await stage.do(EndPlan(stream=plan, by=RULES, reason=EndReason.died))
    assert len(await stage.rows(DeathRow, id="li-xiuying", valid_to=None)) == 1
    left = (await stage.state(plan)).rows[1:]
    await he.say("/alive 王国华")
    await he.expect("Nobody of this facility")
    await he.say("/alive 李秀英")
    mine = await he.expect("Who is alive?")
    assert "Another colleague" in (await mine.press("李*英")).text
    assert "Another colleague" in (await mine.press("李*英")).text, "one person alone never undoes it"
    assert len(await stage.rows(DeathRow, id="li-xiuying", valid_to=None)) == 1
    await lai.say("/alive 李秀英")
    await (await lai.expect("Who is alive?")).press("李*英")
    await lai.expect("1 follow-up plans go on")
    assert await stage.rows(DeathRow, id="li-xiuying", valid_to=None) == []
    _, again = await states_of(stage, "li-xiuying")
    assert again.open
    assert [row.due_at for row in again.rows] == [row.due_at for row in left]


@both_engines
async def test_what_nobody_confirms_lapses_after_a_day_and_who_proposed_it_is_told(stage: Stage) -> None:
    he, lai = await stage.phone("he"), await stage.phone("lai")
    plan = await stage.plan()
    await stage.start()
    await stage.do(EndPlan(stream=plan, by=RULES, reason=EndReason.died))
    await he.say("/alive 李秀英")
    await (await he.expect("Who is alive?")).press("李*英")
    assert await lapse_proposals(stage.database, stage.journal) == 0, "there is a day for it"
    await _a_day_ago(stage)
    await lai.say("/alive 李秀英")
    his = await lai.expect("Who is alive?")
    await his.press("李*英")
    assert len(await stage.rows(DeathRow, id="li-xiuying", valid_to=None)) == 1, "too late: he proposes it anew"
    assert await lapse_proposals(stage.database, stage.journal) == 1
    assert await lapse_proposals(stage.database, stage.journal) == 0
    stage.sender.wake()
    told = await he.expect("A death was not undone")
    assert "Xiuying" not in told.text
    [waiting] = [row for row in await stage.rows(ProposalRow) if row["done_at"] is None]
    assert waiting["by"] == "person:lai-fu"


async def _a_day_ago(stage: Stage) -> None:
    async with stage.database.transaction() as tx:
        table = table_of(ProposalRow)
        await tx.execute(table.update().values(at=stage.clock.now() - UNDO_WITHIN))


async def advised(stage: Stage, plan: str) -> None:
    """Two visits in a row were not at target: the team is asked to refer."""
    he, found = party(stage, "he-ping"), Findings(sbp=168, dbp=100)
    again = {"visit_class": "unsatisfactory_again", "unsatisfactory": True, "refer": Priority.routine}
    await stage.do(RecordVisit.model_validate({"stream": plan, "by": he, "findings": found, **again}))
    await stage.tell(Purpose.refer_up, "he-ping", plan, Lane.reply)


@both_engines
async def test_a_plan_sends_its_patient_up_once_for_each_time_it_is_advised(stage: Stage) -> None:
    he = await stage.phone("he")
    open_elsewhere = await stage.referral()
    plan = await stage.plan()
    await stage.start()
    await advised(stage, plan)
    first = await he.expect("A referral is advised")
    county = stage.directories.current().facility("chengxi-1")
    here = next(label for label in first.labels if county is not None and county.name_en in label)
    twice = await first.press(here)
    assert (await stage.state(open_elsewhere)).code in twice.text, "somebody has sent her there already"
    assert (await stage.state(plan)).referral is None
    await stage.do(WithdrawReferral(stream=open_elsewhere, by=RULES, reason=EndReason.other))
    await first.press(here)
    sent = await stage.until(lambda: _referral(stage, plan))
    await stage.do(EndUpReferral(stream=plan, by=RULES, referral=sent))
    await advised(stage, plan)
    again = await he.expect("A referral is advised")
    await again.press(here)
    assert await stage.until(lambda: _referral(stage, plan)) != sent, "months later it is another referral"


async def _referral(stage: Stage, plan: str) -> str | None:
    found: str | None = (await stage.state(plan)).referral
    return found


async def test_a_supervisor_sees_figures_and_no_people(stage: Stage) -> None:
    wen, he = await stage.phone("wen"), await stage.phone("he")
    for _ in range(6):
        await stage.referral()
    await stage.start()
    await wen.say("/figures")
    told = await wen.expect("Referred up: 6")
    assert "not computable" in told.text
    assert not any(word in told.text for word in ("Xiuying", "李", "He Ping", "何平"))
    await wen.say("/figures facility")
    await wen.expect("Referred up liantang: 6")
    await wen.say("/figures 2025-01-01 2025-12-31")
    await wen.expect("2025-01-01 to 2025-12-31")
    await wen.say("/figures sideways")
    await wen.expect("Please write: /figures")
    await wen.say("/today")
    await wen.expect("no referral now")
    await he.say("/figures")
    await he.expect("Figures are for supervisors")
