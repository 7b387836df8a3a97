// The index of a directory: the first line of each report, and the lines of each run.

const MOST_ROWS = 1000;
const OLDER = "not in the latest run of its class";
const RESULTS = {
  passed: "✓ passed",
  failed: "✗ failed",
  aborted: "– aborted",
  unknown: "? unknown",
};

/** Reads the lines of an index: a line of the index names the file of those that follow it. */
function readIndex(lines) {
  const index = { reports: [], runs: [], guardians: [], problems: [] };
  let file = null;
  for (const line of parseLines(lines)) {
    if (["file", "guardian", "problem"].includes(line.record)) {
      file = line.record === "file" ? line : null;
      if (line.record === "guardian") {
        index.guardians.push(line);
      } else if (line.record === "problem") {
        index.problems.push(text(line.text));
      }
    } else if (line.broken !== undefined) {
      index.problems.push(`${text(file?.path)} has a broken line: ${line.broken.slice(0, 300)}`);
    } else if (line.record === "header") {
      index.reports.push({
        ...line,
        path: text(file?.path),
        hasPage: file?.page === true,
        isOlder: file?.older === true,
      });
      checkWhole(file, index);
    } else if (line.record === "run") {
      index.runs.push({ ...line, scopes: [], notes: [], names: [] });
      checkWhole(file, index);
    } else if (index.runs.length > 0) {
      addToRun(line, index.runs[index.runs.length - 1]);
    }
  }
  index.reports.sort((a, b) => text(b.wall_origin).localeCompare(text(a.wall_origin)));
  index.runs.sort((a, b) => text(b.started).localeCompare(text(a.started)));
  return index;
}

function checkWhole(file, index) {
  if (file?.whole === false) {
    index.problems.push(`${text(file.path)}: its end is missing`);
  }
}

function addToRun(line, run) {
  if (line.record === "scope") {
    run.scopes.push(line);
  } else if (line.record === "note") {
    run.notes.push(text(line.text));
  } else if (line.record === "classes") {
    list(line.names).forEach((name) => run.names.push(text(name)));
  }
}

/** Returns the class of a scope such as "BillingTest.Refunds.stops(int)[2]". */
function classOf(scope) {
  const parameters = scope.indexOf("(");
  const name = parameters < 0 ? scope : scope.slice(0, parameters);
  const end = parameters < 0 ? name.length : Math.max(0, name.lastIndexOf("."));
  return name.slice(0, end).replace(/\[\d+\]/g, "");
}

/**
 * Returns the ends of scopes. Of several runs on one machine the newest one with that scope counts.
 * What an older run left does not count if its class has run again since: it is marked as older.
 */
function scopeEnds(runs) {
  const newest = new Map();
  const starts = new Map();
  const ends = [];
  for (const run of runs) {
    for (const scope of run.scopes) {
      const key = JSON.stringify([run.host, run.module, scope.scope]);
      if (!newest.has(key)) {
        newest.set(key, run);
      }
      if (newest.get(key) === run) {
        const began = starts.get(
          JSON.stringify([run.host, run.module, classOf(text(scope.scope))]),
        );
        ends.push({ ...scope, run, isOlder: began !== undefined && began >= text(run.ended) });
      }
    }
    for (const name of run.names) {
      const key = JSON.stringify([run.host, run.module, name]);
      if (!starts.has(key)) {
        starts.set(key, text(run.started));
      }
    }
  }
  return ends;
}

/** Returns a link to a file below the directory: no part of its name has a meaning in it. */
const href = (path) => path.split("/").map(encodeURIComponent).join("/");

