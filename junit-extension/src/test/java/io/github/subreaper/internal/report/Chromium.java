package io.github.subreaper.internal.report;

import io.github.subreaper.junit.Required;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Starts the browser of tests. */
final class Chromium {
  private Chromium() {}

  /** Skips the test where none is installed. */
  static ChromeDriver start(Path downloads) {
    Optional<Path> chromium = find("chromium", "chromium", "chromium-browser", "google-chrome");
    Optional<Path> driver = find("chromedriver", "chromedriver");
    boolean areThere = chromium.isPresent() && driver.isPresent();
    Required.orSkip(areThere, "no Chromium: apt-get install chromium chromium-driver");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow().toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox", // root needs it, and it opens nothing but our own files
        "--disable-gpu",
        "--disable-dev-shm-usage", // in containers /dev/shm is small
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run");
    options.setExperimentalOption(
        "prefs", Map.of("download.default_directory", downloads.toString()));
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    return new ChromeDriver(
        new ChromeDriverService.Builder()
            .usingDriverExecutable(driver.orElseThrow().toFile())
            .usingAnyFreePort()
            .build(),
        options);
  }

  /** Returns the file that a property names, or one on the {@code PATH}. */
  private static Optional<Path> find(String property, String... names) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(
            Stream.ofNullable(System.getProperty(property)),
            Stream.of(names)
                .flatMap(
                    name -> Stream.of(path.split(File.pathSeparator)).map(d -> d + "/" + name)))
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }
}
