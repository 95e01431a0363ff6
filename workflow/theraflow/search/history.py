"""The history of a search: every evaluation, written as it happens.

A folder of segments, each the Arrow stream that one process wrote. A kill leaves a segment without
its end: the whole blocks in it count, and the next process begins a segment of its own. Nothing
that was written is ever changed.
"""

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.core.files import refuse_link_out
from theraflow.core.identity import canonical_json
from theraflow.search import tables
from theraflow.search.evaluator import Outcomes
from theraflow.search.problem import Problem, Values

BLOCK_ROWS: Final = 8192
BLOCK_S: Final = 5.0
_METADATA_KEY: Final = b"theraflow"
_COMPRESSION: Final = "zstd"
# The first columns of `tables.evaluation_fields`, which are no floating-point numbers.
_WHOLE_COLUMNS: Final = 4


@dataclass(frozen=True)
class SearchIdentity:
    """What decides the evaluations of a search; the budget only decides how many they are."""

    problem: str
    evaluator: str
    method: str
    settings: Mapping[str, Any]
    library: str
    code: str
    seed: int


class HistoryWriter:
    """Writes rows in blocks: when one is full, or a few seconds old. Use it as a context.

    Raises ``UserError`` when another process writes to the folder. ``wall`` is a clock, in seconds.
    """

    def __init__(
        self, folder: Path, problem: Problem, identity: SearchIdentity, wall: Callable[[], float]
    ) -> None:
        self._folder, self._wall = folder, wall
        self._schema = _stored_schema(problem, identity)
        self._floats = np.empty((len(self._schema) - _WHOLE_COLUMNS, BLOCK_ROWS))
        self._restarts = np.empty(BLOCK_ROWS, np.int32)
        self._status = np.empty(BLOCK_ROWS, np.int8)
        self._groups = _float_groups(problem)
        self._first, self._rows, self._written_at = 0, 0, wall()
        self._lock: IO[bytes]
        self._file: IO[bytes] | None = None
        self._stream: pa.RecordBatchStreamWriter | None = None

    def __enter__(self) -> Self:
        refuse_link_out(self._folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self._folder / ".lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise UserError(
                f"{self._folder}: another process writes this history; wait for its end"
            ) from None
        except OSError:
            pass  # A file system without locks.
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._write_block()
            if self._stream is not None and self._file is not None:
                self._stream.close()
                self._file.close()
        finally:
            self._lock.close()

    def add(
        self, outcomes: Outcomes, evaluation: int, restart: int, wall_s: Values, cpu_s: Values
    ) -> None:
        """Add rows (n,), the first of which is the given evaluation; they follow those before."""
        added = 0
        while added < len(outcomes):
            if not self._rows:
                self._first = evaluation + added
            count = min(len(outcomes) - added, BLOCK_ROWS - self._rows)
            source, target = slice(added, added + count), slice(self._rows, self._rows + count)
            self._restarts[target], self._status[target] = restart, outcomes.status[source]
            self._floats[0, target], self._floats[1, target] = wall_s[source], cpu_s[source]
            for name, columns in self._groups.items():
                self._floats[columns, target] = getattr(outcomes, name)[source].T
            added += count
            self._rows += count
            if self._rows == BLOCK_ROWS or self._wall() - self._written_at >= BLOCK_S:
                self._write_block()

    def _write_block(self) -> None:
        if not self._rows:
            return
        if self._stream is None:
            path = _segment(self._folder, len(_segments(self._folder)) + 1)
            # Unbuffered, so that a kill loses nothing of a block that was written.
            self._file = path.open("xb", buffering=0)
            options = pa.ipc.IpcWriteOptions(compression=_COMPRESSION)
            self._stream = pa.ipc.new_stream(self._file, self._schema, options=options)
        rows = self._rows
        violation = self._floats[self._groups["violation"], :rows][0]
        self._stream.write_batch(
            pa.record_batch(
                [
                    pa.array(np.arange(self._first, self._first + rows)),
                    pa.array(self._restarts[:rows]),
                    pa.array(self._status[:rows]),
                    pa.array(violation == 0),
                    *(pa.array(column[:rows]) for column in self._floats),
                ],
                schema=self._schema,
            )
        )
        self._rows, self._written_at = 0, self._wall()


@dataclass(frozen=True)
class RecordedRows:
    """Rows of a history: outcomes, and the time (n,) of the search up to each."""

    outcomes: Outcomes
    restarts: NDArray[np.int32]
    wall_s: Values
    cpu_s: Values


