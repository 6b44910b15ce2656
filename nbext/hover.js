// Says what a reader points at in a figure, and moves between the frames of Explore. It knows the figure by a
// name that is a hash of what it shows; whatever is told was JSON and becomes text, never markup.
(function (name) {
  "use strict";

  function make(tag, css, into) {
    var e = document.createElement(tag);
    e.style.cssText = css;
    if (into) into.appendChild(e);
    return e;
  }

  // value returns what a cell of a matrix says.
  function value(cells, i, j) {
    if (!cells.table) return "";
    cells.raw = cells.raw || atob(cells.table);
    var k = !cells.symmetric ? i * cells.columns.length + j : j <= i ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
    return cells.words[cells.raw.charCodeAt(2 * k) | cells.raw.charCodeAt(2 * k + 1) << 8];
  }

  // cell is what is told of a cell, mark of a mark.
  function cell(frame, c, i, j) {
    var cells = frame.cells[c], a = cells.area, w = (a[2] - a[0]) / cells.columns.length, h = (a[3] - a[1]) / cells.rows.length;
    var names = cells.rows[i] === cells.columns[j] ? [cells.rows[i]] : [cells.rows[i], cells.columns[j]];
    return {key: "c" + c + "," + i + "," + j, c: c, i: i, j: j, text: value(cells, i, j), names: names, say: true,
      area: [a[0] + j * w, a[1] + i * h, a[0] + (j + 1) * w, a[1] + (i + 1) * h]};
  }
  function mark(frame, k) {
    var m = frame.marks[k];
    return {key: "m" + k, k: k, text: m[4], names: m[5] || [], say: false, area: m};
  }

  // at finds what lies at a point: the mark that was drawn last, else a cell, else a mark close by.
  function at(frame, x, y) {
    var k, m, near = -1, least = 30;
    for (k = frame.marks.length - 1; k >= 0; k--) {
      m = frame.marks[k];
      if (x >= m[0] && x <= m[2] && y >= m[1] && y <= m[3]) return mark(frame, k);
      var d = Math.max(m[0] - x, x - m[2], m[1] - y, y - m[3]);
      if (d < least) { least = d; near = k; }
    }
    for (k = frame.cells.length - 1; k >= 0; k--) {
      var a = frame.cells[k].area, rows = frame.cells[k].rows.length, columns = frame.cells[k].columns.length;
      var i = Math.floor((y - a[1]) / (a[3] - a[1]) * rows), j = Math.floor((x - a[0]) / (a[2] - a[0]) * columns);
      if (i >= 0 && i < rows && j >= 0 && j < columns) return cell(frame, k, i, j);
    }
    return near >= 0 ? mark(frame, near) : null;
  }

  // step is where an arrow key leads from a hit: through the cells of a matrix, then to what comes next.
  function step(frame, hit, key) {
    var dx = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0, dy = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    var stops = frame.cells.length + frame.marks.length, s = -1;
    if (hit && hit.c !== undefined) {
      var i = hit.i + dy, j = hit.j + dx, cells = frame.cells[hit.c];
      if (i >= 0 && i < cells.rows.length && j >= 0 && j < cells.columns.length) return cell(frame, hit.c, i, j);
      s = hit.c;
    } else if (hit) {
      s = frame.cells.length + hit.k;
    }
    s = hit ? Math.min(stops - 1, Math.max(0, s + dx + dy)) : 0;
    if (s >= frame.cells.length) return mark(frame, s - frame.cells.length);
    return hit && hit.c === s ? hit : cell(frame, s, 0, 0);
  }

  function hover(img, frame, data) {
    frame.marks = frame.marks || [];
    frame.cells = frame.cells || [];
    if (!frame.marks.length && !frame.cells.length) return;
    var wrap = make("span", "position:relative;display:inline-block;max-width:100%;line-height:0");
    img.parentNode.replaceChild(wrap, img);
    wrap.appendChild(img);
    var box = make("span", "position:absolute;display:none;box-sizing:border-box;border:2px solid #111;outline:1px solid #fff;pointer-events:none", wrap);
    var tip = make("span", "position:absolute;display:none;z-index:9;width:max-content;max-width:min(280px,90%);box-sizing:border-box;padding:4px 7px;" +
      "background:#fff;color:#222;border:1px solid #888;border-radius:3px;font:12px/1.4 sans-serif;text-align:left;overflow-wrap:anywhere;" +
      "pointer-events:none;box-shadow:0 1px 4px rgba(0,0,0,.3)", wrap);
    tip.setAttribute("role", "status");
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "group");
    wrap.setAttribute("aria-label", "Figure with details; arrow keys go through its parts");
    wrap.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab: the arrow keys are ours
    var now = null;

    function line(text, css) {
      if (text) {
        var l = make("span", "display:block;unicode-bidi:isolate;" + css, tip);
        l.dir = "auto";
        l.textContent = text;
      }
    }
    function picture(n, into) {
      var t = data.tiles ? data.tiles[n] : -1, s = data.sprite;
      if (t < 0) return;
      var p = make("span", "display:inline-block;margin:2px 4px 2px 0;width:" + s.tile + "px;height:" + s.tile + "px", into);
      p.style.backgroundImage = 'url("' + s.src + '")';
      p.style.backgroundPosition = -(t % s.columns) * s.tile + "px " + -Math.floor(t / s.columns) * s.tile + "px";
    }
    function tell(hit, x, y) {
      if (!hit) {
        now = null;
        tip.style.display = box.style.display = "none";
        return;
      }
      var r = img.getBoundingClientRect(), kx = r.width / frame.w, ky = r.height / frame.h, a = hit.area;
      if (!now || now.key !== hit.key) {
        tip.textContent = "";
        var row = make("span", "display:block", tip);
        hit.names.slice(0, 6).forEach(function (n) { picture(n, row); });
        line(hit.text, "font-weight:bold");
        if (hit.say) hit.names.forEach(function (n) { line(data.names[n], ""); });
        var w = Math.max(7, (a[2] - a[0]) * kx + 2), h = Math.max(7, (a[3] - a[1]) * ky + 2);
        box.style.width = w + "px";
        box.style.height = h + "px";
        box.style.left = (a[0] + a[2]) / 2 * kx - w / 2 + "px";
        box.style.top = (a[1] + a[3]) / 2 * ky - h / 2 + "px";
      }
      now = hit;
      tip.style.display = box.style.display = "block";
      if (x === undefined) {
        x = Math.min(r.width, a[2] * kx);
        y = Math.min(r.height, a[3] * ky);
      }
      var tw = tip.offsetWidth, th = tip.offsetHeight;
      tip.style.left = Math.max(0, x + 14 + tw <= r.width ? x + 14 : x - 14 - tw) + "px";
      tip.style.top = Math.max(0, y + 14 + th <= r.height ? y + 14 : y - 14 - th) + "px";
    }
    function point(e) {
      var r = img.getBoundingClientRect();
      tell(at(frame, (e.clientX - r.left) / r.width * frame.w, (e.clientY - r.top) / r.height * frame.h), e.clientX - r.left, e.clientY - r.top);
    }
    wrap.addEventListener("pointermove", point);
    wrap.addEventListener("pointerdown", point);
    wrap.addEventListener("pointerleave", function () { tell(null); });
    wrap.addEventListener("blur", function () { tell(null); });
    wrap.addEventListener("keydown", function (e) {
      if (e.key === "Escape") tell(null);
      else if (/^Arrow/.test(e.key)) tell(step(frame, now, e.key));
      else return;
      e.preventDefault();
      e.stopPropagation();
    });
  }

  // explore puts a slider above the frames and shows one of them.
  function explore(figure, data) {
    var frames = [], old = figure.querySelector("details");
    figure.querySelectorAll("[data-frame]").forEach(function (f) { frames[+f.getAttribute("data-frame")] = f; });
    var bar = make("div", "max-width:420px;margin:0 0 6px;font:13px/1.4 sans-serif");
    var label = make("label", "display:block", bar);
    label.textContent = data.explore;
    var input = make("input", "display:block;width:100%;margin:2px 0", label);
    input.type = "range";
    input.min = 0;
    input.max = frames.length - 1;
    input.step = 1;
    input.value = data.start || 0;
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    var scale = make("div", "display:flex;justify-content:space-between;gap:6px;font-size:12px", bar);
    scale.setAttribute("aria-hidden", "true");
    data.labels.forEach(function (l, k) {
      if (frames.length > 12 && k > 0 && k < frames.length - 1) return;
      var t = make("span", "cursor:pointer;overflow-wrap:anywhere", scale);
      t.textContent = l;
      t.addEventListener("click", function () { input.value = k; show(); });
    });
    var stage = make("div", "display:grid");
    frames.forEach(function (f) {
      f.style.gridArea = "1 / 1";
      f.style.minWidth = "0";
      stage.appendChild(f);
    });
    figure.insertBefore(stage, figure.firstChild);
    figure.insertBefore(bar, stage);
    if (old) old.remove();
    function show() {
      input.setAttribute("aria-valuetext", data.labels[+input.value]);
      frames.forEach(function (f, k) { f.style.visibility = k === +input.value ? "visible" : "hidden"; });
    }
    input.addEventListener("input", show);
    show();
  }

  function begin(figure) {
    var json = figure.querySelector('script[type="application/json"]'), data;
    if (figure.fusiform || !json) return;
    figure.fusiform = true;
    try { data = JSON.parse(json.textContent); } catch (e) { return; }
    figure.querySelectorAll("img").forEach(function (img) {
      var f = img.closest("[data-frame]");
      hover(img, data.frames[f ? +f.getAttribute("data-frame") : 0], data);
    });
    if (data.explore !== undefined) explore(figure, data);
  }

  // Some pages run scripts before what stands around them is in the page.
  var tries = 0;
  (function find() {
    var figures = document.querySelectorAll('[data-fusiform="' + name + '"]');
    figures.forEach(begin);
    if (!figures.length && ++tries < 50) setTimeout(find, 100);
  })();
})
