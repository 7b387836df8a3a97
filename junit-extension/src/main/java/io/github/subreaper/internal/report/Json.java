package io.github.subreaper.internal.report;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes JSON, RFC 8259: objects are maps, arrays are lists. What it writes has only
 * characters that neither a terminal nor HTML obeys, whatever the texts are.
 */
final class Json {
  /** Deeper than any file of ours. */
  private static final int DEEPEST = 32;

  private final String text;
  private int next;

  private Json(String text) {
    this.text = text;
  }

  // writing

  static String write(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    try {
      write(value, out);
    } catch (IOException e) {
      throw new IllegalStateException("a StringBuilder takes every text", e);
    }
    return out.toString();
  }

  /**
   * Writes a value on one line.
   *
   * @param value a map with texts as keys, a list, a text, a number, true, false or null
   */
  static void write(@Nullable Object value, Appendable out) throws IOException {
    if (value instanceof Map<?, ?> map) {
      String before = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(before);
        quote((String) entry.getKey(), out);
        out.append(':');
        write(entry.getValue(), out);
        before = ",";
      }
      out.append(map.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      out.append('[');
      for (int i = 0; i < list.size(); i++) {
        out.append(i == 0 ? "" : ",");
        write(list.get(i), out);
      }
      out.append(']');
    } else if (value instanceof BigDecimal number) {
      out.append(number.toPlainString());
    } else if (value == null
        || value instanceof Integer
        || value instanceof Long
        || value instanceof Boolean) {
      out.append(String.valueOf(value));
    } else if (value instanceof String string) {
      quote(string, out);
    } else {
      throw new IllegalArgumentException("no JSON value: a " + value.getClass().getName());
    }
  }

  private static void quote(String text, Appendable out) throws IOException {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c == '\n') {
        out.append("\\n");
      } else if (c == '\t') {
        out.append("\\t");
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        out.append(c).append(text.charAt(++i));
      } else if (Character.isSurrogate(c)) {
        out.append("\\ufffd"); // without its pair it has no place in UTF-8
      } else if (isObeyed(c)) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  /** Control characters, those that turn the direction of text, and those of HTML and scripts. */
  private static boolean isObeyed(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> c == '<' || c == '>' || c == '&';
    };
  }

  // reading

  /**
   * Reads one value.
   *
   * @return a LinkedHashMap, ArrayList, String, Long, BigDecimal for other numbers, Boolean or null
   * @throws IllegalArgumentException if it is not JSON, has a key twice, half a pair of surrogates,
   *     or is nested too deeply
   */
  static @Nullable Object read(String text) {
    Json json = new Json(text);
    json.blanks();
    Object value = json.value(0);
    json.blanks();
    if (json.next < text.length()) {
      throw json.unexpected("the end");
    }
    return value;
  }

  private @Nullable Object value(int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("JSON that is nested more than " + DEEPEST + " deep");
    }
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, @Nullable Object> object(int depth) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    expect('{');
    blanks();
    if (skip('}')) {
      return map;
    }
    do {
      blanks();
      String key = string();
      blanks();
      expect(':');
      blanks();
      if (map.containsKey(key)) {
        throw unexpected("one value of \"" + key + "\"");
      }
      map.put(key, value(depth + 1));
      blanks();
    } while (skip(','));
    expect('}');
    return map;
  }

  private List<@Nullable Object> array(int depth) {
    List<@Nullable Object> list = new ArrayList<>();
    expect('[');
    blanks();
    if (skip(']')) {
      return list;
    }
    do {
      blanks();
      list.add(value(depth + 1));
      blanks();
    } while (skip(','));
    expect(']');
    return list;
  }

  private String string() {
    expect('"');
    StringBuilder result = new StringBuilder();
    while (!skip('"')) {
      char c = peek();
      if (c < ' ') {
        throw unexpected("a character of a text");
      }
      next++;
      result.append(c == '\\' ? escaped() : c);
    }
    for (int i = 0; i < result.length(); i++) {
      if (Character.isSurrogate(result.charAt(i))) {
        if (Character.isSupplementaryCodePoint(result.codePointAt(i))) {
          i++;
        } else {
          throw unexpected("a whole pair of surrogates before this");
        }
      }
    }
    return result.toString();
  }

  private char escaped() {
    char c = peek();
    next++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hex();
      default -> {
        next--;
        throw unexpected("an escape");
      }
    };
  }

  private char hex() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      char c = peek();
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw unexpected("a hexadecimal digit");
      }
      next++;
      code = code * 16 + digit;
    }
    return (char) code;
  }

  private Object number() {
    int start = next;
    boolean whole = true;
    skip('-');
    if (!skip('0')) {
      digits();
    }
    if (skip('.')) {
      whole = false;
      digits();
    }
    if (skip('e') || skip('E')) {
      whole = false;
      if (!skip('-')) {
        skip('+');
      }
      digits();
    }
    String number = text.substring(start, next);
    if (number.length() > 64) {
      throw unexpected("a shorter number");
    }
    try {
      if (whole) {
        return Long.parseLong(number);
      }
      BigDecimal decimal = new BigDecimal(number);
      if (Math.abs(decimal.scale()) > 64) {
        throw unexpected("a number with fewer digits"); // which toPlainString would write out
      }
      return decimal;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a number that is too large: " + number, e);
    }
  }

  private void digits() {
    if (!isDigit()) {
      throw unexpected("a JSON value");
    }
    while (isDigit()) {
      next++;
    }
  }

  private boolean isDigit() {
    return next < text.length() && text.charAt(next) >= '0' && text.charAt(next) <= '9';
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, next)) {
      throw unexpected("a JSON value");
    }
    next += word.length();
    return value;
  }

  private void blanks() {
    while (next < text.length() && " \t\r\n".indexOf(text.charAt(next)) >= 0) {
      next++;
    }
  }

  private char peek() {
    if (next >= text.length()) {
      throw unexpected("more");
    }
    return text.charAt(next);
  }

  private boolean skip(char c) {
    boolean found = next < text.length() && text.charAt(next) == c;
    next += found ? 1 : 0;
    return found;
  }

  private void expect(char c) {
    if (!skip(c)) {
      throw unexpected("'" + c + "'");
    }
  }

  private IllegalArgumentException unexpected(String expected) {
    return new IllegalArgumentException(
        "not JSON: expected "
            + Bounds.text(expected, 200)
            + " at character "
            + (next + 1)
            + " of "
            + text.length());
  }
}
