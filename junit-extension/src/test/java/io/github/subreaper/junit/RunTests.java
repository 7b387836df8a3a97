package io.github.subreaper.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.FileEntry;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A main program that runs test classes through the launcher and prints their results. */
final class RunTests {
  static final String PREFIX = "launcher.";

  /** Passes parameters to the launcher as an IDE or a build tool does, not as system properties. */
  private static final Map<String, String> PARAMETERS =
      System.getProperties().stringPropertyNames().stream()
          .filter(name -> name.startsWith(PREFIX))
          .collect(Collectors.toMap(name -> name.substring(PREFIX.length()), System::getProperty));

  private RunTests() {}

  public static void main(String[] classes) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Arrays.stream(classes).map(name -> selectClass(name)).toList())
            .configurationParameters(PARAMETERS)
            .build();
    try (LauncherSession session = LauncherFactory.openSession()) {
      session.getLauncher().execute(request, new Printing());
    }
  }

  private static final class Printing implements TestExecutionListener {
    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      ChildJvm.say("SKIPPED " + test.getDisplayName(), reason);
    }

    @Override
    public void fileEntryPublished(TestIdentifier test, FileEntry file) {
      ChildJvm.say("FILE " + test.getDisplayName(), file.getPath());
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      ChildJvm.say(
          result.getStatus() + " " + test.getDisplayName(),
          result.getThrowable().map(Printing::withCause).orElse(""));
    }

    private static String withCause(Throwable thrown) {
      return (thrown.getCause() == null ? thrown.toString() : thrown + " <- " + thrown.getCause())
          + Arrays.stream(thrown.getSuppressed())
              .map(one -> "\nSuppressed: " + one)
              .collect(Collectors.joining());
    }
  }
}
