// Charts as plain SVG: bands, lines, dots and shaded spans between two axes.

const MARGIN = { left: 66, right: 18, top: 12, bottom: 46 };

function svg(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// About `number` round values from low to high.
function ticks(low, high, number) {
  const rough = (high - low) / number;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * [1, 2, 5, 10].find((each) => each * size >= rough);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9 * step; value += step) {
    found.push(Number(value.toPrecision(12)));
  }
  return found;
}

// At most `most` steps of whole hours, or of days.
function hourTicks(hours, most) {
  const step = [1, 2, 3, 6, 12, 24].find((each) => hours / each <= most) ?? 48;
  return Array.from({ length: Math.floor(hours / step) + 1 }, (_, index) => index * step);
}

// Draws axes into an SVG of the width that there is; returns scales and where marks belong.
function drawAxes(drawing, { x, y, height }) {
  const width = Math.max(drawing.parentElement.clientWidth, 260);
  drawing.replaceChildren();
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawing.setAttribute("width", width);
  drawing.setAttribute("height", height);
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const toX = (value) => MARGIN.left + (inner.width * (value - x.low)) / (x.high - x.low);
  const toY = (value) => MARGIN.top + inner.height * (1 - (value - y.low) / (y.high - y.low));
  const bottom = MARGIN.top + inner.height;
  const back = svg("g", {});
  const marks = svg("g", {});
  const axes = svg("g", { class: "axes" });
  for (const value of ticks(y.low, y.high, y.most ?? 5)) {
    axes.append(svg("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: toY(value), y2: toY(value) }));
    axes.append(svg("text", { x: MARGIN.left - 6, y: toY(value) + 4, "text-anchor": "end" }, value.toLocaleString("en")));
  }
  const most = width < 500 ? 6 : 12;
  for (const value of x.ticks ? x.ticks(most) : ticks(x.low, x.high, most / 2)) {
    axes.append(svg("line", { class: "axis", x1: toX(value), x2: toX(value), y1: bottom, y2: bottom + 5 }));
    axes.append(svg("text", { x: toX(value), y: bottom + 19, "text-anchor": "middle" }, value.toLocaleString("en")));
  }
  axes.append(svg("line", { class: "axis", x1: MARGIN.left, x2: width - MARGIN.right, y1: bottom, y2: bottom }));
  axes.append(svg("text", { x: MARGIN.left + inner.width / 2, y: height - 8, "text-anchor": "middle" }, x.label));
  const middle = MARGIN.top + inner.height / 2;
  axes.append(svg("text", { x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})` }, y.label));
  drawing.append(back, axes, marks);
  return { toX, toY, back, marks, top: MARGIN.top, bottom, width };
}

function pathOf(points) {
  return points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

// Draws anew when the width changes.
function redrawOnResize(drawing, draw) {
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width) return;
    width = contentRect.width;
    draw();
  }).observe(drawing.parentElement);
}
