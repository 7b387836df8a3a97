package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The environment of a program: all variables of this JVM or none of them, with changes.
 *
 * @param inherited whether the variables of this JVM are part of it
 * @param set variables in addition to those of this JVM, or in place of them
 * @param removed variables of this JVM that it leaves out
 */
public record Environment(boolean inherited, Map<String, String> set, Set<String> removed) {
  public static final Environment OF_JVM = new Environment(true, Map.of(), Set.of());

  private static final String PATH = "PATH";

  public Environment with(Map<String, String> variables) {
    Map<String, String> changed = new LinkedHashMap<>(set);
    changed.putAll(variables);
    Set<String> left = new HashSet<>(removed);
    left.removeAll(variables.keySet());
    return new Environment(inherited, Collections.unmodifiableMap(changed), Set.copyOf(left));
  }

  public Environment without(List<String> names) {
    Map<String, String> changed = new LinkedHashMap<>(set);
    names.forEach(changed::remove);
    Set<String> more = new HashSet<>(removed);
    more.addAll(names);
    return new Environment(inherited, Collections.unmodifiableMap(changed), Set.copyOf(more));
  }

  /** Returns it without the variables of this JVM; those that were set stay. */
  public Environment clean() {
    return new Environment(false, set, removed);
  }

  /** Returns whether the program has the PATH of this JVM. */
  public boolean hasPathOfJvm() {
    String path = System.getenv(PATH);
    String own = set.get(PATH);
    boolean inheritsIt = own == null && inherited && !removed.contains(PATH);
    return Objects.equals(path, inheritsIt ? path : own);
  }

  /**
   * Returns all variables as execve(2) takes them.
   *
   * @param kernel has those of this JVM
   * @param added variables that override all others
   */
  public List<byte[]> variables(Kernel kernel, Map<String, String> added) {
    Map<String, String> changes = new HashMap<>(set);
    changes.putAll(added);
    List<byte[]> result = new ArrayList<>();
    for (byte[] variable : inherited ? kernel.spawn.environment() : List.<byte[]>of()) {
      String text = new String(variable, StandardCharsets.ISO_8859_1);
      String raw = text.substring(0, Math.max(0, text.indexOf('=')));
      String name = new String(raw.getBytes(StandardCharsets.ISO_8859_1), NativeStrings.CHARSET);
      if (!changes.containsKey(name) && !removed.contains(name)) {
        result.add(variable);
      }
    }
    changes.forEach(
        (name, value) -> result.add((name + "=" + value).getBytes(NativeStrings.CHARSET)));
    return result;
  }
}
