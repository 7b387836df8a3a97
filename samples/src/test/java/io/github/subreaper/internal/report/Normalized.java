package io.github.subreaper.internal.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The lines of a report of which only that is left which is the same in each run and on each
 * machine. Pids and times become round numbers, in an order that neither the scheduler nor a scan
 * decides.
 *
 * <p>It depends on when a scan came whether it saw a daemon as a child of its launcher, which
 * command lines it saw, and when.
 */
final class Normalized {
  private static final long MILLI = 1_000_000;
  private static final JsonMapper JSON = new JsonMapper();

  /** What a scan reports, or what is sent to a process only if it is still alive by then. */
  private static final Set<String> BY_CHANCE =
      Set.of("seen", "executed", "renamed", "forked", "scan_incomplete");

  private static final Set<String> SIGNALS_BY_CHANCE = Set.of("SIGCONT", "SIGSTOP", "SIGCHLD");

  private final List<ObjectNode> lines = new ArrayList<>();
  private final List<ObjectNode> processes;
  private final Map<Integer, Integer> numbers = new HashMap<>();
  private final Map<String, String> pids = new HashMap<>();

  private Normalized(String text) throws JsonProcessingException {
    for (String line : text.lines().toList()) {
      lines.add((ObjectNode) JSON.readTree(line));
    }
    this.processes =
        of("process").stream()
            .sorted(
                Comparator.comparing((ObjectNode one) -> !has(one, "launched"))
                    .thenComparing(one -> !one.has("adopted"))
                    .thenComparing(one -> withoutPlaces(title(one)))
                    .thenComparing(one -> one.path("ending").asText())
                    .thenComparing(one -> one.get("number").asInt()))
            .toList();
    for (ObjectNode process : processes) {
      int number = numbers.size() + 1;
      numbers.put(process.get("number").asInt(), number);
      pids.put(process.get("process.pid").asText(), Long.toString(pid(number)));
    }
  }

  static String lines(String text) throws JsonProcessingException {
    return new Normalized(text).normal();
  }

  private List<ObjectNode> of(String record) {
    return lines.stream().filter(line -> line.path("record").asText().equals(record)).toList();
  }

  private static boolean has(ObjectNode process, String mark) {
    for (JsonNode one : process.get("marks")) {
      if (one.asText().equals(mark)) {
        return true;
      }
    }
    return false;
  }

  private static String title(ObjectNode process) {
    JsonNode commands = process.get("commands");
    if (commands.isEmpty()) {
      return process.get("name").asText();
    }
    List<String> words = new ArrayList<>();
    commands
        .get(commands.size() - 1)
        .get("process.command_args")
        .forEach(word -> words.add(word.asText()));
    return String.join(" ", words);
  }

  private static long pid(int number) {
    return 1_000L + number;
  }

  private static long born(int number) {
    return 100 * MILLI * number;
  }

  private String normal() {
    StringBuilder text = new StringBuilder();
    of("header").forEach(line -> text.append(header(line)).append('\n'));
    of("failure").forEach(line -> text.append(plain(line)).append('\n'));
    long from = 0;
    for (ObjectNode phase : of("phase")) {
      phase.put("from", from).put("to", from + 1_000 * MILLI);
      from += 1_000 * MILLI;
      text.append(phase).append('\n');
    }
    processes.forEach(process -> text.append(process(process)).append('\n'));
    events().forEach(event -> text.append(event).append('\n'));
    of("tree").forEach(tree -> text.append(tree(tree)).append('\n'));
    of("output").forEach(line -> text.append(plain(line)).append('\n'));
    return text.append("{\"record\":\"end\"}\n").toString();
  }

  private ObjectNode header(ObjectNode line) {
    for (String key : List.of("version", "host", "kernel", "jvm", "run", "module")) {
      line.put(key, "<" + key + ">");
    }
    line.put("began", 0).put("wall_origin", "1970-01-01T00:00:00Z").put("monotonic_origin", 0);
    line.remove("may_miss"); // true on a busy machine
    return plain(line);
  }

