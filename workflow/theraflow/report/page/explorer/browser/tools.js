// What explorers share: numbers in words, the state in the address, copying and saving.

function decoded(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer;
}

// Three significant digits, and no exponents.
function shortNumber(value) {
  if (value === 0) return "0";
  const decimals = Math.min(Math.max(2 - Math.floor(Math.log10(Math.abs(value))), 0), 6);
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "\u2212");
}

function wholeNumber(value) {
  return Math.round(value).toLocaleString("en").replace("-", "\u2212");
}

// As "a, b and c".
function listed(items) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

// All explorers keep their state in the address, each under names of its own.
function stateOfAddress() {
  return new URLSearchParams(location.hash.slice(1));
}

function keepInAddress(changes) {
  const state = [...stateOfAddress()].filter(([, value]) => value !== "");
  const kept = new URLSearchParams(state);
  for (const [name, value] of Object.entries(changes)) kept.set(name, value);
  history.replaceState(null, "", `#${kept}`);
}

// Shows a command so that lines break between its options only.
function showCommand(field, command) {
  field.replaceChildren();
  for (const part of command.split(/ (?=--)/)) {
    const option = document.createElement("span");
    option.className = "option";
    option.textContent = part;
    if (field.childNodes.length) field.append(" ");
    field.append(option);
  }
}

async function copyText(field) {
  try {
    await navigator.clipboard.writeText(field.textContent);
    return true;
  } catch {
    // Some browsers give pages of the disk no clipboard; then the old way, or by hand.
    getSelection().selectAllChildren(field);
    return document.execCommand("copy");
  }
}

// Buttons with data-copies="ID" copy the text of that element, and say so for a moment.
function enableCopying(root) {
  for (const button of root.querySelectorAll("button[data-copies]")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const done = await copyText(document.getElementById(button.dataset.copies));
      button.textContent = done ? "Copied" : "Selected: copy it";
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }
}

function saveText(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function csvOf(rows) {
  return rows.map((row) => row.join(",")).join("\n") + "\n";
}
