"""Who goes with whom, at the least cost for all together: the assignment problem, solved exactly.

Shortest augmenting paths with prices, row by row (Jonker and Volgenant, 1987): cubic in the number of rows, which for
the faces of one view is nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cheapest(costs: NDArray[np.float64], alone: float) -> list[tuple[int, int]]:
    """Pairs of row and column such that their costs, with ``alone`` for every row without one, sum to the least.

    ``costs`` is (n, m) float64; infinite where two cannot go together. Every row and every column is in one pair at
    most.
    """
    rows, columns = costs.shape
    if not rows or not columns:
        return []
    # Each row has a column of its own that means none, so that an assignment always exists.
    wide = np.full((rows, columns + rows), np.inf)
    wide[:, :columns] = np.where(costs < alone, costs, np.inf)
    wide[np.arange(rows), columns + np.arange(rows)] = alone
    owner = np.full(columns + rows, -1)
    row_price, column_price = np.zeros(rows), np.zeros(columns + rows)
    for row in range(rows):
        _augment(wide, row, owner, row_price, column_price)
    return [(int(owner[column]), column) for column in range(columns) if owner[column] >= 0]


def _augment(
    costs: NDArray[np.float64], row: int, owner: NDArray[np.int64], row_price: NDArray[np.float64],
    column_price: NDArray[np.float64],
) -> None:  # fmt: skip
    """Give one more row a column, moving others where that is cheaper (Dijkstra over reduced costs)."""
    width = costs.shape[1]
    distance, before = np.full(width, np.inf), np.full(width, -1)
    done = np.zeros(width, bool)
    reached, at, last = 0.0, row, -1
    while True:
        step = reached + costs[at] - row_price[at] - column_price
        nearer = ~done & (step < distance)
        distance[nearer], before[nearer] = step[nearer], last
        nearest = int(np.argmin(np.where(done, np.inf, distance)))
        reached = float(distance[nearest])
        done[nearest] = True
        if owner[nearest] < 0:
            break
        last, at = nearest, int(owner[nearest])
    _raise_prices(done, distance, reached, owner, row, row_price, column_price)
    while nearest >= 0:
        earlier = int(before[nearest])
        owner[nearest] = row if earlier < 0 else owner[earlier]
        nearest = earlier


def _raise_prices(
    done: NDArray[np.bool_], distance: NDArray[np.float64], reached: float, owner: NDArray[np.int64], row: int,
    row_price: NDArray[np.float64], column_price: NDArray[np.float64],
) -> None:  # fmt: skip
    """Keep every reduced cost at zero or above, and those of the pairs at zero."""
    row_price[row] += reached
    for column in np.flatnonzero(done):
        if owner[column] >= 0:
            row_price[owner[column]] += reached - distance[column]
            column_price[column] -= reached - distance[column]
