package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.ProcessTree;
import io.github.subreaper.internal.assertj.facts.LocalUsers;
import io.github.subreaper.internal.text.GlobMatcher;
import io.github.subreaper.internal.text.ShapeText;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A property that a line of a shape demands of a process, beside its name. */
sealed interface ShapeAttribute {
  /** Returns how the process differs; null if it has the attribute. */
  @Nullable String differenceOf(ShapeNode process);

  /** The attributes without a value. */
  enum Flag implements ShapeAttribute {
    ORPHAN("orphan", "is not an orphan") {
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

  /** The real user, by name or number; {@code *} is any. */
  record User(String nameOrNumber) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      if (nameOrNumber.equals("*")) {
        return null;
      }
      String number = process.uid().isPresent() ? "" + process.uid().getAsInt() : null;
      String name = process.user().orElse(number);
      if (number == null || name == null) {
        return "its user is unknown";
      }
      if (nameOrNumber.equals(number) || nameOrNumber.equals(name)) {
        return null;
      }
      return "runs as "
          + (name.equals(number) ? "uid " + number : name + " (uid " + number + ")")
          + LocalUsers.missing(nameOrNumber).map(reason -> "; " + reason).orElse("");
    }
  }

  /** The working directory; equal by the text of the glob. */
  record Directory(String text) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      Path directory = process.workingDirectory().orElse(null);
      if (directory == null) {
        return "its working directory is unknown";
      }
      return new GlobMatcher(text).matches(directory.toString())
          ? null
          : "works in " + ShapeText.quote(directory.toString());
    }
  }

  /** A TCP port on which the process itself listens. */
  record Port(int port) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      return process.listensOn(port) ? null : instead(process);
    }
  }

  /** A unix socket on which the process itself listens; equal by the text of the glob. */
  record Socket(String text) implements ShapeAttribute {
    @Override
    public @Nullable String differenceOf(ShapeNode process) {
      GlobMatcher glob = new GlobMatcher(text);
      String path = glob.literal();
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
