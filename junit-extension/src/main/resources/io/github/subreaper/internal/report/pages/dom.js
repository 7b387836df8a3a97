// Makes elements. Each text that a process may have chosen goes through put(): it is a text node.

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}]/u;
const NAMES = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e" };

/** Returns a character as a programmer writes it. */
function escaped(character) {
  const code = character.codePointAt(0);
  const hex = code.toString(16);
  return (
    NAMES[character] ??
    (code < 0x100
      ? `\\x${hex.padStart(2, "0")}`
      : code < 0x10000
        ? `\\u${hex.padStart(4, "0")}`
        : `\\u{${hex}}`)
  );
}

/** Adds a text. What cannot be seen is written out, and set apart. */
function put(element, value, limit = 2000, keepsLines = false) {
  const whole = String(value);
  const some = whole.length > limit + limit / 8 ? cutInTheMiddle(whole, limit) : whole;
  let plain = "";
  for (const character of some) {
    if (!UNSEEN.test(character) || (keepsLines && (character === "\n" || character === "\t"))) {
      plain += character;
      continue;
    }
    element.append(plain);
    plain = "";
    element.append(make("b", {}, escaped(character)));
  }
  element.append(plain);
  return element;
}

/** Keeps both ends: a message often says at its end what is wrong. */
function cutInTheMiddle(whole, limit) {
  const half = Math.floor(limit / 2);
  return `${whole.slice(0, half)} … (${compact(whole.length - 2 * half)} characters) … ${whole.slice(-half)}`;
}

/** Makes an element. The children are elements, or texts of this program. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (value !== null && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Makes an element with a foreign text. */
const say = (name, value, limit, attributes = {}) => put(make(name, attributes), value, limit);

function section(id, title, ...children) {
  return make("section", { "aria-labelledby": id }, make("h2", { id }, title), ...children);
}

/** Makes a list of facts of [name, value] pairs: a value is a foreign text or an element. */
function facts(pairs) {
  const list = make("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value !== null && value !== "" && value !== undefined) {
      const dd = value instanceof Element ? make("dd", {}, value) : say("dd", value, 1000);
      list.append(make("div", {}, make("dt", {}, name), dd));
    }
  }
  return list;
}

function notes(lines) {
  const list = make("ul", { class: "notes" });
  lines.forEach((line) => list.append(say("li", line, 1000)));
  return lines.length === 0 ? null : list;
}

/** Shows lines that are not JSON as they are. */
function broken(lines) {
  return lines.length === 0
    ? null
    : notes([
        ...lines
          .slice(0, 20)
          .map((line) => `Line ${line.at} is broken: ${line.broken.slice(0, 300)}`),
        ...(lines.length > 20 ? [`${compact(lines.length - 20)} more lines are broken.`] : []),
      ]);
}

/** Saves a text as a file, without a request. */
function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
