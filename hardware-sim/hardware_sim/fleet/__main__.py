"""A worker process: ``python -m hardware_sim.fleet SOCKET``, started by ``crew``."""

from __future__ import annotations

import sys
from multiprocessing.connection import Client

from hardware_sim.fleet.worker import Begin, run


def main(address: str) -> None:
    """Take the first order, which says whose devices these are, and obey the others."""
    with Client(address, "AF_UNIX") as pipe:
        begin = pipe.recv()
        if isinstance(begin, Begin):
            run(begin, pipe)


if __name__ == "__main__":
    main(sys.argv[1])