function showIndex(lines, main) {
  const index = readIndex(lines);
  const ends = scopeEnds(index.runs);
  const leaks = ends.flatMap((end) => list(end.leaks).map((leak) => ({ ...leak, end })));
  const survivors = ends.filter((end) => number(end.survivors) > 0);
  main.append(notes(index.problems.slice(0, 100)) ?? "", indexCounts(leaks, survivors));
  const search = make("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    placeholder: "test, verdict, process, module, host, run …",
  });
  const failed = make("input", { type: "checkbox", id: "failed" });
  const runs = choice(
    "run",
    "Run",
    index.reports.map((report) => text(report.run)),
  );
  const result = make("output", { "aria-live": "polite" });
  const parts = make("div", {});
  const show = () => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const matches = (...values) => {
      const all = values.map(text).join("\n").toLowerCase();
      return words.every((word) => all.includes(word));
    };
    const run = runs.select.value === "" ? null : runs.values[runs.select.value];
    const isOfRun = (one) => run === null || one.run === run;
    const reports = index.reports.filter(
      (one) =>
        (!failed.checked || one.result === "failed") &&
        isOfRun(one) &&
        matches(one.scope, one.display_name, one.class, one.verdict, one.module, one.host, one.run),
    );
    const isShown = (end, ...more) =>
      isOfRun(end.run) && matches(end.scope, end.run.module, end.run.host, ...more);
    parts.replaceChildren(
      reportTable(reports),
      leakTable(
        leaks.filter((leak) => isShown(leak.end, leak.command, leak.origin)),
        index,
      ),
      endTable(
        "survivors",
        "Survivors",
        "Processes that could not be killed.",
        "Survivors",
        survivors.filter((end) => isShown(end)),
        index,
        (end) => compact(number(end.survivors)),
      ),
      endTable(
        "ends",
        "Slowest ends of scopes",
        "How long it took to end all processes of a scope.",
        "Took",
        slowest(ends.filter((end) => isShown(end))),
        index,
        (end) => duration(number(end.nanos)),
      ),
      runTable(index.runs.filter((one) => isOfRun(one) && matches(one.run, one.module, one.host))),
      notesSection(index),
      machineSection(index.runs),
    );
    result.textContent = `${compact(reports.length)} of ${plural(index.reports.length, "report")}`;
  };
  search.addEventListener("input", show);
  failed.addEventListener("change", show);
  runs.select.addEventListener("change", show);
  focusOnSlash(search);
  const box = make("label", { for: "failed" }, failed, " failed only");
  main.append(
    make(
      "div",
      { class: "tools", role: "search" },
      make("label", { for: "search" }, "Search ", search),
      box,
      runs.label ?? "",
      result,
    ),
    parts,
  );
  show();
}

function indexCounts(leaks, survivors) {
  const count = (all, value) => all.reduce((sum, one) => sum + value(one), 0);
  const leaked = count(leaks, (leak) => (leak.end.isOlder ? 0 : number(leak.count)));
  const left = count(survivors, (end) => (end.isOlder ? 0 : number(end.survivors)));
  const chip = (number, word) =>
    make("span", { class: number > 0 ? "bad" : "" }, plural(number, word));
  return make("p", { class: "result" }, chip(leaked, "leak"), chip(left, "survivor"));
}

const slowest = (ends) => [...ends].sort((a, b) => number(b.nanos) - number(a.nanos)).slice(0, 20);

/** Makes a table of rows, each a list of cells: an element, or a foreign text. */
function table(id, title, caption, columns, rows) {
  if (rows.length === 0) {
    return section(id, title, make("p", {}, "None."));
  }
  const head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col" }, column)));
  const body = make("tbody", {});
  for (const row of rows.slice(0, MOST_ROWS)) {
    const tr = make("tr", {});
    row.forEach((cell, index) => {
      const element = make(
        index === 0 ? "th" : "td",
        index === 0 ? { scope: "row" } : { "data-column": columns[index] },
      );
      tr.append(
        cell instanceof Element ? (element.append(cell), element) : put(element, cell, 300),
      );
    });
    body.append(tr);
  }
  const left = rows.length - MOST_ROWS;
  const all = make("table", {}, make("caption", {}, caption), make("thead", {}, head), body);
  return section(
    id,
    title,
    all,
    left > 0 ? make("p", {}, `${compact(left)} more are not shown.`) : "",
  );
}

function pageLink(report, title) {
  const page = report.path.replace(/\.jsonl$/, ".html");
  return report.hasPage ? say("a", title, 200, { href: href(page) }) : say("span", title, 200);
}

const where = (module, host) => `${text(module)} on ${text(host)}`;

function reportTable(reports) {
  const ordered =
    reports.length > MOST_ROWS
      ? [...reports].sort((a, b) => (b.result === "failed") - (a.result === "failed"))
      : reports;
  const rows = ordered.map((one) => {
    const title = text(one.scope) || text(one.display_name) || one.path;
    const test = make("div", {}, pageLink(one, title));
    if (text(one.display_name) !== "" && !title.includes(one.display_name)) {
      test.append(say("em", one.display_name, 200));
    }
    if (text(one.verdict) !== "") {
      test.append(put(make("em", { class: "verdict" }), one.verdict, 700, true));
    }
    if (one.isOlder) {
      test.append(make("em", {}, OLDER));
    }
    const result = RESULTS[one.result] ?? RESULTS.unknown;
    const files = make("span", {}, make("a", { href: href(one.path) }, "lines"));
    const count = (one.may_miss === true ? "at least " : "") + compact(number(one.processes));
    return [
      test,
      make("strong", { class: text(one.result) in RESULTS ? one.result : "unknown" }, result),
      count,
      compact(number(one.leaked)),
      date(text(one.wall_origin)),
      where(one.module, one.host),
      files,
    ];
  });
  return table(
    "tests",
    "Tests",
    "The tests that have a report, the newest first.",
    ["Test", "Result", "Processes", "Leaked", "When", "Where", "File"],
    rows,
  );
}

