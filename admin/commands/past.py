"""Commands about the past: as-of, as-seen, what-if. They only read."""

from pathlib import Path
from typing import Annotated

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, interrupted, settings

Name = Annotated[str, typer.Argument(metavar="CODE", help="A referral's code, or the id of a stream of the loop.")]
At = Annotated[str, typer.Option("--at", metavar="TIME", help="Such as 2026-03-05T10:03 (the site's time).")]


def as_of(
    name: Name, at: At, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """How a loop stood at a moment."""
    from admin import output
    from admin.asking_past import loop_as_of
    from admin.instants import instant

    known = settings(data_dir=data_dir, database_url=database_url)
    found = carry(known, loop_as_of(known, name, instant("--at", at, known.zone)))
    if as_json:
        output.as_json(found)
        return
    for stream, state in found.items():
        output.say(stream)
        output.fields({f"  {key}": output.one_line(value, known.zone) for key, value in state.items() if key != "id"})


def as_seen(
    name: Name,
    at: At,
    person: Annotated[str, typer.Option("--by", metavar="PERSON", help="Whose messages.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """The text and the buttons somebody had about a loop at a moment: what did they know when they answered?"""
    from dataclasses import asdict

    from admin import output
    from admin.asking_past import loop_as_seen
    from admin.instants import instant

    known = settings(data_dir=data_dir, database_url=database_url)
    found = carry(known, loop_as_seen(known, name, person, instant("--at", at, known.zone)))
    if as_json:
        output.as_json([asdict(seen) for seen in found])
        return
    if not all(seen.words_known for seen in found):
        output.say("The words of then were not remembered: these are the ones of this version.")
    for seen in found:
        output.say(f"--- sent {output.local(seen.sent_at, known.zone)}  {seen.purpose}  version {seen.version}")
        output.say(seen.text)
        for line in seen.buttons:
            output.say(" ".join(f"[{label}]" for label in line))
    if not found:
        output.say("nothing about it had reached them by then")


def what_if(
    pack: Annotated[Path, typer.Option("--pack", metavar="FILE", help="The candidate rule pack.")],
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="Decide by it from then on.")],
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="Up to there.")],
    then: Annotated[Path | None, typer.Option("--instead-of", metavar="FILE", help="The pack in force then.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="A new file: the diff as a page.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """What a rule pack would have changed: decisions played again under it. Writes nothing and tells nobody."""
    from admin import output
    from admin.asking_past import pack_diff
    from admin.instants import instant
    from admin.pages import new_page
    from admin.what_if_page import hour, page, words

    known = settings(data_dir=data_dir, database_url=database_url)
    begin, end = instant("--from", since, known.zone), instant("--to", until, known.zone)
    with interrupted(), output.progress("playing again") as progress:
        diff = carry(known, pack_diff(known, pack, then, begin, end, progress))
    if html is not None:
        new_page(html, page(diff, known.zone))
    if as_json:
        output.as_json(diff.as_dict())
        return
    output.say(f"{diff.pack}: {diff.loops} loops, {diff.events} events played again")
    for each in diff.changed:
        output.say(f"{each.code or each.loop}")
        for facet in each.was:
            for sign, entries in (("-", each.was[facet]), ("+", each.would_be[facet])):
                for entry in entries:
                    output.say(f"  {sign} {facet}: {'  '.join(words(entry, known.zone))}")
        if each.unknown is not None:
            when = output.local(each.unknown.at, known.zone)
            output.say(f"  ? unknown from {when}: {each.unknown.type} by {each.unknown.by} answered something else")
    for line in diff.notices:
        output.say(
            f"notices to {line['to']} in the hour from {hour(line, known.zone)}: {line['was']} -> {line['would_be']}"
        )
    over, would_be = diff.budget["over_was"], diff.budget["over_would_be"]
    output.say(f"routine messages over the patients' budget: {over} -> {would_be}")
    if diff.not_reproduced:
        output.remark(f"{len(diff.not_reproduced)} loops are not played exactly as they were; compare those by hand")
    output.say("nothing would have been otherwise" if diff.empty else f"{len(diff.changed)} loops would be otherwise")


def certificate(
    name: Name,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="A new file: one page.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """What proves that a closed loop was closed: its links, those that are missing, and the chain of hashes."""
    from admin import output
    from admin.certificate import Certificate, page
    from admin.certificate import certificate as certify
    from admin.opening import reading
    from admin.pages import new_page

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> Certificate:
        async with reading(known) as transaction:
            return await certify(transaction, name)

    found = carry(known, work())
    if html is not None:
        new_page(html, page(found, known.zone))
    if as_json:
        links = [
            {"link": link.name, "at": link.at, "event": link.type, "hash": link.hash}
            for link in found.links
        ]  # fmt: skip
        output.as_json({"code": found.code, "loop": found.loop, "missing": found.missing, "links": links})
        return
    rows = [[link.name, output.local(link.at, known.zone) or "MISSING", link.type, link.hash] for link in found.links]
    output.table(["link", "when", "evidence", "hash"], rows, "")
    for finding in found.broken:
        output.say(f"{finding.stream} version {finding.version}: {finding.what}")
    output.say(f"missing: {', '.join(found.missing)}" if found.missing else "every link has its evidence")
