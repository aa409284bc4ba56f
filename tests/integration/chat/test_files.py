"""Photos and PDFs of a referral: kept sealed, shown after a press, to those who may see them, and to nobody else."""

from pathlib import Path

import pytest

from bot.handlers import attaching
from models.audit import AuditRow
from models.documents import DocumentRow
from models.summaries import SummaryRow
from models.values import Priority
from tests.integration.chat.stage import Stage, both_engines, offered

PDF = b"%PDF-1.4 Zanzibar " + bytes(range(256)) * 20


@both_engines
async def test_a_file_sent_as_a_reply_is_sealed_and_shown_after_a_press(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    he = await stage.phone("he")
    code = (await stage.state(referral)).code
    written = await he.send_document(caption=code, data=PDF, file_name="ecg.pdf")
    await he.expect("Kept, sealed")
    [row] = await stage.rows(DocumentRow, about=referral)
    assert (row["kind"], row["size"]) == ("pdf", len(PDF))
    assert "Zanzibar" not in row["content"]
    assert "DocumentAttached" in await stage.types(referral)
    messages = (await he.transcript(everything=True))["messages"]
    assert next(each for each in messages if each["id"] == written["id"])["deleted"], "patient data leaves the chat"
    await stage.show_anew(referral)
    await card.edited("Urgent referral")
    await stage.until(lambda: _has_button(card, "Files (1)"))
    await card.press("Files (1)")
    shown = await lin.expect()
    assert (shown.view["attachment"]["file_name"], shown.view["protected"]) == ("1.pdf", True)
    looks = await stage.rows(AuditRow, action="open files")
    assert [row["actor"] for row in looks] == ["person:lin-hao"]


async def _has_button(card: object, label: str) -> bool:
    return label in getattr(card, "labels")  # noqa: B009 - a card of tests/handset.py


async def test_a_photo_of_a_draft_goes_with_the_referral(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start()
    await he.say("/refer 李秀英 71女 心内 BP 186/112 头痛2天")
    draft = await he.expect("Draft referral")
    await he.send_photo()
    await he.expect("Kept, sealed")
    await draft.press("Send, patient agrees")
    await draft.edited("sent →")
    [row] = await stage.rows(SummaryRow, kind="referral")
    state = await stage.state(row["stream"])
    assert len(state.documents) == 1
    [kept] = await stage.rows(DocumentRow)
    assert (kept["about"], kept["key"]) == (row["stream"], state.patient_key), "sealed under the patient's key now"


async def test_a_draft_that_is_discarded_takes_its_files_with_it(stage: Stage) -> None:
    he = await stage.phone("he")
    await stage.start()
    await he.say("/refer 李秀英 71女 心内 BP 186/112 头痛2天")
    draft = await he.expect("Draft referral")
    await he.send_photo()
    await he.expect("Kept, sealed")
    await draft.press("Discard")
    await draft.edited("nothing was sent")
    assert await stage.rows(DocumentRow) == []


async def test_the_same_file_twice_is_one(stage: Stage) -> None:
    referral, lin, _ = await offered(stage, Priority.urgent)
    code = (await stage.state(referral)).code
    for _ in range(2):
        await lin.send_document(caption=code, data=PDF)
        await lin.expect("Kept, sealed")
    assert len((await stage.state(referral)).documents) == 1


async def test_what_is_no_photo_too_big_or_for_nothing_is_refused_kindly(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral, lin, _ = await offered(stage, Priority.urgent)
    liu = await stage.phone("liu")
    code = (await stage.state(referral)).code
    await lin.send_document(caption=code, data=b"MZ\x90 a program", file_name="harmless.pdf")
    await lin.expect("Only photos")
    monkeypatch.setattr(attaching, "MOST_BYTES", len(PDF))
    await lin.send_document(caption=code, data=PDF + b" ", file_name="big.pdf")
    await lin.expect("MB at most")
    await lin.send_document(data=PDF)
    await lin.expect("Which referral is this for?")
    await liu.send_document(caption=code, data=PDF)
    await liu.expect("Which referral is this for?")
    assert await stage.rows(DocumentRow) == []


async def test_a_file_of_a_referral_is_nowhere_in_the_open(stage: Stage) -> None:
    referral, lin, _ = await offered(stage, Priority.urgent)
    await lin.send_document(caption=(await stage.state(referral)).code, data=PDF)
    await lin.expect("Kept, sealed")
    base = Path(str(stage.database.url.database))
    assert all(b"Zanzibar" not in path.read_bytes() for path in base.parent.glob("chat.db*"))
