// The explorer of the spheroid: controls, chart and words around the networks.

const root = document.getElementById("tnf-explorer");
const data = JSON.parse(document.getElementById("tnf-explorer-data").textContent);
const find = (id) => document.getElementById(`tnf-${id}`);
const TYPES = ["living", "apoptotic", "necrotic"];
const SLIDER_STEPS = 400;
const NEAREST = 3;
// Counts of another radius are not comparable.
const LIKE_RADIUS = 0.05;

const network = makeNetwork(data.network);
const ensemble = data.ensemble && { ...data.ensemble, members: data.ensemble.members.map(makeNetwork) };
const hours = data.network.hours;
const simulations = data.simulations && unpackSimulations(data.simulations);
const controls = data.parameters.map((parameter) => ({
  ...parameter,
  field: find(parameter.name),
  slider: find(`${parameter.name}-slider`),
}));
let shown = null;

function unpackSimulations({ points, unseen, counts }) {
  const numbers = new Uint32Array(decoded(counts));
  const many = 3 * (hours + 1);
  return points.map((point, index) => ({ point, isUnseen: unseen[index], counts: numbers.subarray(many * index, many * (index + 1)) }));
}

// Concentrations act by their ratio: their slider is logarithmic, from the lowest above zero.
function sliderEnds({ low, high, is_whole: isWhole }) {
  return isWhole ? [low, high] : [Math.log(Math.max(low, data.network.lowest_concentration)), Math.log(high)];
}

function ofSlider(control, share) {
  const [low, high] = sliderEnds(control);
  const value = low + share * (high - low);
  if (control.is_whole) return Math.round(value);
  return Math.min(Math.max(Number(Math.exp(value).toPrecision(4)), control.low), control.high);
}

function moveSlider(control, value) {
  const [low, high] = sliderEnds(control);
  if (control.is_whole) control.slider.value = value;
  else control.slider.value = high > low ? Math.round((SLIDER_STEPS * (Math.log(Math.max(value, 1e-12)) - low)) / (high - low)) : 0;
  control.slider.setAttribute("aria-valuetext", `${value} ${control.unit}`);
}

// Why a point cannot be predicted; empty where it can. As tnf/surrogate/domain.py says it.
function refusal(point) {
  for (const [index, { label, unit, low, high, is_whole: isWhole }] of controls.entries()) {
    const value = point[index];
    if (!Number.isFinite(value)) return `${label}: give a number.`;
    if (isWhole && !Number.isInteger(value)) return `${label}: give a whole number.`;
    if (value < low || value > high) {
      return `${label}, ${value} ${unit}: the surrogate was trained on ${low} to ${high}. Outside, its predictions are worth nothing.`;
    }
  }
  const [, period, duration] = point;
  if (duration > period) return `A pulse of ${duration} min is longer than the ${period} min between two pulses.`;
  return "";
}

function currentPoint() {
  return controls.map(({ field }) => (field.value === "" ? NaN : Number(field.value)));
}

function setPoint(point) {
  controls.forEach((control, index) => {
    control.field.value = Number.isFinite(point[index]) ? point[index] : "";
    if (Number.isFinite(point[index])) moveSlider(control, point[index]);
  });
  update();
}

function nearestSimulations(point) {
  if (!simulations) return [];
  const place = ([radius, period, duration, concentration]) => [
    Math.log(radius), period, duration, Math.log(Math.max(concentration, data.network.lowest_concentration)),
  ];
  const spans = [0, 1, 2, 4].map((feature) => data.network.feature_span[feature]);
  const here = place(point);
  const distance = (other) => Math.hypot(...place(other).map((value, axis) => (value - here[axis]) / spans[axis]));
  return simulations
    .filter(({ point: [radius] }) => Math.abs(radius / point[0] - 1) <= LIKE_RADIUS)
    .map((simulation) => ({ ...simulation, distance: distance(simulation.point) }))
    .sort((first, second) => first.distance - second.distance)
    .slice(0, NEAREST);
}

function update() {
  const point = currentPoint();
  const reason = refusal(point);
  controls.forEach(({ field }, index) => {
    const isRefused = refusal(point.map((value, other) => (other === index ? value : controls[other].low)));
    field.setAttribute("aria-invalid", String(Boolean(reason) && Boolean(isRefused)));
  });
  root.classList.toggle("refused", Boolean(reason));
  find("result").classList.toggle("missing", Boolean(reason));
  find("save").disabled = find("search").disabled = Boolean(reason);
  if (reason) {
    find("result").textContent = `Not predicted. ${reason}`;
    shown = null;
    return;
  }
  shown = {
    point,
    counts: predictCounts(network, point),
    intervals: ensemble && predictIntervals(ensemble, point),
    nearest: nearestSimulations(point),
  };
  find("result").textContent = words(shown);
  tellNearest(shown);
  tellCommands(point);
  draw();
}

