"""What the machine says of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heat:
    """How hot the processor is, as far as the machine tells."""

    celsius: float | None = None
    """None where there is no sensor."""
    throttled: bool = False
    """Its firmware slows it down at this moment: heat, a frequency cap or too little voltage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Numbers that the machine keeps about itself and this process. None is what it does not tell."""

    memory_bytes: int | None = None
    """Resident memory of this process."""
    store_bytes: int | None = None
    """What the journal takes there, with its write-ahead log."""
    clock_offset_us: int | None = None
    """What the time daemon has yet to correct, microseconds."""
    clock_error_us: int | None = None
    """The kernel's bound of the clock's error, microseconds."""
