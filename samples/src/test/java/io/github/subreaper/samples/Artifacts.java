package io.github.subreaper.samples;

import java.io.IOException;
import java.io.InputStream;
import org.opentest4j.TestAbortedException;

/** Programs that come with Maven artifacts and need no installation. */
final class Artifacts {
  private Artifacts() {}

  /** Opens the resource for this machine, one of two. */
  static InputStream open(String forAmd64, String forArm64) throws IOException {
    String machine = System.getProperty("os.arch");
    String resource =
        switch (machine) {
          case "amd64" -> forAmd64;
          case "aarch64" -> forArm64;
          default -> throw new TestAbortedException("no artifact has a program for " + machine);
        };
    InputStream stream = Artifacts.class.getResourceAsStream(resource);
    if (stream == null) {
      throw new IOException("not on the class path: " + resource);
    }
    return stream;
  }
}
