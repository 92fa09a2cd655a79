"""``python -m hardware_sim.chaos``, which is what ``make chaos`` runs."""

from hardware_sim.chaos.suite import main

if __name__ == "__main__":
    raise SystemExit(main())
