// The explorer of patients: the front to choose from, and what the chosen therapy does.

const root = document.getElementById("crc-explorer");
const data = JSON.parse(document.getElementById("crc-explorer-data").textContent);
const find = (id) => document.getElementById(`crc-${id}`);
const DRUGS = ["atezolizumab", "cibisatamab"];
const chart = (id) => find(id).querySelector(".drawing-area svg");

let patient = data.patients.find(({ name }) => name === data.opens_on);
let chosen = null;

const known = (kind) => patient.therapies.find((each) => each.kind === kind);

// What can be chosen: the front in the order of its inefficacy, then the reference.
function choices() {
  const front = patient.therapies.filter(({ kind }) => kind === "merged");
  return [...front.sort((first, second) => first.inefficacy - second.inefficacy), ...[known("reference")].filter(Boolean)];
}

// The fewest drugs that do no worse than the reference.
function firstChoice() {
  const enough = choices().filter(({ inefficacy }) => inefficacy <= 100);
  return enough.sort((first, second) => first.drugs - second.drugs)[0] ?? choices()[0];
}

function choosePatient(name, row) {
  patient = data.patients.find((each) => each.name === name) ?? patient;
  find("patient").value = patient.name;
  choose(choices().find((each) => each.row === row) ?? firstChoice());
}

function choose(therapy) {
  chosen = therapy;
  find("result").textContent = words();
  showCommand(find("export"), command());
  draw();
}

function words() {
  const [atezolizumab, cibisatamab] = chosen.drug_shares.map(shortNumber);
  const end = shortNumber(chosen.diameter_mm.at(-1));
  const tumour = `Tumour ${end} mm after ${wholeNumber(patient.days.at(-1))} days, ${shortNumber(chosen.diameter_mm[0])} mm at the start`;
  if (chosen.kind === "reference") return `The reference therapy: the largest allowed doses. ${tumour}.`;
  const beside = known("reference");
  return (
    `Inefficacy: ${shortNumber(chosen.inefficacy)} % of the reference's, with ${shortNumber(chosen.drugs)} % of the drugs ` +
    `(atezolizumab ${atezolizumab} %, cibisatamab ${cibisatamab} %). ${tumour}` +
    `${beside ? `, ${shortNumber(beside.diameter_mm.at(-1))} mm under the reference` : ""}. Found by ${chosen.found_by}.`
  );
}

function command() {
  const options = chosen.kind === "reference"
    ? ["--therapy reference"]
    : Object.entries(chosen.parameters).map(([name, value]) => `--parameter ${name}=${value}`);
  return [data.export_command, `--patient ${patient.number}`, `--out therapy_of_${patient.name}`, ...options].join(" ");
}

function draw() {
  drawFront();
  drawCourse();
  DRUGS.forEach(drawDoses);
}

function drawFront() {
  const drawing = chart("front");
  const hadFocus = drawing.contains(document.activeElement);
  const shown = choices();
  const across = [...patient.front.map(([inefficacy]) => inefficacy), ...shown.map(({ inefficacy }) => inefficacy)];
  const [low, high] = [Math.min(...across), Math.max(...across)];
  const edge = 0.06 * (high - low || 1);
  const { toX, toY, back, marks, bottom } = drawAxes(drawing, {
    x: { low: low - edge, high: high + edge, label: "inefficacy (% of the reference's)" },
    y: { low: 0, high: 108, label: "drugs (% of the reference's)" },
    height: 340,
  });
  if (low - edge < 100) {
    const left = toX(low - edge);
    back.append(svg("rect", { class: "better", x: left, width: toX(Math.min(100, high + edge)) - left, y: toY(100), height: bottom - toY(100) }));
  }
  marks.append(svg("path", { class: "front", d: pathOf(patient.front.map(([inefficacy, drugs]) => [toX(inefficacy), toY(drugs)])) }));
  const take = (therapy) => { choose(therapy); keep(); drawing.querySelector("[aria-checked=true]").focus(); };
  // A finger needs more than the mark: what is nearest is meant.
  drawing.onclick = ({ clientX, clientY }) => {
    const { left, top } = drawing.getBoundingClientRect();
    const distances = shown.map(({ inefficacy, drugs }) => Math.hypot(toX(inefficacy) - clientX + left, toY(drugs) - clientY + top));
    const nearest = Math.min(...distances);
    if (nearest < 20) take(shown[distances.indexOf(nearest)]);
  };
  shown.forEach((therapy, index) => {
    const [x, y] = [toX(therapy.inefficacy), toY(therapy.drugs)];
    const isChosen = therapy === chosen;
    const name = therapy.kind === "reference"
      ? "Reference therapy"
      : `${shortNumber(therapy.inefficacy)} % inefficacy, ${shortNumber(therapy.drugs)} % drugs`;
    const choice = svg("g", { role: "radio", "aria-checked": isChosen, "aria-label": name, tabindex: isChosen ? 0 : -1 });
    const size = isChosen ? 6.5 : 5;
    choice.append(therapy.kind === "reference"
      ? svg("rect", { class: `therapy reference${isChosen ? " chosen" : ""}`, x: x - size, y: y - size, width: 2 * size, height: 2 * size })
      : svg("circle", { class: `therapy${isChosen ? " chosen" : ""}`, cx: x, cy: y, r: size }));
    choice.append(svg("title", {}, name));
    choice.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      take(shown[(index + step + shown.length) % shown.length]);
    });
    marks.append(choice);
  });
  if (hadFocus) drawing.querySelector("[aria-checked=true]").focus();
}

