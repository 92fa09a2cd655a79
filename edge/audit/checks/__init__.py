"""What is checked, subject by subject. A check looks at a case and yields what is wrong; none trusts another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from edge.audit.case import Case
from edge.audit.checks import breaker, capture, custody, hits, lists, log, pulse, retention, signatures, threshold
from edge.audit.failures import Finding

Check = Callable[[Case], Iterator[Finding]]

CHECKS: Final[tuple[tuple[str, Check], ...]] = tuple(
    (module.SUBJECT, module.check)
    for module in (signatures, custody, log, pulse, capture, lists, threshold, hits, breaker, retention)
)
"""In the order of the report."""
