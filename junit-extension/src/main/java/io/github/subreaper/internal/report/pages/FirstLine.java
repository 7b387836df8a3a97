package io.github.subreaper.internal.report.pages;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line of a file: the summary of a report or a run. Its texts are picked out by their
 * keys. In JSON no text can contain such a key: each quotation mark in it has a backslash before
 * it.
 */
public record FirstLine(String text) {
  /** The longest, in bytes. */
  static final int MOST = 4 << 10;

  private static final String QUOTED = "\"((?:[^\"\\\\]|\\\\.)*+)\"";
  private static final String TEXT = "\"%s\":" + QUOTED;

  /** Reads it. Of a file that is not ours at most its first bytes are read. */
  public static FirstLine of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String start = new String(in.readNBytes(MOST), StandardCharsets.UTF_8);
      int end = start.indexOf('\n');
      return new FirstLine(end < 0 ? start : start.substring(0, end));
    }
  }

  public boolean isReport() {
    return text.startsWith("{\"record\":\"header\",\"format\":" + JsonLine.FORMAT + ",")
        && text.endsWith("}");
  }

  /** Returns the text with a key; "" if there is none. */
  public String get(String key) {
    Matcher found = Pattern.compile(TEXT.formatted(Pattern.quote(key))).matcher(text);
    return found.find() ? plain(found.group(1)) : "";
  }

  /** Returns the list of texts with a key; none if it is not there. */
  public List<String> texts(String key) {
    int start = text.indexOf("\"" + key + "\":[");
    return start < 0
        ? List.of()
        : Pattern.compile(QUOTED)
            .matcher(text.substring(start + key.length() + 3))
            .results()
            .map(found -> plain(found.group(1)))
            .toList();
  }

  /** Returns the number with a key; 0 if there is none. */
  public long number(String key) {
    Matcher found = Pattern.compile("\"" + key + "\":(\\d{1,18})[,}]").matcher(text);
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }

  /** Returns what a text of JSON means. */
  private static String plain(String quoted) {
    StringBuilder plain = new StringBuilder(quoted.length());
    for (int i = 0; i < quoted.length(); i++) {
      char c = quoted.charAt(i);
      if (c != '\\') {
        plain.append(c);
        continue;
      }
      char escape = quoted.charAt(++i);
      Matcher hex =
          Pattern.compile("[0-9a-fA-F]{4}").matcher(quoted).region(i + 1, quoted.length());
      if (escape == 'u' && hex.lookingAt()) {
        plain.append((char) Integer.parseInt(hex.group(), 16));
        i += 4;
      } else {
        int known = "nrtbf".indexOf(escape);
        plain.append(known < 0 ? escape : "\n\r\t\b\f".charAt(known));
      }
    }
    return plain.toString();
  }
}
