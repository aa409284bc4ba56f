"""`refloop kpi` as somebody types it: groups, days, JSON and CSV, hidden cells, the same position, the year before."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events.referral import ReferralOffered
from events.referral_commands import HoldReferral
from tests.integration.cli.command_line import Ran, Terminal
from tests.integration.world import core
from tests.unit.events.story import LIN

BEFORE = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
NOW = datetime(2027, 3, 4, 2, 0, tzinfo=UTC)
SPRING = ("--from", "2027-03-01", "--to", "2027-03-31")


async def referred(url: str, count: int, at: datetime, held: int = 0) -> None:
    """So many referrals of Liantang at that moment; some are answered at once."""
    async with core(url, at) as parts:
        for number in range(count):
            handled = await parts.request()
            if number < held:
                await parts.do(HoldReferral(stream=handled.state.id, by=LIN))
        offers = await parts.rows("SELECT count(*) FROM log WHERE type = 'ReferralOffered'")
        assert offers[0][0] >= count, ReferralOffered.__name__


async def kpi(installed: Terminal, *words: object) -> Ran:
    """Commands bring an event loop of their own."""
    return await asyncio.to_thread(installed, "kpi", *words)


def row(found: Any, definition: str, group: str = "all") -> dict[str, Any]:
    """One figure of the answer."""
    [one] = [each for each in found["figures"] if (each["definition"], each["group"]) == (definition, group)]
    return dict(one)


async def test_figures_by_group_with_hidden_cells_and_the_year_before(network_url: str, installed: Terminal) -> None:
    await referred(network_url, 5, BEFORE, held=5)
    await referred(network_url, 10, NOW, held=6)
    found = (await kpi(installed, *SPRING, "--json")).json
    up = row(found, "UP")
    assert (up["numerator"], up["value"], up["change_to_year_before"]) == (10, 10.0, 5.0)
    answered = row(found, "ANSWER-IN-TIME-URGENT")
    assert (answered["numerator"], answered["denominator"], answered["value"]) == (6, 10, 0.6)
    assert answered["change_to_year_before"] == -0.4
    assert row(found, "PRIMARY-CARE-SHARE")["value"] is None
    assert "not computable" in row(found, "PRIMARY-CARE-SHARE")["source"]
    assert row(found, "SILENT-PAIRS")["denominator"] > 5

    # The same position gives the same figures, whatever came after it.
    await referred(network_url, 3, NOW + timedelta(days=1))
    then = (await kpi(installed, *SPRING, "--json", "--position", found["position"])).json
    assert then == found
    assert row((await kpi(installed, *SPRING, "--json")).json, "UP")["value"] == 13.0

    for by, group in (("facility", "liantang"), ("tier", "village"), ("pair", "liantang - chengxi-1")):
        grouped = (await kpi(installed, *SPRING, "--by", by, "--json")).json
        assert row(grouped, "UP", group)["value"] == 13.0, by
    alliance = (await kpi(installed, *SPRING, "--by", "alliance", "--json")).json
    assert row(alliance, "UP", "chengxi-community")["value"] == 13.0

    # Three referrals of one day: too few to be shown.
    few = (await kpi(installed, "--from", "2027-03-05", "--to", "2027-03-05", "--json")).json
    assert (row(few, "UP")["value"], row(few, "UP")["numerator"], row(few, "UP")["hidden"]) == (None, None, True)

    lines = list(csv.DictReader(io.StringIO((await kpi(installed, *SPRING, "--csv")).out)))
    [line] = [each for each in lines if each["definition"] == "UP"]
    assert (line["group"], line["value"], line["hidden"]) == ("all", "13.0", "False")
    shown = await kpi(installed, *SPRING)
    assert "log position" in shown.out
    for ran in (shown, await kpi(installed, *SPRING, "--json")):
        assert not any(word in ran.out for word in ("li-xiuying", "李秀英", "he-ping", "He Ping"))


async def test_denominators_of_others_come_month_by_month(installed: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "outside.csv"
    file.write_text(
        "month,definition,numerator,denominator\n"
        "2027-02,PRIMARY-CARE-SHARE,1,2\n2027-03,PRIMARY-CARE-SHARE,600,1000\n2027-03,HTN-COVERAGE,3,400\n",
        encoding="utf-8-sig",
    )
    found = (await kpi(installed, *SPRING, "--outside", file, "--json")).json
    share = row(found, "PRIMARY-CARE-SHARE")
    assert (share["numerator"], share["denominator"], share["value"]) == (600, 1000, 0.6)
    assert row(found, "HTN-COVERAGE")["hidden"]
    assert "not computable" in row(found, "IN-COUNTY-SHARE")["source"]


@pytest.mark.parametrize(
    "line, says",
    [
        ("2026-13,PRIMARY-CARE-SHARE,1,2", "line 2: month must be like 2026-03"),
        ("2026-03,SHARE,1,2", "line 2: definition must be one of"),
        ("2026-03,PRIMARY-CARE-SHARE,-1,2", "line 2: numerator must be a whole number, not '-1'"),
        ("2026-03,PRIMARY-CARE-SHARE,1,", "line 2: denominator must be a whole number, not ''"),
        ("2026-03,PRIMARY-CARE-SHARE,１,2", "line 2: numerator must be a whole number, not '１'"),
        (
            "2026-03,PRIMARY-CARE-SHARE,6,20\n2026-03,DM-COVERAGE,9",
            "line 3: denominator must be a whole number, not ''",
        ),
        ("2026-03,DM-COVERAGE,6,20\n2026-03,DM-COVERAGE,7,20", "line 3: DM-COVERAGE of 2026-03 is there twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    refloop: Terminal, tmp_path: Path, line: str, says: str
) -> None:
    file = tmp_path / "outside.csv"
    file.write_text(f"month,definition,numerator,denominator\n{line}\n", encoding="utf-8")
    ran = refloop("kpi", "--outside", file)
    assert says in ran.line
    assert ran.code != 0


@pytest.mark.parametrize(
    "words, says",
    [
        (("--by", "sideways"), "--by: must be one of facility, alliance, tier, pair, not 'sideways'"),
        (("--json", "--csv"), "--json and --csv: give one of them"),
        (("--outside", "nowhere.csv"), "nowhere.csv: No such file"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(refloop: Terminal, words: tuple[str, ...], says: str) -> None:
    assert says in refloop("kpi", *words).line


def test_days_the_wrong_way_round_are_refused(installed: Terminal) -> None:
    assert "is after --to" in installed("kpi", "--from", "2026-03-02", "--to", "2026-03-01").line
