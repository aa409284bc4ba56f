"""The page's files: complete, ours alone, in both languages, usable from an allowed page elsewhere."""

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.sandbox.app import PAGE, SandboxConfig, Served, serve

SCRIPTS = sorted(PAGE.glob("*.js"))
CODE = {script.name: script.read_text(encoding="utf-8") for script in SCRIPTS}


def read(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def words(language: str) -> dict[str, str]:
    """The texts of one language in words.js."""
    block = re.search(rf"\n  {language}: \{{(.*?)\n  \}},", read("words.js"), re.DOTALL)
    assert block is not None
    return dict(re.findall(r'(\w+): "([^"]*)"', block[1]))


@pytest.mark.parametrize("file", sorted(PAGE.iterdir()), ids=lambda file: file.name)
def test_nothing_is_fetched_from_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://[^\s\"')]+|@import|url\(", text)


@pytest.mark.parametrize("script", CODE)
async def test_every_import_is_served_as_a_module(script: str, sandbox: Served, session: ClientSession) -> None:
    for name in re.findall(r'from "\./([\w.]+)"', CODE[script]):
        async with session.get(f"{sandbox.url}/page/{name}") as response:
            assert response.status == 200
            assert response.content_type.endswith("javascript")


async def test_the_page_may_load_nothing_foreign(sandbox: Served, session: ClientSession) -> None:
    async with session.get(sandbox.url) as response:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_both_languages_have_the_same_words_and_blanks() -> None:
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    for key in english:
        assert set(re.findall(r"\{\w+\}", english[key])) == set(re.findall(r"\{\w+\}", chinese[key])), key


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    code = "\n".join(text for name, text in CODE.items() if name != "words.js") + read("index.html")
    known = set(words("en"))
    asked = set(re.findall(r'(?:say|word)\((?:\w+(?:\.\w+)?, )?"(\w+)"', code)) | set(
        re.findall(r'data-word="(\w+)"', code)
    )
    assert asked <= known
    spoken = set(re.findall(r'"(\w+)"', code)) | {f"{kind}Hint" for kind in known}
    spoken |= {f"{state}Banner" for state in ("offline", "blocked", "gone")}
    assert known <= spoken


async def test_an_allowed_page_elsewhere_may_import_the_phones(session: ClientSession) -> None:
    page = "http://127.0.0.1:8000"
    served = await serve(SandboxConfig(allowed_origins=(page,)))
    try:
        async with session.get(f"{served.url}/page/phones.js", headers={"Origin": page}) as response:
            assert response.status == 200
            assert response.headers["Access-Control-Allow-Origin"] == page
    finally:
        await served.close()


async def test_files_are_shown_as_pictures_or_downloaded(sandbox: Served, session: ClientSession) -> None:
    api = f"{sandbox.url}/sandbox/api"
    await session.post(f"{api}/people", json={"key": "lin", "name": "Lin Yue"})
    async with session.post(f"{api}/people/lin/photo", json={}) as response:
        photo = (await response.json())["attachment"]["file_id"]
    async with session.get(f"{api}/files/{photo}") as response:
        assert response.content_type == "image/png"
    sent = {"data": "PGI+", "file_name": "a.html", "mime": "text/html"}
    async with session.post(f"{api}/people/lin/document", json=sent) as response:
        document = (await response.json())["attachment"]["file_id"]
    async with session.get(f"{api}/files/{document}") as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with session.get(f"{api}/files/nonsense") as response:
        assert response.status == 404
