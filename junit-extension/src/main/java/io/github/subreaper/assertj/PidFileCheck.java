package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.internal.assertj.facts.FileIdentity;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks that a pid file names its daemon, and was written before the launcher returned. */
final class PidFileCheck {
  private final Descendant process;
  private final @Nullable Launch launch;
  private final Path pidFile;
  private final boolean mayBeLate;

  PidFileCheck(Descendant process, @Nullable Launch launch, Path pidFile, boolean mayBeLate) {
    this.process = process;
    this.launch = launch;
    this.pidFile = FileIdentity.ofProgram(pidFile, launch);
    this.mayBeLate = mayBeLate;
  }

  Outcome outcome() {
    // As Ready.pidFile reads it: more lines may follow, as in PostgreSQL's postmaster.pid.
    try (BufferedReader reader = Files.newBufferedReader(pidFile, StandardCharsets.ISO_8859_1)) {
      String text = Objects.requireNonNullElse(reader.readLine(), "").strip();
      Instant written = Files.getLastModifiedTime(pidFile).toInstant();
      if (!text.equals(String.valueOf(process.pid()))) {
        return Outcome.fail(pidFile + " says " + (text.isEmpty() ? "nothing" : whose(text)));
      }
      Optional<Instant> returned = returned();
      if (returned.isEmpty()) {
        return Outcome.ok(pidFile + " says " + text);
      }
      Duration late = Duration.between(returned.get(), written);
      return late.isNegative() || late.isZero()
          ? Outcome.ok(pidFile + " says " + text + ", written before the launcher's end was seen")
          : late(pidFile + " was written " + Naming.of(late) + " after the launcher had returned");
    } catch (IOException e) {
      return Outcome.fail(
          Files.exists(pidFile)
              ? pidFile + " can't be read: " + e.getMessage()
              : pidFile + " does not exist");
    }
  }

  private Outcome late(String found) {
    return mayBeLate ? Outcome.ok(found) : Outcome.fail(found);
  }

  /** Names the process of the launch that has, or had, the pid in a pid file. */
  private String whose(String text) {
    return processes()
        .filter(other -> String.valueOf(other.pid()).equals(text))
        .findFirst()
        .map(
            other ->
                text
                    + ", which "
                    + (other.isAlive() ? "is " + Naming.printable(other.name()) : ended(other)))
        .orElse(text);
  }

  private static String ended(Descendant other) {
    return Naming.end(other).orElse("has ended") + " before";
  }

  private Stream<Descendant> processes() {
    return launch == null
        ? Stream.of()
        : Stream.of(List.of(launch.process()), launch.orphans(), launch.tree().find("*"))
            .flatMap(List::stream);
  }

  /** Returns when the launcher ended, by the wall clock, which also stamps files. */
  private Optional<Instant> returned() {
    return launch == null || launch.process().equals(process)
        ? Optional.empty()
        : launch.process().endedAt().map(end -> end.plus(clockStep()));
  }

  /**
   * Returns how far the wall clock is ahead of the clock of process times. The wall clock is read
   * last: a delay in between makes the launcher's end look later, which no daemon fails for.
   */
  private Duration clockStep() {
    Instant asActivated = process.startTime().plus(process.lifetime());
    return Duration.between(asActivated, Instant.now());
  }
}
