"""``python -m hardware_sim`` is ``hardware-sim``."""

from hardware_sim.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
