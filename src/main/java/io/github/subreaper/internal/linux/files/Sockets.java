package io.github.subreaper.internal.linux.files;

import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The listening sockets of one process: its descriptors, matched by inode with {@code
 * /proc/<pid>/net/tcp}, {@code tcp6} and {@code unix} of its own network namespace; proc_net(5).
 */
public class Sockets {
  private static final String TCP_LISTEN = "0A";
  private static final String UDP_UNCONNECTED = "07";
  private static final int UNIX_ACCEPTS = 0x10000;

  /** Address, references, protocol, flags, type, state, inode, and the path if there is one. */
  private static final Pattern UNIX_ROW =
      Pattern.compile(
          "[0-9a-fA-F]{8,16}: [0-9a-fA-F]{8} [0-9a-fA-F]{8} ([0-9a-fA-F]{8}) [0-9a-fA-F]{4}"
              + " [0-9a-fA-F]{2} +([0-9]+)(?: (.*))?");

  private static final int INODE = 2;
  private static final int PATH = 3;

  public Sockets() {}

  /** Returns the lines below the heading of {@code /proc/<pid>/net/<table>}. */
  private static List<String> table(int pid, String table) {
    byte[] text = Procfs.read("/proc/" + Procfs.name(pid) + "/net/" + table);
    if (text == null) {
      return List.of();
    }
    List<String> lines = List.of(new String(text, StandardCharsets.UTF_8).split("\n", -1));
    return lines.subList(Math.min(1, lines.size()), lines.size());
  }

  /**
   * What a process listens on.
   *
   * @param tcp addresses as bound
   * @param unix paths, {@code @name} for abstract ones
   */
  public record Listening(List<InetSocketAddress> tcp, List<String> unix) {}

  public Listening listening(int pid) {
    return among(pid, inodes(pid));
  }

  private Listening among(int pid, Set<String> inodes) {
    List<InetSocketAddress> tcp = new ArrayList<>();
    List<String> unix = new ArrayList<>();
    if (!inodes.isEmpty()) {
      addBound(pid, List.of("tcp", "tcp6"), TCP_LISTEN, inodes, tcp);
      for (Matcher row : unixListening(pid)) {
        if (inodes.contains(row.group(INODE)) && row.group(PATH) != null) {
          unix.add(row.group(PATH));
        }
      }
    }
    return new Listening(List.copyOf(tcp), List.copyOf(unix));
  }

  /** Returns the inodes of all listening TCP and unix sockets in this network namespace. */
  public Set<String> allListening() {
    Set<String> inodes = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : table(Procfs.SELF, table)) {
        String[] fields = line.trim().split("\\s+", -1);
        if (fields.length > 9 && fields[3].equals(TCP_LISTEN)) {
          inodes.add(fields[9]);
        }
      }
    }
    for (Matcher row : unixListening(Procfs.SELF)) {
      inodes.add(row.group(INODE));
    }
    return inodes;
  }

  /**
   * Names are shown as they are, with line ends: a line that does not look like a row is skipped.
   */
  private List<Matcher> unixListening(int pid) {
    List<Matcher> rows = new ArrayList<>();
    for (String line : table(pid, "unix")) {
      Matcher row = UNIX_ROW.matcher(line);
      if (row.matches() && (Integer.parseUnsignedInt(row.group(1), 16) & UNIX_ACCEPTS) != 0) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** Returns what a process listens on, without the sockets with the given inodes. */
  public Listening listening(int pid, Set<String> without) {
    Set<String> inodes = inodes(pid);
    inodes.removeAll(without);
    return among(pid, inodes);
  }

  /** Returns whether any process in this network namespace listens on a TCP port. */
  public boolean isTaken(int port) {
    return isBound(port, List.of("tcp", "tcp6"), TCP_LISTEN);
  }

  /** Returns whether any process in this network namespace receives datagrams on a UDP port. */
  public boolean isUdpTaken(int port) {
    return isBound(port, List.of("udp", "udp6"), UDP_UNCONNECTED);
  }

  private boolean isBound(int port, List<String> tables, String state) {
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    for (String table : tables) {
      for (String line : table(Procfs.SELF, table)) {
        String[] fields = line.trim().split("\\s+", 5);
        if (fields.length > 4 && fields[3].equals(state) && fields[1].endsWith(suffix)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns the UDP sockets that receive datagrams from any sender: bound and not connected. */
  public List<InetSocketAddress> udp(int pid) {
    List<InetSocketAddress> udp = new ArrayList<>();
    Set<String> inodes = inodes(pid);
    if (!inodes.isEmpty()) {
      addBound(pid, List.of("udp", "udp6"), UDP_UNCONNECTED, inodes, udp);
    }
    return List.copyOf(udp);
  }

  private Set<String> inodes(int pid) {
    Set<String> inodes = new HashSet<>();
    for (int fd : new Descriptors().open(pid)) {
      String target = new Descriptors().target(pid, fd);
      if (target != null && target.startsWith("socket:[")) {
        inodes.add(target.substring(8, target.length() - 1));
      }
    }
    return inodes;
  }

  private void addBound(
      int pid,
      List<String> tables,
      String state,
      Set<String> inodes,
      List<InetSocketAddress> addresses) {
    for (String table : tables) {
      for (String line : table(pid, table)) {
        String[] fields = line.trim().split("\\s+", -1);
        if (fields.length > 9 && fields[3].equals(state) && inodes.contains(fields[9])) {
          addresses.add(address(fields[1]));
        }
      }
    }
  }

  /**
   * Parses {@code 0100007F:1538}: 32-bit words in the byte order of the machine, the port in hex.
   */
  private static InetSocketAddress address(String text) {
    int colon = text.indexOf(':');
    ByteBuffer bytes = ByteBuffer.allocate(colon / 2).order(ByteOrder.nativeOrder());
    for (int i = 0; i < colon; i += 8) {
      bytes.putInt(Integer.parseUnsignedInt(text.substring(i, i + 8), 16));
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(bytes.array()), Integer.parseInt(text.substring(colon + 1), 16));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("not an address: " + text, e);
    }
  }
}
