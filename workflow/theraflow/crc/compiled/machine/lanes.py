"""LLVM code on vectors of lanes: loads, stores, fused operations, exp and ln.

Every lane is a simulation of its own, and gives the same bits beside any number of others and on
every processor: nothing is reordered, and exp and ln are written out here instead of taken from the
computer's mathematical library.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import llvmlite.binding as llvm
import llvmlite.ir as ir

DOUBLE_BYTES: Final = 8
DOUBLE: Final = ir.DoubleType()
INTEGER: Final = ir.IntType(64)
POINTER: Final = ir.PointerType()

# A double that large has no bits left for fractions: adding it rounds to a whole number.
_ROUNDING: Final = 1.5 * 2.0**52
_LN2_HIGH: Final = float.fromhex("0x1.62e42fefa3800p-1")
_LN2_LOW: Final = float.fromhex("0x1.ef35793c76730p-45")
_LARGEST_EXPONENT, _SMALLEST_EXPONENT = 709.0, -708.0
# The bits of the square root of one half, above which the mantissas of ln lie.
_BITS_OF_ROOT_HALF: Final = 0x3FE6A09E667F3BCD
_SMALLEST_NORMAL: Final = 2.0**-1022
_EXP_TERMS: Final = 14
_LN_TERMS: Final = 12


def native_lanes() -> int:
    """Count the lanes that fill a vector register of this computer.

    With more of them, a lone simulation takes longer, and many together hardly less.
    """
    return 8 if llvm.get_host_cpu_features().get("avx512f") else 4


def vector_type(lanes: int) -> ir.VectorType:
    """Return LLVM's type of a number in every lane."""
    return ir.VectorType(DOUBLE, lanes)


