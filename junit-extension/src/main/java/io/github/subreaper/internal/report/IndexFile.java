package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.pages.Viewer;
import io.github.subreaper.internal.report.text.Visible;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The file of the index. One that this library has not made is not touched. */
final class IndexFile {
  /** The title comes before this many bytes. */
  private static final int HEAD = 2_000;

  private IndexFile() {}

  /** Returns whether there is an index that this library has made. */
  static boolean exists(Path directory) {
    Path index = directory.resolve(ReportFiles.INDEX);
    if (!Files.isRegularFile(index, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(index)) {
      String head = new String(in.readNBytes(HEAD), StandardCharsets.UTF_8);
      return head.contains("<title>" + Viewer.INDEX_TITLE + "</title>");
    } catch (IOException e) {
      return false; // writing it reports what is wrong
    }
  }

  /**
   * Makes it from what was gathered.
   *
   * @throws IOException if it cannot be written, or another program has made it
   */
  static Path write(Path directory, Gathered all) throws IOException {
    Path index = directory.resolve(ReportFiles.INDEX);
    if (Files.exists(index, LinkOption.NOFOLLOW_LINKS) && !exists(directory)) {
      throw new IOException(
          Visible.line(index.toString())
              + " is not by subreaper, and stays as it is. To fix: set subreaper.directory to a"
              + " directory of its own");
    }
    try (NewFile page = NewFile.write(directory, ReportFiles.INDEX, all.index())) {
      page.replace(index);
      return index;
    }
  }
}
