package io.github.subreaper.internal.report;

import io.github.subreaper.Glob;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Which options, variables and headers have a secret as their value. */
final class SecretNames {
  /**
   * Names of secrets, in lower case, with {@code -} for {@code _}, {@code .} and between the words
   * of {@code camelCase}.
   */
  private static final List<Glob> USUAL =
      globs(
          "*password*",
          "*passwd*",
          "*passphrase*",
          "*pass",
          "*passcode*",
          "pass-*",
          "passin",
          "passout",
          "*pwd",
          "*-pw",
          "pw",
          "*secret",
          "*secrets",
          "*secret-*",
          "*token",
          "*tokens",
          "*-token-*",
          "*api-key*",
          "*apikey*",
          "*access-key*",
          "*accesskey*",
          "*account-key*",
          "*accountkey*",
          "*private-key*",
          "*privatekey*",
          "*signing-key*",
          "*encryption-key*",
          "*master-key*",
          "*auth-key*",
          "*authkey*",
          "*credential",
          "*credentials",
          "*authorization",
          "masterauth",
          "*-auth",
          "*cookie",
          "*session-id",
          "*sessionid",
          "*webhook-url",
          "*connection-string",
          "*-dsn",
          "dsn");

  /** Names that match one of those, and whose value is no secret, or that have no value. */
  private static final List<Glob> HARMLESS =
      globs(
          "no-*",
          "ask-*",
          "prompt-*",
          "*bypass*",
          "*compass",
          "*-file",
          "*-stdin",
          "*-prompt",
          "*-path",
          "*-dir",
          "*-fd",
          "*-ttl",
          "*-type",
          "*-length",
          "*-policy",
          "*-command");

  /** A longer name is none. */
  private static final int LONGEST = 200;

  private static final int MOST_KNOWN = 10_000;

  private final List<Glob> additional;

  /** The answers so far. */
  private final Map<String, Boolean> known = new HashMap<>();

  SecretNames(List<String> additional) {
    this.additional = additional.stream().map(SecretNames::normalized).map(Glob::of).toList();
  }

  private static List<Glob> globs(String... globs) {
    return Stream.of(globs).map(Glob::of).toList();
  }

  /** Returns whether a value with this name is a secret. */
  boolean isSecret(String name) {
    if (name.length() > LONGEST) {
      return false;
    }
    Boolean answer = known.get(name);
    if (answer == null) {
      answer = judge(name);
      if (known.size() < MOST_KNOWN) {
        known.put(name, answer);
      }
    }
    return answer;
  }

  private boolean judge(String name) {
    String normalized = normalized(name).replaceFirst("^-+", "");
    return matches(additional, normalized)
        || (matches(USUAL, normalized) && !matches(HARMLESS, normalized));
  }

  private static boolean matches(List<Glob> globs, String name) {
    return globs.stream().anyMatch(glob -> glob.matches(name));
  }

  /** Returns a name in lower case, with {@code -} between its parts. */
  static String normalized(String name) {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isUpperCase(c) && i > 0 && Character.isLowerCase(name.charAt(i - 1))) {
        result.append('-');
      }
      result.append(c == '_' || c == '.' ? '-' : Character.toLowerCase(c));
    }
    return result.toString();
  }
}