function words({ point, counts, intervals }) {
  const given = `TNF given: ${shortNumber(100 * tnfGiven(point, data.horizon_min))} % of a constant TNF of 1.`;
  const living = `${wholeNumber(counts[hours][0])} living cells after ${hours} h, of ${wholeNumber(counts[0][0])} at the start.`;
  if (!intervals) return `${living} ${given}`;
  const [low, high] = [intervals.lower[hours][0], intervals.upper[hours][0]].map(wholeNumber);
  const mean = wholeNumber(intervals.mean[hours][0]);
  return (
    `${living} ${100 * ensemble.level} % of simulations are expected between ${low} and ${high} ` +
    `(mean of the ${ensemble.members.length} networks that tell this: ${mean}). ${given}`
  );
}

function tellNearest({ point, nearest }) {
  const place = find("nearest");
  if (!simulations) {
    place.textContent = "No simulations are shown: the data set has not been gathered.";
  } else if (!nearest.length) {
    const radii = [...new Set(simulations.map(({ point: [radius] }) => radius))].sort((first, second) => first - second);
    const below = radii.filter((radius) => radius < point[0]).at(-1);
    const above = radii.find((radius) => radius > point[0]);
    const around = listed([below, above].filter((radius) => radius !== undefined));
    place.textContent = `No simulation of this radius is in the page; the next ones are of ${around} \u00b5m.`;
  } else {
    const told = nearest.map(({ point: [radius, period, duration, concentration], isUnseen }) =>
      `${duration} min every ${period} min at ${shortNumber(concentration)}, radius ${radius} \u00b5m${isUnseen ? " (not trained on)" : ""}`);
    const share = simulations.length < data.simulations.total
      ? `of a sample of ${simulations.length.toLocaleString("en")} out of ${data.simulations.total.toLocaleString("en")}`
      : `of all ${simulations.length.toLocaleString("en")}`;
    place.textContent = `Dots: the ${nearest.length} nearest simulations ${share}: ${told.join("; ")}.`;
  }
}

function tellCommands([radius, period, duration, concentration]) {
  const options = ` --radius ${radius} --period ${period} --duration ${duration} --concentration ${concentration}`;
  showCommand(find("predict"), data.predict_command + options);
  if (data.simulate_command) showCommand(find("simulate"), data.simulate_command + options);
  if (data.optimise_command) {
    const target = ` --horizon ${data.horizon_min} --radius ${radius} --out best_${radius}um`;
    showCommand(find("optimise"), data.optimise_command + target);
  }
}

function draw() {
  if (!shown) return;
  const { point, counts, intervals, nearest } = shown;
  const drawing = find("chart").querySelector(".drawing-area svg");
  const highest = Math.max(
    ...counts.flat(), ...(intervals?.upper.flat() ?? []), ...nearest.flatMap((each) => [...each.counts]), 1,
  );
  const { toX, toY, back, marks, top, bottom } = drawAxes(drawing, {
    x: { low: 0, high: hours, label: "time (h)", ticks: (most) => hourTicks(hours, most) },
    y: { low: 0, high: 1.04 * highest, label: "cells" },
    height: 360,
  });
  const [, period, duration] = point;
  for (let start = 0; start < data.horizon_min; start += period) {
    const end = Math.min(start + duration, data.horizon_min);
    const place = { x: toX(start / 60), width: Math.max(toX(end / 60) - toX(start / 60), 1) };
    back.append(svg("rect", { class: "pulse", ...place, y: top, height: bottom - top }));
    back.append(svg("rect", { class: "pulse-mark", ...place, y: top, height: 5 }));
  }
  TYPES.forEach((type, index) => {
    if (intervals) {
      const upper = intervals.upper.map((row, hour) => [toX(hour), toY(row[index])]);
      const lower = intervals.lower.map((row, hour) => [toX(hour), toY(row[index])]).reverse();
      marks.append(svg("path", { class: `band ${type}`, d: `${pathOf([...upper, ...lower])}Z` }));
    }
    for (const simulation of nearest) {
      for (let hour = 0; hour <= hours; hour++) {
        const place = { cx: toX(hour), cy: toY(simulation.counts[3 * hour + index]), r: 2.2 };
        marks.append(svg("circle", { class: `dot ${type}`, ...place }));
      }
    }
  });
  TYPES.forEach((type, index) => {
    marks.append(svg("path", { class: `line ${type}`, d: pathOf(counts.map((row, hour) => [toX(hour), toY(row[index])])) }));
  });
  drawing.setAttribute("aria-label", `Predicted cells over ${hours} h. ${find("result").textContent}`);
}

function save() {
  const { point, counts, intervals } = shown;
  const columns = ["alive", "apoptotic", "necrotic"];
  const heading = [...controls.map(({ column }) => column), "time_min", ...columns];
  if (intervals) heading.push(...columns.flatMap((name) => [`${name}_mean`, `${name}_lower`, `${name}_upper`]));
  const rows = counts.map((row, hour) => [
    ...point, 60 * hour, ...row.map(Math.round),
    ...(intervals ? columns.flatMap((_, type) => [intervals.mean, intervals.lower, intervals.upper].map((each) => each[hour][type].toFixed(3))) : []),
  ]);
  saveText("prediction.csv", csvOf([heading, ...rows]));
}

