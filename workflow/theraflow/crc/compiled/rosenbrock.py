"""Rosenbrock methods for stiff systems: their coefficients."""

from dataclasses import dataclass
from typing import Final

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class RosenbrockMethod:
    """A stiffly accurate method in the form that needs no product with the Jacobian.

    Stage i solves (1/(h gamma) - J) u_i = f(y + sum_j a_ij u_j) + sum_j (c_ij/h) u_j. The step is
    the argument of the last stage plus its solution, and this solution is the error estimate
    (Hairer and Wanner 1996, Solving Ordinary Differential Equations II, section IV.7). At the share
    x of a step, y is (1 - x) y0 + x (y1 + (1 - x) (d_0 + x (d_1 + x d_2 ...))), where
    d_k = sum_j dense_kj u_j.
    """

    gamma: float
    arguments: Rows
    additions: Rows
    dense: Rows


# Steinebach 1995, "Order reduction of ROW methods for DAEs and method of lines applications",
# Preprint 1741, TH Darmstadt; order 4, error estimate of order 3.
_RODAS4P_LAST: Final = (
    -7.170454962423024,
    -4.741636671481785,
    -16.31002631330971,
    -1.062004044111401,
)
RODAS4P: Final = RosenbrockMethod(
    gamma=0.25,
    arguments=(
        (),
        (3.0,),
        (1.831036793486759, 0.4955183967433795),
        (2.304376582692669, -0.05249275245743001, -1.176798761832782),
        _RODAS4P_LAST,
        (*_RODAS4P_LAST, 1.0),
    ),
    additions=(
        (),
        (-12.0,),
        (-8.791795173947035, -2.207865586973518),
        (10.81793056857153, 6.780270611428266, 19.5348594464241),
        (34.19095006749676, 15.49671153725963, 54.7476087596413, 14.16005392148534),
        (
            34.62605830930532,
            15.30084976114473,
            56.99955578662667,
            18.40807009793095,
            -5.714285714285717,
        ),
    ),
    dense=(
        (25.09876703708589, 11.62013104361867, 28.49148307714626, -5.664021568594133),
        (
            1.638054557396973,
            -0.7373619806678748,
            8.47791821923899,
            15.9925314877952,
            -1.882352941176471,
        ),
    ),
)

# Steinebach 2023, "Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks
# within the Julia Differential Equations package", BIT Numerical Mathematics 63, 27
# (doi:10.1007/s10543-023-00967-x); order 5, error estimate of order 4.
_RODAS5P_LAST: Final = (
    -7.502846399306121,
    2.561846144803919,
    -11.627539656261098,
    -0.18268767659942256,
    0.030198172008377946,
)
RODAS5P: Final = RosenbrockMethod(
    gamma=0.21193756319429014,
    arguments=(
        (),
        (3.0,),
        (2.849394379747939, 0.45842242204463923),
        (-6.954028509809101, 2.489845061869568, -10.358996098473584),
        (2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641),
        _RODAS5P_LAST,
        (*_RODAS5P_LAST, 1.0),
        (*_RODAS5P_LAST, 1.0, 1.0),
    ),
    additions=(
        (),
        (-14.155112264123755,),
        (-17.97296035885952, -2.859693295451294),
        (147.12150275711716, -1.41221402718213, 71.68940251302358),
        (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306),
        (
            24.854864614690072,
            -3.0009227002832186,
            47.4931110020768,
            5.5814197821558125,
            -0.6610691825249471,
        ),
        (
            30.91273214028599,
            -3.1208243349937974,
            77.79954646070892,
            34.28646028294783,
            -19.097331116725623,
            -28.087943162872662,
        ),
        (
            37.80277123390563,
            -3.2571969029072276,
            112.26918849496327,
            66.9347231244047,
            -40.06618937091002,
            -54.66780262877968,
            -9.48861652309627,
        ),
    ),
    dense=(
        (
            25.948786856663858,
            -2.5579724845846235,
            10.433815404888879,
            -2.3679251022685204,
            0.524948541321073,
            1.1241088310450404,
            0.4272876194431874,
            -0.17202221070155493,
        ),
        (
            -9.91568850695171,
            -0.9689944594115154,
            3.0438037242978453,
            -24.495224566215796,
            20.176138334709044,
            15.98066361424651,
            -6.789040303419874,
            -6.710236069923372,
        ),
        (
            11.419903575922262,
            2.8879645146136994,
            72.92137995996029,
            80.12511834622643,
            -52.072871366152654,
            -59.78993625266729,
            -0.15582684282751913,
            4.883087185713722,
        ),
    ),
)
