// The trace of a report in the Trace Event Format, which Perfetto and Chrome show. The test has
// number 1, and the first process 2, since real pids are reused. A slice is a process's life; in it
// lies one for each program, and in that one for each title. Perfetto lets an arrow join the slices
// that began last on their tracks: each one leaves from an instant, and its end is written behind
// what begins with it. Times that rounding puts outside of what they belong to are moved into it.

const TEST_TRACK = 1;
const SHORTEST = 1000;
const MOST_AT_ONCE = 50; // Perfetto puts the instants of one moment below each other

class Trace {
  constructor(report) {
    this.report = report;
    this.items = [];
    this.instants = new Map();
    this.arrows = 0;
    this.lives = new Map();
    for (const process of report.processes) {
      this.lives.set(process.number, this.life(process));
    }
  }

  life(process) {
    const parent = this.lives.get(process.parent);
    const from = Math.max(0, process.born, parent ? parent.from : 0);
    const times = process.commands.map((command) => command.at);
    const to = times.reduce(
      (a, b) => Math.max(a, b),
      Math.max(process.ended ?? this.report.end, from + SHORTEST),
    );
    return { from, to };
  }

  /** Returns the file as an object. */
  write() {
    const header = this.report.header;
    this.test(header);
    this.report.processes.forEach((process) => this.process(process));
    const events = this.report.processes.flatMap((process) => process.events);
    [...this.report.otherEvents, ...events]
      .sort((a, b) => a.at - b.at)
      .forEach((event) => this.event(event));
    this.items.sort((a, b) => a.at - b.at || a.rank - b.rank || b.length - a.length);
    const about = {};
    for (const key of [
      "version",
      "host",
      "kernel",
      "jvm",
      "run",
      "module",
      "test",
      "complete",
      "exact",
    ]) {
      about[key] = header[key] ?? "";
    }
    about.begin = header.wall_origin ?? "";
    return {
      displayTimeUnit: "ns",
      metadata: about,
      traceEvents: this.items.map((item) => item.json),
    };
  }

  test(header) {
    const title = text(header.display_name) || text(header.scope) || "test";
    this.name(TEST_TRACK, `test ${title}`, 0, "the JVM");
    let to = Math.max(SHORTEST, this.report.end);
    this.lives.forEach((life) => (to = Math.max(to, life.to)));
    const all = { from: 0, to };
    this.lives.set(0, all);
    this.slice(TEST_TRACK, title, "test", all, {
      scope: text(header.scope),
      result: text(header.result),
      failure: this.report.failure,
    });
    let from = 0;
    for (const phase of this.report.phases) {
      from = Math.max(from, within(all, phase.from));
      const span = { from, to: Math.max(from, within(all, phase.to)) };
      this.slice(TEST_TRACK, phase.name, "phase", span, {});
      from = span.to;
    }
  }

  process(process) {
    const track = process.number + TEST_TRACK;
    const life = this.lives.get(process.number);
    const label = [...process.marks, process.ending || "alive"].join(", ");
    this.name(track, `${process.pid} ${process.title}`, process.number, label);
    this.slice(track, `${process.pid} ${process.name}`, "process", life, {
      pid: process.pid,
      launch: process.launch,
      "started by": process.origin,
      user: process.user,
      scope: process.scope,
      ended: process.ending,
      "ended by": process.sender,
      cause: process.cause,
    });
    const last = this.commands(process, track, life);
    if (process.lastAlive !== null) {
      const from = Math.max(last, within(life, process.lastAlive));
      this.slice(track, "ended in this time", "end", { from, to: life.to }, {});
    }
    if (process.parent !== 0) {
      const fork = inside(this.lives.get(process.parent), life.from);
      this.arrow("fork", process.parent, fork, process, life.from);
    }
  }

