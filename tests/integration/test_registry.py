"""The registry in a real database: history, sealing, chats, codes, sources; on both engines."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from models import directory_rows
from models.clock import DrivenClock
from models.consents import Consent, record_consents, withdraw_consents
from models.database import Database, Transaction
from models.directory import load_directory
from models.directory_cache import DirectoryCache
from models.history import Changes, Dated, Origin, as_of, change, directory_epoch, end, table_of
from models.parties import Purpose, choose_language
from models.patient_reading import consents, contacts, find_patient, find_patients, patients, teams_of
from models.patient_writing import (
    ContactDetails,
    IdentifierTaken,
    PatientDetails,
    SignUp,
    create_patient,
    create_provisional,
    end_contact,
    record_death,
    save_contacts,
    save_patients,
    save_sign_ups,
    source_system,
)
from models.patients import IdentifierRow, PatientRow, Relation, Scope
from models.registry import FacilityRow, PersonRow
from models.sealed import CannotOpen, Keyring
from models.values import FacilityKind, Language, Sex, Tier

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Shanghai")
COUNTY = {
    "id": "county",
    "kind": FacilityKind.hospital,
    "tier": Tier.county,
    "name_zh": "县院",
    "name_en": "County Hospital",
}
LIN = {"id": "lin", "name_zh": "林", "name_en": "Lin", "language": Language.zh}


async def test_a_row_counts_from_its_instant_without_anything_being_written(database: Database) -> None:
    clock = DrivenClock(MONDAY)
    directory = DirectoryCache(database, clock)
    async with database.transaction() as tx:
        await change(tx, FacilityRow, [COUNTY], MONDAY, "ada", Origin.file)
        await change(tx, FacilityRow, [{**COUNTY, "id": "new"}], MONDAY + HOUR, "ada", Origin.file)
        await end(tx, FacilityRow, ["county"], MONDAY + 2 * HOUR, "ada", Origin.file)
    known = await directory.refresh()
    clock.forward(HOUR - timedelta(seconds=1))
    assert await directory.refresh() is known
    assert [each.id for each in known.facilities()] == ["county"]
    clock.forward(timedelta(seconds=1))
    assert {each.id for each in (await directory.refresh()).facilities()} == {"county", "new"}
    clock.forward(HOUR)
    last = await directory.refresh()
    assert [each.id for each in last.facilities()] == ["new"]
    clock.forward(1000 * HOUR)
    assert await directory.refresh() is last


async def test_only_the_tables_that_changed_are_read_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    values = directory_rows._values

    async def watched(tx: Transaction, model: type[Dated], *more: Any) -> Any:
        read.append(model.__name__)
        return await values(tx, model, *more)

    clock = DrivenClock(MONDAY)
    async with database.transaction() as tx:
        await change(tx, FacilityRow, [COUNTY], MONDAY, "ada", Origin.file)
        await change(tx, PersonRow, [LIN], MONDAY, "ada", Origin.file)
        await change(tx, FacilityRow, [{**COUNTY, "id": "new"}], MONDAY + HOUR, "ada", Origin.file)
    directory = DirectoryCache(database, clock)
    await directory.refresh()
    monkeypatch.setattr(directory_rows, "_values", watched)
    async with database.transaction() as tx:
        await choose_language(tx, "lin", Language.en, clock.now(), "lin")
    seen = await directory.refresh()
    assert read == ["LanguageChoiceRow"]
    lin = seen.person("lin")
    assert lin is not None
    assert (lin.language, lin.name_en) == (Language.en, "Lin")
    read.clear()
    async with database.transaction() as tx:
        await end(tx, PersonRow, ["lin"], clock.now(), "ada", Origin.command)
    assert (await directory.refresh()).person("lin") is None
    assert read == ["PersonRow"]
    read.clear()
    clock.forward(HOUR)  # nothing was written: what begins now is read all the same
    assert [each.id for each in (await directory.refresh()).facilities()] == ["county", "new"]
    assert len(read) == len(directory_rows.MODELS)


async def test_a_change_ends_the_old_row_and_the_past_stays_readable(database: Database) -> None:
    async with database.transaction() as tx:
        await change(tx, FacilityRow, [COUNTY], MONDAY, "ada", Origin.file)
    async with database.transaction() as tx:
        renamed = {**COUNTY, "name_en": "County General"}
        done = await change(tx, FacilityRow, [renamed], MONDAY + HOUR, "ben", Origin.command)
    assert done == Changes(changed=1)
    async with database.reading() as tx:
        before = await load_directory(tx, MONDAY + HOUR - timedelta(microseconds=1))
        after = await load_directory(tx, MONDAY + HOUR)
        rows = (await tx.execute(select(table_of(FacilityRow)).order_by("row"))).mappings().all()
    assert [each.name_en for each in before.facilities()] == ["County Hospital"]
    assert [each.name_en for each in after.facilities()] == ["County General"]
    assert [(row["actor"], row["valid_to"], row["ended_by"]) for row in rows] == [
        ("ada", MONDAY + HOUR, "ben"),
        ("ben", None, None),
    ]


async def test_what_already_says_so_is_left_alone_and_moves_no_epoch(database: Database) -> None:
    async with database.transaction() as tx:
        await change(tx, FacilityRow, [COUNTY], MONDAY, "ada", Origin.file)
        epoch = await directory_epoch(tx)
        again = await change(tx, FacilityRow, [COUNTY], MONDAY + HOUR, "ben", Origin.file)
        assert again == Changes(unchanged=1)
        assert await directory_epoch(tx) == epoch
        await end(tx, FacilityRow, ["county"], MONDAY + HOUR, "ben", Origin.command)
        assert await directory_epoch(tx) == epoch + 1


async def test_what_we_knew_then_is_told_from_what_was_so(database: Database) -> None:
    async with database.transaction() as tx:
        await change(tx, PersonRow, [LIN], MONDAY, "ada", Origin.file)
        await end(tx, PersonRow, ["lin"], MONDAY + HOUR, "ada", Origin.command)
    at = MONDAY + 2 * HOUR
    async with database.reading() as tx:
        assert await as_of(tx, PersonRow, at) == []
        known = await as_of(tx, PersonRow, at, recorded=MONDAY + HOUR / 2)
        assert [row["id"] for row in known] == ["lin"]
        assert await as_of(tx, PersonRow, at, recorded=MONDAY - HOUR) == []


async def test_a_clock_that_was_set_back_makes_no_row_that_ends_before_it_begins(database: Database) -> None:
    async with database.transaction() as tx:
        await change(tx, PersonRow, [LIN], MONDAY, "ada", Origin.file)
        await change(tx, PersonRow, [{**LIN, "name_en": "Lin Li"}], MONDAY - HOUR, "ada", Origin.file)
        rows = await as_of(tx, PersonRow, MONDAY)
    assert [row["name_en"] for row in rows] == ["Lin Li"]


async def test_a_value_without_a_column_is_named(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(TypeError, match=r"unknown \['nick'\], missing \['language'\]"):
            await change(
                tx,
                PersonRow,
                [{"id": "x", "name_zh": "", "name_en": "", "nick": ""}],
                MONDAY,
                "ada",
                Origin.file,
            )


async def test_the_database_refuses_two_open_rows_of_one_thing_and_unknown_words(database: Database) -> None:
    stamp = {"valid_from": MONDAY, "recorded_at": MONDAY, "actor": "ada", "origin": Origin.file}
    people = table_of(PersonRow)
    for wrong in ([{**LIN, **stamp}] * 2, [{**LIN, **stamp, "language": "xx"}]):
        with pytest.raises(IntegrityError):
            async with database.transaction() as tx:
                await tx.execute(people.insert(), wrong)


async def test_personal_text_is_sealed_and_found_by_identifier_only(database: Database, keyring: Keyring) -> None:
    details = PatientDetails(
        name="李秀英",
        birth="1954-03-02",
        phone="+8613900001234",
        sex=Sex.female,
        identifiers=(("id-card", "4419 0019 5403 0212 2x"), ("card", "77")),
    )
    async with database.transaction() as tx:
        unique = await create_patient(tx, keyring, details, MONDAY, "wu", Origin.chat)
    fresh = Keyring(b"k" * 32)
    async with database.reading() as tx:
        found = await find_patients(
            tx, fresh, [("id-card", "44190019540302122X"), ("card", "77"), ("other", "77")], MONDAY
        )
        patient = (await patients(tx, [unique, "nobody"], MONDAY))[unique]
        await fresh.load(tx, {patient.key_id})
        stored = [
            str(row) for model in (PatientRow, IdentifierRow) for row in await tx.execute(select(table_of(model)))
        ]
    assert found == {("id-card", "44190019540302122X"): unique, ("card", "77"): unique}
    assert patient.name(fresh) == "李秀英"
    assert patient.birth_year(fresh) == 1954
    assert patient.second_factors(fresh) == ("1954", "1234")
    assert not any(secret in row for row in stored for secret in ("李秀英", "1954", "13900001234", "122X"))


async def test_a_swapped_sealed_cell_does_not_open(database: Database, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        details = PatientDetails(name="李秀英", phone="+8613900001234")
        unique = await create_patient(tx, keyring, details, MONDAY, "wu", Origin.chat)
        await tx.execute(text("UPDATE patients SET name = phone"))
        patient = (await patients(tx, [unique], MONDAY))[unique]
    with pytest.raises(CannotOpen):
        patient.name(keyring)


async def test_saving_a_patient_again_changes_nothing_and_a_new_phone_one_row(
    database: Database, keyring: Keyring
) -> None:
    details = PatientDetails(id="p1", name="李秀英", phone="+8613900001234", identifiers=(("card", "77"),))
    changed = PatientDetails(id="p1", name="李秀英", phone="+8613900009999", identifiers=(("card", "78"),))
    async with database.transaction() as tx:
        first = await save_patients(tx, keyring, [details], MONDAY, "ada", Origin.file)
        again = await save_patients(tx, keyring, [details], MONDAY + HOUR, "ada", Origin.file)
        then = await save_patients(tx, keyring, [changed], MONDAY + HOUR, "ada", Origin.file)
        assert (first, again, then) == (Changes(added=1), Changes(unchanged=1), Changes(changed=1))
        old = (await patients(tx, ["p1"], MONDAY))["p1"]
        new = (await patients(tx, ["p1"], MONDAY + HOUR))["p1"]
        both = await find_patients(tx, keyring, [("card", "77"), ("card", "78")], MONDAY + HOUR)
    assert (old.phone(keyring), new.phone(keyring)) == ("+8613900001234", "+8613900009999")
    assert old.key_id == new.key_id
    assert set(both.values()) == {"p1"}


async def test_an_identifier_stands_for_one_patient_only(database: Database, keyring: Keyring) -> None:
    taken = (("card", "77"),)
    async with database.transaction() as tx:
        await create_patient(tx, keyring, PatientDetails(id="p1", identifiers=taken), MONDAY, "ada", Origin.file)
        with pytest.raises(IdentifierTaken) as refusal:
            await create_patient(tx, keyring, PatientDetails(identifiers=taken), MONDAY, "ada", Origin.file)
    assert refusal.value.patient == "p1"
    assert "77" not in str(refusal.value)


async def test_a_bare_reference_is_known_to_its_own_source_only(database: Database, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        unique = await create_provisional(tx, keyring, "his", "Patient/9", MONDAY)
        assert await find_patient(tx, keyring, source_system("his"), "Patient/9", MONDAY) == unique
        assert await find_patient(tx, keyring, source_system("other"), "Patient/9", MONDAY) is None
        patient = (await patients(tx, [unique], MONDAY))[unique]
    assert (patient.provisional, patient.data_incomplete, patient.source) == (True, True, "his")
    assert patient.name(keyring) is None


async def test_a_merged_patient_is_followed_through_every_merge_and_a_circle_ends(
    database: Database, keyring: Keyring
) -> None:
    people = [
        PatientDetails(id="p1", identifiers=(("card", "1"),), merged_into="p2"),
        PatientDetails(id="p2", merged_into="p3"),
        PatientDetails(id="p3"),
        PatientDetails(id="x", identifiers=(("card", "2"),), merged_into="y"),
        PatientDetails(id="y", merged_into="x"),
    ]
    async with database.transaction() as tx:
        await save_patients(tx, keyring, people, MONDAY, "ada", Origin.chat)
        assert await find_patient(tx, keyring, "card", "1", MONDAY) == "p3"
        assert await find_patient(tx, keyring, "card", "2", MONDAY) in {"x", "y"}


async def test_contacts_have_their_dates_and_guardians_come_first(database: Database, keyring: Keyring) -> None:
    everything = frozenset({Scope.times, Scope.readings})
    people = [
        ContactDetails("p1", Relation.daughter, id="a", name="王芳", phone="+8613900005555", scope=everything),
        ContactDetails("p1", Relation.son, id="b", last_day=date(2026, 3, 2)),
        ContactDetails("p1", Relation.mother, id="c", guardian=True),
    ]
    async with database.transaction() as tx:
        await create_patient(tx, keyring, PatientDetails(id="p1"), MONDAY, "ada", Origin.file)
        await save_contacts(tx, keyring, people, MONDAY, "ada", Origin.file)
        again = await save_contacts(tx, keyring, people, MONDAY + HOUR, "ada", Origin.file)
        monday = await contacts(tx, ["p1", "p2"], MONDAY, ZONE)
        tuesday = await contacts(tx, ["p1"], MONDAY + 24 * HOUR, ZONE)
        await end_contact(tx, "a", MONDAY + 24 * HOUR, "p1")
        later = await contacts(tx, ["p1"], MONDAY + 25 * HOUR, ZONE)
    assert again == Changes(unchanged=3)
    assert [each.id for each in monday["p1"]] == ["c", "a", "b"]
    assert monday["p2"] == ()
    assert [each.id for each in tuesday["p1"]] == ["c", "a"]
    assert [each.id for each in later["p1"]] == ["c"]
    daughter = tuesday["p1"][1]
    assert (daughter.name(keyring), daughter.phone(keyring)) == ("王芳", "+8613900005555")
    assert daughter.scope == everything


async def test_a_patient_has_teams_one_of_which_leads(database: Database, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        sign_ups = [
            SignUp("p1", "old", last_day=date(2026, 3, 1)),
            SignUp("p1", "village", leads=False, first_day=date(2026, 2, 1)),
            SignUp("p1", "community", first_day=date(2026, 1, 1)),
        ]
        await save_sign_ups(tx, sign_ups, MONDAY, "ada", Origin.file)
        found = await teams_of(tx, ["p1", "p2"], MONDAY, ZONE)
    assert found == {"p1": ("community", "village"), "p2": ()}


async def test_consent_is_per_purpose_and_can_be_withdrawn(database: Database) -> None:
    async with database.transaction() as tx:
        for _ in range(2):
            given = [Consent("p1", each, "wu", "p1") for each in (Purpose.chat, Purpose.sharing)]
            await record_consents(tx, given, MONDAY, Origin.chat)
        await withdraw_consents(tx, "p1", [Purpose.chat], MONDAY + HOUR, "p1")
        assert await consents(tx, ["p1"], MONDAY) == {"p1": {Purpose.chat, Purpose.sharing}}
        assert await consents(tx, ["p1"], MONDAY + HOUR) == {"p1": {Purpose.sharing}}


async def test_a_death_is_known_from_then_on(database: Database, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        await create_patient(tx, keyring, PatientDetails(id="p1"), MONDAY, "ada", Origin.file)
        await record_death(tx, "p1", date(2026, 3, 2), "his", MONDAY + HOUR, "his")
        assert not (await patients(tx, ["p1"], MONDAY))["p1"].dead
        assert (await patients(tx, ["p1"], MONDAY + HOUR))["p1"].dead


async def test_a_look_that_began_earlier_brings_no_older_directory_back(sqlite_tables_url: str) -> None:
    """On SQLite a look sees what was so when it began; PostgreSQL sees what is committed by then."""
    database, clock = Database(sqlite_tables_url), DrivenClock(MONDAY)
    directory = DirectoryCache(database, clock)
    try:
        async with database.transaction() as tx:
            await change(tx, PersonRow, [LIN], MONDAY, "ada", Origin.file)
        async with database.reading() as early:
            await directory.refreshed(early)
            async with database.transaction() as tx:
                await choose_language(tx, "lin", Language.en, MONDAY, "lin")
            await directory.refresh()
            await directory.refreshed(early)
        person = directory.current().person("lin")
        assert person is not None
        assert person.language is Language.en
    finally:
        await database.close()
