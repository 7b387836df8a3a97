// The page of a report: what was recorded of it, below the verdict that the page begins with.

const MOST_LISTED = 200;

function showReport(lines, main) {
  const report = readReport(lines);
  const { header } = report;
  if (text(header.record) === "") {
    main.append(
      notes(["These lines have no header: this is not a report."]),
      broken(report.broken) ?? "",
    );
    return;
  }
  main.append(notes(reportNotes(report)) ?? "", broken(report.broken) ?? "");
  main.append(timelineSection(report), treesSection(report), outputSection(report));
  if (report.otherEvents.length > 0) {
    main.append(
      section(
        "events",
        "Events of no process",
        eventList(report.otherEvents, () => null),
      ),
    );
  }
  if (report.failure.length > 8000) {
    const whole = make("pre", { tabindex: "0", "aria-label": "failure" });
    main.append(section("failure", "Failure", put(whole, report.failure, 50_000, true)));
  }
  main.append(section("about", "About", aboutFacts(header)));
}

function reportNotes(report) {
  const { header } = report;
  const all = [];
  if (!report.isWhole) {
    all.push(
      "The end of the lines is missing: the JVM died while it wrote them, or they were cut.",
    );
  }
  if (header.complete === false) {
    all.push(`Something is missing: ${plural(number(header.lost), "event")} got lost.`);
  }
  if (header.exact === false) {
    all.push(
      "Not each event was reported by the kernel: a process that lived for less than 0.2 s may be missing, and what a scan found happened before its time here.",
    );
  }
  if (header.may_miss === true) {
    all.push(
      "More processes were started at a time than could be read: others may be missing, too.",
    );
  }
  return all;
}

function aboutFacts(header) {
  const keys = [
    "display_name",
    "class",
    "method",
    "scope",
    "host",
    "kernel",
    "jvm",
    "run",
    "module",
    "test",
    "version",
  ];
  const words = { display_name: "test", module: "directory", test: "id", version: "subreaper" };
  return facts([
    ["time", date(text(header.wall_origin))],
    ...keys.map((key) => [words[key] ?? key, text(header[key])]),
  ]);
}

// the timeline with its search

function timelineSection(report) {
  if (report.processes.length === 0) {
    return section("timeline", "Timeline", make("p", {}, "No process was recorded."));
  }
  const rows = new Rows(report);
  const detail = make("div", {
    class: "detail",
    role: "region",
    "aria-label": "Selected process",
    tabindex: "0",
  });
  const timeline = new Timeline(report, rows, (row) =>
    detail.replaceChildren(details(row, report, show)),
  );
  const show = (process) => timeline.show(process);
  const bar = filterBar(report, rows, timeline);
  const hint = make("p", { class: "print-only" });
  hint.textContent =
    rows.list.length > MOST_PRINTED ? `The first ${MOST_PRINTED} rows are printed.` : "";
  const shown = section(
    "timeline",
    "Timeline",
    bar,
    hint,
    make("div", { class: "split" }, timeline.element, detail),
  );
  shown.append(Timeline.legend());
  requestAnimationFrame(() => {
    timeline.resized();
    const first = rows.list.find((row) => warnings(row).length > 0) ?? rows.list[0];
    timeline.choose(first, false);
  });
  return shown;
}

function filterBar(report, rows, timeline) {
  const search = make("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    placeholder: "pid, command, user, line of code …",
  });
  const box = (id, word, holds) => {
    const count = report.processes.filter(holds).length;
    const input = make("input", { type: "checkbox", id, disabled: count === 0 });
    return {
      input,
      holds,
      label: make("label", { for: id }, input, ` ${word} (${compact(count)})`),
    };
  };
  const boxes = [
    box("leaked", "leaked", (one) => one.marks.has("leaked")),
    box("failed", "failed", (one) => one.isFailed),
  ];
  const launch = choice(
    "launch",
    "Launch",
    report.processes.map((one) => one.launch),
  );
  const name = choice(
    "name",
    "Name",
    report.processes.map((one) => one.name),
  );
  const result = make("output", { "aria-live": "polite" });
  const apply = () => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const active = boxes.filter((one) => one.input.checked);
    const isActive =
      words.length > 0 ||
      active.length > 0 ||
      launch.select.value !== "" ||
      name.select.value !== "";
    const holds = (one) =>
      (active.length === 0 || active.some((box) => box.holds(one))) &&
      (launch.select.value === "" || one.launch === launch.values[launch.select.value]) &&
      (name.select.value === "" || one.name === name.values[name.select.value]) &&
      words.every((word) => haystack(one).includes(word));
    rows.filter(isActive ? holds : null);
    timeline.viewport.scrollTop = 0;
    timeline.selected = rows.list.find((row) => rows.isWanted(row.first)) ?? null;
    if (timeline.selected) {
      timeline.choose(timeline.selected, false);
    } else {
      timeline.update();
    }
    const found = rows.wanted === null ? report.processes.length : rows.wanted.size;
    result.textContent = isActive
      ? `${compact(found)} of ${plural(report.processes.length, "process")}`
      : plural(report.processes.length, "process");
  };
  result.textContent = plural(report.processes.length, "process");
  search.addEventListener("input", apply);
  [...boxes.map((one) => one.input), launch.select, name.select].forEach((one) =>
    one.addEventListener("change", apply),
  );
  focusOnSlash(search);
  const button = (id, label, title, action) =>
    make("button", { type: "button", id, "aria-label": title, title, onclick: action }, label);
  return make(
    "div",
    { class: "tools", role: "search" },
    make("label", { for: "search" }, "Search ", search),
    ...boxes.map((one) => one.label),
    launch.label ?? "",
    name.label ?? "",
    result,
    make(
      "span",
      { class: "buttons" },
      button("zoom-in", "+", "Zoom in", () => timeline.scaleBy(2)),
      button("zoom-out", "−", "Zoom out", () => timeline.scaleBy(0.5)),
      button("zoom-all", "All", "Show the whole time", () => timeline.reset()),
      button(
        "expand",
        "Expand",
        "Expand all rows",
        () => (rows.expandAll(true), timeline.update()),
      ),
      button(
        "collapse",
        "Collapse",
        "Collapse all rows",
        () => (rows.expandAll(false), timeline.update()),
      ),
      button("trace", "Trace", "Save the trace for Perfetto", () => saveTrace(report)),
    ),
  );
}