// Living cells at the end that a treatment is judged by. Members may agree by chance, so that the
// interval of their mean is narrow just where a search looks; that of one simulation is not.
function livingAtWorst(point) {
  return ensemble ? predictLivingAtTheEnd(ensemble, point).upper : predictCounts(network, point)[hours][0];
}

async function search() {
  const button = find("search");
  const [radius] = currentPoint();
  const limit = find("limit").value === "" ? 1 : Number(find("limit").value) / 100;
  const cells = cellsAtStart(network, radius);
  const treatment = ([first, second, third]) => {
    const [, periods, durations, concentrations] = controls;
    const period = ofSlider(periods, first);
    const longest = Math.max(Math.min(durations.high, period), durations.low);
    const duration = Math.round(durations.low + second * (longest - durations.low));
    return [radius, period, duration, ofSlider(concentrations, third)];
  };
  const loss = (place) => {
    const point = treatment(place);
    const given = tnfGiven(point, data.horizon_min);
    // Far beyond any other loss, and the less so the closer it is to what is allowed.
    if (given > limit || point[2] > point[1]) return 1e6 * (1 + given);
    return (data.objective.cells * livingAtWorst(point)) / cells + data.objective.tnf * given;
  };
  button.disabled = true;
  const found = await minimise(loss, (number) => { find("found").textContent = `Searching: ${number} treatments so far.`; });
  button.disabled = false;
  if (found.loss >= 1e6) {
    find("found").textContent = `No treatment of ${found.evaluations} gives so little TNF.`;
    return;
  }
  const point = treatment(found.point);
  setPoint(point);
  keep();
  find("found").textContent = wordsOfFound(point, found.evaluations);
}

function wordsOfFound(point, evaluations) {
  const weight = data.objective.tnf ? `, where TNF counts too (weight ${data.objective.tnf})` : "";
  const opening = `Predicted, not simulated: the best of ${evaluations} treatments${weight}`;
  const closing = "Simulate it before you believe it, with the command below.";
  if (!ensemble) {
    return (
      `${opening}, by a surrogate that does not tell how sure it is. ` +
      `The best of many predictions promises too much, and nobody knows how much. ${closing}`
    );
  }
  const { lower, upper } = predictLivingAtTheEnd(ensemble, point);
  return (
    `${opening}, by the upper end of the interval: ${100 * ensemble.level} % of simulations are expected to leave ` +
    `${wholeNumber(lower)} to ${wholeNumber(upper)} living cells.${wordsOfRadius(point[0])} Even so, the best of many ` +
    `predictions tends to promise too much. ${closing}`
  );
}

// Intervals of drawn radii are calibrated between radii as well, in groups of many.
function wordsOfRadius(radius) {
  const known = data.trained_radii_um;
  if (known.includes(radius) || !ensemble.radii_um.every((each) => known.includes(each))) return "";
  return ` This interval was calibrated at ${listed(known)} \u00b5m and not checked at ${radius} \u00b5m.`;
}

function keep() {
  keepInAddress(Object.fromEntries(controls.map(({ name, field }) => [name, field.value])));
}

function restore() {
  const state = stateOfAddress();
  if (!controls.every(({ name }) => state.has(name))) return false;
  setPoint(controls.map(({ name }) => (state.get(name) === "" ? NaN : Number(state.get(name)))));
  return true;
}

// Shows a treatment that was simulated, and what came out: predictions of the best promise too much.
function load(treatment) {
  setPoint(treatment.point);
  find("found").textContent =
    `Simulated, ${treatment.label}: ${treatment.replicates} simulations left ${shortNumber(treatment.living)} living cells ` +
    `(95 % interval of the mean: ${shortNumber(treatment.lower)} to ${shortNumber(treatment.upper)}).`;
}

// What was found or loaded is no longer what is shown.
function changeByHand() {
  find("found").textContent = "";
  update();
  keep();
}

for (const control of controls) {
  const { slider, field } = control;
  const isWhole = control.is_whole;
  [slider.min, slider.max, slider.step] = isWhole ? [control.low, control.high, 1] : [0, SLIDER_STEPS, 1];
  slider.addEventListener("input", () => {
    field.value = isWhole ? slider.value : ofSlider(control, slider.value / SLIDER_STEPS);
    slider.setAttribute("aria-valuetext", `${field.value} ${control.unit}`);
    changeByHand();
  });
  field.addEventListener("input", () => {
    if (field.value !== "") moveSlider(control, Number(field.value));
    changeByHand();
  });
}
root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
for (const button of root.querySelectorAll("button[data-treatment]")) {
  button.addEventListener("click", () => {
    load(data.treatments[button.dataset.treatment]);
    keep();
  });
}
find("search").addEventListener("click", search);
find("save").addEventListener("click", save);
enableCopying(root);
addEventListener("hashchange", restore);
if (restore()) root.scrollIntoView();
else if (data.treatments.length) load(data.treatments[0]);
else {
  const middle = controls.map((control) => ofSlider(control, 0.5));
  middle[0] = data.trained_radii_um[Math.floor(data.trained_radii_um.length / 2)] ?? middle[0];
  middle[2] = Math.min(middle[2], middle[1]);
  setPoint(middle);
}
redrawOnResize(find("chart").querySelector(".drawing-area svg"), draw);
