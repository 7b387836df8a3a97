package io.github.subreaper.internal.linux.calls;

import com.sun.jna.Pointer;
import java.nio.charset.Charset;
import java.util.List;

/** Arguments and environment as bytes, encoded as the JDK encodes them for a new process. */
public final class NativeStrings {
  /** The charset that the JDK uses for file names and arguments. */
  public static final Charset CHARSET =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private NativeStrings() {}

  /** Returns a NULL-terminated {@code char*[]} whose strings are in the same block. */
  public static Block array(List<byte[]> strings) {
    long size = (strings.size() + 1L) * com.sun.jna.Native.POINTER_SIZE;
    long offset = size;
    for (byte[] string : strings) {
      size += string.length + 1L;
    }
    Block block = new Block(size);
    int index = 0;
    for (byte[] string : strings) {
      block.setPointer((long) index++ * com.sun.jna.Native.POINTER_SIZE, block.share(offset));
      block.write(offset, string, 0, string.length);
      block.setByte(offset + string.length, (byte) 0);
      offset += string.length + 1L;
    }
    block.setPointer((long) index * com.sun.jna.Native.POINTER_SIZE, Pointer.NULL);
    return block;
  }
}
