"""The packs that count at a moment, with the layers of cities and facilities over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from workers.rules.layers import Layer, in_place, shipped
from workers.rules.pack import Pack, packs


@dataclass(frozen=True, slots=True)
class InForce:
    """Packs by name. Whoever decides asks here, so that all decide by the same."""

    packs: Mapping[str, Pack]
    layers: tuple[Layer, ...] = ()

    def __getitem__(self, name: str) -> Pack:
        """The pack without any layer; KeyError when there is none of that name."""
        return self.packs[name]

    def at(self, name: str, city: str | None, facility: str | None = None) -> Pack:
        """The pack as it holds in a city and a facility."""
        return in_place(self.packs[name], self.layers, city, facility)


@cache
def as_shipped() -> InForce:
    """The packs that ship, and the layers that come with them."""
    return InForce(packs(), shipped())
