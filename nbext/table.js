// Sorts a table by the header that is clicked (up, down, as it was), and copies it as CSV.
(function (name) {
  "use strict";

  function key(cell) {
    var text = (cell.fusiformText || cell.textContent).replace(/\u2212/g, "-"), n = parseFloat(text);
    return {text: text, number: cell.style.textAlign === "right" && !isNaN(n) ? n : NaN};
  }
  // compare puts numbers before texts, and empty cells last.
  function compare(a, b) {
    if (!a.text !== !b.text) return a.text ? -1 : 1;
    if (isNaN(a.number) !== isNaN(b.number)) return isNaN(a.number) ? 1 : -1;
    return isNaN(a.number) ? a.text.localeCompare(b.text, "en", {numeric: true}) : a.number - b.number;
  }
  function field(cell) {
    var k = key(cell), text = k.text;
    if (isNaN(k.number) && /^[=+\-@\t\r]/.test(text)) text = "'" + text; // no formula in a spreadsheet
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function csv(table) {
    return Array.from(table.rows, function (r) { return Array.from(r.cells, field).join(","); }).join("\n") + "\n";
  }

  function begin(outer) {
    var table = outer.querySelector("table");
    if (outer.fusiform || !table) return;
    outer.fusiform = true;
    var body = table.tBodies[0], rows = Array.from(body.rows), heads = Array.from(table.tHead.rows[0].cells);
    rows.forEach(function (r, i) { r.fusiform = i; });
    heads.forEach(function (head, column) {
      var turn = 0, arrow = document.createElement("span");
      head.fusiformText = head.textContent;
      arrow.setAttribute("aria-hidden", "true");
      arrow.style.cssText = "display:inline-block;width:1em;text-align:center;font-weight:normal";
      if (head.style.textAlign === "right") head.insertBefore(arrow, head.firstChild);
      else head.appendChild(arrow);
      head.tabIndex = 0;
      head.style.cursor = "pointer";
      head.title = "Sort";
      head.setAttribute("data-lm-suppress-shortcuts", "true");
      function sort() {
        turn = (turn + 1) % 3;
        heads.forEach(function (h) { h.fusiform(h === head); });
        var sorted = rows.slice(), way = turn === 2 ? -1 : 1;
        if (turn) {
          head.setAttribute("aria-sort", turn === 1 ? "ascending" : "descending");
          arrow.textContent = turn === 1 ? "\u25b4" : "\u25be";
          sorted.sort(function (a, b) {
            var x = key(a.cells[column]), y = key(b.cells[column]);
            return (!x.text || !y.text ? 1 : way) * compare(x, y) || a.fusiform - b.fusiform;
          });
        }
        sorted.forEach(function (r) { body.appendChild(r); });
      }
      head.fusiform = function (stays) { // forgets how it was sorted
        head.removeAttribute("aria-sort");
        arrow.textContent = "";
        if (!stays) turn = 0;
      };
      head.addEventListener("click", sort);
      head.addEventListener("keydown", function (e) {
        if (e.key !== "Enter" && e.key !== " ") return;
        sort();
        e.preventDefault();
        e.stopPropagation();
      });
    });
    var copy = document.createElement("button");
    copy.type = "button";
    copy.textContent = "Copy as CSV";
    copy.style.cssText = "font:11px sans-serif;margin:0;padding:2px 0;border:0;background:none;color:inherit;opacity:.7;text-decoration:underline;cursor:pointer";
    function done() {
      copy.textContent = "Copied";
      setTimeout(function () { copy.textContent = "Copy as CSV"; }, 1500);
    }
    copy.addEventListener("click", function () {
      var text = csv(table);
      function byHand() {
        var area = document.createElement("textarea");
        area.value = text;
        outer.appendChild(area);
        area.select();
        if (document.execCommand("copy")) done();
        area.remove();
      }
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand);
      else byHand();
    });
    outer.appendChild(copy);
  }

  var tries = 0;
  (function find() {
    var tables = document.querySelectorAll('[data-fusiform="' + name + '"]');
    tables.forEach(begin);
    if (!tables.length && ++tries < 50) setTimeout(find, 100);
  })();
})