class Recorded:
    """The rows that a history already holds, handed out in their order, block by block.

    Raises ``UserError`` for the history of another search, and for one with a gap.
    """

    def __init__(self, folder: Path, problem: Problem, identity: SearchIdentity) -> None:
        self._groups = _float_groups(problem)
        self._blocks = _blocks(folder, identity)
        self._rows: RecordedRows | None = None
        self._used = 0

    def take(self, limit: int) -> RecordedRows | None:
        """Take the next rows, one or more but ``limit`` at most; ``None`` after the last."""
        if self._rows is None or self._used == len(self._rows.outcomes):
            block = next(self._blocks, None)
            self._rows, self._used = block and self._read(block), 0
        if self._rows is None:
            return None
        part = slice(self._used, min(self._used + limit, len(self._rows.outcomes)))
        self._used = part.stop
        return RecordedRows(
            self._rows.outcomes[part],
            self._rows.restarts[part],
            self._rows.wall_s[part],
            self._rows.cpu_s[part],
        )

    def _read(self, block: pa.RecordBatch) -> RecordedRows:
        floats = np.array([column.to_numpy() for column in block.columns[_WHOLE_COLUMNS:]])
        parts = {name: floats[columns].T for name, columns in self._groups.items()}
        parts["violation"] = parts["violation"].ravel()
        status = block.column(tables.STATUS).to_numpy()
        outcomes = Outcomes(
            **{name: np.ascontiguousarray(part) for name, part in parts.items()}, status=status
        )
        restarts = block.column(tables.RESTART).to_numpy()
        return RecordedRows(outcomes, restarts, floats[0], floats[1])


def read_history(
    folder: Path, problem: Problem, *, evaluations: int | None = None
) -> Iterator[pa.Table]:
    """Read the rows of a history block by block, with the columns of ``tables.history_schema``.

    ``evaluations`` limits them to those within a budget. Raises ``UserError`` for a history that
    is missing, of another problem, or damaged.
    """
    schema = tables.history_schema(problem)
    if not _segments(folder):
        raise UserError(f"{folder}: no history of a search; run the search first")
    left = evaluations
    for block in _blocks(folder, None):
        part = block if left is None else block.slice(0, left)
        if not part.num_rows:
            return
        identity = _identity(block.schema)
        _refuse_other_problem(folder, identity, problem)
        constants = (identity[name] for name in ("problem", "evaluator", "method", "seed"))
        columns = [pa.repeat(value, part.num_rows) for value in constants]
        for name, column in zip(part.schema.names, part.columns, strict=True):
            if name == tables.STATUS:
                column = pa.DictionaryArray.from_arrays(column, list(tables.STATUS_NAMES))
            columns.append(column)
        cast = [column.cast(each.type) for column, each in zip(columns, schema, strict=True)]
        yield pa.Table.from_arrays(cast, schema=schema)
        left = None if left is None else left - part.num_rows


def _refuse_other_problem(folder: Path, identity: Mapping[str, Any], problem: Problem) -> None:
    if identity["problem"] != problem.id:
        raise UserError(
            f"{folder}: the history of another problem ({identity['problem']}, not {problem.id}); "
            "choose another folder or remove it"
        )


def _blocks(folder: Path, identity: SearchIdentity | None) -> Iterator[pa.RecordBatch]:
    """Yield the whole blocks of all segments, as evaluations that follow each other."""
    expected = 1
    for path in _segments(folder):
        for block in _whole_blocks(path):
            if identity is not None:
                _refuse_other_search(folder, _identity(block.schema), identity)
            first = block.column(tables.EVALUATION)[0].as_py()
            if first != expected:
                raise UserError(
                    f"{path}: begins with evaluation {first} where {expected} should follow; "
                    f"remove {folder} and search again"
                )
            expected += block.num_rows
            yield block


def _whole_blocks(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the blocks of a segment up to where a kill cut it off."""
    with path.open("rb") as file:
        try:
            stream = pa.ipc.open_stream(file)
        except (pa.ArrowException, OSError):
            return
        while True:
            try:
                block = stream.read_next_batch()
            except StopIteration:
                return
            except (pa.ArrowException, OSError):
                return
            yield block


def _refuse_other_search(folder: Path, found: Mapping[str, Any], identity: SearchIdentity) -> None:
    wanted = json.loads(canonical_json(asdict(identity)))
    differing = [name for name in wanted if found[name] != wanted[name]]
    if differing:
        name = differing[0]
        raise UserError(
            f"{folder}: the history of another {name} ({_brief(found[name])}, not "
            f"{_brief(wanted[name])}); choose another folder or remove it"
        )


def _brief(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _stored_schema(problem: Problem, identity: SearchIdentity) -> pa.Schema:
    metadata = {_METADATA_KEY: canonical_json(asdict(identity)).encode()}
    return pa.schema(tables.evaluation_fields(problem), metadata)


def _identity(schema: pa.Schema) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(schema.metadata[_METADATA_KEY])
    return content


def _float_groups(problem: Problem) -> dict[str, slice]:
    """Say which of the floating-point columns hold which part of ``Outcomes``."""
    sizes = {
        "objectives": len(problem.objectives),
        "terms": len(problem.terms),
        "constraints": len(problem.constraints),
        "violation": 1,
        "candidates": problem.space.dimension,
    }
    groups, start = {}, 2
    for name, size in sizes.items():
        groups[name] = slice(start, start + size)
        start += size
    return groups


def _segment(folder: Path, number: int) -> Path:
    return folder / f"evaluations-{number:04d}.arrows"


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("evaluations-*.arrows"))
