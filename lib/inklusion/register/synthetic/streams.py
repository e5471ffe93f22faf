"""Random numbers by name: what one part of the register draws never depends on what another part draws."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Streams:
    """One independent generator for each name, all from one seed."""

    seed: int

    def of(self, name: str) -> np.random.Generator:
        """A fresh generator: the same name gives the same numbers again."""
        return np.random.default_rng(np.random.SeedSequence([self.seed, crc32(name.encode())]))

    def normal(self, name: str, size: int | tuple[int, ...]) -> Floats:
        """Standard normal numbers."""
        return self.of(name).standard_normal(size, dtype=np.float32)

    def uniform(self, name: str, size: int | tuple[int, ...]) -> Floats:
        """Uniform numbers in [0, 1)."""
        return self.of(name).random(size, dtype=np.float32)