  private ObjectNode process(ObjectNode line) {
    int number = number(line.get("number"));
    line.put("number", number).put("process.pid", pid(number)).put("born", born(number));
    line.remove(
        List.of(
            "process.parent_pid",
            "last_alive",
            "process.real_user.id",
            "process.real_user.name",
            "process.exit.core_dumped",
            "user_micros",
            "system_micros",
            "peak_bytes"));
    line.put("process.creation.time", "1970-01-01T00:00:00Z");
    if (line.has("adopted")) {
      line.remove("parent");
      line.put("adopted", born(number));
    } else if (line.has("parent")) {
      line.put("parent", number(line.get("parent")));
    }
    if (line.has("ended")) {
      line.put("ended", born(number) + 99 * MILLI);
    }
    if (line.has("sender_process")) {
      line.put("sender_process", number(line.get("sender_process")));
    }
    ArrayNode commands = (ArrayNode) line.get("commands");
    while (commands.size() > 1) {
      commands.remove(0);
    }
    for (JsonNode command : commands) {
      ((ObjectNode) command).put("at", born(number) + MILLI).put("exec", true);
      ((ObjectNode) command).remove("process.executable.path");
      texts((ArrayNode) command.get("process.command_args"));
    }
    return plain(line);
  }

  private int number(JsonNode old) {
    return numbers.getOrDefault(old.asInt(), 0);
  }

  /** Returns the events of one process after the other, of each in their order. */
  private List<ObjectNode> events() {
    List<ObjectNode> kept = new ArrayList<>();
    for (int number = 0; number <= processes.size(); number++) {
      List<ObjectNode> its = new ArrayList<>();
      for (ObjectNode event : lines) {
        if (event.has("event") && number(event.path("number")) == number && !isByChance(event)) {
          // Whether a launch is ready before its launcher returns is chance.
          its.add(
              event.get("event").asText().equals("ready") ? Math.min(1, its.size()) : its.size(),
              event);
        }
      }
      long at = born(number);
      for (ObjectNode event : its) {
        at += 10L * MILLI;
        kept.add(event(event, number, kept.size() + 1, at));
      }
    }
    return kept;
  }

  private static boolean isByChance(ObjectNode event) {
    return BY_CHANCE.contains(event.get("event").asText())
        || SIGNALS_BY_CHANCE.contains(event.path("signal").asText());
  }

  private ObjectNode event(ObjectNode event, int number, int seq, long at) {
    ObjectNode line = JSON.createObjectNode().put("seq", seq).put("t", at);
    line.set("event", event.get("event"));
    line.set("source", event.get("source"));
    if (number > 0) {
      line.put("number", number).put("process.pid", pid(number));
    }
    for (String key : List.of("process.exit.code", "process.exit.signal", "signal", "sender")) {
      if (event.has(key)) {
        line.set(key, event.get(key));
      }
    }
    boolean isAdoption = event.get("event").asText().equals("adopted");
    if (event.has("other") && !isAdoption) {
      line.put("other", number(event.get("other")));
    }
    return plain(line.put("text", isAdoption ? "adopted" : event.get("text").asText()));
  }

  private ObjectNode tree(ObjectNode tree) {
    ArrayNode texts = (ArrayNode) tree.get("lines");
    for (int i = 0; i < texts.size(); i++) {
      texts.set(
          i,
          JSON.getNodeFactory()
              .textNode(
                  text(texts.get(i).asText())
                      .replaceFirst("^ *([0-9]+) \\?  ", "$1 ?  ")
                      .replaceFirst("( \\? +)R", "$1S") // it may be about to sleep
                      .replaceFirst(" [0-9]+:[0-9]{2} ", " 0:00 ")
                      .replaceFirst("adopted .* after launch.*", "adopted")));
    }
    return tree;
  }

  // texts

  private ObjectNode plain(ObjectNode line) {
    for (Map.Entry<String, JsonNode> entry : line.properties()) {
      if (entry.getValue().isTextual()) {
        line.put(entry.getKey(), text(entry.getValue().asText()).replace(" (core dumped)", ""));
      }
    }
    return line;
  }

  private void texts(ArrayNode texts) {
    for (int i = 0; i < texts.size(); i++) {
      texts.set(i, JSON.getNodeFactory().textNode(text(texts.get(i).asText())));
    }
  }

  private String text(String text) {
    String placed =
        withoutPlaces(text)
            .replaceFirst(" between [0-9.]+ and ([0-9.]+ s) after its start", " after $1")
            .replaceAll("[0-9.]+ m?s\\b", "<time>");
    return Pattern.compile("\\b[0-9]+\\b")
        .matcher(placed)
        .replaceAll(one -> pids.getOrDefault(one.group(), one.group()));
  }

  private static String withoutPlaces(String text) {
    return text.replaceAll("/[^ ]*?/junit-?[0-9]+", "/<dir>")
        .replaceAll("(\\.java):[0-9]+", "$1")
        .replace("(pid " + ProcessHandle.current().pid() + ")", "(pid <JVM>)");
  }
}
