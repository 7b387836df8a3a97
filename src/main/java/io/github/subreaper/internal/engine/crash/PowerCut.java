package io.github.subreaper.internal.engine.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Undoes what is not secured in a directory, once all processes are gone. */
final class PowerCut {
  private final Unsecured unsecured;
  private final Path root;
  private final Path aside;

  /** By directory: what is in it now. */
  private final Map<Object, SortedMap<Path, Object>> listed = new HashMap<>();

  /** Where each file is now. */
  private final Map<Object, Path> places = new HashMap<>();

  private final Map<Object, Path> placed = new HashMap<>();

  PowerCut(Unsecured unsecured, Path root, Path aside) {
    this.unsecured = unsecured;
    this.root = root;
    this.aside = aside;
  }

  void undo(boolean names) throws IOException {
    list();
    for (Object file : unsecured.files()) {
      Path place = places.get(file);
      if (place != null) {
        KeptFile.copy(Objects.requireNonNull(unsecured.contents(file)), place);
      }
    }
    if (names) {
      Path before = Files.createDirectory(aside.resolve("before"));
      Path lost = Files.createDirectory(aside.resolve("lost"));
      fill(before, key(root));
      moveAll(root, lost);
      moveAll(before, root);
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** Puts into a new directory what another one has, as it is secured. */
  private void fill(Path target, Object directory) throws IOException {
    SortedMap<Path, Object> secured = unsecured.names(directory);
    SortedMap<Path, Object> entries =
        secured == null ? listed.getOrDefault(directory, new TreeMap<>()) : secured;
    for (Map.Entry<Path, Object> entry : entries.entrySet()) {
      place(target.resolve(entry.getKey()), entry.getValue());
    }
  }

  private void place(Path target, Object file) throws IOException {
    Path other = placed.putIfAbsent(file, target);
    Path place = places.get(file);
    KeptFile kept = unsecured.kept(file);
    if (other != null) { // a directory has one name only
      if (!Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)) {
        Files.createLink(target, other);
      }
    } else if (place != null && Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(target);
      fill(target, file);
      KeptFile.describe(target, place);
    } else if (place != null) {
      Files.move(place, target);
    } else if (kept != null) {
      restore(target, file, kept);
    } else {
      placed.remove(file); // it was removed in a way that is not seen, and stays so
    }
  }

  private void restore(Path place, Object file, KeptFile kept) throws IOException {
    Path secured = unsecured.contents(file);
    if (kept.link() != null) {
      Files.createSymbolicLink(place, kept.link());
    } else if (kept.isDirectory()) {
      Files.createDirectory(place);
      fill(place, file);
      kept.describe(place);
    } else if (kept.open() == null) {
      placed.remove(file); // a socket or a FIFO stays lost
    } else {
      if (secured == null) {
        kept.copyTo(place);
      } else {
        KeptFile.copy(secured, place);
      }
      kept.describe(place);
    }
  }

  private static void moveAll(Path from, Path to) throws IOException {
    for (Path name : Unsecured.list(from).keySet()) {
      Path one = from.resolve(name);
      Map<String, Object> before = Map.of();
      if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS) && !Files.isWritable(one)) {
        before = Files.readAttributes(one, "unix:mode");
        Files.setPosixFilePermissions(one, PosixFilePermissions.fromString("rwx------"));
      }
      Files.move(one, to.resolve(name));
      for (Map.Entry<String, Object> mode : before.entrySet()) {
        Files.setAttribute(to.resolve(name), "unix:" + mode.getKey(), mode.getValue());
      }
    }
  }

  private void list() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path one : all.toList()) {
        places.put(key(one), one);
        if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)) {
          listed.put(key(one), Unsecured.list(one));
        }
      }
    }
  }
}
