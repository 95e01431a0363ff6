// A small search for a treatment: points spread over the domain, then Nelder and Mead's simplex.

const SPREAD_POINTS = 1200;
const SIMPLEX_STEPS = 120;
const POINTS_PER_PAUSE = 40;

// Additive recurrence in three dimensions, by the powers of the root of x^4 = x + 1.
const STEPS = [1, 2, 3].map((power) => 1.2207440846057596 ** -power);

// Minimises `loss` over the cube [0, 1]^3, pausing so that the page stays usable; `tell` gets the
// number of evaluations so far. Returns the best point, its loss, and the number of evaluations.
async function minimise(loss, tell) {
  let evaluations = 0;
  const evaluated = async (point) => {
    if (evaluations++ % POINTS_PER_PAUSE === 0) {
      tell(evaluations - 1);
      await new Promise((resume) => setTimeout(resume));
    }
    const inside = point.map((value) => Math.min(Math.max(value, 0), 1));
    return { point: inside, loss: loss(inside) };
  };
  let best = await evaluated([0.5, 0.5, 0.5]);
  for (let index = 1; index < SPREAD_POINTS; index++) {
    const found = await evaluated(STEPS.map((step) => (0.5 + index * step) % 1));
    if (found.loss < best.loss) best = found;
  }
  const simplex = [best];
  for (let axis = 0; axis < 3; axis++) {
    const moved = [...best.point];
    moved[axis] += moved[axis] < 0.5 ? 0.1 : -0.1;
    simplex.push(await evaluated(moved));
  }
  for (let step = 0; step < SIMPLEX_STEPS; step++) {
    simplex.sort((first, second) => first.loss - second.loss);
    const worst = simplex[3];
    const centre = [0, 1, 2].map((axis) => (simplex[0].point[axis] + simplex[1].point[axis] + simplex[2].point[axis]) / 3);
    const along = (factor) => evaluated(centre.map((value, axis) => value + factor * (worst.point[axis] - value)));
    const reflected = await along(-1);
    if (reflected.loss < simplex[0].loss) {
      const expanded = await along(-2);
      simplex[3] = expanded.loss < reflected.loss ? expanded : reflected;
    } else if (reflected.loss < simplex[2].loss) {
      simplex[3] = reflected;
    } else {
      const contracted = await along(reflected.loss < worst.loss ? -0.5 : 0.5);
      if (contracted.loss < worst.loss) {
        simplex[3] = contracted;
      } else {
        for (let index = 1; index < 4; index++) {
          simplex[index] = await evaluated(simplex[index].point.map((value, axis) => (value + simplex[0].point[axis]) / 2));
        }
      }
    }
  }
  simplex.sort((first, second) => first.loss - second.loss);
  return { ...simplex[0], evaluations };
}
