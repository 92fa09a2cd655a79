"""Other people's clients: they read, verify and answer the real device from the published contract alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CLIENT: Final = Path(__file__).parent / "client-js"
NAME: Final = "interop-client"
