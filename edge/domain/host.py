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
