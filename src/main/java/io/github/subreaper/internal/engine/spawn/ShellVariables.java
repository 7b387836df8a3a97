package io.github.subreaper.internal.engine.spawn;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** Decides which variables pass unchanged through a shell and the tools behind it. */
final class ShellVariables {
  /** The variables that a shell sets for the programs that it execs, without being asked. */
  static final List<String> ADDED = List.of("_", "PWD", "OLDPWD", "SHLVL");

  /** A shell exports no other name. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /**
   * The variables that dash, bash, busybox or ksh sets, counts or obeys itself; and those that the
   * loader and the C library obey, which are meant for the program and not for a tool before it.
   */
  private static final Pattern OBEYED =
      Pattern.compile(
          "_|PWD|OLDPWD|SHLVL|IFS|ENV|PS[0-9]|OPT(ARG|ERR|IND)|PPID|E?[UG]ID|GROUPS|S?RANDOM|SECONDS"
              + "|LINENO|COLUMNS|LINES|HIST.*|EPOCH.*|DIRSTACK|FUNC.*|PIPESTATUS|SHELLOPTS|POSIX.*"
              + "|COMP_.*|BASH.*|KSH.*|A__z|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE"
              + "|LANG|LANGUAGE|LC_.*|LOCPATH|NLSPATH|GCONV_PATH|LD_.*|GLIBC_.*|MALLOC_.*");

  private ShellVariables() {}

  /** Returns whether {@code name=value} can be left to a shell. */
  static boolean pass(byte[] variable) {
    String name = name(variable);
    return NAME.matcher(name).matches() && !OBEYED.matcher(name).matches();
  }

  /** Returns whether env(1) takes an argument for a variable, and not for the program. */
  static boolean isAssignment(byte[] argument) {
    return new String(argument, StandardCharsets.ISO_8859_1).indexOf('=') >= 0;
  }

  private static String name(byte[] variable) {
    String text = new String(variable, StandardCharsets.ISO_8859_1);
    return text.substring(0, Math.max(0, text.indexOf('=')));
  }
}