/** Makes a choice of one of several foreign texts: the values of its options are numbers. */
function choice(id, word, all) {
  const values = [...new Set(all.filter((value) => value !== ""))].slice(0, MOST_LISTED);
  const select = make("select", { id }, make("option", { value: "" }, "all"));
  values.forEach((value, index) =>
    select.append(say("option", value, 60, { value: String(index) })),
  );
  return {
    select,
    values,
    label: values.length > 1 ? make("label", { for: id }, `${word} `, select) : null,
  };
}

function haystack(process) {
  process.words ??= [
    process.pid,
    process.name,
    process.user,
    process.scope,
    process.launch,
    process.origin,
    process.ending,
    process.sender,
    ...process.marks,
    ...process.commands.flatMap((command) => [command.file, command.line]),
    ...process.events.map((event) => event.text),
  ]
    .join("\n")
    .toLowerCase();
  return process.words;
}

function focusOnSlash(search) {
  document.addEventListener("keydown", (event) => {
    const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement?.tagName);
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && document.activeElement === search) {
      search.value = "";
      search.dispatchEvent(new Event("input"));
    }
  });
}

function saveTrace(report) {
  const file = location.pathname.split("/").pop() || "subreaper";
  const name = decodeURIComponent(file).replace(/-processes\.html$/, "") + "-trace.json";
  save(name, "application/json", JSON.stringify(new Trace(report).write()));
}

// the selected process

function details(row, report, show) {
  const all = make("div", {});
  const title = make(
    "h3",
    {},
    row.isGroup ? `${plural(row.processes.length, "equal process")} ` : `${row.first.pid} `,
  );
  all.append(put(title, row.first.title, 300));
  all.append(row.isGroup ? groupFacts(row, report, show) : processFacts(row.first, report, show));
  return all;
}

function link(process, show) {
  return put(
    make(
      "button",
      { type: "button", class: "link", onclick: () => show(process) },
      `${process.pid} `,
    ),
    process.title,
    60,
  );
}

function links(processes, show) {
  const span = make("span", {}, ...processes.slice(0, 20).map((one) => link(one, show)));
  span.append(processes.length > 20 ? ` and ${compact(processes.length - 20)} more` : "");
  return span;
}

function groupFacts(row, report, show) {
  const parent = report.byNumber.get(row.first.parent);
  const ends = new Map();
  row.processes.forEach((one) => ends.set(one.brief, (ends.get(one.brief) ?? 0) + 1));
  return facts([
    ["ends", [...ends].map(([end, count]) => `${compact(count)} × ${end}`).join(", ")],
    ["born", `${duration(row.from)}, the first one`],
    ["ended", `${duration(row.to)}, the last one`],
    ["started by", row.first.origin],
    ["parent", parent ? link(parent, show) : "the JVM, or unknown"],
    ["processes", links(row.processes, show)],
  ]);
}

const CAUSES = {
  by_itself: ", by itself",
  other: ", by a signal of another process, or of the test",
  stop_signal: ", after the library's stop signal",
  kill: ", which the library sent",
};
const SOURCES = {
  trace: "reported by the kernel",
  scan: "found by a scan",
  wait: "reported by wait(2)",
  library: "known to the library",
};

