"""Chats and the people they stand for, the codes that bind them, and the keys of sources."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from models.binding import Bound, Refused, issue_code, redeem_code
from models.database import Database
from models.directory import load_directory
from models.history import Origin, change, directory_epoch
from models.parties import (
    PartyKind,
    Purpose,
    addresses,
    bind_chat,
    choose_language,
    mark_blocked,
    mark_reachable,
    opt_in,
    opt_out,
    opt_outs,
    parties_of_chat,
    unbind_chat,
)
from models.registry import FacilityRow, PersonRow
from models.sealed import Keyring
from models.sources import SourceRefused, add_source, end_source, key_hash, renew_key
from models.values import FacilityKind, Language, Tier

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


async def test_one_chat_may_stand_for_several_and_a_party_has_chats_in_order(database: Database) -> None:
    async with database.transaction() as tx:
        assert await bind_chat(tx, "ma", PartyKind.contact, "1", MONDAY, "ma") == ()
        await bind_chat(tx, "pa", PartyKind.contact, "1", MONDAY, "pa")
        others = await bind_chat(tx, "ma", PartyKind.contact, "2", MONDAY + HOUR, "ma")
        assert [each.chat for each in others] == ["1"]
        at = MONDAY + HOUR
        assert [each.party for each in await parties_of_chat(tx, "1", at)] == ["ma", "pa"]
        found = await addresses(tx, ["ma", "pa", "none"], at)
        assert {party: [each.chat for each in chats] for party, chats in found.items()} == {
            "ma": ["2", "1"],
            "pa": ["1"],
            "none": [],
        }
        await unbind_chat(tx, "ma", "1", at + HOUR, "ma")
        assert [each.party for each in await parties_of_chat(tx, "1", at + HOUR)] == ["pa"]


async def test_a_blocked_chat_is_blocked_for_everybody_until_somebody_writes(database: Database) -> None:
    async with database.transaction() as tx:
        for party in ("ma", "pa"):
            await bind_chat(tx, party, PartyKind.contact, "1", MONDAY, party)
        news = await mark_blocked(tx, "1", MONDAY + HOUR, "sender")
        assert {each.party for each in news} == {"ma", "pa"}
        assert await mark_blocked(tx, "1", MONDAY + 2 * HOUR, "sender") == ()
        blocked = (await addresses(tx, ["ma"], MONDAY + 2 * HOUR))["ma"]
        assert [each.blocked_at for each in blocked] == [MONDAY + HOUR]
        await mark_reachable(tx, "1", MONDAY + 3 * HOUR, "ma")
        assert [each.blocked_at for each in await parties_of_chat(tx, "1", MONDAY + 3 * HOUR)] == [None, None]


async def test_stop_counts_per_purpose_and_can_be_taken_back(database: Database) -> None:
    async with database.transaction() as tx:
        await opt_out(tx, "p1", [Purpose.reminders, Purpose.follow_up], MONDAY, "p1")
        await opt_in(tx, "p1", [Purpose.follow_up], MONDAY + HOUR, "p1")
        assert await opt_outs(tx, ["p1", "p2"], MONDAY + HOUR) == {"p1": {Purpose.reminders}, "p2": set()}


async def test_a_language_asked_for_in_chat_wins(database: Database) -> None:
    async with database.transaction() as tx:
        await change(tx, PersonRow, [LIN], MONDAY, "ada", Origin.file)
        epoch = await directory_epoch(tx)
        await choose_language(tx, "lin", Language.en, MONDAY, "lin")
        directory = await load_directory(tx, MONDAY)
    person = directory.person("lin")
    assert person is not None
    assert person.language is Language.en
    assert directory.epoch == epoch + 1


async def test_a_staff_code_binds_once_and_the_same_chat_hears_the_same_again(
    database: Database, keyring: Keyring
) -> None:
    async with database.transaction() as tx:
        code = await issue_code(tx, keyring, "lin", PartyKind.practitioner, MONDAY, "shell")
        later = MONDAY + timedelta(minutes=9)
        first = await redeem_code(tx, keyring, code.text, "1", later)
        assert first == Bound("lin", PartyKind.practitioner, ())
        assert await redeem_code(tx, keyring, code.text, "1", later) == first
        assert await redeem_code(tx, keyring, code.text, "2", later) is Refused.used
        await unbind_chat(tx, "lin", "1", later, "lin")
        assert await redeem_code(tx, keyring, code.text, "1", later) is Refused.used


async def test_a_code_that_is_old_replaced_or_invented_binds_nothing(database: Database, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        replaced = await issue_code(tx, keyring, "lin", PartyKind.practitioner, MONDAY, "shell")
        code = await issue_code(tx, keyring, "lin", PartyKind.practitioner, MONDAY, "shell")
        assert await redeem_code(tx, keyring, replaced.text, "1", MONDAY) is Refused.expired
        assert await redeem_code(tx, keyring, code.text, "1", code.expires_at) is Refused.expired
        assert await redeem_code(tx, keyring, "x" * 22, "1", MONDAY) is Refused.unknown
        assert await parties_of_chat(tx, "1", MONDAY) == ()


async def test_a_patients_code_asks_for_a_second_factor_and_locks_after_five_wrong_ones(
    database: Database, keyring: Keyring
) -> None:
    async with database.transaction() as tx:
        with pytest.raises(ValueError, match="factors"):
            await issue_code(tx, keyring, "p1", PartyKind.patient, MONDAY, "wu")
        factors = ("1954", "1234")
        code = await issue_code(tx, keyring, "p1", PartyKind.patient, MONDAY, "wu", factors)
        assert await redeem_code(tx, keyring, code.text, "1", MONDAY) is Refused.second_factor
        for _ in range(4):
            assert await redeem_code(tx, keyring, code.text, "1", MONDAY, "1955") is Refused.wrong_factor
        assert isinstance(await redeem_code(tx, keyring, code.text, "1", MONDAY, " 1954 "), Bound)
        code = await issue_code(tx, keyring, "p1", PartyKind.patient, MONDAY, "wu", factors)
        for _ in range(5):
            await redeem_code(tx, keyring, code.text, "2", MONDAY, "1955")
        assert await redeem_code(tx, keyring, code.text, "2", MONDAY, "1954") is Refused.locked


async def test_a_sources_key_is_shown_once_and_only_its_hash_kept(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(SourceRefused, match="facility: 'county' is not in the network"):
            await add_source(tx, "his", "county", MONDAY, "ada")
        await change(tx, FacilityRow, [COUNTY], MONDAY, "ada", Origin.file)
        key = await add_source(tx, "his", "county", MONDAY, "ada")
        with pytest.raises(SourceRefused, match="name: there is a source 'his'"):
            await add_source(tx, "his", "county", MONDAY, "ada")
        new = await renew_key(tx, "his", MONDAY + HOUR, "ada")
        directory = await load_directory(tx, MONDAY + HOUR)
        found = directory.source_of_key(key_hash(new))
        assert found is not None
        assert (found.id, found.facility) == ("his", "county")
        assert directory.source_of_key(key_hash(key)) is None
        await end_source(tx, "his", MONDAY + 2 * HOUR, "ada")
        assert (await load_directory(tx, MONDAY + 2 * HOUR)).source("his") is None
        stored = str((await tx.execute(text("SELECT * FROM sources"))).all())
    assert key not in stored
