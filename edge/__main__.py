"""``python -m edge`` is ``lamppost``."""

from edge.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
