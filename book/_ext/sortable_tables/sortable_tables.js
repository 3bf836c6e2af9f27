// Headings of a .cv-sortable table become buttons: one press sorts by the column, the next turns the order round.
// Without this script the table reads as it is.
const text = (row, column) => row.cells[column].textContent.trim();

function sort(heading) {
  const table = heading.closest("table");
  const column = heading.cellIndex;
  const descending = heading.getAttribute("aria-sort") === "ascending";
  const number = heading.classList.contains("cv-num");
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const compare = number
    ? (a, b) => Number(text(a, column)) - Number(text(b, column))
    : (a, b) => text(a, column).localeCompare(text(b, column), "en", { numeric: true });
  const missing = row => text(row, column) === "–";
  const rows = [...table.tBodies[0].rows];
  // What is missing stays last, in either order.
  rows.sort((a, b) => missing(a) - missing(b) || (descending ? compare(b, a) : compare(a, b)) || 0);
  table.tBodies[0].append(...rows);
}

for (const heading of document.querySelectorAll(".cv-sortable thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  button.addEventListener("click", () => sort(heading));
  heading.append(button);
}
