package io.github.subreaper.internal.junit.jupiter;

import static java.lang.System.Logger.Level.DEBUG;

import io.github.subreaper.internal.report.ReportDirectory.Written;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.MediaType;

/** Attaches the files of a report to its test: build tools show them beside its result. */
@SuppressWarnings("deprecation") // this MediaType is the one that JUnit 5.12 to 6.1 share
final class Attachments {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");

  private Attachments() {}

  /** Publishes them. Where JUnit has no place for files, it does nothing. */
  static void publish(Written report, ExtensionContext context) {
    try {
      publish(report.page(), MediaType.parse("text/html;charset=UTF-8"), context);
      publish(report.lines(), MediaType.parse("application/jsonl;charset=UTF-8"), context);
    } catch (RuntimeException e) {
      LOG.log(DEBUG, "the report of " + context.getDisplayName() + " is not attached", e);
    }
  }

  private static void publish(Path file, MediaType type, ExtensionContext context) {
    context.publishFile(
        String.valueOf(file.getFileName()), type, attachment -> link(file, attachment));
  }

  /** A second name needs no space. */
  private static void link(Path file, Path attachment) throws IOException {
    Files.deleteIfExists(attachment);
    try {
      Files.createLink(attachment, file);
    } catch (IOException | UnsupportedOperationException e) {
      Files.copy(file, attachment); // another file system
    }
  }
}