function drawCourse() {
  const beside = [[known("untreated"), "necrotic"], [known("reference"), "apoptotic"], [chosen, "living"]].filter(([therapy]) => therapy);
  const sizes = beside.flatMap(([therapy]) => therapy.diameter_mm);
  const drawing = chart("course");
  const { toX, toY, marks } = drawAxes(drawing, {
    x: { low: 0, high: patient.days.at(-1), label: "time (days)" },
    y: { low: 0, high: 1.05 * Math.max(...sizes), label: "diameter (mm)" },
    height: 340,
  });
  for (const [therapy, style] of beside) {
    marks.append(svg("path", { class: `line ${style}`, d: pathOf(therapy.diameter_mm.map((size, index) => [toX(patient.days[index]), toY(size)])) }));
  }
  drawing.setAttribute("aria-label", `Diameter under the chosen therapy, the reference and none. ${find("result").textContent}`);
}

function drawDoses(drug, index) {
  const doses = chosen.doses_mg[index];
  const largest = Math.max(...(known("reference") ?? chosen).doses_mg[index], ...doses, 1);
  const drawing = chart(drug);
  const { toX, toY, marks, bottom } = drawAxes(drawing, {
    x: { low: 0, high: doses.length, label: "week" },
    y: { low: 0, high: largest, label: "dose (mg)", most: 3 },
    height: 190,
  });
  doses.forEach((dose, week) => {
    if (dose > 0) marks.append(svg("rect", { class: "dose", x: toX(week) + 0.5, width: Math.max(toX(1) - toX(0) - 1, 1.5), y: toY(dose), height: bottom - toY(dose) }));
  });
  const given = doses.filter((dose) => dose > 0);
  const total = given.reduce((sum, dose) => sum + dose, 0);
  drawing.setAttribute("aria-label", `${given.length} doses of ${drug}, ${wholeNumber(total)} mg together`);
}

function keep() {
  keepInAddress({ patient: patient.name, therapy: chosen.row });
}

function restore() {
  const state = stateOfAddress();
  if (!state.has("patient")) return false;
  choosePatient(state.get("patient"), Number(state.get("therapy")));
  return true;
}

find("patient").addEventListener("change", () => {
  choosePatient(find("patient").value);
  keep();
});
find("save-doses").addEventListener("click", () => {
  const rows = chosen.doses_mg[0].map((dose, week) => [week + 1, dose, chosen.doses_mg[1][week]]);
  saveText(`doses_${patient.name}.csv`, csvOf([["week", "atezolizumab_mg", "cibisatamab_mg"], ...rows]));
});
find("save-course").addEventListener("click", () => {
  const columns = [["diameter_mm", chosen], ["reference_mm", known("reference")], ["untreated_mm", known("untreated")]].filter(([, therapy]) => therapy);
  const rows = patient.days.map((day, index) => [day, ...columns.map(([, therapy]) => therapy.diameter_mm[index])]);
  saveText(`course_${patient.name}.csv`, csvOf([["time_days", ...columns.map(([name]) => name)], ...rows]));
});
root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
enableCopying(root);
addEventListener("hashchange", restore);
if (restore()) root.scrollIntoView();
else choosePatient(patient.name);
redrawOnResize(chart("front"), draw);
