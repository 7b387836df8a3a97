package io.github.subreaper.internal.report;

import static io.github.subreaper.internal.report.DevTools.map;
import static io.github.subreaper.internal.report.DevTools.text;

import io.github.subreaper.internal.report.DevTools.Event;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A tab of the browser. It notes what a page that is good never does. */
final class Tab implements AutoCloseable {
  /** How a page is looked at. */
  enum Look {
    LIGHT("screen", "light"),
    DARK("screen", "dark"),
    PRINT("print", "light"),
    /** Paper is white, whatever the screen is. */
    PRINT_WHILE_DARK("print", "dark");

    private final String media;
    private final String scheme;

    Look(String media, String scheme) {
      this.media = media;
      this.scheme = scheme;
    }

    boolean isPrint() {
      return media.equals("print");
    }
  }

  private static final String AUDIT = read("audit.js");

  private final DevTools tools;
  private final String target;
  private final String session;
  private final List<String> seen = new ArrayList<>();
  private String address = "";
  private Look look = Look.LIGHT;
  private boolean isLoaded;

  Tab(DevTools tools, String target) {
    this.tools = tools;
    this.target = target;
    this.session =
        text(
            tools.call("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true)),
            "sessionId");
    tools.listen(session, this::hear);
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", Map.of());
    }
    call("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
  }

  private static String read(String resource) {
    try (InputStream in = Tab.class.getResourceAsStream(resource)) {
      return new String(
          Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<?, ?> call(String method, Map<String, ?> parameters) {
    return tools.call(session, method, parameters);
  }

  private void hear(Event event) {
    Map<?, ?> parameters = event.parameters();
    switch (event.method()) {
      case "Page.loadEventFired" -> isLoaded = true;
      case "Page.javascriptDialogOpening" -> {
        seen.add("dialog: " + parameters.get("message"));
        tools.send(session, "Page.handleJavaScriptDialog", Map.of("accept", true));
      }
      case "Runtime.consoleAPICalled" -> seen.add("console: " + parameters.get("args"));
      case "Runtime.exceptionThrown" ->
          seen.add("console: " + map(parameters, "exceptionDetails").get("exception"));
      case "Log.entryAdded" -> seen.add("console: " + map(parameters, "entry").get("text"));
      case "Network.requestWillBeSent" -> {
        String requested = text(map(parameters, "request"), "url");
        if (!requested.equals(address)) {
          seen.add("request: " + requested);
        }
      }
      default -> {
        // nothing that a page must not do
      }
    }
  }

  /** Sets the size of the window in CSS pixels, and how the page is looked at. */
  Tab as(int width, int height, Look changed) {
    look = changed;
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    call(
        "Emulation.setEmulatedMedia",
        Map.of(
            "media",
            look.media,
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", look.scheme))));
    return this;
  }

  /** Loads a page, and waits until it is there. */
  Tab load(Path page) {
    isLoaded = false;
    address = page.toUri().toString();
    Map<?, ?> answer = call("Page.navigate", Map.of("url", address));
    if (answer.get("errorText") != null) {
      throw new IllegalStateException(page + ": " + answer.get("errorText"));
    }
    tools.await("the load of " + page, () -> isLoaded);
    return this;
  }

  /** Returns the value of an expression, as JSON has it. */
  @Nullable Object evaluate(String expression) {
    Map<?, ?> answer =
        call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    if (answer.get("exceptionDetails") != null) {
      throw new IllegalStateException(expression + ": " + answer.get("exceptionDetails"));
    }
    return map(answer, "result").get("value");
  }

  private List<String> texts(String expression) {
    List<?> list = (List<?>) Objects.requireNonNull(evaluate(expression), expression);
    return list.stream().map(String::valueOf).toList();
  }

  /** Returns the properties of {@code window}: a script that ran may have added one. */
  List<String> windowProperties() {
    return texts("Object.getOwnPropertyNames(window)");
  }

  /** Returns what is wrong with the page as it is shown now, and what it did before. */
  List<String> problems() {
    List<String> problems = new ArrayList<>(texts(AUDIT + ".problems(" + look.isPrint() + ")"));
    for (String link : texts(AUDIT + ".files()")) {
      if (!link.startsWith("file:///") || !Files.exists(Path.of(URI.create(link)))) {
        problems.add("link: it leads nowhere: " + link);
      }
    }
    problems.addAll(seen);
    return problems;
  }

  /** Follows links within the page, at most so many, and returns what is wrong with them. */
  List<String> linkProblems(int most) {
    return texts(AUDIT + ".jumps(" + most + ")");
  }

  /**
   * Presses the tab key until the focus has left the page.
   *
   * @return what is wrong with what had it, and what never had it
   */
  List<String> focusProblems() {
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      for (String type : List.of("rawKeyDown", "keyUp")) {
        call(
            "Input.dispatchKeyEvent",
            Map.of("type", type, "key", "Tab", "code", "Tab", "windowsVirtualKeyCode", 9));
      }
      if (Boolean.TRUE.equals(evaluate(AUDIT + ".isFocusOut()"))) {
        problems.addAll(texts(AUDIT + ".unfocused()"));
        return problems;
      }
      problems.addAll(texts(AUDIT + ".focus()"));
    }
    problems.add("focus: it never leaves the page");
    return problems;
  }

  /** Returns a PNG of the window. */
  byte[] screenshot() {
    Map<?, ?> answer = call("Page.captureScreenshot", Map.of("format", "png"));
    return Base64.getDecoder().decode(text(answer, "data"));
  }

  /** Returns how many pages of A4 paper it fills. */
  int printedPages() {
    Map<?, ?> answer =
        call(
            "Page.printToPDF",
            Map.of("paperWidth", 8, "paperHeight", 12, "printBackground", false));
    String pdf =
        new String(Base64.getDecoder().decode(text(answer, "data")), StandardCharsets.ISO_8859_1);
    return pdf.split("/Type */Page\\b(?!s)", -1).length - 1;
  }

  @Override
  public void close() {
    tools.call("", "Target.closeTarget", Map.of("targetId", target));
  }
}
