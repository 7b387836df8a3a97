package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.Launch;
import io.github.subreaper.ProcessDetails.OpenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares files, not the text of their paths: the kernel shows paths without symbolic links. */
public final class FileIdentity {
  private FileIdentity() {}

  /** Returns where a program finds a file: its launch's directory may not be this JVM's. */
  public static Path ofProgram(Path file, @Nullable Launch launch) {
    return launch == null ? file.toAbsolutePath() : launch.directory().resolve(file);
  }

  public static boolean areSame(Path one, Path other) {
    if (one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())) {
      return true;
    }
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      return false;
    }
  }

  public static List<OpenFile> openAt(Path file, List<OpenFile> open) {
    return open.stream()
        .filter(one -> one.path().filter(path -> areSame(path, file)).isPresent())
        .toList();
  }
}