  /** Draws each program until the next one, and its titles in that; returns when the last began. */
  commands(process, track, life) {
    const { commands } = process;
    let earliest = life.from;
    let inner = life;
    commands.forEach((command, index) => {
      const outer = command.isExec || index === 0 ? life : inner;
      const next = commands.findIndex((one, i) => i > index && (one.isExec || outer !== life));
      const from = Math.max(earliest, within(outer, command.at));
      const to = next < 0 ? outer.to : within(outer, commands[next].at);
      const span = { from, to: Math.max(from, Math.min(to, outer.to)) };
      const kind = outer === life ? "exec" : "title";
      this.slice(track, command.line || command.file || "?", kind, span, {
        executable: command.file,
      });
      inner = outer === life ? span : inner;
      earliest = from;
    });
    return earliest;
  }

  event(event) {
    const drawn = [
      "ready",
      "signaled",
      "stopped",
      "continued",
      "leaked",
      "unkillable",
      "foreign",
      "adopted",
    ];
    const ofTest = ["guardian_replaced", "scan_incomplete", "events_lost"];
    const life = this.lives.get(event.process);
    if (!life || ![...drawn, ...ofTest].includes(event.kind)) {
      return; // slices show the others
    }
    const at = inside(life, event.at);
    const track = event.process + TEST_TRACK;
    this.instant(track, event.signal || event.kind, "event", at, {
      text: event.text,
      source: event.source,
    });
    const parent = this.lives.get(event.other);
    const process = this.report.byNumber.get(event.process);
    if (event.kind === "adopted" && parent && process && event.other !== 0) {
      this.arrow("adoption", event.other, Math.min(at, parent.to - 1), process, at);
    }
  }

  /** Draws nothing where no arrow is possible, as in a report that contradicts itself. */
  arrow(name, from, at, process, arrival) {
    const source = this.lives.get(from);
    if (
      at > arrival ||
      at !== inside(source, at) ||
      arrival !== inside(this.lives.get(process.number), arrival)
    ) {
      return;
    }
    this.instant(from + TEST_TRACK, `${name} ${process.pid}`, name, at, {});
    const id = ++this.arrows;
    this.add(at, 1, 0, { ph: "s", id, ...base(name, name, from + TEST_TRACK, at) });
    const end = base(name, name, process.number + TEST_TRACK, arrival);
    this.add(arrival, 2, 0, { ph: "f", bp: "e", id, ...end });
  }

  name(track, name, index, label) {
    const metadata = {
      process_name: { name },
      process_sort_index: { sort_index: index },
      thread_name: { name },
    };
    for (const [kind, args] of Object.entries({ ...metadata, process_labels: { labels: label } })) {
      Object.keys(args).forEach(
        (key) => (args[key] = typeof args[key] === "string" ? shortened(args[key]) : args[key]),
      );
      this.add(-1, 0, 0, { ph: "M", name: kind, pid: track, tid: track, args });
    }
  }

  slice(track, name, category, span, args) {
    const length = span.to - span.from;
    this.add(span.from, 0, length, {
      ph: "X",
      ...base(name, category, track, span.from),
      dur: length / 1000,
      args,
    });
  }

  instant(track, name, category, at, args) {
    const key = `${track} ${at}`;
    const count = (this.instants.get(key) ?? 0) + 1;
    this.instants.set(key, count);
    if (count <= MOST_AT_ONCE) {
      const shown = count === MOST_AT_ONCE ? "more that is not shown" : name;
      this.add(at, 1, 0, { ph: "i", s: "t", ...base(shown, category, track, at), args });
    }
  }

  add(at, rank, length, json) {
    this.items.push({ at, rank, length, json });
  }
}

/** Perfetto takes no half of a character as JSON. */
const shortened = (name) => name.slice(0, 200).replace(/[\ud800-\udbff]$/, "");
const base = (name, cat, track, at) => ({
  name: shortened(name),
  cat,
  pid: track,
  tid: track,
  ts: at / 1000,
});
const within = (span, time) => Math.max(span.from, Math.min(span.to, time));
const inside = (span, time) => Math.max(span.from, Math.min(span.to - 1, time));
