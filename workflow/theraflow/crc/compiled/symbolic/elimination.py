"""Which operations solve a sparse linear system, decided once from its pattern."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Elimination:
    """L U = A for a pattern of A, with the pivots on the diagonal in a fixed order.

    ``order`` lists the rows (and columns) as they are eliminated; everything else refers to
    positions in that order. ``lower`` and ``upper`` list, per row, the columns of L left of the
    diagonal and of U right of it.
    """

    order: tuple[int, ...]
    lower: tuple[tuple[int, ...], ...]
    upper: tuple[tuple[int, ...], ...]

    @property
    def entries(self) -> int:
        """Number of values that L and U hold, the diagonal counted once."""
        return len(self.order) + sum(map(len, self.lower)) + sum(map(len, self.upper))

    @property
    def multiplications(self) -> int:
        """Number of multiply-adds that the factorisation takes."""
        return sum(len(self.upper[pivot]) for row in self.lower for pivot in row)


def plan_elimination(size: int, pattern: Iterable[tuple[int, int]]) -> Elimination:
    """Order the elimination of a matrix by minimum degree (Markowitz cost on the diagonal).

    ``pattern`` lists the places (row, column) that may hold something else than zero; the diagonal
    always may. Of equal candidates the first is taken.
    """
    columns_of = [{row} for row in range(size)]
    rows_of = [{row} for row in range(size)]
    for row, column in pattern:
        columns_of[row].add(column)
        rows_of[column].add(row)
    order: list[int] = []
    left = set(range(size))
    rows: list[tuple[set[int], set[int]]] = []
    while left:
        pivot = min(
            left, key=lambda item: ((len(columns_of[item]) - 1) * (len(rows_of[item]) - 1), item)
        )
        left.remove(pivot)
        below, right = rows_of[pivot] - {pivot}, columns_of[pivot] - {pivot}
        for row in below:
            columns_of[row].remove(pivot)
            columns_of[row] |= right
        for column in right:
            rows_of[column].remove(pivot)
            rows_of[column] |= below
        order.append(pivot)
        rows.append((below, right))
    position = {item: index for index, item in enumerate(order)}
    lower: list[list[int]] = [[] for _ in range(size)]
    for pivot, (below, _) in enumerate(rows):
        for row in below:
            lower[position[row]].append(pivot)
    return Elimination(
        order=tuple(order),
        lower=tuple(map(tuple, lower)),
        upper=tuple(tuple(sorted(position[item] for item in right)) for _, right in rows),
    )
