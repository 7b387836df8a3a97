package io.github.subreaper.internal.engine.values;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The name of the file that a class was compiled from, as its class file has it: attribute
 * SourceFile (JVMS 4.7.10). The flight recorder does not record it.
 */
public final class SourceFile {
  private SourceFile() {}

  /** Returns null if the class or its file's name is not found. */
  public static @Nullable String of(String type, ClassLoader loader) {
    try (InputStream file = loader.getResourceAsStream(type.replace('.', '/') + ".class")) {
      return file == null ? null : read(new DataInputStream(new BufferedInputStream(file)));
    } catch (IOException | RuntimeException e) {
      return null; // a loader may throw anything
    }
  }

  private static @Nullable String read(DataInputStream in) throws IOException {
    in.skipNBytes(8); // magic number and version
    String[] texts = texts(in);
    in.skipNBytes(6); // flags, this class, its superclass
    in.skipNBytes(2L * in.readUnsignedShort()); // interfaces
    for (int kind = 0; kind < 2; kind++) { // fields, methods
      for (int left = in.readUnsignedShort(); left > 0; left--) {
        in.skipNBytes(6);
        attribute(in, texts, "");
      }
    }
    return attribute(in, texts, "SourceFile");
  }

  /** Reads the constants, and returns the texts among them by their numbers. */
  private static String[] texts(DataInputStream in) throws IOException {
    String[] texts = new String[in.readUnsignedShort()];
    for (int i = 1; i < texts.length; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> texts[i] = in.readUTF();
        case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
        case 5, 6 -> {
          in.skipNBytes(8);
          i++; // a long takes two numbers
        }
        case 7, 8, 16, 19, 20 -> in.skipNBytes(2);
        case 15 -> in.skipNBytes(3);
        default -> throw new IOException("constant of kind " + tag);
      }
    }
    return texts;
  }

  /** Skips a list of attributes, and returns the text that the one of a name refers to. */
  private static @Nullable String attribute(DataInputStream in, String[] texts, String name)
      throws IOException {
    String found = null;
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      boolean isIt = name.equals(texts[in.readUnsignedShort()]);
      int length = in.readInt();
      if (isIt) {
        found = texts[in.readUnsignedShort()];
        length -= 2;
      }
      in.skipNBytes(length);
    }
    return found;
  }
}
