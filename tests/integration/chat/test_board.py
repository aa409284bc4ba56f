"""/board: an emergency at once, follow-ups as a count, and news of which nobody knows whether it arrived."""

from events.purposes import PURPOSES, OnUnknown, Purpose
from events.referral_commands import AcceptReferral
from models.deliveries import NoticeRow
from models.history import Origin, end
from models.parties import PartyKind, bind_chat
from models.registry import RoleRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines
from tests.unit.events.story import LIN


@both_engines
async def test_what_may_not_have_arrived_stands_on_the_board_until_it_has(stage: Stage) -> None:
    assert PURPOSES[Purpose.amended].on_unknown is OnUnknown.show
    chen, _ = await stage.phone("chen"), await stage.phone("lin")
    referral, other = await stage.referral(), await stage.referral()
    code, plain_code = (await stage.state(referral)).code, (await stage.state(other)).code
    await stage.start()
    await stage.world.fault("dropped", method="sendMessage")
    notice = await stage.tell(Purpose.amended, "lin-hao", referral, Lane.urgent, changed="priority")
    await stage.until(lambda: stage.rows(NoticeRow, stream=notice, state="unknown"))
    await chen.say("/board")
    board = await chen.expect("may not have arrived 1")
    lines = {line.split()[0]: line for line in board.text.splitlines() if line.startswith("R-")}
    assert "may not have arrived: phone" in lines[code]
    assert "may not have arrived" not in lines[plain_code]


async def test_a_question_is_left_to_its_deadline(stage: Stage) -> None:
    assert PURPOSES[Purpose.offer].on_unknown is OnUnknown.deadline
    chen, _ = await stage.phone("chen"), await stage.phone("lin")
    referral = await stage.referral()
    await stage.start()
    await stage.world.fault("dropped", method="sendMessage")
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.until(lambda: stage.rows(NoticeRow, stream=notice, state="unknown"))
    await chen.say("/board")
    assert "may not have arrived" not in (await chen.expect("R-")).text


async def test_an_emergency_stands_there_at_once_and_follow_ups_are_a_count(stage: Stage) -> None:
    fang = await stage.stranger("fang-lan")
    async with stage.database.transaction() as tx:  # coordinator of the centre and of the village clinic below it
        await bind_chat(tx, "fang-lan", PartyKind.practitioner, str(fang.id), stage.clock.now(), "test")
    plan = await stage.plan()
    routine, stat = await stage.referral(Priority.routine), await stage.referral(Priority.stat)
    await stage.start()
    await fang.say("/board")
    board = await fang.expect("随访 1")
    codes = [(await stage.state(each)).code for each in (stat, routine)]
    assert [line.split()[0] for line in board.text.splitlines() if line.startswith("R-")] == codes
    assert [label for label in board.labels if label.startswith("R-")] == codes
    assert (await stage.state(plan)).open, "counted, and not listed"


@both_engines
async def test_oldest_first_but_for_an_emergency_that_nobody_has(stage: Stage) -> None:
    chen = await stage.phone("chen")
    routine, asap, taken, nobody = [
        await stage.referral(each) for each in (Priority.routine, Priority.asap, Priority.stat, Priority.stat)
    ]
    await stage.do(AcceptReferral(stream=taken, by=LIN, come_now=True))
    await stage.start()
    await chen.say("/board")
    board = await chen.expect("4 ")
    codes = [(await stage.state(each)).code for each in (nobody, routine, asap, taken)]
    lines = [line for line in board.text.splitlines() if line.startswith("R-")]
    assert [line.split()[0] for line in lines] == codes
    assert ["STAT" in line for line in lines] == [True, False, False, True], "what presses says so in its line"
    assert "ASAP" in lines[2]


async def test_who_coordinates_no_more_opens_nothing_from_an_old_list(stage: Stage) -> None:
    chen = await stage.phone("chen")
    referral = await stage.referral(Priority.stat)
    code = (await stage.state(referral)).code
    await stage.start()
    await chen.say("/board")
    board = await chen.expect(code)
    async with stage.database.transaction() as tx:
        roles = [row["id"] for row in await stage.rows(RoleRow, person="chen-yu")]
        await end(tx, RoleRow, roles, stage.clock.now(), "head", Origin.command)
    await stage.directories.refresh()
    answer = await board.press(code)
    assert (answer.text, answer.alert) == ("This is not yours to answer now.", True)
    assert await stage.rows(NoticeRow, recipient="chen-yu") == []
    assert chen.news == []
