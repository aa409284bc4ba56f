"""/board: news of which nobody knows whether it arrived, for as long as that is so."""

from events.purposes import PURPOSES, OnUnknown, Purpose
from models.deliveries import NoticeRow
from models.values import Lane
from tests.integration.chat.stage import Stage, both_engines


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
