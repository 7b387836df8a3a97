package io.github.subreaper.internal.report;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A headless Chromium. It is started with this library, since it has a dozen processes, some of
 * which are orphans.
 */
final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Launch launch;
  private final DevTools tools;

  private Browser(Launch launch, DevTools tools) {
    this.launch = launch;
    this.tools = tools;
  }

  /** Returns the file that {@code -Dchromium=} names, or one on the {@code PATH}. */
  static Optional<Path> find() {
    String path = System.getenv("PATH");
    return Stream.concat(
            Stream.ofNullable(System.getProperty("chromium")),
            NAMES.stream()
                .flatMap(
                    name ->
                        Stream.of(path == null ? new String[0] : path.split(File.pathSeparator))
                            .map(folder -> folder + "/" + name)))
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it, and waits until it takes calls.
   *
   * @param directory for all that it writes; its path has to be short, since a socket is in it
   */
  static Browser start(Supervisor supervisor, Path program, Path directory) throws IOException {
    Path profile = Files.createDirectories(directory.resolve("profile"));
    Path temporary = Files.createDirectories(directory.resolve("tmp"));
    Launch launch =
        supervisor.launch(
            Program.of(
                    program.toString(),
                    "--headless=new",
                    "--remote-debugging-port=0",
                    "--user-data-dir=" + profile,
                    "--no-sandbox", // root needs it, and it opens nothing but our own files
                    "--disable-gpu",
                    "--disable-dev-shm-usage", // in containers /dev/shm is small
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-extensions",
                    "--disable-sync",
                    "--no-default-browser-check",
                    "--no-first-run",
                    "--hide-scrollbars",
                    "about:blank")
                .withEnvironment("HOME", directory.toString())
                .withEnvironment("TMPDIR", temporary.toString())
                .withoutEnvironment("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"));
    String line = launch.awaitOutput("DevTools listening on ws://", DevTools.PATIENCE);
    return new Browser(launch, new DevTools(line.substring(line.indexOf("ws://")).strip()));
  }

  /** Opens an empty tab. */
  Tab open() {
    Map<?, ?> target = tools.call("", "Target.createTarget", Map.of("url", "about:blank"));
    return new Tab(tools, DevTools.text(target, "targetId"));
  }

  /** Ends it, as its user would, and with it all of its processes. */
  @Override
  public void close() {
    try (tools) {
      tools.send("", "Browser.close", Map.of());
      launch.awaitExit(DevTools.PATIENCE);
    } finally {
      launch.stop();
    }
  }
}