function processFacts(process, report, show) {
  const parent = report.byNumber.get(process.parent);
  const sender = report.byNumber.get(process.senderProcess);
  const unkillable = process.events.filter((event) => event.kind === "unkillable");
  const cpu = [
    [process.userMicros, "in user mode"],
    [process.systemMicros, "in the kernel"],
  ].map(([micros, where]) => `${duration((micros ?? 0) * 1000)} ${where}`);
  const shown = make("div", {});
  shown.append(
    facts([
      ["started by", process.origin],
      ["launch", process.launch],
      ["parent", parent ? link(parent, show) : "the JVM, or unknown"],
      ["children", process.children.length > 0 ? links(process.children, show) : null],
      ["born", `${duration(process.born)}, ${SOURCES[process.bornBy] ?? ""}`],
      ["adopted", process.adopted === null ? null : duration(process.adopted)],
      ["ended", endedText(process)],
      ["why not ended", unkillable.map((event) => event.text).join("; ")],
      ["how", process.ending === "" ? null : process.ending + (CAUSES[process.cause] ?? "")],
      ["sender", process.sender],
      ["sent by", sender ? link(sender, show) : null],
      ["core dump", process.core ? "written" : null],
      ["CPU time", process.userMicros === null ? null : cpu.join(", ")],
      ["peak memory", process.peakBytes === null ? null : bytes(process.peakBytes)],
      ["user", process.uid === null ? process.user : `${process.user} (${process.uid})`.trim()],
      ["scope", process.scope === text(report.header.scope) ? null : process.scope],
      ["marks", [...process.marks].join(", ")],
      ["name", process.name === "" ? "(empty)" : process.name],
    ]),
  );
  if (process.commands.length > 0) {
    shown.append(make("h4", {}, "Command lines"), commandList(process.commands));
  }
  if (process.events.length > 0) {
    shown.append(
      make("h4", {}, "Events"),
      eventList(process.events, (event) => related(event, report, show)),
    );
  }
  for (const output of report.outputs.filter((one) => one.launch === process.launch)) {
    shown.append(
      make("h4", {}, `Its launch wrote to ${output.stream === "stderr" ? "stderr" : "stdout"}`),
      outputText(output, 8000),
    );
  }
  return shown;
}

function endedText(process) {
  if (process.ended === null) {
    return "it was alive at the end of the recording";
  }
  const age = `${duration(process.ended - process.born)} after its birth`;
  return process.lastAlive === null
    ? `${duration(process.ended)}, ${age}`
    : `between ${duration(process.lastAlive)} and ${duration(process.ended)}`;
}

function commandList(commands) {
  const list = make("ol", {});
  for (const command of commands.slice(0, MOST_LISTED)) {
    const item = make(
      "li",
      {},
      `${duration(command.at)} ${command.isExec ? "executed" : "has the title"} `,
    );
    put(item, command.file === "" ? "" : `${command.file} as `);
    list.append(item);
    item.append(say("code", command.line, 4000));
  }
  return more(list, commands.length - MOST_LISTED);
}

function eventList(events, related) {
  const list = make("ol", {});
  for (const event of events.slice(0, MOST_LISTED)) {
    const item = put(make("li", {}, `${duration(event.at)} `), `${event.text} (${event.source})`);
    item.append(related(event) ?? "");
    list.append(item);
  }
  return more(list, events.length - MOST_LISTED);
}

function more(list, count) {
  list.append(count > 0 ? make("li", {}, `${compact(count)} more are not shown.`) : "");
  return list;
}

function related(event, report, show) {
  const other = report.byNumber.get(event.other);
  return other ? make("span", {}, " ", link(other, show)) : null;
}

// trees and output

function treesSection(report) {
  const tree = (when, words) => {
    const lines = report.trees[when];
    const title = make("h3", {}, words);
    return lines.length === 0
      ? make("div", {}, title, make("p", {}, "No process was alive."))
      : make(
          "div",
          {},
          title,
          put(make("pre", { tabindex: "0", "aria-label": words }), lines.join("\n"), 200_000, true),
        );
  };
  return section(
    "trees",
    "Trees",
    tree("before", "Before the end of the scope"),
    tree("after", "After it"),
  );
}

function outputSection(report) {
  const all = report.outputs.slice(0, MOST_LISTED).map((output) => {
    const title = put(make("h3", {}), `${output.stream} of ${output.launch}`, 300);
    const part = output.isCut
      ? make("p", {}, "Its last lines; what came before them was not recorded.")
      : "";
    return make("div", {}, title, part, outputText(output, 64_000));
  });
  return section(
    "outputs",
    "Output",
    ...(all.length === 0 ? [make("p", {}, "No output was recorded.")] : all),
  );
}

/** Shows the end of an output. */
function outputText(output, limit) {
  const pre = make("pre", { tabindex: "0", "aria-label": "output" });
  return put(pre, output.tail.slice(-limit), limit, true);
}
