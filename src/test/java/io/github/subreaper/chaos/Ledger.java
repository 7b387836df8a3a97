package io.github.subreaper.chaos;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the processes of one tree wrote about themselves; see {@code chaos.c} for the lines. */
public final class Ledger {
  private final List<String> lines;
  private final Map<String, Identity> born = new HashMap<>();
  private final Map<Identity, String> paths = new HashMap<>();
  private final Map<String, List<ExitStatus>> endings = new HashMap<>();
  private final Map<String, Integer> reaped = new HashMap<>();
  private final Map<String, Integer> signals = new HashMap<>();
  private final Set<String> waitedFor = new HashSet<>();
  private final Set<String> staying = new HashSet<>();
  private final Set<String> killed = new HashSet<>();
  private final Set<String> killers = new HashSet<>();
  private final List<String> failures = new ArrayList<>();

  Ledger(List<String> lines) {
    this.lines = List.copyOf(lines);
    lines.forEach(this::add);
  }

  /** Reads a ledger as far as it is written. */
  public static Ledger read(Path file) {
    try {
      String text = Files.readString(file);
      return new Ledger(text.substring(0, text.lastIndexOf('\n') + 1).lines().toList());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void add(String line) {
    String[] words = line.split(" ", -1);
    String path = words[1];
    switch (words[0]) {
      case "b" -> {
        Identity identity = new Identity(Integer.parseInt(words[2]), Long.parseLong(words[3]));
        born.put(path, identity);
        paths.put(identity, path);
      }
      case "e" -> endings.computeIfAbsent(path, key -> new ArrayList<>()).add(status(words));
      case "w" -> waitedFor.add(path);
      case "r" -> reaped.put(path, Integer.parseInt(words[2]));
      case "k" -> killed.add(path);
      case "G" -> killers.add(path);
      case "p" -> staying.add(path);
      case "y" -> signals.put(path, Integer.parseInt(words[2]));
      case "F" -> failures.add(line);
      default -> throw new AssertionError("what is " + line);
    }
  }

  private static ExitStatus status(String[] words) {
    int number = Integer.parseInt(words[3]);
    return words[2].equals("E")
        ? ExitStatus.exited(number)
        : ExitStatus.signaled(Signal.valueOf(words[3]));
  }

  public List<String> lines() {
    return lines;
  }

  /** Returns the processes that were born, by path. */
  public Map<String, Identity> born() {
    return born;
  }

  public @Nullable String pathOf(Identity identity) {
    return paths.get(identity);
  }

  /** Returns the statuses that it announced: usually one, two if a signal came in between. */
  List<ExitStatus> endings(String path) {
    return endings.getOrDefault(path, List.of());
  }

  /** Returns the status that its parent got from wait(2); null if its parent did not reap it. */
  @Nullable Integer reaped(String path) {
    return reaped.get(path);
  }

  boolean wasWaitedFor(String path) {
    return waitedFor.contains(path);
  }

  public boolean isStaying(String path) {
    return staying.contains(path);
  }

  /** Returns how many signals a bystander got; null if it has not written that yet. */
  public @Nullable Integer signals(String path) {
    return signals.get(path);
  }

  List<String> failures() {
    return failures;
  }

  /** Returns whether its parent killed it with a signal to it alone. */
  boolean wasKilled(String path) {
    return killed.contains(path);
  }

  /** Returns whether its own tree may have killed it, or an ancestor, also by its group. */
  boolean mayHaveBeenKilledWithin(String path) {
    for (String at = path; !at.isEmpty(); at = TreePlan.parentOf(at)) {
      if (killers.contains(at) || killed.contains(at)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether it or an ancestor killed the whole process group. */
  boolean mayHaveDiedWithItsGroup(String path) {
    for (String at = path; !at.isEmpty(); at = TreePlan.parentOf(at)) {
      if (killers.contains(at)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns whether all has happened that happens by itself: each process has ended, stays, or was
   * killed within the tree.
   */
  public boolean isComplete(TreePlan plan) {
    for (TreePlan.Node node : plan.nodes().values()) {
      String path = node.path();
      boolean done = node.stays() ? staying.contains(path) : endings.containsKey(path);
      if (!done && !mayHaveBeenKilledWithin(path)) {
        return false;
      }
    }
    for (Map.Entry<String, Identity> one : born.entrySet()) {
      String path = one.getKey();
      boolean stays = staying.contains(path) && !killed.contains(path);
      if (!stays && one.getValue().isAlive()) {
        return false;
      }
    }
    return true;
  }
}
