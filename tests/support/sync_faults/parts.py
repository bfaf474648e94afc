"""The parts of the suite: what may happen in the rounds of each, and how many of all faults it has."""

from __future__ import annotations

from dataclasses import dataclass

from sync_faults.troubles import KILLS, NETWORK, RARE

SIZE = 60  # faults of one round
CLONE, ROLL_DEVICE_BACK = "clone", "roll_device_back"
ROLL_COLLECTOR_BACK, SWAP = "roll_collector_back", "swap_collector"
NEWER_DEVICE, NEWER_COLLECTOR = "newer_device", "newer_collector"


@dataclass(frozen=True)
class Part:
    """`share` is of 100. `harms` meet requests, one more often where it stands twice; `between` happens
    between lives of devices; `wild` lets clocks jump and names fail; `big` records what is too large.
    """

    name: str
    share: int
    harms: tuple[str, ...]
    between: tuple[str, ...] = ()
    certificates: bool = False
    wild: bool = False
    big: bool = False

    @property
    def strict(self) -> bool:
        """Whether what a device was told must be true at every moment: no collector forgets."""
        return ROLL_COLLECTOR_BACK not in self.between


PARTS = (
    Part("network", 30, (*NETWORK, *NETWORK, *RARE)),
    Part("kills", 25, (*KILLS, *KILLS, *NETWORK)),
    Part("certificates", 7, NETWORK, certificates=True, wild=True),
    Part("clocks", 10, (*NETWORK, *KILLS), wild=True),
    Part("records", 10, (*NETWORK, *["poison"] * 6, "kill_device_after"), big=True),
    Part("device-copies", 8, (*NETWORK, *KILLS), between=(CLONE, ROLL_DEVICE_BACK)),
    Part("collector-copies", 6, (*NETWORK, *KILLS), between=(ROLL_COLLECTOR_BACK, SWAP)),
    Part("versions", 4, (*NETWORK, *KILLS), between=(NEWER_DEVICE, NEWER_COLLECTOR)),
)


def part_named(name: str) -> Part:
    """The part with this name. Raises ValueError."""
    for part in PARTS:
        if part.name == name:
            return part
    raise ValueError(f"there is no part {name!r}; there are {', '.join(part.name for part in PARTS)}")
