// The timeline. Only the rows in view are in the page, so that 8,000 processes are no more work
// than 50. Their texts are the items of a tree, and one drawing above them has all bars.

const GLYPHS = {
  seen: "M-1-8H1V-4H-1ZM-1-2H1V2H-1ZM-1 4H1V8H-1Z",
  executed: "M0-6L6 0 0 6-6 0Z",
  adopted: "M0-7L7 0H3V7H-3V0H-7Z",
  ready: "M-3-8L7-4-1-.4V8H-3Z",
  signaled: "M2-8L-5 1H-1L-2 8 5-1H1Z",
  stopped: "M-5-6H-1V6H-5ZM1-6H5V6H1Z",
  continued: "M-6-6L0 0-6 6ZM0-6L6 0 0 6Z",
  success: "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z",
  failure: "M-5-5H5V5H-5Z",
  signal: "M-6-4L-4-6 0-2 4-6 6-4 2 0 6 4 4 6 0 2-4 6-6 4-2 0Z",
  core: "M-7-7H7V7H-7ZM-5-4L-1 0-5 4-4 5 0 1 4 5 5 4 1 0 5-4 4-5 0-1-4-5Z",
  terminated: "M-6-7H6V-4H2V4H6V7H-6V4H-2V-4H-6Z",
  unknown: "M0-7L7 0 0 7-7 0ZM0-4L-4 0 0 4 4 0Z",
  alive: "M-4-7L6 0-4 7Z",
};
const WORDS = {
  seen: "born before this: a scan found it",
  executed: "executed a program",
  adopted: "adopted by the JVM",
  ready: "ready",
  signaled: "got a signal",
  stopped: "stopped",
  continued: "continued",
  ...FATES,
};
const KEYS = [
  ["↑ ↓ Home End", "another process"],
  ["→ ←", "open, close, go to the parent"],
  ["p", "follow the line to the parent"],
  ["+ − 0", "zoom, all of it"],
  ["< >", "pan"],
  ["/", "search"],
  ["Ctrl and wheel, drag, two fingers", "zoom and pan"],
];
const MOST_MARKS = 60;
const NARROW = 640;
const MOST_PRINTED = 500;