class LaneBuilder:
    """Writes instructions on a number of lanes into one function."""

    def __init__(self, builder: ir.IRBuilder, lanes: int) -> None:
        self.builder = builder
        self._module = builder.module
        self._lanes = lanes
        self._vector = vector_type(lanes)
        self._integers = ir.VectorType(INTEGER, lanes)
        self._alignment_bytes = DOUBLE_BYTES * lanes

    def number(self, value: float) -> Any:
        """Hold the same number in every lane."""
        return ir.Constant(self._vector, [ir.Constant(DOUBLE, value)] * self._lanes)

    def load(self, array: Any, index: Any) -> Any:
        """Read element ``index`` (of all lanes) of an array."""
        place = self._place(array, index)
        return self.builder.load(place, typ=self._vector, align=self._alignment_bytes)

    def store(self, value: Any, array: Any, index: Any) -> None:
        """Write element ``index`` (of all lanes) of an array."""
        self.builder.store(value, self._place(array, index), align=self._alignment_bytes)

    def multiply_add(self, left: Any, right: Any, addend: Any) -> Any:
        """Compute left * right + addend, rounded once."""
        return self._call("fma", left, right, addend)

    def negate(self, value: Any) -> Any:
        """Change the sign."""
        return self.builder.fneg(value)

    def reciprocal(self, value: Any) -> Any:
        """Divide one by a value."""
        return self.builder.fdiv(self.number(1.0), value)

    def root(self, value: Any) -> Any:
        """Take the square root."""
        return self._call("sqrt", value)

    def magnitude(self, value: Any) -> Any:
        """Take the absolute value."""
        return self._call("fabs", value)

    def larger(self, left: Any, right: Any) -> Any:
        """Take the larger one; the right one if one of them is not a number."""
        return self.choose_if("ogt", left, right, left, right)

    def smaller(self, left: Any, right: Any) -> Any:
        """Take the smaller one; the right one if one of them is not a number."""
        return self.choose_if("olt", left, right, left, right)

    def choose_if(self, relation: str, left: Any, right: Any, if_true: Any, if_false: Any) -> Any:
        """Choose by an LLVM comparison of floating-point numbers, such as ``olt`` or ``uno``."""
        compare = self.builder.fcmp_unordered if relation[0] == "u" else self.builder.fcmp_ordered
        operator = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
        condition = compare(operator.get(relation[1:], relation), left, right)
        return self.builder.select(condition, if_true, if_false)

    def exponential(self, value: Any) -> Any:
        """Raise e to a power, to some units of the last place; 0 below -708, infinite above 709."""
        build, number = self.builder, self.number
        low, high = number(_SMALLEST_EXPONENT), number(_LARGEST_EXPONENT)
        bounded = self.choose_if("olt", value, low, low, value)
        bounded = self.choose_if("ogt", bounded, high, high, bounded)
        shifted = self.multiply_add(bounded, number(1 / math.log(2)), number(_ROUNDING))
        whole = build.fsub(shifted, number(_ROUNDING))
        rest = self.multiply_add(whole, number(-_LN2_HIGH), bounded)
        rest = self.multiply_add(whole, number(-_LN2_LOW), rest)
        series = number(1 / math.factorial(_EXP_TERMS - 1))
        for term in reversed(range(_EXP_TERMS - 1)):
            series = self.multiply_add(series, rest, number(1 / math.factorial(term)))
        bits = build.shl(build.bitcast(shifted, self._integers), self._whole(52))
        scale = build.bitcast(build.add(bits, self._whole(1023 << 52)), self._vector)
        result = build.fmul(series, scale)
        result = self.choose_if("olt", value, low, number(0.0), result)
        return self.choose_if("ogt", value, high, number(math.inf), result)

    def logarithm(self, value: Any) -> Any:
        """Take the natural logarithm, to some units of the last place."""
        build, number = self.builder, self.number
        bits = build.bitcast(value, self._integers)
        start = self._whole(_BITS_OF_ROOT_HALF)
        exponent = build.ashr(build.sub(bits, start), self._whole(52))
        mantissa = build.bitcast(
            build.sub(bits, build.shl(exponent, self._whole(52))), self._vector
        )
        above_one = build.fsub(mantissa, number(1.0))
        ratio = build.fdiv(above_one, build.fadd(mantissa, number(1.0)))
        square = build.fmul(ratio, ratio)
        series = number(2 / (2 * _LN_TERMS - 1))
        for term in reversed(range(_LN_TERMS - 1)):
            series = self.multiply_add(series, square, number(2 / (2 * term + 1)))
        twos = build.sitofp(exponent, self._vector)
        result = self.multiply_add(twos, number(_LN2_LOW), build.fmul(series, ratio))
        result = self.multiply_add(twos, number(_LN2_HIGH), result)
        infinite = number(math.inf)
        result = self.choose_if("oge", value, infinite, infinite, result)
        tiny = self.choose_if("olt", value, number(0.0), number(math.nan), number(-math.inf))
        result = self.choose_if("olt", value, number(_SMALLEST_NORMAL), tiny, result)
        return self.choose_if("uno", value, value, value, result)

    def power(self, base: Any, exponent: Any) -> Any:
        """Raise to a power; not a number for a negative base."""
        raised = self.exponential(self.builder.fmul(exponent, self.logarithm(base)))
        return self.choose_if("oeq", exponent, self.number(0.0), self.number(1.0), raised)

    def repeat(self, count: int, body: Callable[[Any], None]) -> None:
        """Run what ``body`` writes for 0 to ``count`` - 1."""

        def without_total(place: Any, total: Any) -> Any:
            body(place)
            return total

        self.accumulate(count, without_total)

    def accumulate(self, count: int, body: Callable[[Any, Any], Any]) -> Any:
        """Run what ``body`` writes from a place and the total so far, zero at first."""
        build = self.builder
        before = build.block
        loop, after = build.append_basic_block(), build.append_basic_block()
        build.branch(loop)
        build.position_at_end(loop)
        place, total = build.phi(INTEGER), build.phi(self._vector)
        place.add_incoming(ir.Constant(INTEGER, 0), before)
        total.add_incoming(self.number(0.0), before)
        result = body(place, total)
        following = build.add(place, ir.Constant(INTEGER, 1))
        place.add_incoming(following, loop)
        total.add_incoming(result, loop)
        build.cbranch(build.icmp_unsigned("<", following, ir.Constant(INTEGER, count)), loop, after)
        build.position_at_end(after)
        return result

    def _place(self, array: Any, index: Any) -> Any:
        if isinstance(index, int):
            index = ir.Constant(INTEGER, index)
        return self.builder.gep(array, [index], source_etype=self._vector)

    def _call(self, name: str, *operands: Any) -> Any:
        kind = ir.FunctionType(self._vector, [self._vector] * len(operands))
        full_name = f"llvm.{name}.v{self._lanes}f64"
        function = self._module.globals.get(full_name) or ir.Function(self._module, kind, full_name)
        return self.builder.call(function, operands)

    def _whole(self, value: int) -> ir.Constant:
        return ir.Constant(self._integers, [ir.Constant(INTEGER, value)] * self._lanes)
