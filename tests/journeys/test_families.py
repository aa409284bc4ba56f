"""Follow-up of families: a newborn and its mother; a holiday week with make-up days; somebody who never answers."""

import json
from datetime import UTC, datetime

from sqlalchemy import text

from events import catalog, log
from events.figures import measured
from tests.journeys.house import House
from tests.journeys.roads import no_shifts
from tests.journeys.test_care import WANG, enrol
from tests.phones import Card


def at(month: int, day: int, hour: int) -> datetime:
    """An hour of the wall clock in Shanghai, 2026."""
    return datetime(2026, month, day, hour - 8, tzinfo=UTC)


async def plans(home: House, patient: str) -> list[str]:
    """The streams of a patient's plans."""
    query = text("SELECT stream FROM summaries WHERE patient = :patient AND kind = 'plan' ORDER BY begun_at")
    async with home.database() as database, database.reading() as transaction:
        return list((await transaction.execute(query, {"patient": patient})).scalars())


async def due_days(home: House, patient: str) -> list[str]:
    """The days of a patient's plan as they were made."""
    [plan] = await plans(home, patient)
    query = text("SELECT data FROM log WHERE type = 'FollowUpPlanned' AND stream = :plan")
    async with home.database() as database, database.reading() as transaction:
        data = (await transaction.execute(query, {"plan": plan})).scalar_one()
    return [row["due_at"][:10] for row in json.loads(data)["rows"]]


async def visited(home: House, words: str) -> Card:
    """The doctor opens the first of /today, writes what the visit found and records it."""
    he = home.community_doctor
    await he.say("/today")
    listed = await he.expect("今天的随访")
    await listed.press(listed.labels[0])
    card = await he.expect("随访 · ")
    await he.reply(card, words)
    draft = await he.expect(" → ")
    await draft.press("记下")
    await draft.edited("已记下")
    return card


async def test_a_newborn_and_its_mother(home: House) -> None:
    he, mother, clock = home.community_doctor, home.patient, home.world.clock
    await no_shifts(home)
    await enrol(home, programme="birth", begins_on="2026-03-04")
    days = set(await due_days(home, "li-xiuying"))
    assert days >= {"2026-03-11", "2026-04-01", "2026-04-15"}, "a week after coming home, day 28, day 42"

    await clock.to(at(3, 6, 16))
    await (await mother.expect("身体怎么样")).press("都好")
    await clock.to(at(3, 10, 20))
    soon = await mother.expect("明天")
    assert not any(word in soon.text for word in ("产", "新生儿", "妇")), "nothing that tells"
    await soon.press("能来")
    await soon.edited("等您")
    await clock.to(at(3, 11, 16))
    mother.skim()
    await visited(home, "118/76 规律 无")

    await clock.to(at(3, 18, 16))
    await (await mother.expect("身体怎么样")).press("都好")

    # The one-month check is asked about on two days, then it is a call; the child died: nothing is said to the family.
    await clock.to(at(4, 4, 16))
    mother.skim()
    call = await he.expect("打电话")
    await call.press("详情")
    mother_before, family_before = len(await mother.texts()), len(await home.daughter.texts())
    answer = await home.post(
        "liantang", "refloop.enrolment.v1",
        {"patient": {"identifiers": [{"system": "id-card", "value": "00000019550308001X"}]}, "programme": "birth",
         "ended": "newborn_died"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    await clock.to(at(4, 20, 16))
    assert len(await mother.texts()) == mother_before
    assert len(await home.daughter.texts()) == family_before
    he.skim()
    await home.proven()


async def test_a_holiday_week_with_make_up_days_and_a_diabetic_who_never_answers(home: House) -> None:
    he, mother, daughter, clock = home.community_doctor, home.patient, home.daughter, home.world.clock
    await no_shifts(home)
    await enrol(home, begins_on="2026-02-04")
    assert (await due_days(home, "li-xiuying"))[0] == "2026-04-30", "not in the holiday, and not after the limit"
    given = {"patient": WANG, "programme": "diabetes", "begins_on": "2026-02-09"}
    assert (await home.post("liantang", "refloop.enrolment.v1", given)).status_code == 201
    await home.quiet()
    assert (await due_days(home, "wang-guohua"))[0] == "2026-05-09", "a Saturday on which everybody works"

    await clock.to(at(4, 29, 20))
    await mother.expect("明天")
    await clock.to(at(4, 30, 16))
    mother.skim()
    await visited(home, "132/78 规律 无")
    pushes = mother.pushes, daughter.pushes
    await clock.to(at(5, 6, 8))
    assert (mother.pushes, daughter.pushes) == pushes, "nobody is asked anything in the holiday week"

    await clock.to(at(5, 8, 20))
    assert "给您爸爸" in (await daughter.expect("明天")).text
    await clock.to(at(5, 9, 16))
    await daughter.expect("今天")
    await clock.to(at(5, 11, 16))
    await daughter.expect("今天")
    await clock.to(at(5, 12, 16))
    call = await he.expect("打电话")
    assert "王国华" not in call.text
    pushes = daughter.pushes, mother.pushes
    await clock.to(at(5, 20, 16))
    assert (daughter.pushes, mother.pushes) == pushes, "who does not answer is called, not written to again"
    [plan] = await plans(home, "wang-guohua")
    async with home.database() as database, database.reading() as transaction:
        history = (await log.read_streams(transaction, [plan]))[plan]
    state = catalog.fold(history)
    assert state.lost == (0,)
    now = await clock.now()
    counted = [each.hit for each in measured(history, now) if each.definition == "FOLLOW-UP-COMPLETION"]
    assert counted == [False], "lost, and counted as due"
    he.skim()
    await home.proven()


async def test_a_patient_stops_one_kind_of_message_and_the_others_still_come(home: House) -> None:
    he, patient, clock = home.community_doctor, home.patient, home.world.clock
    await no_shifts(home)
    await enrol(home, programme="birth", begins_on="2026-03-04")
    await patient.say("停复诊提醒")
    await patient.expect("已停")
    await clock.to(at(3, 6, 16))
    await (await patient.expect("身体怎么样")).press("都好")
    await clock.to(at(3, 10, 20))
    assert patient.skim() == [], "no word of tomorrow's visit to the patient"
    call = await he.expect("打电话")
    assert "病人不想收到这类提醒" in call.text, "what they do not want to hear is a call for the team"
    await call.press("已告知,会来")
    await call.edited("已电话告知")
    home.daughter.skim()
    await clock.to(at(3, 11, 16))
    await visited(home, "118/76 规律 无")
    he.skim()
    patient.skim()
    await patient.say("恢复复诊提醒")
    await patient.expect("照常")
    await clock.to(at(3, 31, 20))
    assert [card for card in patient.skim() if "明天" in card.text]
    for phone in home.phones.values():
        phone.skim()
    await home.proven()
