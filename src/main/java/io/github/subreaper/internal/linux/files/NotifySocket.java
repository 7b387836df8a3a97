package io.github.subreaper.internal.linux.files;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LibC;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of sd_notify(3): a datagram socket with an abstract name, unix(7), for which
 * the kernel supplies the sender's pid (SO_PASSCRED, SCM_CREDENTIALS). An abstract name leaves no
 * file and can be reached under another uid. The socket is close-on-exec.
 */
public class NotifySocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PASSCRED = 16;
  private static final int SCM_RIGHTS = 1;
  private static final int SCM_CREDENTIALS = 2;
  private static final int SHUT_RDWR = 2;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  private static final int LONGEST_MESSAGE = 1 << 16;
  private static final int CONTROL_SIZE = 4096;
  private static final int WORD = Native.POINTER_SIZE;

  // struct msghdr: name, namelen, iov, iovlen, control, controllen, flags; each but the last a word
  private static final int MSG_IOV = 2 * WORD;
  private static final int MSG_IOVLEN = 3 * WORD;
  private static final int MSG_CONTROL = 4 * WORD;
  private static final int MSG_CONTROLLEN = 5 * WORD;
  private static final int MSG_SIZE = 7 * WORD;

  // struct cmsghdr: len (a word), level, type; then the data
  private static final int CMSG_LEVEL = WORD;
  private static final int CMSG_TYPE = WORD + 4;
  private static final int CMSG_DATA = WORD + 8;

  private final Memory text = new Memory(LONGEST_MESSAGE);
  private final Memory control = new Memory(CONTROL_SIZE);
  private final Memory iov = new Memory(2L * WORD);
  private final Memory header = new Memory(MSG_SIZE);
  private final int fd;
  private volatile boolean ended;
  private boolean closed;

  /**
   * One datagram.
   *
   * @param sender the sender's pid in this process's namespace when it sent; 0 if it is in another
   *     one
   * @param text its lines
   * @param descriptors that came with it, to be closed: the sender may wait for that
   */
  public record Message(int sender, String text, List<Integer> descriptors) {

    /**
     * Closes the descriptors, which shows a sender of {@code BARRIER=1} that all it sent before has
     * been processed.
     */
    public void release() {
      descriptors.forEach(LibC::close);
    }
  }

  /**
   * Binds a new socket.
   *
   * @param name without the leading NUL, ASCII
   */
  public NotifySocket(String name) {
    fd = LateLibC.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      LibC.failed("socket(AF_UNIX)");
    }
    try (Block one = new Block(4);
        Block address = new Block(3L + name.length())) {
      one.setInt(0, 1);
      if (LateLibC.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, one, 4) != 0) {
        LibC.failed("setsockopt(SO_PASSCRED)");
      }
      address.setShort(0, (short) AF_UNIX);
      address.setByte(2, (byte) 0);
      address.write(3, name.getBytes(StandardCharsets.US_ASCII), 0, name.length());
      if (LateLibC.bind(fd, address, (int) address.size()) != 0) {
        LibC.failed("bind(@" + name + ")");
      }
    } catch (RuntimeException e) {
      LibC.close(fd);
      throw e;
    }
  }

  /**
   * Waits for the next message; returns null once {@link #shutdown} was called. For one thread
   * only.
   */
  public @Nullable Message receive() {
    while (true) {
      control.clear();
      iov.setPointer(0, text);
      iov.setNativeLong(WORD, new NativeLong(LONGEST_MESSAGE));
      header.clear();
      header.setPointer(MSG_IOV, iov);
      header.setNativeLong(MSG_IOVLEN, new NativeLong(1));
      header.setPointer(MSG_CONTROL, control);
      header.setNativeLong(MSG_CONTROLLEN, new NativeLong(CONTROL_SIZE));
      int length = LateLibC.recvmsg(fd, header, MSG_CMSG_CLOEXEC);
      boolean failed = length < 0 && Native.getLastError() != Errno.EINTR;
      if (failed || (length == 0 && ended)) {
        return null;
      }
      if (length >= 0) {
        return message(length);
      }
    }
  }

  private Message message(int length) {
    int sender = 0;
    List<Integer> descriptors = new ArrayList<>();
    long end = header.getNativeLong(MSG_CONTROLLEN).longValue();
    long at = 0;
    while (at + CMSG_DATA <= end) {
      long size = control.getNativeLong(at).longValue();
      if (size < CMSG_DATA) {
        break;
      }
      int type = control.getInt(at + CMSG_TYPE);
      if (control.getInt(at + CMSG_LEVEL) == SOL_SOCKET && type == SCM_CREDENTIALS) {
        sender = control.getInt(at + CMSG_DATA);
      } else if (control.getInt(at + CMSG_LEVEL) == SOL_SOCKET && type == SCM_RIGHTS) {
        for (long one = at + CMSG_DATA; one + 4 <= at + size; one += 4) {
          descriptors.add(control.getInt(one));
        }
      }
      at += (size + WORD - 1) / WORD * WORD;
    }
    String lines = new String(text.getByteArray(0, length), StandardCharsets.UTF_8);
    return new Message(sender, lines, List.copyOf(descriptors));
  }

  /** Makes {@link #receive} return null, now and from now on. */
  public synchronized void shutdown() {
    ended = true;
    if (!closed) {
      LateLibC.shutdown(fd, SHUT_RDWR);
    }
  }

  /** Closes the socket. To be called when no thread receives any more. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.close(fd);
      text.close();
      control.close();
      iov.close();
      header.close();
    }
  }
}
