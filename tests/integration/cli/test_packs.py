"""The life of a rule pack by commands, and what the running parts make of it."""

import asyncio
import hashlib
import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from events.follow_up import PlanState, Programme
from events.referral import ClinicalPicture, Vitals
from models.clock import DrivenClock
from models.database import Database
from tests.integration import world as worlds
from tests.integration.cli.command_line import Terminal
from tests.integration.test_care import enrol, plan
from workers.packs_in_force import PacksInForce
from workers.rules.pack import PACKS, packs
from workers.rules.triage import TriageInputs, decide_triage

ZONE = ZoneInfo("Asia/Shanghai")
TEXT = (PACKS / "triage.yaml").read_text(encoding="utf-8")
STRICTER = (
    TEXT.replace('when: {temp_c: "[39..40] °C"}', 'when: {temp_c: "[38.5..40] °C"}')
    .replace('but: {temp_c: "[35..39)"}', 'but: {temp_c: "[35..38.5)"}')
    .replace('"2026.11+3"', '"2026.12"')
)
ADMINS = ("liu-yang", "chen-yu")


@pytest.fixture(autouse=True)
def two_admins(network_url: str) -> None:
    """The demo network has one admin; a second is made."""

    async def made() -> None:
        database = Database(network_url)
        await worlds.second_admin(database, worlds.START)
        await database.close()

    asyncio.run(made())


@pytest.fixture
def drafted(installed: Terminal, tmp_path: Path) -> str:
    file = tmp_path / "triage.yaml"
    file.write_text(STRICTER, encoding="utf-8")
    ran = installed("rules", "draft", file, "--by", ADMINS[0], "--json")
    assert ran.code == 0, ran.err
    answer = ran.json
    assert (answer["status"], answer["approvals_missing"]) == ("draft", 2)
    return str(answer["draft"])


def today() -> date:
    return datetime.now(ZONE).date()


def in_force(url: str, when: datetime | None = None) -> PacksInForce:
    found = PacksInForce(DrivenClock(when or datetime.now(ZONE)), ZONE)

    async def look() -> None:
        database = Database(url)
        async with database.reading() as transaction:
            await found.look(transaction)
        await database.close()

    asyncio.run(look())
    return found


def test_a_draft_needs_two_different_admins(installed: Terminal, drafted: str) -> None:
    assert installed("rules", "activate", drafted, "--by", ADMINS[0]).line.endswith("2 more admins must approve first")
    for _ in range(2):
        assert installed("rules", "approve", drafted, "--by", ADMINS[0], "--json").json["approvals_missing"] == 1
    assert installed("rules", "activate", drafted, "--by", ADMINS[0]).line.endswith("1 more admins must approve first")
    assert installed("rules", "approve", drafted, "--by", ADMINS[1], "--json").json["status"] == "approved"
    assert installed("rules", "activate", drafted, "--by", ADMINS[0], "--json").json["status"] == "active"
    listed = installed("rules", "packs", "--json").json
    assert [(row["status"], row["approvals"]) for row in listed] == [("active", " ".join(ADMINS))]


@pytest.mark.parametrize(
    "words, says",
    [
        (("approve", "DRAFT", "--by", "nobody"), "--by: 'nobody' is nobody with the role admin"),
        (("approve", "zzzzzzzz", "--by", ADMINS[0]), "DRAFT: there is no such draft"),
        (("activate", "DRAFT", "--by", ADMINS[0], "--from", "soon"), "--from: must be a day"),
        (("rollback", "DRAFT", "--by", ADMINS[0], "--reason", "x"), "DRAFT: it is draft"),
    ],
)
def test_what_cannot_be_done_is_said(installed: Terminal, drafted: str, words: tuple[str, ...], says: str) -> None:
    ran = installed("rules", *(drafted if word == "DRAFT" else word for word in words))
    assert ran.code != 0
    assert says in ran.line


