"""Write a broker's configuration: ``python -m deploy.broker OUT [--centre host:port --site name]``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from deploy.broker import Bridge, Place, access, configuration


def main(arguments: list[str] | None = None) -> int:
    """Write ``lamppost.conf`` and ``access`` into a folder."""
    parser = argparse.ArgumentParser(prog="python -m deploy.broker", description="Write a broker's configuration.")
    parser.add_argument("out", type=Path, help="folder for lamppost.conf and access")
    parser.add_argument("--where", choices=["site", "centre"], default="site", help="whose access list")
    parser.add_argument("--site", help="the site's name, for a bridge")
    parser.add_argument("--centre", help="host:port of the centre's broker: the site is bridged to it")
    for field in fields(Place):
        kind = {"Path": Path, "int": int}.get(str(field.type), str)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    chosen = parser.parse_args(arguments)
    if (chosen.site is None) != (chosen.centre is None) or (chosen.centre and chosen.where == "centre"):
        parser.error("a bridge needs --site and --centre, at a site's broker")
    place = Place(**{field.name: getattr(chosen, field.name) for field in fields(Place)})
    bridge = None if chosen.centre is None else Bridge(site=chosen.site, centre=chosen.centre)
    try:
        text = configuration(place, bridge)
    except ValueError as error:
        parser.error(str(error))
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "lamppost.conf").write_text(text)
    (chosen.out / "access").write_text(access(chosen.where))
    (chosen.out / "access").chmod(0o640)
    print(chosen.out / "lamppost.conf")
    return 0


if __name__ == "__main__":
    sys.exit(main())
