"""The demo as a newcomer meets it: one process, a page, phones, a sample, a press."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from admin.demo.beginnings import BEGINNINGS
from admin.demo.page import PAGE
from admin.demo.play import begin_play
from admin.demo.samples import SAMPLES, catalogue
from admin.demo.setup import mark_demo_database, refuse_demo_database, require_demo_database
from admin.refusals import CommandRefused
from admin.settings import Settings
from admin.wiring import all_roles
from bot.texts import plain
from events.catalog import EVENTS
from events.purposes import Purpose
from models.database import Database
from models.migrations.schema import migrate
from models.values import Language
from tests.conftest import Deployment
from tests.demo_run import Demo, demo
from tests.phones import Sandbox

pytestmark = pytest.mark.timeout(300)  # a process of its own, which imports everything


async def test_a_newcomer_sends_a_sample_and_a_doctor_accepts_it(tmp_path: Path, deployment: Deployment) -> None:
    async with demo(tmp_path / "data", deployment, installed=deployment.kind == "embedded") as shown:
        html, policy = await shown.page()
        assert "default-src 'none'" in policy
        assert "{{" not in html
        async with await Sandbox.connect(await shown.sandbox()) as phones:
            await phones.settle()
            states = [each["situation"] for each in (await shown.get("/demo/loops"))["open"]]
            assert sorted(states) == sorted(each.state for each in BEGINNINGS)
            lin = await phones.person("hospital-doctor", name="林浩")
            await lin.shows("/language")
            assert (await shown.send("high-pressure"))["status"] == 201
            card = await lin.expect("紧急转诊")
            [loop] = [each for each in (await shown.get("/demo/loops"))["open"] if each["code"] in card.text]
            assert (loop["situation"], loop["priority"]) == ("offered", "urgent")
            assert loop["holder"]["person"]["en"] == "Lin Hao"

            decided = await shown.happened("ReferralTriaged", loop["loop"])
            assert decided["key"] == "referral.rest"
            assert decided["given"]["decision"]["priority"] == "urgent"
            told = await shown.happened("NoticeRequested", loop["loop"])
            assert told["notice"]["purpose"] in set(Purpose)
            assert told["notice"]["recipient"]["zh"] in ("何平", "林浩")

            await card.press(next(label for label in card.labels if label.startswith("接收")))
            accepted = await shown.happened("ReferralAccepted", loop["loop"])
            assert accepted["actor"]["zh"] == "林浩"
            timeline = (await shown.get(f"/demo/loops/{loop['loop']}"))["events"]
            road = [event["type"] for event in timeline if event["kind"] == "referral"]
            assert road[:3] == ["ReferralRequested", "ReferralTriaged", "ReferralOffered"]
            assert "李秀英" not in json.dumps(timeline, ensure_ascii=False)
            assert "Li Xiuying" not in json.dumps(timeline)


async def test_the_language_switches_every_sample_is_answered_and_a_second_start_goes_on(tmp_path: Path) -> None:
    expected = {"impossible": 422, "nobody-named": 202, "arrival": 200, "booked": 200, "noshow": 200}
    async with demo(tmp_path / "data") as shown:
        await switched(shown)
        key = (shown.data_dir / "demo-source.key").read_text()
        assert (shown.data_dir / "demo-source.key").stat().st_mode & 0o777 == 0o600
        names = [sample["name"] for sample in (await shown.get("/demo/samples"))["samples"]]
        assert names == [sample.name for sample in catalogue()]
        assert "send one first" in (await shown.send("arrival"))["error"]
        answers = {name: (await shown.send(name))["status"] for name in names}
        assert answers == {name: expected.get(name, 201) for name in names}
        async with shown.session.post(f"{shown.url}/demo/samples/nonsense") as answer:
            assert answer.status == 404
        for foreign in ({"Host": "refloop.example"}, {"Origin": "http://refloop.example"}):
            async with shown.session.get(f"{shown.url}/demo/loops", headers=foreign) as answer:
                assert answer.status == 403
        before = {loop["code"] for loop in (await shown.get("/demo/loops"))["open"]}
    async with demo(tmp_path / "data") as shown:
        assert (shown.data_dir / "demo-source.key").read_text() == key
        assert {loop["code"] for loop in (await shown.get("/demo/loops"))["open"]} == before
        assert (await shown.send("palpitations"))["status"] == 201


async def switched(shown: Demo) -> None:
    """One switch turns page and phones to another language."""
    async with await Sandbox.connect(await shown.sandbox()) as phones:
        await phones.settle()
        patient = await phones.person("daughter", name="王芳")
        lin = await phones.person("hospital-doctor", name="林浩")
        card = (await lin.shows("紧急转诊")).id
        for language, wanted in ((Language.en, "Urgent referral"), (Language.zh, "紧急转诊")):
            async with shown.session.post(f"{shown.url}/demo/language/{language}") as answer:
                assert answer.status == 200
            await phones.wait_for(lambda: wanted in lin.messages[card]["text"], 20)  # noqa: B023
            assert wanted in lin.messages[card]["text"]
            commands = {each["command"]: each["description"] for each in (await lin.transcript())["commands"]}
            assert commands["refer"] == plain(language, "command-refer")
        assert patient.news == []
        async with shown.session.post(f"{shown.url}/demo/language/klingon") as answer:
            assert answer.status == 404


async def test_a_database_of_somebody_else_is_refused(database_url: str) -> None:
    database = Database(database_url)
    try:
        await require_demo_database(database)  # an empty one will do
        async with database.transaction() as tx:
            await tx.execute(text("CREATE TABLE somebody_elses (id INTEGER)"))
        with pytest.raises(CommandRefused, match="not made by the demo"):
            await require_demo_database(database)
        async with database.transaction() as tx:
            await tx.execute(text("DROP TABLE somebody_elses"))
        await migrate(database)
        with pytest.raises(CommandRefused, match="not made by the demo"):
            await require_demo_database(database)
        await mark_demo_database(database)
        await require_demo_database(database)
    finally:
        await database.close()


async def test_without_demo_a_database_of_the_demo_is_refused(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    try:
        await refuse_demo_database(database)  # an empty one will do
        await migrate(database)
        await refuse_demo_database(database)
        await mark_demo_database(database)
    finally:
        await database.close()
    settings = Settings.model_validate({"data_dir": tmp_path, "database_url": database_url, "port": 0})
    with pytest.raises(CommandRefused, match="made by the demo"):
        async with all_roles(settings):
            pass


async def test_a_telegram_address_on_another_machine_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, telegram_api_url="https://api.telegram.org")
    with pytest.raises(CommandRefused, match="not on this machine"):
        async with begin_play(settings, "http://127.0.0.1:1"):
            pass


async def test_a_real_token_never_reaches_the_phones(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "telegram_token": "123456789:AA-real-token"})
    async with begin_play(settings, "http://127.0.0.1:1") as (played, sandbox):
        assert played.telegram_api_url == sandbox
        assert played.telegram_token is not None
        assert "real" not in played.telegram_token.get_secret_value()


# The page's files


def words(language: str) -> dict[str, str]:
    """The texts of one language."""
    script = (PAGE / f"words-{language}.js").read_text(encoding="utf-8")
    return {key.strip('"'): value for key, value in re.findall(r'("[\w-]+"|\b\w+): "((?:[^"\\]|\\.)*)"', script)}


@pytest.mark.parametrize("file", sorted(PAGE.iterdir()), ids=lambda file: file.name)
def test_nothing_is_fetched_from_elsewhere(file: Path) -> None:
    script = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://[^\s\"')]+|@import|url\(", script)


def test_both_languages_have_the_same_words_and_blanks() -> None:
    english, chinese = words("en"), words("zh")
    # Codes without a text are shown as they are, which reads well in English only.
    assert {key for key in english if key not in chinese} == set()
    assert all(key.startswith("code-") for key in chinese if key not in english)
    for key, sentence in english.items():
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", chinese[key])), key


def test_every_event_and_purpose_has_its_words() -> None:
    known = words("en")
    events = {f"event-{name}" for name in EVENTS if name != "NoticeRequested"}
    assert events <= known.keys()
    assert {f"purpose-{purpose}" for purpose in Purpose} <= known.keys()


def test_every_caption_of_the_story_has_its_words() -> None:
    captions = set(re.findall(r'caption: "(\w+)"', (PAGE / "story.js").read_text(encoding="utf-8")))
    assert {key.removeprefix("story-") for key in words("en") if key.startswith("story-")} == captions


def test_the_story_takes_no_more_than_ninety_seconds_at_its_own_pace() -> None:
    """What it waits for by itself; a third is left for the presses and the days that pass meanwhile."""
    script = (PAGE / "story.js").read_text(encoding="utf-8")
    rests = [float(found) for found in re.findall(r"rest: (\d+(?:\.\d+)?)", script)]
    [lead] = re.findall(r"LEAD_SECONDS = (\d+(?:\.\d+)?)", script)
    assert len(rests) == len(re.findall(r'caption: "', script))
    assert "pace = 1" in script
    assert sum(rests) + float(lead) * len(rests) <= 60


def test_every_file_of_the_samples_is_in_the_menu() -> None:
    files = {file.name for file in SAMPLES.iterdir()} - {"samples.yaml"}
    assert files == {sample.file.name for sample in catalogue()}
