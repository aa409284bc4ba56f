"""The demo's sample messages, in the network of the demo: every one ends as its name says."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from admin.demo import samples
from admin.network.load import load_network
from admin.network.reading import read_files
from models.sources import add_source
from models.summaries import SummaryRow
from tests.intake_house import House, open_house

NETWORK = Path(samples.__file__).parent / "network.yaml"


@pytest.fixture
async def house(sqlite_tables_url: str) -> AsyncIterator[House]:
    async with open_house(sqlite_tables_url) as opened:
        async with opened.database.transaction() as tx:
            since = opened.clock.now() - timedelta(days=1)
            await load_network(tx, read_files(NETWORK), opened.keyring, since, "test")
            for facility in {each.source for each in samples.catalogue()}:
                opened.keys[facility] = await add_source(tx, f"demo-{facility}", facility, since, "test")
        await opened.directory.refresh()
        yield opened


async def send(house: House, name: str, code: str | None = None) -> Any:
    [sample] = [each for each in samples.catalogue() if each.name == name]
    body = sample.filled(house.clock.now(), code)
    return await house.post(sample.path, body, sample.source, media=sample.content_type)


async def test_every_sample_is_taken_but_the_impossible_one(house: House) -> None:
    answers = {}
    code = None
    for sample in samples.catalogue():
        response = await send(house, sample.name, code)
        answers[sample.name] = response.status_code
        assert response.status_code < 500, response.text
        if sample.name == "high-pressure":
            code = response.headers["location"].rpartition("/")[2]
    assert answers.pop("impossible") == 422
    assert answers.pop("nobody-named") == 202
    assert set(answers.values()) <= {200, 201}


async def test_a_referral_arrives_and_comes_back_down(house: House) -> None:
    taken = await send(house, "high-pressure")
    code = taken.headers["location"].rpartition("/")[2]
    await send(house, "arrival", code)
    assert await house.status(code) == "arrived"
    await send(house, "discharge", code)
    assert await house.status(code) == "reported"
    rows = {row["kind"]: row for row in await house.rows(SummaryRow)}
    assert rows["discharge"]["loop"] == rows["referral"]["stream"]
    assert rows["discharge"]["recipient_facility"] == "liantang"  # the centre of the patient's family-doctor team


async def test_sent_twice_a_sample_is_two_messages(house: House) -> None:
    codes = [(await send(house, "palpitations")).headers["location"] for _ in range(2)]
    assert len(set(codes)) == 2


def test_every_sample_has_both_names_and_a_file() -> None:
    found = samples.catalogue()
    assert len({each.name for each in found}) == len(found) >= 5
    for one, language in itertools.product(found, ("zh", "en")):
        assert one.names[language]
        assert one.file.exists()
