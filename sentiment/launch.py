"""The place of this process among those that torchrun, or another launcher, started for one command."""

import os
from dataclasses import dataclass

from sentiment.errors import ConfigError


@dataclass(frozen=True)
class Launch:
    """What a launcher tells a process by the environment variables of the same names.

    Attributes:
        rank: of this process, from 0.
        world_size: number of processes.
        local_rank: of this process among those on its machine.
        local_world_size: number of processes on its machine.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    local_world_size: int = 1

    @classmethod
    def read(cls) -> "Launch":
        """Read the variables; a process that no launcher started is alone.

        Raises:
            ConfigError: they contradict each other.
        """
        if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
            return cls()
        launch = cls(
            _number("RANK"), _number("WORLD_SIZE"), _number("LOCAL_RANK", "0"), _number("LOCAL_WORLD_SIZE", "1")
        )
        if not (launch.rank < launch.world_size and launch.local_rank < launch.local_world_size):
            raise ConfigError(
                f"RANK {launch.rank} of WORLD_SIZE {launch.world_size}, LOCAL_RANK {launch.local_rank} of "
                f"LOCAL_WORLD_SIZE {launch.local_world_size}: no such process; unset these variables, or start with "
                "torchrun"
            )
        return launch

    @property
    def is_first(self) -> bool:
        """Whether this process leads: it alone reads, writes and prints."""
        return self.rank == 0


def _number(name: str, default: str | None = None) -> int:
    value = os.environ.get(name, default) or ""
    if not value.isdecimal():
        raise ConfigError(f"{name}: got {value!r}, wanted a number; unset it, or start with torchrun")
    return int(value)
