package io.github.subreaper.assertj;

import io.github.subreaper.Glob;
import io.github.subreaper.ProcessTree;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a line of a shape asks of a process beside its name. */
sealed interface ShapeAttribute {
  /** What is there instead; null if the process has it. */
  @Nullable String differenceOf(ShapeNode process);

  /** The three that have no value. */
  enum Flag implements ShapeAttribute {
    ORPHAN("orphan", "is no orphan") {
      @Override
      boolean isOn(ShapeNode process) {
        return process.isOrphan();
      }
    },
    SESSION_LEADER("session leader", "leads no session") {
      @Override
      boolean isOn(ShapeNode process) {
        return process.isSessionLeader();
      }
    },
    STOPPED("stopped", "is not stopped") {
      @Override
      boolean isOn(ShapeNode process) {
        return process.isStopped();
      }
    };

    final String word;
    private final String otherwise;

    Flag(String word, String otherwise) {
      this.word = word;
      this.otherwise = otherwise;
    }

    abstract boolean isOn(ShapeNode process);

    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      return isOn(process) ? null : otherwise;
    }
  }

  /** By name or number. */
  record User(String nameOrNumber) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      String number = process.uid().isPresent() ? "" + process.uid().getAsInt() : null;
      String name = process.user().orElse(number);
      if (number == null || name == null) {
        return "runs as nobody knows whom";
      }
      if (nameOrNumber.equals(number) || nameOrNumber.equals(name)) {
        return null;
      }
      return "runs as " + (name.equals(number) ? "uid " + number : name + " (uid " + number + ")");
    }
  }

  /** Where it works; equal by the text. */
  record Directory(String text) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      Path directory = process.workingDirectory().orElse(null);
      if (directory == null) {
        return "works in a directory that is not known";
      }
      return Glob.of(text).matches(directory.toString())
          ? null
          : "works in " + ProcessTree.quote(directory.toString());
    }
  }

  /** A TCP port that it listens on itself. */
  record Port(int port) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      return process.listensOn(port) ? null : instead(process);
    }
  }

  /** A unix socket that it listens on itself; equal by the text. */
  record Socket(String text) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      Glob glob = Glob.of(text);
      String path = glob.literal().orElse(null);
      boolean listens =
          (path == null || path.startsWith("@"))
              ? process.listening().stream().anyMatch(glob::matches)
              : process.listensOn(Path.of(path));
      return listens ? null : instead(process);
    }
  }

  private static String instead(ShapeNode process) {
    List<String> sockets = process.listening();
    return "listens on "
        + (sockets.isEmpty()
            ? "nothing"
            : String.join(", ", sockets.stream().map(ProcessTree::quote).toList()));
  }

  static @Nullable ShapeAttribute flag(String word) {
    for (Flag flag : Flag.values()) {
      if (Objects.equals(flag.word, word)) {
        return flag;
      }
    }
    return null;
  }
}
