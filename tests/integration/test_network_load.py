"""Loading a network file: all or nothing, nothing twice, and every mistake named with its line."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from admin.demo.network import PERSONAS, load_demo, read_demo
from admin.network.load import Report, load_network
from admin.network.problems import NetworkRefused
from admin.network.reading import read_files
from models.consents import withdraw_consents
from models.database import Database
from models.directory import Directory, load_directory
from models.history import Changes, Dated, Origin, change, end, table_of
from models.parties import Purpose, addresses, parties_of_chat
from models.patient_reading import consents, contacts, find_patient, patients, teams_of
from models.patient_writing import PatientDetails, create_patient, end_contact, save_patients
from models.patients import ContactRow, PatientRow
from models.registry import FacilityRow, PersonRow, RoleRow
from models.sealed import Keyring
from models.values import Language, Tier
from tests.small_network import SMALL

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def small(sqlite_tables_url: str) -> AsyncIterator[Database]:
    """A database for what does not depend on the engine."""
    database = Database(sqlite_tables_url)
    yield database
    await database.close()


KEYRING = Keyring(b"k" * 32)


async def load(database: Database, folder: Path, text: str, at: datetime = NOW) -> Report:
    path = folder / "network.yaml"
    path.write_text(text, encoding="utf-8")
    async with database.transaction() as tx:
        return await load_network(tx, read_files(path), KEYRING, at, "ada")


async def refusal(database: Database, folder: Path, text: str) -> list[str]:
    with pytest.raises(NetworkRefused) as refused:
        await load(database, folder, text)
    return str(refused.value).splitlines()


async def directory_at(database: Database, at: datetime) -> Directory:
    async with database.reading() as tx:
        return await load_directory(tx, at)


async def rows(database: Database, model: type[Dated]) -> int:
    async with database.reading() as tx:
        count = (await tx.execute(select(func.count()).select_from(table_of(model)))).scalar()
    assert isinstance(count, int)
    return count


async def test_a_file_becomes_the_directory_it_describes(database: Database, tmp_path: Path) -> None:
    report = await load(database, tmp_path, SMALL)
    assert report.warnings == ()
    directory = await directory_at(database, NOW)
    assert directory.on_duty("county", "cardiology", NOW) == ("lin", "wang")
    assert directory.on_duty("county", "cardiology", NOW - 4 * HOUR) == ("wang",), "Sunday night"
    assert directory.on_duty("county", "cardiology", NOW + 12 * HOUR) == ("wang",), "Monday night"
    assert directory.on_duty("county", "cardiology", NOW + 36 * HOUR) == (), "Tuesday night"
    assert directory.on_duty("county", "cardiology", datetime(2026, 12, 25, 2, tzinfo=UTC)) == ("wang",)
    assert directory.desk_open("county", "cardiology", NOW)
    assert directory.coordinator("clinic", NOW) == "chen"
    assert directory.alliance_partners("county", NOW) == ("clinic",)
    assert directory.alliance_partners("county", datetime(2027, 2, 1, tzinfo=UTC)) == ()
    assert directory.admins(NOW) == ("ada",)
    assert directory.parameter("digest", "clinic") == "07:45"
    assert dict(directory.day_overrides) == {date(2026, 12, 31): False}
    assert directory.closed("clinic", None, datetime(2026, 12, 1, 0, 0, tzinfo=UTC)) is not None
    assert directory.closed("clinic", None, datetime(2026, 11, 30, 23, 59, tzinfo=UTC)) is None
    lin = directory.person("lin")
    assert lin is not None
    assert lin.phone == "+8613900001234"


async def test_patients_come_in_sealed_with_contacts_teams_and_consents(database: Database, tmp_path: Path) -> None:
    await load(database, tmp_path, SMALL)
    async with database.reading() as tx:
        assert await find_patient(tx, KEYRING, "card", "qt77", NOW) == "li"
        patient = (await patients(tx, ["li"], NOW))["li"]
        helpers = (await contacts(tx, ["li"], NOW, ZONE))["li"]
        assert await teams_of(tx, ["li"], NOW, ZONE) == {"li": ("team",)}
        assert await consents(tx, ["li"], NOW) == {"li": {Purpose.sharing, Purpose.chat}}
        stored = (await tx.execute(select(table_of(PatientRow)))).all()
    assert (patient.name(KEYRING), patient.birth(KEYRING)) == ("李秀英", "1954-03-02")
    assert [each.name(KEYRING) for each in helpers] == ["王芳"]
    assert "李秀英" not in str(stored)


async def test_loading_the_same_file_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    first = await load(database, tmp_path, SMALL)
    epoch = (await directory_at(database, NOW)).epoch
    again = await load(database, tmp_path, SMALL, NOW + HOUR)
    assert first.total.added == again.total.unchanged
    assert again.total == Changes(unchanged=first.total.added)
    assert (await directory_at(database, NOW + HOUR)).epoch == epoch


async def test_a_changed_file_adds_changes_and_ends_and_the_past_stays(database: Database, tmp_path: Path) -> None:
    await load(database, tmp_path, SMALL)
    changed = (
        SMALL.replace("name_en: County Hospital", "name_en: County General")
        .replace("people: [lin, wang]", "people: [lin]")
        .replace("days: fri-mon, hours: 17:30-08:00, people: [wang]", "days: all, hours: 17:30-08:00, people: [lin]")
        .replace("people: [wang]}\ndays", "people: [lin]}\ndays")
    )
    wang = next(line for line in SMALL.splitlines() if "id: wang" in line)
    report = await load(database, tmp_path, changed.replace(wang + "\n", ""), NOW + HOUR)
    assert report.tables["facilities"] == Changes(changed=1, unchanged=1)
    assert report.tables["people"] == Changes(ended=1, unchanged=4)
    assert report.tables["practice_roles"] == Changes(ended=1, unchanged=4)
    assert report.tables["duty_rota"] == Changes(added=3, changed=4, ended=5, unchanged=12)
    before, after = await directory_at(database, NOW), await directory_at(database, NOW + HOUR)
    assert before.on_duty("county", "cardiology", NOW) == ("lin", "wang")
    assert after.on_duty("county", "cardiology", NOW) == ("lin",)
    assert (before.person("wang") is None, after.person("wang") is None) == (False, True)


async def test_a_section_that_is_not_in_the_file_is_left_alone(small: Database, tmp_path: Path) -> None:
    await load(small, tmp_path, SMALL)
    report = await load(small, tmp_path, "days:\n  - {day: 2027-01-01, working: false}\n", NOW + HOUR)
    assert dict(report.tables) == {"day_overrides": Changes(added=1, ended=1)}
    assert (await directory_at(small, NOW + HOUR)).admins(NOW) == ("ada",)


async def test_a_part_of_a_network_may_name_what_is_there_already(small: Database, tmp_path: Path) -> None:
    await load(small, tmp_path, SMALL)
    part = "patients: [{id: wu, name: 吴, teams: [{team: team}], consents: [chat], informed_by: he}]\n"
    assert (await load(small, tmp_path, part, NOW + HOUR)).tables["patients"] == Changes(added=1)
    assert await refusal(small, tmp_path, part.replace("team: team", "team: teem")) == [
        "network.yaml:1: patients[0] (wu), teams[0].team: 'teem' is no team; did you mean 'team'?"
    ]


async def test_what_was_ended_elsewhere_is_not_brought_back(small: Database, tmp_path: Path) -> None:
    await load(small, tmp_path, SMALL)
    role = "lin@county/cardiology:doctor:"
    async with small.transaction() as tx:
        await end(tx, RoleRow, [role], NOW + HOUR, "head", Origin.chat)
        await end_contact(tx, "fang", NOW + HOUR, "li")
        await withdraw_consents(tx, "li", [Purpose.chat], NOW + HOUR, "li")
    report = await load(small, tmp_path, SMALL, NOW + 2 * HOUR)
    assert not report.total.any
    assert report.warnings == (
        f"practice_roles {role}: was ended elsewhere and stays so",
        "contacts fang: was ended elsewhere and stays so",
        "consents li/chat: was ended elsewhere and stays so",
    )
    directory = await directory_at(small, NOW + 2 * HOUR)
    assert not directory.is_practitioner_at("lin", "county", NOW + 2 * HOUR)


async def test_what_did_not_come_from_a_file_is_not_ended_by_one(small: Database, tmp_path: Path) -> None:
    await load(small, tmp_path, SMALL)
    guest = {"id": "guest", "name_zh": "客", "name_en": "Guest", "language": Language.zh}
    async with small.transaction() as tx:
        await change(tx, PersonRow, [guest], NOW, "console", Origin.command)
        await create_patient(tx, KEYRING, PatientDetails(id="other"), NOW, "his", Origin.intake)
    assert not (await load(small, tmp_path, SMALL, NOW + HOUR)).total.any
    assert (await directory_at(small, NOW + HOUR)).person("guest") is not None


async def test_a_merge_survives_loading_the_file_again(small: Database, tmp_path: Path) -> None:
    await load(small, tmp_path, SMALL)
    async with small.transaction() as tx:
        merged = PatientDetails(
            id="li", name="李秀英", merged_into="p2", doubts=("birth",), identifiers=(("card", "QT77"),)
        )
        await save_patients(tx, KEYRING, [PatientDetails(id="p2"), merged], NOW + HOUR, "he", Origin.chat)
    await load(small, tmp_path, SMALL, NOW + 2 * HOUR)
    async with small.reading() as tx:
        patient = (await patients(tx, ["li"], NOW + 2 * HOUR))["li"]
        assert await find_patient(tx, KEYRING, "card", "QT77", NOW + 2 * HOUR) == "p2"
    assert (patient.merged_into, patient.doubts) == ("p2", ("birth",))


async def test_nothing_is_half_loaded(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        taken = PatientDetails(id="other", identifiers=(("card", "QT77"),))
        await create_patient(tx, KEYRING, taken, NOW, "his", Origin.intake)
    # The last thing that can go wrong: found only while writing, after all the rest is written.
    assert await refusal(database, tmp_path, SMALL) == [
        "network.yaml:46: patients[0] (li), identifiers[0]: already stands for patient other; use that id"
    ]
    assert [await rows(database, model) for model in (FacilityRow, PersonRow, ContactRow)] == [0, 0, 0]


async def test_words_that_other_yaml_readers_turn_into_numbers_and_booleans_stay_words(
    small: Database, tmp_path: Path
) -> None:
    text = SMALL.replace("areas: [莲塘村]", "areas: [no, 1:30, 0123]").replace("code: cardiology", "code: 007")
    await load(small, tmp_path, text.replace("department: cardiology", "department: 007"))
    directory = await directory_at(small, NOW)
    clinic = directory.facility("clinic")
    assert clinic is not None
    assert clinic.areas == ("no", "1:30", "0123")
    assert directory.department("county", "007") is not None


async def test_people_may_be_a_list_saved_by_an_office_program(small: Database, tmp_path: Path) -> None:
    start, stop = SMALL.index("people:\n"), SMALL.index("alliances:")
    heading = "id,name_zh,name_en,language,phone,role,facility,department,from,to"
    lines = [
        heading,
        "lin,林,Lin,zh,139-0000-1234,doctor,county,cardiology,,",
        "lin,,,,,head,county,cardiology,2026-01-01,2026-12-31",
        "wang,王,Wang,en,,doctor,county,cardiology,,",
        "chen,陈,Chen,,,coordinator,county,,,",
        "he,何,He,,,family_doctor,clinic,,,",
        "ada,艾,Ada,,,admin,county,,,",
    ]
    text = "files: [staff.csv]\n" + SMALL[:start] + SMALL[stop:]
    staff = tmp_path / "staff.csv"
    staff.write_bytes("\r\n".join(lines).encode("gb18030"))
    await load(small, tmp_path, text)
    directory = await directory_at(small, NOW)
    lin, wang = directory.person("lin"), directory.person("wang")
    assert lin is not None
    assert wang is not None
    assert (lin.name_zh, lin.phone, wang.language) == ("林", "+8613900001234", Language.en)
    assert directory.head("county", "cardiology", NOW) == "lin"
    wrong = [*lines, "lin,林,Lyn,,,nurse,county,,,", "x,甲,X,,,doctor,county,,,,,y"]
    staff.write_text("\n".join(wrong).replace("from,to", "from,til"), encoding="utf-8-sig")
    assert [line.split(";")[0] for line in await refusal(small, tmp_path, text)] == [
        "staff.csv:1: til: is no column",
        "staff.csv:3: people (lin), til: is no field here",
        "staff.csv:8: people (lin), name_en: this value does not fit: input should be a valid string",
        "staff.csv:9: line: has more than 10 values",
    ]


async def test_what_leaves_somebody_unanswered_is_warned_of(small: Database, tmp_path: Path) -> None:
    text = SMALL.replace("role: admin", "role: nurse").replace("    duty: [{people: [chen]}]\n", "")
    report = await load(small, tmp_path, text.replace("role: coordinator", "role: nurse"))
    assert report.warnings == (
        "nobody has the role admin: refloop invite can bind no first admin",
        "clinic: no coordinator, nor one of its parents",
        "county: no coordinator, nor one of its parents",
    )


async def test_the_demo_network_loads_and_again_changes_nothing(database: Database) -> None:
    raw = read_demo()
    async with database.transaction() as tx:
        first = await load_demo(tx, raw, KEYRING, NOW)
        again = await load_demo(tx, raw, KEYRING, NOW + HOUR)
        directory = await load_directory(tx, NOW + HOUR)
        chats = await addresses(tx, [party for each in PERSONAS for party in each.parties], NOW + HOUR)
        daughter = await parties_of_chat(tx, "106", NOW + HOUR)
    assert first.warnings == again.warnings == ()
    assert not again.total.any
    tiers = [each.tier for each in directory.facilities()]
    assert [tiers.count(tier) for tier in Tier] == [6, 4, 2, 1]
    assert len(directory.people()) >= 30
    assert first.tables["patients"].added >= 20
    assert all(len(each) == 1 for each in chats.values())
    assert {each.party for each in daughter} == {"wang-fang-of-li", "wang-fang-of-wang"}


async def test_in_the_demo_somebody_is_on_duty_and_covers_at_every_hour(small: Database) -> None:
    async with small.transaction() as tx:
        await load_demo(tx, read_demo(), KEYRING, NOW)
        directory = await load_directory(tx, NOW)
    for hour in range(7 * 24):
        at = NOW + hour * HOUR
        for place in directory.facilities():
            assert directory.coordinator(place.id, at), (place.id, at)
            assert directory.covering_facility(place.id, at), (place.id, at)
            assert directory.line24(place.id), place.id
            for department in directory.departments(place.id):
                assert len(directory.on_duty(place.id, department.code, at)) >= 2, (place.id, department, at)
                assert directory.head(place.id, department.code, at), (place.id, department.code)
        assert directory.on_duty("chengxi-1", "cardiology", at)[:2] == ("lin-hao", "zhou-min")


async def test_every_phone_of_the_demo_is_in_the_range_that_belongs_to_nobody(small: Database) -> None:
    async with small.transaction() as tx:
        await load_demo(tx, read_demo(), KEYRING, NOW)
        directory = await load_directory(tx, NOW)
        everybody = (await tx.execute(select(table_of(PatientRow).c.id))).scalars().all()
        found = await patients(tx, everybody, NOW)
        helpers = await contacts(tx, everybody, NOW, ZONE)
    phones = [each.phone for each in directory.people()]
    phones += [each.phone(KEYRING) for each in found.values()]
    phones += [each.phone(KEYRING) for people in helpers.values() for each in people]
    assert {str(phone)[:10] for phone in phones if phone} == {"+861390000"}
