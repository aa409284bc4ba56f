"""Which notice goes next: stat strictly first, then replies, then asap : urgent : routine : bulk as 8 : 4 : 2 : 1."""

from bot.limits import Turns
from models.values import Lane

STRICT = (Lane.stat, Lane.reply)
WEIGHTS = {Lane.asap: 8, Lane.urgent: 4, Lane.routine: 2, Lane.bulk: 1}


class Lanes(Turns[Lane]):
    """Remembers whose turn it is."""

    def __init__(self) -> None:
        super().__init__(STRICT, WEIGHTS)
