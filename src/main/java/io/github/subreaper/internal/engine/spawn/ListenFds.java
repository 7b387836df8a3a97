package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.files.PassedDescriptors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sockets that a program is handed as descriptors 3, 4, … in this order, as sd_listen_fds(3)
 * expects them. LISTEN_PID is set by a shell in the process itself, since nothing else knows its
 * pid before its environment is made.
 */
public record ListenFds(List<Socket> sockets) {
  public static final ListenFds NONE = new ListenFds(List.of());

  /** The number of the first one, SD_LISTEN_FDS_START. */
  static final int FIRST = 3;

  /** What a shell runs before it execs the program. */
  static final String SET_PID = "LISTEN_PID=$$; export LISTEN_PID";

  /** A socket with the name that the program knows it by. */
  public record Socket(SharedSocket socket, String name) {
    @Override
    public String toString() {
      return "\"" + name + "\" (" + socket + ")";
    }
  }

  public ListenFds with(Socket another) {
    List<Socket> more = new ArrayList<>(sockets);
    more.add(another);
    return new ListenFds(List.copyOf(more));
  }

  boolean isEmpty() {
    return sockets.isEmpty();
  }

  /** Returns the lowest number that no socket has in the program. */
  public int firstFree() {
    return FIRST + sockets.size();
  }

  /** Returns the variables that do not depend on the process. */
  public Map<String, String> variables() {
    return isEmpty()
        ? Map.of()
        : Map.of(
            "LISTEN_FDS",
            Integer.toString(sockets.size()),
            "LISTEN_FDNAMES",
            sockets.stream().map(Socket::name).collect(Collectors.joining(":")));
  }

  /**
   * Adds duplicates of all to what a child gets.
   *
   * @throws LaunchFailedException if one is closed, or no descriptor is left
   */
  public void passTo(PassedDescriptors passed, String command) {
    int number = FIRST;
    for (Socket one : sockets) {
      boolean open;
      try {
        open = one.socket().pass(passed, number++);
      } catch (LinuxException e) {
        throw new LaunchFailedException(
            "cannot launch `" + command + "`: its socket " + one + ": " + e.getMessage());
      }
      if (!open) {
        throw new LaunchFailedException(
            "cannot launch `"
                + command
                + "`: its socket "
                + one
                + " is closed. To fix: close a ListeningSocket after the last launch that gets it");
      }
    }
  }
}
