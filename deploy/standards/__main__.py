"""Write the page: ``python -m deploy.standards``."""

from __future__ import annotations

from deploy.standards import PAGE, SOURCES, read, rendered

if __name__ == "__main__":
    PAGE.write_text(rendered(tuple(map(read, SOURCES))))
