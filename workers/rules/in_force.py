"""The packs that count at a moment, with the layers of provinces, cities and facilities over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from models.directory import Directory
from workers.rules.layers import Layer, in_place, shipped
from workers.rules.pack import Pack, packs

# The parameter of the network file that says which province a facility, a city or the site lies in.
PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class InForce:
    """Packs by name. Whoever decides asks here, so that all decide by the same."""

    packs: Mapping[str, Pack]
    layers: tuple[Layer, ...] = ()

    def __getitem__(self, name: str) -> Pack:
        """The pack without any layer; KeyError when there is none of that name."""
        return self.packs[name]

    def at(self, name: str, city: str | None, facility: str | None = None, province: str | None = None) -> Pack:
        """The pack as it holds in a province, a city and a facility."""
        return in_place(self.packs[name], self.layers, city, facility, province)

    def around(self, name: str, directory: Directory, facility: str | None) -> Pack:
        """The pack as it holds at a facility of the network; without one, as it holds everywhere on the site."""
        house = directory.facility(facility) if facility else None
        province = directory.parameter(PROVINCE, facility)
        return self.at(name, house.city if house else None, facility, str(province) if province else None)


@cache
def as_shipped() -> InForce:
    """The packs that ship, and the layers that come with them."""
    return InForce(packs(), shipped())