class Timeline {
  /** Calls select with a row when another one is selected. */
  constructor(report, rows, select) {
    this.report = report;
    this.rows = rows;
    this.onSelect = select;
    this.selected = null;
    this.axis = make("div", { class: "axis", "aria-hidden": "true" });
    this.tree = make("div", { class: "rows", role: "tree", "aria-label": "Processes" });
    this.drawing = d3.create("svg").attr("class", "drawing").attr("aria-hidden", "true");
    this.content = make("div", { class: "content" }, this.tree, this.drawing.node());
    this.viewport = make("div", { class: "viewport" }, this.content);
    this.element = make("div", { class: "chart" }, this.axis, this.viewport);
    this.full = d3.scaleLinear().domain([Math.min(0, this.start()), Math.max(1, report.end)]);
    this.scale = this.full;
    this.zoom = d3
      .zoom()
      .scaleExtent([1, 1e6])
      .filter((event) => {
        if (event.type === "wheel") {
          return event.ctrlKey || event.metaKey;
        }
        return event.touches ? event.touches.length > 1 : !event.button;
      })
      .on("zoom", (event) => this.zoomed(event.transform));
    this.drawing.call(this.zoom);
    this.drawing.on("click", (event) => this.clicked(event));
    this.tree.addEventListener("click", (event) => this.clicked(event));
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.viewport.addEventListener("scroll", () => this.later());
    new ResizeObserver(() => this.resized()).observe(this.element);
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  start() {
    return this.report.processes.reduce((least, one) => Math.min(least, one.born), 0);
  }

  resized() {
    const width = this.content.clientWidth;
    if (width === 0) {
      return;
    }
    this.isNarrow = width < NARROW;
    this.element.classList.toggle("narrow", this.isNarrow);
    this.rowHeight = this.isNarrow ? 46 : 26;
    this.left = this.isNarrow ? 8 : Math.round(Math.min(width * 0.5, 560));
    this.width = Math.max(60, width - this.left - 24);
    this.full.range([0, this.width]);
    this.zoom.extent([
      [0, 0],
      [this.width, 100],
    ]);
    this.zoom.translateExtent([
      [0, 0],
      [this.width, 100],
    ]);
    this.zoomed(d3.zoomTransform(this.drawing.node()));
  }

  zoomed(transform) {
    this.scale = transform.rescaleX(this.full);
    this.update();
  }

  scaleBy(factor) {
    this.zoom.scaleBy(this.drawing, factor);
  }

  pan(part) {
    this.zoom.translateBy(
      this.drawing,
      (-part * this.width) / d3.zoomTransform(this.drawing.node()).k,
      0,
    );
  }

  reset() {
    this.drawing.call(this.zoom.transform, d3.zoomIdentity);
  }

  print(isPrinting) {
    this.isPrinting = isPrinting;
    this.resized();
  }

  later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.update();
    });
  }

  /** Puts the rows in view into the page. */
  update() {
    if (!this.rowHeight) {
      return;
    }
    const all = this.rows.list;
    this.content.style.height = `${(this.isPrinting ? Math.min(all.length, MOST_PRINTED) : all.length) * this.rowHeight}px`;
    const top = this.isPrinting ? 0 : this.viewport.scrollTop;
    const height = this.isPrinting ? MOST_PRINTED * this.rowHeight : this.viewport.clientHeight;
    this.first = Math.max(0, Math.floor(top / this.rowHeight) - 5);
    this.last = Math.min(all.length, Math.ceil((top + height) / this.rowHeight) + 5);
    const hadFocus = this.tree.contains(document.activeElement);
    if (!this.selected || all[this.selected.index]?.id !== this.selected.id) {
      this.selected = all.find((row) => row.id === this.selected?.id) ?? all[0] ?? null;
    }
    const items = all.slice(this.first, this.last).map((row) => this.item(row));
    if (this.selected && (this.selected.index < this.first || this.selected.index >= this.last)) {
      items.push(this.item(this.selected)); // the keyboard needs it
    }
    this.tree.replaceChildren(...items);
    if (hadFocus) {
      this.tree.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
    }
    this.draw();
    this.drawAxis();
  }

  item(row) {
    const isSelected = row === this.selected;
    const who = row.isGroup ? `${compact(row.processes.length)} ×` : String(row.first.pid);
    const item = make("div", {
      role: "treeitem",
      class: `row${this.rows.isWanted(row.first) ? "" : " above"}`,
      id: row.id,
      tabindex: isSelected ? "0" : "-1",
      "aria-level": row.depth + 1,
      "aria-selected": String(isSelected),
      "aria-expanded": row.hasChildren ? String(row.isOpen) : null,
    });
    item.style.top = `${row.index * this.rowHeight}px`;
    item.style.height = `${this.rowHeight}px`;
    const name = make(
      "span",
      { class: "who" },
      make("i", {}, row.hasChildren ? (row.isOpen ? "▾" : "▸") : ""),
      who + " ",
    );
    name.style.paddingLeft = `${Math.min(row.depth, 12) * 14}px`;
    put(name, row.first.title, 200);
    const end = make("span", { class: `end ${row.first.fate}` });
    warnings(row).forEach((word) => end.append(make("strong", {}, word), " "));
    put(end, row.first.brief, 40);
    item.append(name, end);
    if (!this.isNarrow) {
      item.style.gridTemplateColumns = `${this.left * 0.6}px ${this.left * 0.38}px`;
    }
    return item;
  }

  drawAxis() {
    const count = Math.max(2, Math.floor(this.width / 110));
    const ticks = d3.axisTop(this.scale).ticks(count).tickFormat(duration).tickSizeOuter(0);
    const svg = d3.create("svg").attr("height", 44).attr("width", "100%");
    const phases = svg.append("g").attr("transform", `translate(${this.left},0)`);
    for (const phase of this.report.phases) {
      const [from, to] = this.span(phase.from, phase.to);
      if (to - from > 24) {
        const label = phases
          .append("text")
          .attr("x", from + 2)
          .attr("y", 12)
          .attr("class", "phase");
        put(label.node(), phase.name, Math.floor((to - from) / 8));
      }
    }
    svg.append("g").attr("transform", `translate(${this.left},43)`).call(ticks);
    this.axis.replaceChildren(svg.node());
  }

  /** Returns the places of a span, as far as they are in view. */
  span(from, to) {
    const place = (time) => Math.max(-20, Math.min(this.width + 20, this.scale(time)));
    return [place(from), place(to)];
  }

  draw() {
    const top = this.first * this.rowHeight;
    const height = (this.last - this.first) * this.rowHeight;
    const svg = this.drawing;
    svg.attr("width", this.width + 16).attr("height", height);
    svg.style("left", `${this.left}px`).style("top", `${top}px`);
    svg.selectAll("*").remove();
    const shaded = this.report.phases.filter((phase, index) => index % 2 === 0);
    for (const phase of shaded) {
      const [from, to] = this.span(phase.from, phase.to);
      const shade = svg.append("rect").attr("class", "shade").attr("height", height);
      shade.attr("x", from).attr("width", Math.max(0, to - from));
    }
    const lines = svg.append("g");
    for (const row of this.rows.list.slice(this.first, this.last)) {
      this.drawRow(row, this.y(row), svg.append("g"));
      this.drawBirth(row, lines);
    }
  }

  y(row) {
    return (row.index - this.first) * this.rowHeight + this.rowHeight - 13;
  }

  drawRow(row, y, group) {
    const [from, to] = this.span(row.from, row.to);
    const bar = group.append("rect").attr("class", `bar ${row.first.fate}`);
    bar
      .attr("x", from)
      .attr("y", y - 5)
      .attr("width", Math.max(2, to - from))
      .attr("height", 10)
      .attr("rx", 2);
    const draw = (kind, at) => {
      const x = this.scale(at);
      if (x >= -8 && x <= this.width + 8) {
        const glyph = group.append("path").attr("class", `glyph ${kind}`).attr("d", GLYPHS[kind]);
        glyph.attr("transform", `translate(${x},${y}) scale(.8)`);
      }
    };
    if (row.isGroup) {
      return;
    }
    if (row.first.bornBy !== "trace") {
      draw("seen", row.first.born);
    }
    row.first.events
      .filter((event) => event.kind in GLYPHS)
      .slice(0, MOST_MARKS)
      .forEach((event) => draw(event.kind, event.at));
    draw(row.first.fate, row.to);
  }

  /** Draws the line from a birth to the row of the parent; a click on it goes there. */
  drawBirth(row, lines) {
    if (!row.parent) {
      return;
    }
    const x = Math.max(0, Math.min(this.width, this.scale(row.from)));
    const y = this.y(row);
    const up = Math.max(-20, this.y(row.parent));
    const isOfSelected = row === this.selected;
    const line = lines.append("path").attr("class", `birth${isOfSelected ? " selected" : ""}`);
    line.attr("d", `M${x} ${up}V${y}`).datum(row.parent);
  }

  clicked(event) {
    const parent = d3.select(event.target).datum();
    if (event.target.classList.contains("birth") && parent) {
      this.choose(parent, true);
      return;
    }
    const at = event.clientY - this.content.getBoundingClientRect().top;
    const row = this.rows.list[Math.floor(at / this.rowHeight)];
    if (!row) {
      return;
    }
    const again = event.target.tagName === "I" || row === this.selected;
    if (again && event.currentTarget === this.tree && row.hasChildren) {
      this.toggle(row);
    }
    this.choose(this.rows.list[row.index] ?? row, true);
  }

  toggle(row, isOpen) {
    this.rows.toggle(row, isOpen);
    this.selected = this.rows.rowOf.get(row.first) ?? null;
    const same = this.rows.list.find((one) => one.id === row.id);
    this.selected = same ?? this.selected;
    this.update();
  }

  /** Selects a row, and brings it into view. */
  choose(row, takesFocus) {
    this.selected = row;
    const top = row.index * this.rowHeight;
    const { scrollTop, clientHeight } = this.viewport;
    if (top < scrollTop || top + this.rowHeight > scrollTop + clientHeight) {
      this.viewport.scrollTop = top - clientHeight / 3;
    }
    this.update();
    if (takesFocus) {
      this.tree.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
    }
    this.onSelect(row);
  }

  show(process) {
    const row = this.rows.reveal(process);
    if (row) {
      this.choose(row, true);
      this.element.scrollIntoView({ block: "nearest" });
    }
  }

  key(event) {
    const row = this.selected;
    const page = Math.max(1, Math.floor(this.viewport.clientHeight / this.rowHeight) - 1);
    const actions = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      PageDown: () => this.move(page),
      PageUp: () => this.move(-page),
      Home: () => this.move(-Infinity),
      End: () => this.move(Infinity),
      ArrowRight: () =>
        row.hasChildren && !row.isOpen
          ? this.toggle(row, true)
          : this.move(row.hasChildren ? 1 : 0),
      ArrowLeft: () =>
        row.isOpen ? this.toggle(row, false) : row.parent && this.choose(row.parent, true),
      Enter: () => this.toggle(row),
      " ": () => this.toggle(row),
      p: () => row.parent && this.choose(row.parent, true),
      "+": () => this.scaleBy(1.5),
      "-": () => this.scaleBy(1 / 1.5),
      0: () => this.reset(),
      "<": () => this.pan(-0.25),
      ">": () => this.pan(0.25),
    };
    const action = actions[event.key];
    if (row && action && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      action();
    }
  }

  move(by) {
    const index = Math.max(0, Math.min(this.rows.list.length - 1, this.selected.index + by));
    this.choose(this.rows.list[index], true);
  }

  /** Returns the list of what the shapes mean. */
  static legend() {
    const list = make("ul", { class: "legend" });
    for (const [kind, words] of Object.entries(WORDS)) {
      const svg = d3.create("svg").attr("width", 20).attr("height", 20).attr("aria-hidden", "true");
      const glyph = svg.append("path").attr("class", `glyph ${kind}`).attr("d", GLYPHS[kind]);
      glyph.attr("transform", "translate(10,10)");
      list.append(make("li", {}, svg.node(), " " + words));
    }
    return make(
      "details",
      {},
      make("summary", {}, "What the shapes and keys mean"),
      list,
      facts(KEYS),
    );
  }
}
