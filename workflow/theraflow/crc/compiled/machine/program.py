"""One LLVM module per model: preparation, initial state, output and steps, for all lanes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import llvmlite.ir as ir

from theraflow.crc.compiled.machine.code import (
    ExpressionWriter,
    write_factorisation,
    write_solution,
)
from theraflow.crc.compiled.machine.lanes import (
    DOUBLE_BYTES,
    INTEGER,
    POINTER,
    LaneBuilder,
    vector_type,
)
from theraflow.crc.compiled.machine.rosenbrock import RosenbrockMethod
from theraflow.crc.compiled.symbolic.differentiation import jacobian
from theraflow.crc.compiled.symbolic.elimination import plan_elimination
from theraflow.crc.compiled.symbolic.expressions import CONSTANT, SYMBOL
from theraflow.crc.compiled.symbolic.rate_equations import RateEquations

PREPARE, START, STEP = "prepare", "start", "step"
OBSERVE, OBSERVE_WITHIN = "observe", "observe_within"


@dataclass(frozen=True)
class Layout:
    """Where the arrays begin within the workspace, in rows of one value per lane."""

    parameters: int
    constants: int
    state: int
    next_state: int
    absolute_tolerance: int
    relative_tolerance: int
    step_size: int
    error: int
    next_output: int
    share: int
    output_within: int
    factors: int
    argument: int
    addition: int
    stages: int
    rows: int


class Program:
    """Writes the module of a model; ``text`` is its LLVM code.

    Each public function takes the address of a workspace that ``layout`` describes. ``prepare``
    computes what depends on the parameters only, ``start`` the initial state, as next state, and
    ``observe`` the output of the next state. ``step`` tries a step: next state, and error in units
    of the tolerances. After it, ``observe_within`` computes the output at a share of the step.
    """

    def __init__(self, equations: RateEquations, method: RosenbrockMethod, lanes: int) -> None:
        self._lanes = lanes
        self._equations = equations
        self._method = method
        self._graph = equations.graph
        self._jacobian = jacobian(self._graph, equations.rates, equations.species)
        self._plan = plan_elimination(len(equations.species), self._jacobian)
        self._constants = self._find_constants()
        self.layout = self._arrange(len(method.arguments))
        self._module = ir.Module()
        self._write_preparation()
        self._write_start()
        self._write_observation()
        _StepWriter(self, method, self._write_factorisation(), self._write_stage()).write()
        self._write_observation_within()
        self.text = str(self._module)

    def function(
        self, name: str, arguments: Iterable[ir.Type] = (INTEGER,)
    ) -> tuple[ir.Function, LaneBuilder]:
        """Begin a function; those of an address are public and return zero."""
        kinds = list(arguments)
        function = ir.Function(self._module, ir.FunctionType(INTEGER, kinds), name)
        if kinds != [INTEGER]:
            function.linkage = "internal"
            for kind, argument in zip(kinds, function.args, strict=True):
                if kind == POINTER:
                    argument.add_attribute("noalias")
        return function, LaneBuilder(ir.IRBuilder(function.append_basic_block()), self._lanes)

    def array(self, lanes: LaneBuilder, base: Any, row: int) -> Any:
        """Return a pointer to the array that begins at a row of the workspace."""
        address = lanes.builder.add(base, ir.Constant(INTEGER, DOUBLE_BYTES * row * self._lanes))
        return lanes.builder.inttoptr(address, POINTER)

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self._equations.species)

    def _find_constants(self) -> list[int]:
        """List the nodes that depend on parameters only, but serve others that do not."""
        graph, species = self._graph, set(self._equations.species)
        outputs = [*self._equations.rates, self._equations.output, *self._jacobian.values()]
        moving: dict[int, bool] = {}
        needed = graph.needed_for(outputs)
        for index in needed:
            node = graph.nodes[index]
            is_state = node.operation == SYMBOL and node.label in species
            moving[index] = is_state or any(moving[operand] for operand in node.operands)
        served = {
            operand for index in needed if moving[index] for operand in graph.nodes[index].operands
        }
        fixed = {index for index in served | set(outputs) if not moving[index]}
        return sorted(index for index in fixed if graph.nodes[index].operation != CONSTANT)

    def _arrange(self, stages: int) -> Layout:
        sizes = {
            "parameters": len(self._equations.parameters),
            "constants": len(self._constants),
            "state": self.states,
            "next_state": self.states,
            "absolute_tolerance": self.states,
            "relative_tolerance": 1,
            "step_size": 1,
            "error": 1,
            "next_output": 1,
            "share": 1,
            "output_within": 1,
            "factors": self._plan.entries,
            "argument": self.states,
            "addition": self.states,
            "stages": stages * self.states,
        }
        places: dict[str, int] = {}
        end = 0
        for name, size in sizes.items():
            places[name] = end
            end += size
        return Layout(**places, rows=end)

    def _loads(
        self, lanes: LaneBuilder, constants: Any, state: Any
    ) -> dict[int, Callable[[], Any]]:
        graph = self._graph
        arrays = [(constants, self._constants)]
        if state is not None:
            arrays.append((state, [graph.symbol(name) for name in self._equations.species]))
        return {
            node: partial(lanes.load, array, place)
            for array, nodes in arrays
            for place, node in enumerate(nodes)
        }

    def _parameter_loads(self, lanes: LaneBuilder, base: Any) -> dict[int, Callable[[], Any]]:
        array = self.array(lanes, base, self.layout.parameters)
        return {
            self._graph.symbol(name): partial(lanes.load, array, place)
            for place, name in enumerate(self._equations.parameters)
        }

    def _write_outputs(self, name: str, outputs: Iterable[int], row: int) -> None:
        """Write a function that computes ``outputs`` from the parameters alone."""
        function, lanes = self.function(name)
        base = function.args[0]
        outputs = list(outputs)
        writer = ExpressionWriter(self._graph, lanes, self._parameter_loads(lanes, base), outputs)
        array = self.array(lanes, base, row)
        for place, output in enumerate(outputs):
            lanes.store(writer.value(output), array, place)
        lanes.builder.ret(INTEGER(0))

    def _write_preparation(self) -> None:
        self._write_outputs(PREPARE, self._constants, self.layout.constants)

    def _write_start(self) -> None:
        self._write_outputs(START, self._equations.initial, self.layout.next_state)

    def _write_observation(self) -> None:
        function, lanes = self.function(OBSERVE)
        base, layout, output = function.args[0], self.layout, self._equations.output
        constants = self.array(lanes, base, layout.constants)
        loads = self._loads(lanes, constants, self.array(lanes, base, layout.next_state))
        writer = ExpressionWriter(self._graph, lanes, loads, [output])
        lanes.store(writer.value(output), self.array(lanes, base, layout.next_output), 0)
        lanes.builder.ret(INTEGER(0))

    def _write_observation_within(self) -> None:
        function, lanes = self.function(OBSERVE_WITHIN)
        method = self._method
        base, layout, build = function.args[0], self.layout, lanes.builder
        share = lanes.load(self.array(lanes, base, layout.share), 0)
        rest = build.fsub(lanes.number(1.0), share)
        before = self.array(lanes, base, layout.state)
        after = self.array(lanes, base, layout.next_state)
        stages = self.array(lanes, base, layout.stages)

        def state_within(place: int) -> Any:
            solved = [
                lanes.load(stages, number * self.states + place)
                for number in range(len(method.arguments))
            ]
            bend = lanes.number(0.0)
            for weights in reversed(method.dense):
                bend = build.fmul(share, bend)
                for weight, stage in zip(weights, solved, strict=False):
                    bend = lanes.multiply_add(lanes.number(weight), stage, bend)
            end = lanes.multiply_add(rest, bend, lanes.load(after, place))
            return lanes.multiply_add(share, end, build.fmul(rest, lanes.load(before, place)))

        loads = self._loads(lanes, self.array(lanes, base, layout.constants), None)
        for place, species in enumerate(self._equations.species):
            loads[self._graph.symbol(species)] = partial(state_within, place)
        output = self._equations.output
        writer = ExpressionWriter(self._graph, lanes, loads, [output])
        lanes.store(writer.value(output), self.array(lanes, base, layout.output_within), 0)
        build.ret(INTEGER(0))

    def _write_factorisation(self) -> ir.Function:
        function, lanes = self.function(
            "factorise", [vector_type(self._lanes), POINTER, POINTER, POINTER]
        )
        shift, state, constants, factors = function.args
        loads = self._loads(lanes, constants, state)
        writer = ExpressionWriter(self._graph, lanes, loads, self._jacobian.values())

        def entry(row: int, column: int) -> Any:
            node = self._jacobian.get((row, column))
            if node is None:
                return shift if row == column else None
            value = writer.value(node)
            return lanes.builder.fsub(shift, value) if row == column else lanes.negate(value)

        write_factorisation(lanes, self._plan, entry, factors)
        lanes.builder.ret(INTEGER(0))
        return function

    def _write_stage(self) -> ir.Function:
        function, lanes = self.function("solve_stage", [POINTER] * 5)
        argument, constants, addition, factors, stage = function.args
        loads = self._loads(lanes, constants, argument)
        writer = ExpressionWriter(self._graph, lanes, loads, self._equations.rates)

        def right_side(row: int) -> Any:
            rate = writer.value(self._equations.rates[row])
            return lanes.builder.fadd(rate, lanes.load(addition, row))

        write_solution(lanes, self._plan, right_side, factors, stage)
        lanes.builder.ret(INTEGER(0))
        return function


class _StepWriter:
    """Writes the function that tries a step."""

    def __init__(
        self,
        program: Program,
        method: RosenbrockMethod,
        factorise: ir.Function,
        solve_stage: ir.Function,
    ) -> None:
        self._program = program
        self._method = method
        self._factorise, self._solve_stage = factorise, solve_stage

    def write(self) -> None:
        program, method, layout = self._program, self._method, self._program.layout
        function, lanes = program.function(STEP)
        build = lanes.builder
        arrays = {
            place: program.array(lanes, function.args[0], getattr(layout, place))
            for place in (
                "constants",
                "state",
                "next_state",
                "absolute_tolerance",
                "relative_tolerance",
                "step_size",
                "error",
                "factors",
                "argument",
                "addition",
            )
        }
        stages = [
            program.array(lanes, function.args[0], layout.stages + number * program.states)
            for number in range(len(method.arguments))
        ]
        inverse_step = lanes.reciprocal(lanes.load(arrays["step_size"], 0))
        shift = build.fmul(inverse_step, lanes.number(1 / method.gamma))
        state, constants, factors = arrays["state"], arrays["constants"], arrays["factors"]
        build.call(self._factorise, [shift, state, constants, factors])
        for number, stage in enumerate(stages):
            additions = [
                build.fmul(inverse_step, lanes.number(factor))
                for factor in method.additions[number]
            ]

            def combine(place: Any, number: int = number, additions: Any = additions) -> None:
                argument, addition = lanes.load(state, place), lanes.number(0.0)
                for earlier, weight, factor in zip(
                    stages, method.arguments[number], additions, strict=False
                ):
                    solved = lanes.load(earlier, place)
                    argument = lanes.multiply_add(lanes.number(weight), solved, argument)
                    addition = lanes.multiply_add(factor, solved, addition)
                lanes.store(argument, arrays["argument"], place)
                lanes.store(addition, arrays["addition"], place)

            lanes.repeat(program.states, combine)
            build.call(
                self._solve_stage,
                [arrays["argument"], constants, arrays["addition"], factors, stage],
            )
        relative = lanes.load(arrays["relative_tolerance"], 0)

        def advance(place: Any, total: Any) -> Any:
            before, change = lanes.load(state, place), lanes.load(stages[-1], place)
            after = build.fadd(lanes.load(arrays["argument"], place), change)
            lanes.store(after, arrays["next_state"], place)
            size = lanes.larger(lanes.magnitude(before), lanes.magnitude(after))
            tolerance = lanes.multiply_add(
                relative, size, lanes.load(arrays["absolute_tolerance"], place)
            )
            error = build.fdiv(change, tolerance)
            return lanes.multiply_add(error, error, total)

        total = lanes.accumulate(program.states, advance)
        mean = build.fmul(total, lanes.number(1 / program.states))
        lanes.store(lanes.root(mean), arrays["error"], 0)
        build.ret(INTEGER(0))
