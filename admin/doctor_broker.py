"""The checks of `refloop doctor` at RabbitMQ: does it answer, is every queue there, is anything parked."""

from admin.findings import Finding, Level
from events.rabbit import INTAKE, PARKING, connect, queue_name
from workers.reactions import KINDS


async def look_at_broker(url: str) -> list[Finding]:
    """Findings; raises when the broker cannot be reached."""
    wanted = [queue_name(consumer, stat) for consumer in KINDS for stat in (True, False)]
    missing, parked = [], 0
    connection = await connect(url)
    async with connection:
        for name in [*wanted, INTAKE, PARKING]:
            # A queue that is not there closes the channel, so each is asked on its own.
            channel = await connection.channel()
            try:
                queue = await channel.declare_queue(name, passive=True, robust=False)
            except Exception:  # noqa: BLE001 - refused in many ways, all of which mean it is not usable
                missing.append(name)
                continue
            if name == PARKING:
                parked = queue.declaration_result.message_count or 0
            await channel.close()
    if missing:
        return [Finding("broker", Level.broken, f"no queue {', '.join(missing)}: start a role, it declares them")]
    found = [Finding("broker", Level.ok, f"RabbitMQ answers, {len(wanted) + 2} queues")]
    if parked:
        found.append(Finding("parking queue", Level.warning, f"{parked} messages not yet drained: do the workers run?"))
    return found
