// Reads the lines of a report, which may be of any origin: each value is checked before it is used.

const text = (value) => (typeof value === "string" ? value : "");
const number = (value) => (Number.isFinite(value) ? value : 0);
const list = (value) => (Array.isArray(value) ? value : []);
const optional = (value) => (Number.isFinite(value) ? value : null);
const compact = (value) => value.toLocaleString("en-US");
const plural = (count, word) =>
  `${compact(count)} ${count === 1 ? word : word.endsWith("s") ? word + "es" : word + "s"}`;

/** Returns the objects of lines. A line that is none becomes {broken: its text, at: its number}. */
function parseLines(lines) {
  const objects = [];
  lines.split("\n").forEach((line, index) => {
    if (line.trim() === "") {
      return;
    }
    try {
      const value = JSON.parse(line);
      if (value === null || typeof value !== "object" || Array.isArray(value)) {
        throw new SyntaxError("no object");
      }
      objects.push(value);
    } catch {
      objects.push({ broken: line, at: index + 1 });
    }
  });
  return objects;
}

function readProcess(line) {
  const commands = list(line.commands)
    .filter((one) => one !== null && typeof one === "object")
    .map((one) => ({
      at: number(one.at),
      isExec: one.exec === true,
      file: text(one["process.executable.path"]),
      line: list(one["process.command_args"]).map(text).join(" "),
    }));
  const name = text(line.name);
  const title = commands.length > 0 ? commands[commands.length - 1].line : "";
  return {
    number: number(line.number),
    parent: number(line.parent),
    pid: number(line["process.pid"]),
    name,
    title: title || name || "(no name)",
    born: number(line.born),
    bornBy: text(line.born_by),
    ended: optional(line.ended),
    lastAlive: optional(line.last_alive),
    commands,
    uid: optional(line["process.real_user.id"]),
    user: text(line["process.real_user.name"]),
    scope: text(line.scope),
    launch: text(line.launch),
    adopted: optional(line.adopted),
    code: optional(line["process.exit.code"]),
    signal: text(line["process.exit.signal"]),
    core: line["process.exit.core_dumped"] === true,
    cause: text(line.cause),
    sender: text(line.sender),
    senderProcess: number(line.sender_process),
    ending: text(line.ending),
    userMicros: optional(line.user_micros),
    systemMicros: optional(line.system_micros),
    peakBytes: optional(line.peak_bytes),
    origin: text(line.origin),
    marks: new Set(list(line.marks).map(text)),
    children: [],
    events: [],
  };
}

function readEvent(line) {
  return {
    at: number(line.t),
    kind: text(line.event),
    source: text(line.source),
    process: number(line.number),
    other: number(line.other),
    signal: text(line.signal),
    sender: text(line.sender),
    text: text(line.text),
  };
}

/** Reads the lines of a report. */
function readReport(lines) {
  const report = {
    header: {},
    failure: "",
    phases: [],
    processes: [],
    byNumber: new Map(),
    otherEvents: [],
    trees: { before: [], after: [] },
    outputs: [],
    broken: [],
    isWhole: false,
    end: 0,
  };
  for (const line of parseLines(lines)) {
    if (line.broken !== undefined) {
      report.broken.push(line);
    } else if (line.event !== undefined) {
      const event = readEvent(line);
      const process = report.byNumber.get(event.process);
      (process ? process.events : report.otherEvents).push(event);
      report.end = Math.max(report.end, event.at);
    } else {
      readRecord(line, report);
    }
  }
  for (const process of report.processes) {
    report.end = Math.max(report.end, process.ended ?? process.born);
    process.events.sort((a, b) => a.at - b.at); // a scan reports late
  }
  for (const process of report.processes) {
    process.children.sort((a, b) => a.born - b.born);
    process.fate = fate(process);
    process.brief = brief(process);
    process.isFailed = ["failure", "signal", "core"].includes(process.fate);
  }
  return report;
}

function readRecord(line, report) {
  switch (line.record) {
    case "header":
      report.header = line;
      break;
    case "failure":
      report.failure = text(line.text);
      break;
    case "phase":
      report.phases.push({ name: text(line.name), from: number(line.from), to: number(line.to) });
      report.end = Math.max(report.end, number(line.to));
      break;
    case "process":
      addProcess(readProcess(line), report);
      break;
    case "tree":
      report.trees[line.when === "before" ? "before" : "after"] = list(line.lines).map(text);
      break;
    case "output":
      report.outputs.push({
        launch: text(line.launch),
        stream: text(line.stream),
        tail: text(line.tail),
        isCut: line.cut === true,
      });
      break;
    case "end":
      report.isWhole = true;
      break;
    default: // of a later version
  }
}

/** A parent stands before its children, so that no chain of parents is a ring. */
function addProcess(process, report) {
  if (process.number <= 0 || report.byNumber.has(process.number)) {
    return;
  }
  const parent = report.byNumber.get(process.parent);
  if (parent) {
    parent.children.push(process);
  } else {
    process.parent = 0;
  }
  report.byNumber.set(process.number, process);
  report.processes.push(process);
}

const FATES = {
  success: "exited 0",
  failure: "exited with another code",
  signal: "killed by a signal",
  core: "killed by a signal, with a core dump",
  terminated: "ended by this library",
  unknown: "ended, it is not known how",
  alive: "still alive at the end of the recording",
};

function fate(process) {
  if (process.ending === "") {
    return process.ended === null ? "alive" : "unknown";
  }
  if (process.core) {
    return "core";
  }
  if (process.cause === "stop_signal" || process.cause === "kill") {
    return "terminated";
  }
  if (process.code !== null) {
    return process.code === 0 ? "success" : "failure";
  }
  return process.signal === "" ? "unknown" : "signal";
}

function brief(process) {
  const how =
    process.code !== null
      ? `exited ${process.code}`
      : process.signal || (process.ended === null ? "alive" : "ended");
  const by = { core: ", core", terminated: ", by subreaper" }[process.fate] ?? "";
  return how + by;
}

/** Returns a span of time with three digits and a unit that fits. */
function duration(nanos) {
  if (nanos < 0) {
    return "−" + duration(-nanos);
  }
  const digits = (value) => (value === 0 ? "0" : String(Number(value.toPrecision(3))));
  if (nanos < 999_500) {
    return nanos === 0 ? "0 s" : `${digits(nanos / 1e3)} µs`;
  }
  if (nanos < 999_500_000) {
    return `${digits(nanos / 1e6)} ms`;
  }
  if (nanos < 59.95e9) {
    return `${digits(nanos / 1e9)} s`;
  }
  const minutes = Math.floor(nanos / 60e9);
  return minutes < 60
    ? `${minutes} min ${digits((nanos - minutes * 60e9) / 1e9)} s`
    : `${compact(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

function bytes(count) {
  let rest = count;
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (rest >= 1023.95 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? rest : rest.toFixed(rest < 99.95 ? 1 : 0)} ${units[unit]}`;
}

/** Returns an instant as people read it, or "" if it is none. */
function date(value) {
  const time = new Date(value);
  return Number.isNaN(time.getTime())
    ? ""
    : time
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, " UTC");
}
