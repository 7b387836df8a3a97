// The rows of the timeline: processes below their parents. From 20 on, equal siblings are one row.

const COLLAPSES_FROM = 20;
const MARKS = { leaked: "leaked", survivor: "survived SIGKILL", foreign: "foreign" };

class Rows {
  constructor(report) {
    this.report = report;
    this.collapses = report.processes.length >= COLLAPSES_FROM;
    this.toggled = new Set(); // rows that are not as they are at first
    this.wanted = null; // null: all
    this.shown = null;
    this.flatten();
  }

  /** Shows the processes for which this holds, below all that they descend from; null shows all. */
  filter(holds) {
    this.wanted = null;
    this.shown = null;
    if (holds !== null) {
      this.wanted = new Set(this.report.processes.filter(holds));
      this.shown = new Set();
      for (let process of this.wanted) {
        while (process && !this.shown.has(process)) {
          this.shown.add(process);
          process = this.report.byNumber.get(process.parent);
        }
      }
    }
    this.flatten();
  }

  isWanted(process) {
    return this.wanted === null || this.wanted.has(process);
  }

  /** Makes the list of rows; without recursion, since a tree may be deep. */
  flatten() {
    this.list = [];
    this.rowOf = new Map();
    const stack = this.group(
      this.report.processes.filter((process) => process.parent === 0),
      null,
      0,
    ).reverse();
    while (stack.length > 0) {
      const row = stack.pop();
      row.index = this.list.length;
      this.list.push(row);
      row.processes.forEach((process) => this.rowOf.set(process, row));
      if (row.isOpen) {
        const below = row.isGroup
          ? row.processes.map((process) => this.row([process], row, row.depth + 1, false))
          : this.group(row.first.children, row, row.depth + 1);
        stack.push(...below.reverse());
      } else if (row.hasChildren) {
        this.hide(row);
      }
    }
  }

  /** What is in a closed row leads to that row. */
  hide(row) {
    const stack = row.processes.flatMap((process) => process.children);
    while (stack.length > 0) {
      const process = stack.pop();
      this.rowOf.set(process, row);
      for (const child of process.children) {
        stack.push(child);
      }
    }
  }

  group(processes, parent, depth) {
    const some = this.shown === null ? processes : processes.filter((one) => this.shown.has(one));
    if (!this.collapses) {
      return some.map((process) => this.row([process], parent, depth, false));
    }
    const groups = new Map();
    for (const one of some) {
      const key = JSON.stringify([
        one.title,
        one.brief,
        [...one.marks].filter((mark) => mark in MARKS),
        one.scope,
        this.isWanted(one),
      ]);
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups.values()].map((equal) => this.row(equal, parent, depth, equal.length > 1));
  }

  row(processes, parent, depth, isGroup) {
    const first = processes[0];
    const id = (isGroup ? "g" : "p") + first.number;
    const children = isGroup
      ? processes
      : first.children.filter((one) => this.shown === null || this.shown.has(one));
    return {
      id,
      processes,
      first,
      parent,
      depth,
      isGroup,
      hasChildren: children.length > 0,
      isOpen: children.length > 0 && this.toggled.has(id) === isGroup,
      from: processes.reduce((least, one) => Math.min(least, one.born), Infinity),
      to: processes.reduce((most, one) => Math.max(most, one.ended ?? this.report.end), -Infinity),
    };
  }

  toggle(row, isOpen = !row.isOpen) {
    if (row.hasChildren && row.isOpen !== isOpen) {
      this.toggled[isOpen === row.isGroup ? "add" : "delete"](row.id);
      this.flatten();
    }
  }

  /** Opens what hides a process, and returns its row. */
  reveal(process) {
    for (;;) {
      const row = this.rowOf.get(process);
      if (!row || (!row.isGroup && row.first === process)) {
        return row;
      }
      this.toggle(row, true);
    }
  }

  expandAll(isOpen) {
    this.toggled.clear();
    for (const process of this.report.processes) {
      this.toggled.add((isOpen ? "g" : "p") + process.number);
    }
    this.flatten();
  }
}

/** Returns what a reader has to notice of a row, such as "leaked". */
function warnings(row) {
  return Object.entries(MARKS).flatMap(([mark, word]) => {
    const count = row.processes.filter((process) => process.marks.has(mark)).length;
    return count === 0 ? [] : [count === row.processes.length ? word : `${compact(count)} ${word}`];
  });
}