@pytest.mark.parametrize(
    "change, says",
    [
        (('"[210..', '"[210..'), ""),
        (('when: {sbp: "<90 mmHg"}', 'when: {sbp: "<80 mmHg"}'), "rules check finds"),
        (('when: {sbp: "<90 mmHg"}', 'when: {sbp: "<90 kPa"}'), "sbp is in mmHg, not in kPa"),
        (("source: *wst812, effective: *wst, on: true}", "effective: *wst, on: true}"), "source: is missing"),
    ],
)
def test_a_pack_that_fails_its_check_is_no_draft(
    installed: Terminal, tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(TEXT.replace(*change), encoding="utf-8")
    ran = installed("rules", "draft", file, "--by", ADMINS[0])
    assert (ran.code == 0) == (says == "")
    assert says in ran.err


def test_deciding_at_the_terminal_goes_by_what_is_active_and_says_so(
    installed: Terminal, drafted: str, tmp_path: Path
) -> None:
    file = tmp_path / "feverish.json"
    file.write_text('{"temp_c": 38.6}', encoding="utf-8")

    def decided(*options: str) -> tuple[bool, str, str]:
        answer = installed("rules", "decide", "triage", file, *options).json
        return "WST810-T-H" in answer["rules"], answer["pack"]["version"], answer["packs_from"]

    shipped = packs()["triage"].version
    assert decided() == (False, shipped, "database: nothing is activated, all as shipped")
    for admin in ADMINS:
        installed("rules", "approve", drafted, "--by", admin)
    installed("rules", "activate", drafted, "--by", ADMINS[0])
    assert decided() == (True, "2026.12", f"database: triage since {today()}")
    assert decided("--shipped") == (False, shipped, "shipped: asked for")
    installed("rules", "rollback", drafted, "--by", ADMINS[1], "--reason", "too many fevers")
    assert decided()[:2] == (False, shipped)


# What is spoilt, at which row, and what is said of it.
SPOILT = {
    "an unknown column": ('when: {failed_contacts: "=1 ways"}', 'when: {failed_calls: "=1 ways"}', "unknown input"),
    "an overlap under unique": ('"=1 ways"', '"<=1 ways"', "overlap"),
    "a unit clash": ('"=1 ways"', '"=1 weeks"', "failed_contacts is in ways, not in weeks"),
    "a bad date": (
        "source: *linfen, on: true}", "source: *linfen, effective: {from: 2026-02-30, to: null}, on: true}", "date",
    ),
    "a missing source": ("source: *linfen, on: true}", "on: true}", "source: is missing"),
}  # fmt: skip


def test_a_spoilt_pack_is_refused_by_file_line_and_row_and_the_old_one_stays(
    installed: Terminal, tmp_path: Path
) -> None:
    text = (PACKS / "duties.yaml").read_text(encoding="utf-8")
    of_another = hashlib.sha256(text.encode()).hexdigest()
    signed = text.replace("signed: null", f"signed: {{by: Dr Wen, on: 2026-10-01, hash: {of_another}}}")
    spoilt = {name: text.replace(was, becomes, 1) for name, (was, becomes, _) in SPOILT.items()}
    for name, content in {**spoilt, "a changed byte": signed}.items():
        assert content != text, name
        file = tmp_path / "duties.yaml"
        file.write_text(content, encoding="utf-8")
        for ran in (installed("rules", "draft", file, "--by", ADMINS[0]), installed("rules", "check", file)):
            told = ran.out + ran.err
            assert ran.code != 0, name
            assert re.search(r"duties\.yaml:\d+", told), told
            said = SPOILT[name][2] if name in SPOILT else "changed after signing"
            assert said in told, told
            assert "DC-CN-4-" in told or name not in SPOILT, told
    assert installed("rules", "packs", "--json").json == []
    (tmp_path / "given.json").write_text("{}", encoding="utf-8")
    answer = installed("rules", "decide", "duties", tmp_path / "given.json").json
    assert answer["pack"]["hash"] == packs()["duties"].hash


def test_an_active_pack_counts_from_its_day_and_a_rollback_ends_it(
    installed: Terminal, drafted: str, network_url: str
) -> None:
    for admin in ADMINS:
        installed("rules", "approve", drafted, "--by", admin)
    later = today().replace(year=today().year + 1)
    installed("rules", "activate", drafted, "--by", ADMINS[0], "--from", later.isoformat())
    before, since = (
        in_force(network_url),
        in_force(network_url, datetime(later.year + 1, 1, 1, tzinfo=ZONE)),
    )
    feverish = TriageInputs(temp_c=38.6)
    assert "WST810-T-H" not in decide_triage(before.current().triage, feverish).rules
    assert "WST810-T-H" in decide_triage(since.current().triage, feverish).rules
    assert before.current().triage is packs()["triage"]
    installed("rules", "rollback", drafted, "--by", ADMINS[1], "--reason", "too many fevers")
    ended = in_force(network_url, datetime(later.year + 1, 1, 1, tzinfo=ZONE))
    assert ended.current().triage is packs()["triage"]


def test_a_plan_that_runs_keeps_the_version_it_was_made_with(
    installed: Terminal, tmp_path: Path, network_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def plan_of(programme: Programme) -> PlanState:
        async with worlds.core(network_url) as world:
            return await plan(world, await enrol(world, programme))

    async def again(stream: str) -> PlanState:
        async with worlds.core(network_url) as world:
            return await plan(world, stream)

    before = asyncio.run(plan_of(Programme.hypertension))
    file = tmp_path / "follow_up.yaml"
    text = (PACKS / "follow_up.yaml").read_text(encoding="utf-8")
    shipped = packs()["follow_up"].version
    changed = text.replace("{months: [3, 6, 9, 12]", "{months: [2, 4, 6, 8, 10, 12]").replace(shipped, "2026.12")
    file.write_text(changed, encoding="utf-8")
    draft = installed("rules", "draft", file, "--by", ADMINS[0], "--json").json["draft"]
    for admin in ADMINS:
        installed("rules", "approve", draft, "--by", admin)
    assert installed("rules", "activate", draft, "--by", ADMINS[0]).code == 0

    rules = in_force(network_url).current()
    monkeypatch.setattr(worlds, "rules_in_force", lambda zone: rules)
    since = asyncio.run(plan_of(Programme.diabetes))
    assert (len(before.rows), before.pack) == (4, f"follow_up {shipped}")
    assert (len(since.rows), since.pack) == (6, "follow_up 2026.12")
    kept = asyncio.run(again(before.id))
    assert (kept.rows, kept.pack) == (before.rows, before.pack)


def test_a_layer_lives_the_same_life_and_holds_in_its_place(
    installed: Terminal, tmp_path: Path, network_url: str
) -> None:
    file = tmp_path / "city.yaml"
    text = (PACKS / "layers" / "strict.yaml").read_text(encoding="utf-8").replace("strict-example", "mytown")
    file.write_text(text, encoding="utf-8")
    draft = installed("rules", "draft", file, "--by", ADMINS[0], "--json").json["draft"]
    for admin in ADMINS:
        installed("rules", "approve", draft, "--by", admin)
    installed("rules", "activate", draft, "--by", ADMINS[0])
    rules = in_force(network_url).current()
    high = TriageInputs(sbp=186)
    assert decide_triage(rules.in_force.at("triage", "mytown"), high).priority == "stat"
    assert decide_triage(rules.in_force.at("triage", "othertown"), high).priority == "urgent"


def test_a_decision_under_a_layer_is_explained_when_the_layer_is_gone(
    installed: Terminal, tmp_path: Path, network_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "house.yaml"
    text = (PACKS / "layers" / "strict.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("level: city, name: strict-example", "level: facility, name: chengxi-1"))
    draft = installed("rules", "draft", file, "--by", ADMINS[0], "--json").json["draft"]
    for admin in ADMINS:
        installed("rules", "approve", draft, "--by", admin)
    installed("rules", "activate", draft, "--by", ADMINS[0])
    rules = in_force(network_url).current()
    monkeypatch.setattr(worlds, "rules_in_force", lambda zone: rules)

    async def referred() -> str:
        async with worlds.core(network_url) as world:
            picture = ClinicalPicture(vitals=Vitals(sbp=186, dbp=112))
            handled = await world.request(picture=picture)
            await world.settle()
            return str(handled.state.code)

    code = asyncio.run(referred())
    installed("rules", "rollback", draft, "--by", ADMINS[1], "--reason", "too strict")
    told = installed("rules", "explain", code, "--json").json
    assert told["priority"] == "stat"
    assert "chengxi-1" in told["pack"]
    assert told["decides the same again"] == "yes"


def test_the_rows_of_packs_are_rebuilt_from_the_log(installed: Terminal, drafted: str, network_url: str) -> None:
    before = installed("rules", "packs", "--json").json
    assert installed("events", "rebuild").code == 0
    assert installed("rules", "packs", "--json").json == before
    assert installed("events", "verify").code == 0
