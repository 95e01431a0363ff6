// The general surrogate, as tnf/surrogate/networks/general.py computes it, one point at a time.

const INTERVALS_PER_HOUR = 6;
const CELL_TYPES = 3;
const LEAST_DEVIATION = 0.01;

function makeNetwork(data) {
  const weights = {};
  for (const [name, text] of Object.entries(data.weights)) weights[name] = new Float32Array(decoded(text));
  return { ...data, weights };
}

function multiply(matrix, vector, bias) {
  const columns = vector.length;
  const product = new Float64Array(bias.length);
  for (let row = 0, place = 0; row < product.length; row++) {
    let sum = bias[row];
    for (let column = 0; column < columns; column++) sum += matrix[place++] * vector[column];
    product[row] = sum;
  }
  return product;
}

const sigmoid = (value) => 1 / (1 + Math.exp(-value));
const softplus = (value) => (value > 20 ? value : Math.log1p(Math.exp(value)));

function minutesOn(timeMin, periodMin, durationMin) {
  const pulses = Math.floor(timeMin / periodMin);
  return pulses * durationMin + Math.min(timeMin - pulses * periodMin, durationMin);
}

// TNF given until the horizon, relative to a concentration of 1 that is always on.
function tnfGiven([, periodMin, durationMin, concentration], horizonMin) {
  return (concentration * minutesOn(horizonMin, periodMin, durationMin)) / horizonMin;
}

// The state of the LSTM at the end of every hour.
function hiddenStates(network, [radiusUm, periodMin, durationMin, concentration]) {
  const { weights, hours, hidden_size: size } = network;
  const features = [
    Math.log(radiusUm), periodMin, durationMin, concentration,
    Math.log(Math.max(concentration, network.lowest_concentration)),
  ];
  const scaled = Float64Array.from(features, (value, index) => (2 * (value - network.feature_min[index])) / network.feature_span[index] - 1);
  const first = multiply(weights["encoder.0.weight"], scaled, weights["encoder.0.bias"]).map((value) => Math.max(value, 0));
  const encoded = multiply(weights["encoder.2.weight"], first, weights["encoder.2.bias"]);
  let hidden = encoded.slice(0, size).map(Math.tanh);
  const cell = encoded.slice(size);
  const bias = weights["lstm.bias_ih_l0"].map((value, index) => value + weights["lstm.bias_hh_l0"][index]);
  const states = [];
  for (let hour = 0; hour < hours; hour++) {
    const inputs = new Float64Array(scaled.length + INTERVALS_PER_HOUR + 1);
    inputs.set(scaled);
    for (let part = 0; part < INTERVALS_PER_HOUR; part++) {
      const startMin = 60 * hour + (60 / INTERVALS_PER_HOUR) * part;
      const endMin = startMin + 60 / INTERVALS_PER_HOUR;
      const onMin = minutesOn(endMin, periodMin, durationMin) - minutesOn(startMin, periodMin, durationMin);
      inputs[scaled.length + part] = (onMin * INTERVALS_PER_HOUR) / 60;
    }
    inputs[inputs.length - 1] = ((60 * (hour + 1)) % periodMin) / network.feature_span[1];
    const gates = multiply(weights["lstm.weight_hh_l0"], hidden, multiply(weights["lstm.weight_ih_l0"], inputs, bias));
    hidden = new Float64Array(size);
    // PyTorch's order of the gates: input, forget, cell, output.
    for (let unit = 0; unit < size; unit++) {
      cell[unit] = sigmoid(gates[size + unit]) * cell[unit] + sigmoid(gates[unit]) * Math.tanh(gates[2 * size + unit]);
      hidden[unit] = sigmoid(gates[3 * size + unit]) * Math.tanh(cell[unit]);
    }
    states.push(hidden);
  }
  return states;
}

function cellsAtStart(network, radiusUm) {
  return network.weights.initial_cells[Math.round(radiusUm) - network.lowest_radius_um];
}

// Counts per hour, [living, apoptotic, necrotic]; they may be negative.
function addUp(network, states, cells) {
  const { weights, count_span: span, hours } = network;
  const counts = [[cells, 0, 0]];
  for (const state of states) {
    const change = multiply(weights["hourly_change.weight"], state, weights["hourly_change.bias"]);
    counts.push(counts[counts.length - 1].map((count, type) => count + (change[type] * cells * span[type]) / hours));
  }
  return counts;
}

function predictCounts(network, point) {
  const counts = addUp(network, hiddenStates(network, point), cellsAtStart(network, point[0]));
  return counts.map((row) => row.map((count) => Math.max(count, 0)));
}

// What a member of the ensemble predicts: means, and standard deviations of one simulation.
function predictMember(network, point) {
  const states = hiddenStates(network, point);
  const cells = cellsAtStart(network, point[0]);
  const deviations = states.map((state) => {
    const raw = multiply(network.weights["deviation.weight"], state, network.weights["deviation.bias"]);
    return [...raw.map((value) => Math.sqrt(cells) * (softplus(value) + LEAST_DEVIATION))];
  });
  return { means: addUp(network, states, cells), deviations: [[0, 0, 0], ...deviations] };
}

// The quantile between groups of radii, by the logarithm of the radius; outside, that of the end.
function quantileAt(radiusUm, radiiUm, quantiles, type) {
  const next = radiiUm.findIndex((each) => each >= radiusUm);
  if (next <= 0) return (next === 0 ? quantiles[0] : quantiles.at(-1))[type];
  const share = Math.log(radiusUm / radiiUm[next - 1]) / Math.log(radiiUm[next] / radiiUm[next - 1]);
  return quantiles[next - 1][type] + share * (quantiles[next][type] - quantiles[next - 1][type]);
}

function predictMembers(ensemble, point) {
  return ensemble.members.map((member) => predictMember(member, point));
}

// The expected count and the interval of one simulation, from the members' predictions.
function intervalAt(ensemble, predictions, radiusUm, hour, type) {
  const means = predictions.map((each) => each.means[hour][type]);
  const centre = means.reduce((sum, value) => sum + value, 0) / means.length;
  const spread = means.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (means.length - 1);
  const noise = predictions.reduce((sum, each) => sum + each.deviations[hour][type] ** 2, 0) / means.length;
  const deviation = Math.sqrt(spread + noise);
  const mean = Math.max(centre, 0);
  return {
    mean,
    lower: Math.max(mean + quantileAt(radiusUm, ensemble.radii_um, ensemble.lower, type) * deviation, 0),
    upper: mean + quantileAt(radiusUm, ensemble.radii_um, ensemble.upper, type) * deviation,
  };
}

// Expected counts with the interval of one simulation, each [hour][type].
function predictIntervals(ensemble, point) {
  const predictions = predictMembers(ensemble, point);
  const mean = [], lower = [], upper = [];
  for (let hour = 0; hour < predictions[0].means.length; hour++) {
    mean.push([]); lower.push([]); upper.push([]);
    for (let type = 0; type < CELL_TYPES; type++) {
      const at = intervalAt(ensemble, predictions, point[0], hour, type);
      mean[hour].push(at.mean);
      lower[hour].push(at.lower);
      upper[hour].push(at.upper);
    }
  }
  return { mean, lower, upper };
}

// Living cells at the end, with the interval of one simulation.
function predictLivingAtTheEnd(ensemble, point) {
  const predictions = predictMembers(ensemble, point);
  return intervalAt(ensemble, predictions, point[0], predictions[0].means.length - 1, 0);
}
