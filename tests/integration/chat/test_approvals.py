"""What two admins must approve: each in their own chat, twice the same one is once; then it is carried out, once."""

import pytest

from admin.parts import rules_in_force
from admin.refusals import CommandRefused
from admin.retelling import Which, propose_again, tell_again
from bot.as_seen import as_seen
from events.purposes import Purpose
from models.deliveries import CardRow, NoticeRow
from models.directory import load_directory
from models.history import table_of
from models.proposals import APPROVED_WITHIN, ProposalRefused, ProposalRow, approve, take_approved
from models.values import Language
from tests.integration.chat.stage import Stage, both_engines
from tests.integration.world import ZONE, second_admin
from workers.lapsing import lapse_proposals
from workers.loading import FactLoader
from workers.repairing import Wrong, repair

ACTOR = "shell:tests"


@both_engines
async def test_a_notice_is_told_again_after_two_admins_have_pressed_and_says_so(stage: Stage) -> None:
    await second_admin(stage.database, stage.clock.now())
    await stage.directories.refresh()
    admin, other, lin = await stage.phone("liu"), await stage.phone("chen"), await stage.phone("lin")
    referral = await stage.referral()
    code = (await stage.state(referral)).code
    await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start()
    await lin.expect(code)
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    before = lin.pushes

    which = Which(loop=code, purpose="offer")
    given = (stage.database, stage.journal)
    proposed = await propose_again(*given, which, "the network was down", ACTOR, stage.clock.now())
    assert (proposed["notices"], proposed["purposes"]) == (1, {"offer": 1})
    assert proposed["admins"] == ["chen-yu", "liu-yang"]

    async def carry_out() -> int:
        done = await tell_again(*given, proposed["retell"], "really", ACTOR, stage.clock.now())
        return int(done["notices"])

    card, second = await admin.expect("the network was down"), await other.expect("the network was down")
    with pytest.raises(CommandRefused, match="approved by nobody"):
        await carry_out()
    assert "Another admin" in (await card.press("Approve")).text
    assert "Another admin" in (await card.press("Approve")).text
    with pytest.raises(CommandRefused, match="approved by liu-yang"):
        await carry_out()
    assert "Two admins have approved" in (await second.press("Approve")).text
    assert lin.pushes == before
    assert await carry_out() == 1
    stage.sender.wake()
    await lin.expect("Repeat:")
    with pytest.raises(CommandRefused, match="no retell"):
        await carry_out()
    assert len(await stage.rows(NoticeRow, recipient="lin-hao", purpose="offer")) == 2


async def test_who_is_no_admin_any_more_has_approved_nothing(stage: Stage) -> None:
    from models.proposals import propose

    now = stage.clock.now()
    async with stage.database.transaction() as tx:
        unique = await propose(tx, "repair", [], "a test", ACTOR, now)
        await approve(tx, unique, "liu-yang")
        await approve(tx, unique, "gone")
        assert await approve(tx, "nothing", "liu-yang") is None
        with pytest.raises(ProposalRefused, match="approved by liu-yang:"):
            await take_approved(tx, "repair", unique, (await load_directory(tx, now)).admins(now), ACTOR, now)


@both_engines
async def test_what_two_admins_did_not_approve_within_a_day_lapses_and_they_are_told(stage: Stage) -> None:
    await second_admin(stage.database, stage.clock.now())
    await stage.directories.refresh()
    admin, other, lin = await stage.phone("liu"), await stage.phone("chen"), await stage.phone("lin")
    referral = await stage.referral()
    code = (await stage.state(referral)).code
    await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start()
    await lin.expect(code)
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    which, given = Which(loop=code), (stage.database, stage.journal)
    proposed = await propose_again(*given, which, "the network was down", ACTOR, stage.clock.now())
    card = await admin.expect("the network was down")
    assert await lapse_proposals(*given) == 0, "there is a day for it"
    async with stage.database.transaction() as tx:
        await tx.execute(table_of(ProposalRow).update().values(at=stage.clock.now() - APPROVED_WITHIN))
    assert await lapse_proposals(*given) == 1
    assert await lapse_proposals(*given) == 0
    stage.sender.wake()
    for phone in (admin, other):
        assert proposed["retell"] in (await phone.expect("Not told again")).text
    assert "has lapsed" in (await card.press("Approve")).text
    with pytest.raises(CommandRefused, match="has lapsed: propose it anew"):
        await tell_again(*given, proposed["retell"], "really", ACTOR, stage.clock.now())


async def test_a_card_that_should_not_have_been_sent_says_so_in_the_language_of_its_reader(stage: Stage) -> None:
    lin, zhou = await stage.phone("lin"), await stage.phone("zhou", Language.zh)
    referral = await stage.referral()
    code = (await stage.state(referral)).code
    for person in ("lin-hao", "zhou-min"):
        await stage.tell(Purpose.offer, person, referral)
    await stage.start()
    card, other = await lin.expect(code), await zhou.expect(code)
    await stage.until(lambda: _both(stage, referral))

    loader = FactLoader(stage.clock, stage.keyring, stage.directories, rules_in_force(ZONE))
    wrong = Wrong(referral, (("lin-hao", "offer"), ("zhou-min", "offer")))
    assert code in await _lin_had(stage, referral)
    async with stage.database.transaction() as tx:
        done = await repair(tx, stage.journal, loader, [wrong], "r1", "liu-yang", stage.clock.now(), really=True)
    assert [each["person"] for each in done.withdrawn] == ["lin-hao", "zhou-min"]
    stage.sender.wake()
    await card.edited("Withdrawn: this message was sent by mistake. There is nothing for you to do.")
    await other.edited("已撤回：这条消息系误发，您无需处理。")
    for shown in (card, other):
        assert shown.labels == []
        assert code not in shown.text
    withdrawn = "Withdrawn: this message was sent by mistake. There is nothing for you to do."
    assert await _lin_had(stage, referral) == withdrawn, "as seen knows of it"


async def _lin_had(stage: Stage, referral: str) -> str:
    async with stage.database.reading() as tx:
        [had] = await as_seen(tx, referral, "lin-hao", stage.clock.now(), lambda _: rules_in_force(ZONE).in_force)
    return had.text


async def _both(stage: Stage, referral: str) -> bool:
    return len(await stage.rows(CardRow, about=referral)) == 2
