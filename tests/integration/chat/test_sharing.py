"""Staff join by their own number: matched to the registry, let in by their head; nobody learns who is registered."""

from admin.doctor_queries import STUCK_CHECKS
from admin.findings import Finding, Level
from models.audit import AuditRow
from models.deliveries import ActionTokenRow
from models.history import Origin, end
from models.parties import addresses
from models.registry import RoleRow
from tests.integration.chat.stage import Stage, both_engines
from tests.phones import Phone

LIN = "+8613900001001"


async def chats_of(stage: Stage, person: str) -> list[str]:
    async with stage.database.reading() as tx:
        return [each.chat for each in (await addresses(tx, [person], stage.clock.now())).get(person, ())]


async def newcomer(stage: Stage, phone: str = LIN) -> Phone:
    """Somebody with this number, whose chat stands for nobody yet."""
    found = await stage.world.person("newcomer", name="Lin", phone=phone)
    await found.start()
    await found.expect("share their own number here")
    return found


@both_engines
async def test_a_doctor_shares_their_number_and_the_head_lets_them_in(stage: Stage) -> None:
    sun, old = await stage.phone("sun"), await stage.phone("lin")
    await stage.start()
    new = await newcomer(stage)
    for _ in range(2):
        await new.share_contact()
        await new.expect("the head is asked")
    assert await chats_of(stage, "lin-hao") == [str(old.id)]
    card = await sun.expect("Lin Hao wants to join")
    assert sun.news == [], "asked once, however often it is shared"
    await card.press("Let them in")
    await new.expect("Lin Hao, you are connected")
    await old.expect()
    assert await chats_of(stage, "lin-hao") == [str(new.id), str(old.id)]
    assert [row["actor"] for row in await stage.rows(AuditRow, action="let in")] == ["person:sun-guoliang"]
    await new.say("/today")
    await new.expect()
    await new.share_contact()
    await new.expect("yours already")


async def test_a_number_that_is_not_theirs_or_not_known_asks_nobody(stage: Stage) -> None:
    sun = await stage.phone("sun")
    await stage.start()
    new = await newcomer(stage, "+8613900009999")
    await new.share_contact(phone=LIN, name="Lin Hao")
    await new.expect("your own number")
    await new.share_contact()
    await new.expect("the head is asked")  # the same line as for a number that is known
    assert sun.news == []
    assert await stage.rows(ActionTokenRow, action="staff_joins") == []


async def test_a_head_says_no_and_one_who_is_none_any_more_says_nothing(stage: Stage) -> None:
    sun = await stage.phone("sun")
    await stage.start()
    new = await newcomer(stage)
    await new.share_contact()
    card = await sun.expect()
    async with stage.database.transaction() as tx:
        held = [row["id"] for row in await stage.rows(RoleRow, person="sun-guoliang")]
        await end(tx, RoleRow, held, stage.clock.now(), "admin", Origin.command)
    assert (await card.press("Let them in")).alert
    assert await chats_of(stage, "lin-hao") == []
    await new.share_contact()
    await new.expect()
    await card.press("No")
    assert await chats_of(stage, "lin-hao") == []


async def test_where_nobody_can_say_yes_the_doctor_says_so_and_the_person_hears_what_to_do(stage: Stage) -> None:
    await stage.start()
    new = await newcomer(stage)
    await new.share_contact()
    assert "one-time code" in (await new.expect()).text

    async def seen() -> Finding:
        async with stage.database.reading() as tx:
            return await STUCK_CHECKS["joining"](tx, stage.clock.now())

    finding = await seen()
    assert (finding.level, "lin-hao" in finding.says) == (Level.warning, True)
    await stage.phone("lin")
    assert (await seen()).level is Level.ok, "they have a chat now"