function scopeCell(end, index) {
  const report = index.reports.find(
    (one) =>
      one.run === end.run.run &&
      one.path.endsWith(`${text(end.report)}-processes.jsonl`) &&
      text(end.report) !== "",
  );
  const cell = make(
    "div",
    {},
    report ? pageLink(report, text(end.scope)) : say("span", end.scope, 200),
  );
  if (end.isOlder) {
    cell.append(make("em", {}, `run of ${date(text(end.run.started))}; ${OLDER}`));
  }
  return cell;
}

function leakTable(leaks, index) {
  const rows = leaks.map((leak) => {
    const many = number(leak.count) > 1 ? `${compact(number(leak.count))} × ` : "";
    return [
      many + text(leak.command),
      scopeCell(leak.end, index),
      text(leak.origin) || "unknown",
      date(text(leak.end.run.started)),
      text(leak.end.run.module),
    ];
  });
  return table(
    "leaks",
    "Leaks",
    "Processes that a test left. Each was ended with its scope.",
    ["Process", "Test", "Started by", "When", "Where"],
    rows,
  );
}

function endTable(id, title, caption, column, ends, index, value) {
  const rows = ends.map((end) => [
    scopeCell(end, index),
    value(end),
    date(text(end.run.started)),
    text(end.run.module),
  ]);
  return table(id, title, caption, ["Test", column, "When", "Where"], rows);
}

function runTable(runs) {
  const rows = runs.map((run) => [
    date(text(run.started)),
    where(run.module, run.host),
    ...["tests", "failed", "processes", "orphans", "leaks", "survivors"].map((key) =>
      compact(number(run[key])),
    ),
    duration((new Date(text(run.ended)) - new Date(text(run.started))) * 1e6 || 0),
  ]);
  const columns = [
    "Began",
    "Where",
    "Tests",
    "Failed",
    "Processes",
    "Orphans",
    "Leaks",
    "Survivors",
    "Took",
  ];
  return table("runs", "Runs", "The newest first. Each fork of a build is a run.", columns, rows);
}

// guardians

const DEEDS = {
  ended: "ended",
  alive: "could not be killed",
  traced: "ended by the kernel, as it was traced",
};

function guardianLines(log) {
  const lines = log.split("\n").map((line) => line.split(" "));
  const value = (word) => lines.find((line) => line[0] === word)?.[1];
  const status = Number.parseInt(value("status") ?? "", 10);
  const how = Number.isNaN(status)
    ? "ended in an unknown way"
    : (status & 0x7f) === 0
      ? `exited ${status >> 8}`
      : `was killed by signal ${status & 0x7f}`;
  const deeds = lines
    .filter((line) => line[0] in DEEDS && line.length > 1)
    .map((line) => `${DEEDS[line[0]]}: ${line.slice(2).join(" ")} (${line[1]})`);
  return { title: `JVM ${value("jvm") ?? "?"} ${how}`, deeds };
}

function notesSection(index) {
  const all = section("notes", "Notes");
  const said = index.runs.flatMap((run) =>
    run.notes.map((note) => `${date(text(run.started))} · ${note}`),
  );
  all.append(said.length === 0 && index.guardians.length === 0 ? make("p", {}, "None.") : "");
  said.slice(0, MOST_LISTED).forEach((note) => all.append(say("p", note, 1000)));
  for (const guardian of index.guardians.slice(0, 50)) {
    const { title, deeds } = guardianLines(text(guardian.text));
    const items = make("ul", {});
    deeds.slice(0, 50).forEach((deed) => items.append(say("li", deed, 300)));
    const file = say("a", guardian.path, 300, { href: href(text(guardian.path)) });
    all.append(
      say("h3", `Guardian: ${title}`, 300),
      make("p", {}, `${date(number(guardian.at))} · `, file),
      more(items, deeds.length - 50),
    );
  }
  return all;
}

function machineSection(runs) {
  const machines = new Map();
  for (const run of runs) {
    const key = JSON.stringify([run.host, run.kernel, run.jvm, run.version, run.capabilities]);
    machines.set(key, { run, count: (machines.get(key)?.count ?? 0) + 1 });
  }
  const all = section("machines", "Machines");
  for (const { run, count } of [...machines.values()].slice(0, 50)) {
    all.append(say("h3", run.host, 200));
    const pairs = [
      ["runs", compact(count)],
      ["kernel", text(run.kernel)],
      ["JVM", text(run.jvm)],
      ["subreaper", text(run.version)],
    ];
    all.append(
      facts(pairs),
      put(
        make("pre", { tabindex: "0", "aria-label": "capabilities" }),
        text(run.capabilities),
        4000,
        true,
      ),
    );
  }
  return all;
}
