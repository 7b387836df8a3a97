package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.Glob;
import io.github.subreaper.internal.assertj.shapes.ShapeLine.Head;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Scans one line of a pattern. An error points at the column, and says what is allowed there. */
final class ShapeScanner {
  private static final int TAB = 8;
  private static final char REMARK = '←';
  private static final String REST = "...";
  private static final String EMPTY = "''";
  private static final Pattern QUANTIFIER =
      Pattern.compile("\\s*(\\d{1,9})\\s*(?:(,)\\s*(\\d{1,9})?\\s*)?");
  private static final int HIGHEST_PORT = 65535;

  private final String line;
  private final int number;

  /** Marks the characters that belong to an escape, and so have no other meaning. */
  private final boolean[] escaped;

  private int position;
  private int end;
  private @Nullable Range range;
  private @Nullable Map<ShapeAttribute, String> attributes;

  private record Range(int min, int max) {
    static final Range ONE = new Range(1, 1);
  }

  ShapeScanner(String line, int number) {
    this.line = line;
    this.number = number;
    this.escaped = new boolean[line.length()];
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\\') {
        int last = Math.min(endOfEscape(i), line.length() - 1);
        while (i < last) {
          escaped[++i] = true;
        }
      }
    }
    int remark = 0;
    while (remark < line.length() && !is(REMARK, remark)) {
      remark++;
    }
    this.end = remark;
    stripBlanks();
  }

  private boolean is(char c, int at) {
    return line.charAt(at) == c && !escaped[at];
  }

  private boolean isBlank(int at) {
    return is(' ', at) || is('\t', at);
  }

  private void stripBlanks() {
    while (end > position && isBlank(end - 1)) {
      end--;
    }
  }

  /** Returns the index of the last character of {@code \x}, {@code \x1b} or {@code \x{202e}}. */
  private int endOfEscape(int backslash) {
    if (!line.startsWith("x", backslash + 1)) {
      return backslash + 1;
    }
    if (line.startsWith("{", backslash + 2)) {
      int close = line.indexOf('}', backslash);
      return close < 0 ? backslash + 1 : close;
    }
    return backslash + 3;
  }

  // indentation ---------------------------------------------------------------------------------

  /** Skips spaces and what `ps f` draws there; returns the column where the text begins. */
  int skipIndentation() {
    int column = skipBlanksAndBars(0);
    boolean corner = line.startsWith("\\_", position);
    if (corner && position + 2 < end && line.charAt(position + 2) == ' ') {
      position += 2;
      column = skipBlanksAndBars(column + 2);
    } else if (corner && position + 2 >= end) {
      position = end;
      throw errorHere("a name or command line is missing after `\\_`");
    }
    return column;
  }

  private int skipBlanksAndBars(int from) {
    int column = from;
    while (position < end && (isBlank(position) || isBar(position))) {
      column = line.charAt(position) == '\t' ? (column / TAB + 1) * TAB : column + 1;
      position++;
    }
    return column;
  }

  private boolean isBar(int at) {
    return is('|', at) && (at + 1 >= end || isBlank(at + 1));
  }

  boolean isBlank() {
    return position >= end;
  }

  /** Returns the whole line as it was written. */
  String text() {
    return line;
  }

  // what is at the end --------------------------------------------------------------------------

  Head head(int depth) {
    String text = shown(line.substring(position, end));
    String source = line.substring(position).stripTrailing();
    if (text.equals(REST)) {
      return new Head(text, source, depth, "", null, 0, ShapeLine.UNBOUNDED, Map.of());
    }
    while (readQuantifier() || readAttributes()) {
      stripBlanks();
    }
    String glob = line.substring(position, end);
    if (glob.isEmpty()) {
      throw errorHere(
          "a name or command line is missing before this; a `[` or `{` that belongs to one is"
              + " written `\\[` or `\\{`");
    }
    if (glob.equals(REST)) {
      throw error(
          end,
          "`...` takes neither number nor attributes; a process of that name is written `\\...`");
    }
    Range bounds = range == null ? Range.ONE : range;
    return new Head(
        text,
        source,
        depth,
        shown(glob),
        glob.equals(EMPTY) ? "" : unescaped(position, end),
        bounds.min,
        bounds.max,
        attributes == null ? Map.of() : attributes);
  }

  /**
   * Makes control characters visible, since a pattern may contain the name of a hostile process.
   */
  private static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              int type = Character.getType(c);
              if (type == Character.CONTROL || type == Character.FORMAT) {
                shown.append(String.format(Locale.ROOT, c <= 0xff ? "\\x%02x" : "\\x{%x}", c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }

  private boolean readQuantifier() {
    int open = openingOfLast('{', '}', "a number of processes, such as {2}, {1,4} or {2,}");
    if (open < 0) {
      return false;
    }
    String text = line.substring(open + 1, end - 1);
    Matcher matcher = QUANTIFIER.matcher(text);
    if (!matcher.matches()) {
      throw error(
          open,
          "{} takes a number, such as {2}, {1,4} or {2,}; a `}` that belongs to the"
              + " command line is written `\\}`");
    }
    if (range != null) {
      throw error(open, "only one number of processes is allowed");
    }
    int min = Integer.parseInt(matcher.group(1));
    String most = matcher.group(3);
    int max =
        matcher.group(2) == null
            ? min
            : most == null ? ShapeLine.UNBOUNDED : Integer.parseInt(most);
    if (max < min) {
      throw error(open, "the second number must not be smaller than the first");
    }
    if (max == 0) {
      throw error(
          open,
          "to say none, leave the line out; beside `...`, use doesNotContain(glob) in the test");
    }
    range = new Range(min, max);
    end = open;
    return true;
  }

  private boolean readAttributes() {
    int open = openingOfLast('[', ']', "attributes, such as [orphan]");
    if (open < 0) {
      return false;
    }
    if (attributes != null) {
      throw error(open, "only one [...] is allowed: separate attributes by commas");
    }
    Map<ShapeAttribute, String> read = new LinkedHashMap<>();
    int close = end - 1;
    int start = open + 1;
    for (int i = start; i <= close; i++) {
      if (i == close || is(',', i)) {
        read.put(attribute(start, i), shown(line.substring(start, i).strip()));
        start = i + 1;
      }
    }
    attributes = read;
    end = open;
    return true;
  }

  /**
   * Returns the index of the bracket that opens the last one; -1 if the line ends in no bracket.
   */
  private int openingOfLast(char opening, char closing, String what) {
    if (position >= end || !is(closing, end - 1)) {
      return -1;
    }
    for (int i = end - 2; i >= position; i--) {
      if (is(opening, i)) {
        return i;
      }
    }
    throw error(
        end - 1,
        "`%c` ends %s, and there is no `%c` before it; one that belongs to the command line is written `\\%c`"
            .formatted(closing, what, opening, closing));
  }

  // attributes ----------------------------------------------------------------------------------

  private ShapeAttribute attribute(int from, int to) {
    int start = from;
    int stop = to;
    while (start < stop && isBlank(start)) {
      start++;
    }
    while (stop > start && isBlank(stop - 1)) {
      stop--;
    }
    String text = line.substring(start, stop);
    ShapeAttribute flag = ShapeAttribute.flag(text);
    if (flag != null) {
      return flag;
    }
    int value = start + text.indexOf('=') + 1;
    return switch (line.substring(start, Math.max(start, value))) {
      case "uid=" -> user(value, stop);
      case "cwd=" -> directory(value, stop);
      case "listens=" -> socket(value, stop);
      default ->
          throw error(
              start,
              (text.isEmpty() ? "an attribute is missing" : "`" + text + "` is not an attribute")
                  + "; allowed are orphan, session leader, stopped, uid=..., cwd=/... and"
                  + " listens=...; a `]` that belongs to the command line is written `\\]`");
    };
  }

  private ShapeAttribute user(int from, int to) {
    if (from == to) {
      throw error(from, "a user is missing: a name or a number");
    }
    return new ShapeAttribute.User(line.substring(from, to));
  }

  private ShapeAttribute directory(int from, int to) {
    if (from == to || "/*?".indexOf(line.charAt(from)) < 0) {
      throw error(from, "expected a glob over an absolute path, such as /srv/*");
    }
    return new ShapeAttribute.Directory(unescaped(from, to));
  }

  private ShapeAttribute socket(int from, int to) {
    String text = line.substring(from, to);
    if (text.matches("\\d{1,9}")) {
      int port = Integer.parseInt(text);
      if (port < 1 || port > HIGHEST_PORT) {
        throw error(from, "a port is 1 to " + HIGHEST_PORT);
      }
      return new ShapeAttribute.Port(port);
    }
    if (from == to || "/@*?".indexOf(line.charAt(from)) < 0) {
      throw error(
          from,
          "expected a port, or a glob over the absolute path of a unix socket (@name if"
              + " abstract)");
    }
    String glob = unescaped(from, to);
    if (glob.indexOf('\0') >= 0) {
      throw error(from, "a path contains no NUL");
    }
    return new ShapeAttribute.Socket(glob);
  }

  // escapes -------------------------------------------------------------------------------------

  /** Returns the text with its escapes as {@link Glob} reads them. */
  private String unescaped(int from, int to) {
    StringBuilder glob = new StringBuilder();
    for (int i = from; i < to; i++) {
      if (line.charAt(i) != '\\') {
        glob.append(line.charAt(i));
        continue;
      }
      int last = endOfEscape(i);
      if (last >= to) {
        throw error(
            i,
            "an escape must be complete: \\n, \\t, \\x1b, \\x{202e} or \\ and a punctuation character");
      }
      appendLiterally(glob, character(i, last));
      i = last;
    }
    return glob.toString();
  }

  private static void appendLiterally(StringBuilder glob, int c) {
    if (c == '*' || c == '?' || c == '\\') {
      glob.append('\\');
    }
    glob.appendCodePoint(c);
  }

  private int character(int backslash, int last) {
    char c = line.charAt(backslash + 1);
    if (c == 'x' && last > backslash + 1) {
      return hexadecimal(backslash, line.substring(backslash + 2, last + 1));
    }
    if (c == 'n' || c == 't') {
      return c == 'n' ? '\n' : '\t';
    }
    if (Character.isLetterOrDigit(c)) {
      throw error(
          backslash,
          "allowed are \\n, \\t, \\x1b, \\x{202e}, and \\ before a punctuation character");
    }
    return c;
  }

  private int hexadecimal(int backslash, String digits) {
    String bare = digits.startsWith("{") ? digits.substring(1, digits.length() - 1) : digits;
    if (bare.matches("[0-9a-fA-F]{1,6}")) {
      int c = Integer.parseInt(bare, 16);
      if (Character.isValidCodePoint(c)) {
        return c;
      }
    }
    throw error(backslash, "\\x takes two hexadecimal digits, or up to six in {}");
  }

  // errors --------------------------------------------------------------------------------------

  IllegalArgumentException errorHere(String problem) {
    return error(position, problem);
  }

  private IllegalArgumentException error(int at, String problem) {
    StringBuilder shown = new StringBuilder();
    StringBuilder caret = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      boolean isSafe =
          c == '\t' || !(Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
      shown.append(isSafe ? c : '?');
      if (i < at) {
        caret.append(c == '\t' ? '\t' : ' ');
      }
    }
    return new IllegalArgumentException(
        "line %d, column %d of the pattern: %s\n  %s\n  %s^"
            .formatted(number, at + 1, problem, shown, caret));
  }
}
