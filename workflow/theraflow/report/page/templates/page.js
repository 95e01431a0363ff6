"use strict";
// Sorts a table by the column whose heading is pressed; pressing it again turns the order around.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const order = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      headings.forEach((each) => each.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const isNumber = heading.classList.contains("number");
      const keyOf = (row) => row.cells[column].dataset.key;
      // Rows without a value come last in either order.
      const compare = (first, second) => {
        const [a, b] = [keyOf(first), keyOf(second)];
        if (a === "" || b === "") return (a === "") - (b === "");
        return sign * (isNumber ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true }));
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
