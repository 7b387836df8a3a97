package io.github.subreaper.internal.engine.guardian;

import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Removes the private directories of JVMs that were killed before their guardian was ready, or
 * together with it. The name of such a directory shows its JVM and the pid namespace. A directory
 * stays if its JVM may live.
 */
public final class StaleDirectories {
  private static final Set<Path> SEARCHED = ConcurrentHashMap.newKeySet();

  /** What directories without a guardian showed. */
  private static final Queue<GuardianLog> UNWRITTEN = new ConcurrentLinkedQueue<>();

  /** A {@link TraceMark} is shorter. */
  private static final int MOST_BYTES = 4_096;

  private static final int PROBE = 0; // kill(2): whether there is such a process

  private final Kernel kernel;
  private final Path own;
  private final String place;
  private final UserPrincipal user;

  private StaleDirectories(Kernel kernel, Path own, String place) throws IOException {
    this.kernel = kernel;
    this.own = own;
    this.place = place;
    this.user = Files.getOwner(own);
  }

  /**
   * Removes them once in a JVM for each temporary directory, since that has to be read as a whole.
   */
  public static void removeOnceBeside(Kernel kernel, Path own) {
    if (SEARCHED.add(own.resolveSibling(""))) {
      removeBeside(kernel, own);
    }
  }

  /** Removes those beside this JVM's own. */
  public static void removeBeside(Kernel kernel, Path own) {
    String place = kernel.procfs.pidSpace();
    Path temporary = own.getParent();
    if (place == null || temporary == null || !isAnyBeside(own)) {
      return;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(temporary)) {
      if (all instanceof SecureDirectoryStream<Path> secure) {
        StaleDirectories leftovers = new StaleDirectories(kernel, own, place);
        for (Path directory : all) {
          leftovers.consider(secure, directory);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return; // another activation may succeed
    }
  }

  /** The own one is mostly the only one: then the classes of secure streams are not loaded. */
  private static boolean isAnyBeside(Path own) {
    String[] names = own.resolveSibling("").toFile().list();
    for (String name : names == null ? new String[0] : names) {
      if (name.startsWith(PrivateDirectory.PREFIX) && !own.endsWith(name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Removes a directory by descriptors, so that nothing is removed that takes its place meanwhile.
   */
  private void consider(SecureDirectoryStream<Path> temporary, Path directory) {
    Path name = directory.getFileName();
    if (!name.toString().startsWith(PrivateDirectory.PREFIX) || directory.equals(own)) {
      return;
    }
    String[] parts = name.toString().split("-", -1); // without a regular expression, which is slow
    if (parts.length != 4 || !parts[2].equals(place) || !isNumber(parts[3])) {
      return;
    }
    int jvm = isNumber(parts[1]) && parts[1].length() <= 9 ? Integer.parseInt(parts[1]) : -1;
    if (!isDead(jvm)) {
      return;
    }
    List<GuardianLog.Entry> traced = new ArrayList<>();
    try {
      try (SecureDirectoryStream<Path> files =
          temporary.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
        if (!user.equals(owner(files))) {
          return;
        }
        List<Path> names = new ArrayList<>();
        for (Path file : files) {
          names.add(file.getFileName());
        }
        if (names.stream().anyMatch(file -> isGuardians(directory, file))) {
          return;
        }
        for (Path file : names) {
          GuardianLog.Entry mark = mark(files, file);
          files.deleteFile(file); // which one JVM can do only
          if (mark != null) {
            traced.add(mark);
          }
        }
      }
      temporary.deleteDirectory(name);
    } catch (IOException | DirectoryIteratorException e) {
      return; // no directory, or not as this library makes it, or another JVM has removed it
    } finally {
      if (!traced.isEmpty()) {
        UNWRITTEN.add(GuardianLog.unwritten(jvm, List.copyOf(traced)));
      }
    }
  }

  private static boolean isNumber(String text) {
    boolean digits = !text.isEmpty();
    for (int i = 0; i < text.length(); i++) {
      digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    return digits;
  }

  /** Returns the launch that was traced, as a mark says; null if the file is not a mark. */
  private static GuardianLog.@Nullable Entry mark(SecureDirectoryStream<Path> files, Path file)
      throws IOException {
    if (!file.toString().startsWith(TraceMark.PREFIX)) {
      return null;
    }
    try (SeekableByteChannel channel =
        files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
      int count = channel.read(bytes);
      return count <= 0
          ? null
          : GuardianLog.traced(new String(bytes.array(), 0, count, StandardCharsets.UTF_8));
    }
  }

  /** Returns what these directories showed; each is given to one caller. */
  static List<GuardianLog> takeUnwritten() {
    List<GuardianLog> all = new ArrayList<>();
    for (GuardianLog log = UNWRITTEN.poll(); log != null; log = UNWRITTEN.poll()) {
      all.add(log);
    }
    return all;
  }

  private static @Nullable UserPrincipal owner(SecureDirectoryStream<Path> directory)
      throws IOException {
    FileOwnerAttributeView view = directory.getFileAttributeView(FileOwnerAttributeView.class);
    return view == null ? null : view.getOwner();
  }

  /** Returns whether the pid has no process, or a zombie. A process that can't be read may live. */
  private boolean isDead(int pid) {
    if (pid <= 1) {
      return false;
    }
    ProcessStat stat = kernel.procfs.stat(pid);
    return stat == null ? kernel.kill.send(pid, PROBE) == Errno.ESRCH : stat.hasEnded();
  }

  /**
   * Returns whether a guardian reads the file: it still works, and removes the directory itself.
   */
  private boolean isGuardians(Path directory, Path file) {
    return file.toString().startsWith(Guardian.LINE)
        && kernel.fifos.isRead(directory.resolve(file));
  }
}
