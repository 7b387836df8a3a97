package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.text.ShapeText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What differs from machine to machine and from run to run: directories, numbers that the kernel
 * chooses, the user. An approved shape has {@code *} in place of these.
 *
 * @param directories that are somewhere else on another machine
 * @param temporary directories in which each run makes its own
 * @param uid of this JVM; empty if unknown
 * @param lowestPort the lowest port that the kernel chooses
 * @param highestPort the highest one
 * @param reserved which ports {@link io.github.subreaper.Ports} has chosen
 */
public record Surroundings(
    Set<String> directories,
    Set<String> temporary,
    OptionalInt uid,
    int lowestPort,
    int highestPort,
    IntPredicate reserved) {

  /** From here on numbers are ports of the kernel's choice or pids on most machines. */
  private static final int FIRST_VARYING_NUMBER = 32768;

  private static final int MOST_DIGITS = 9;
  private static final Path PORTS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  /** A path begins at the start of a word or after a sign, or after an option's letter. */
  private static final String BEFORE_PATH = "(?:(?<![\\w./-])|(?<=(?:^|\\s)-[A-Za-z]))(?:";

  private static final String AFTER_PATH = ")(?![\\w.-])";
  private static final String NAME = "[^/\\s:,;'\"=()\\[\\]]+";
  private static final String UUID =
      "(?<!\\w)\\p{XDigit}{8}-(?:\\p{XDigit}{4}-){3}\\p{XDigit}{12}(?!\\w)";
  private static final String HEXADECIMAL = "(?<!\\w)\\p{XDigit}{16,}(?!\\w)";

  /** Autobind makes such names for abstract sockets, unix(7). */
  private static final Pattern AUTOBIND = Pattern.compile("@\\p{XDigit}{5}");

  public static Surroundings ofThisJvm() {
    Path working = Path.of("").toAbsolutePath();
    int[] ports = ports();
    return new Surroundings(
        directories(
            working.toString(),
            real(working),
            System.getProperty("user.home"),
            System.getProperty("java.home")),
        directories(System.getProperty("java.io.tmpdir"), "/tmp", "/var/tmp", "/dev/shm"),
        uidOfThisJvm(),
        ports[0],
        ports[1],
        Access.get()::isReserved);
  }

  private static Set<String> directories(@Nullable String... paths) {
    return Stream.of(paths)
        .filter(path -> path != null && path.startsWith("/") && path.length() > 1)
        .map(path -> Path.of(String.valueOf(path)).normalize().toString())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String real(Path directory) {
    try {
      return directory.toRealPath().toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static OptionalInt uidOfThisJvm() {
    try {
      return OptionalInt.of((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return OptionalInt.empty();
    }
  }

  private static int[] ports() {
    try {
      String[] range = Files.readString(PORTS).strip().split("\\s+", -1);
      if (range.length == 2) { // some sandboxes show an empty file
        return new int[] {Integer.parseInt(range[0]), Integer.parseInt(range[1])};
      }
    } catch (IOException | NumberFormatException e) {
      // as if it were the default
    }
    return new int[] {FIRST_VARYING_NUMBER, FIRST_VARYING_NUMBER};
  }

  boolean varies(int number) {
    return number >= FIRST_VARYING_NUMBER
        || (number >= lowestPort && number <= highestPort)
        || reserved.test(number);
  }

  static boolean isNamedByTheKernel(String socket) {
    return AUTOBIND.matcher(socket).matches();
  }

  /** Makes shape lines of texts of a tree. */
  Lines lines(Collection<SeenProcess> tree) {
    return new Lines(this, pids(tree));
  }

  private static Set<String> pids(Collection<SeenProcess> tree) {
    Set<String> pids =
        tree.stream()
            .flatMapToLong(process -> process.pid().stream())
            .mapToObj(String::valueOf)
            .collect(Collectors.toCollection(TreeSet::new));
    pids.add(String.valueOf(ProcessHandle.current().pid()));
    return pids;
  }

  /** Writes texts as globs without what varies. */
  static final class Lines {
    private final Surroundings surroundings;
    private final Set<String> pids;
    private final Pattern varying;

    private Lines(Surroundings surroundings, Set<String> pids) {
      this.surroundings = surroundings;
      this.pids = pids;
      List<String> kinds = new ArrayList<>();
      if (!surroundings.directories.isEmpty()) {
        kinds.add(BEFORE_PATH + anyOf(surroundings.directories) + AFTER_PATH);
      }
      if (!surroundings.temporary.isEmpty()) {
        kinds.add(BEFORE_PATH + anyOf(surroundings.temporary) + ")/" + NAME);
      }
      kinds.add(UUID);
      kinds.add(HEXADECIMAL);
      kinds.add("(?<number>\\d+)");
      this.varying = Pattern.compile(String.join("|", kinds));
    }

    private static String anyOf(Set<String> directories) {
      return directories.stream()
          .sorted(Comparator.comparingInt(String::length).reversed())
          .map(Pattern::quote)
          .collect(Collectors.joining("|"));
    }

    /** Returns a pattern that the text matches, on one line. */
    String glob(String text) {
      int star = '⁂';
      while (text.indexOf(star) >= 0) {
        star++;
      }
      String any = Character.toString(star);
      String found =
          varying
              .matcher(text)
              .replaceAll(
                  part -> Matcher.quoteReplacement(isFixed(part, text) ? part.group() : any));
      return ShapeText.quote(found).replaceAll(any + "+", "*");
    }

    /** Returns whether what looks like a varying part is a number that is the same in each run. */
    private boolean isFixed(MatchResult part, String text) {
      String number = part.group();
      if (!number.chars().allMatch(c -> c >= '0' && c <= '9') || number.length() > MOST_DIGITS) {
        return false;
      }
      boolean whole = !isLetter(text, part.start() - 1) && !isLetter(text, part.end());
      return !(whole && pids.contains(number)) && !surroundings.varies(Integer.parseInt(number));
    }

    private static boolean isLetter(String text, int at) {
      return at >= 0
          && at < text.length()
          && (Character.isLetter(text.charAt(at)) || text.charAt(at) == '_');
    }
  }
}
