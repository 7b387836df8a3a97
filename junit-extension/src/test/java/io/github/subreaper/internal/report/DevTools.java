package io.github.subreaper.internal.report;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client of the Chrome DevTools protocol. One thread calls; it also hears the events, while it
 * waits for an answer or for an event.
 */
final class DevTools implements AutoCloseable {
  /** A slow machine may need seconds. */
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private final BlockingQueue<Object> inbox = new LinkedBlockingQueue<>();
  private final Map<String, Consumer<Event>> listeners = new HashMap<>();
  private final WebSocket socket;
  private long calls;

  /**
   * What the browser sent unasked.
   *
   * @param method such as {@code Page.loadEventFired}
   * @param parameters of the event
   */
  record Event(String method, Map<?, ?> parameters) {}

  DevTools(String address) {
    HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    socket = client.newWebSocketBuilder().buildAsync(URI.create(address), new Inbox()).join();
  }

  /** Puts whole messages, and what ends the connection, into the inbox. */
  private final class Inbox implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
      message.append(part);
      if (isLast) {
        inbox.add(message.toString());
        message.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      inbox.add(new IllegalStateException("the browser has closed the connection: " + status));
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      inbox.add(error);
    }
  }

  /** Hears the events of a session from now on. */
  void listen(String session, Consumer<Event> listener) {
    listeners.put(session, listener);
  }

  /** Calls a method and waits for its result; the session is empty for the browser itself. */
  Map<?, ?> call(String session, String method, Map<String, ?> parameters) {
    long call = send(session, method, parameters);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Map<?, ?> message = next(deadline, method);
      if (Objects.equals(message.get("id"), call)) {
        if (message.get("error") != null) {
          throw new IllegalStateException(method + ": " + message.get("error"));
        }
        return map(message, "result");
      }
    }
  }

  /** Calls a method. Its answer is dropped. */
  long send(String session, String method, Map<String, ?> parameters) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("id", ++calls);
    message.put("method", method);
    message.put("params", parameters);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    socket.sendText(Json.write(message), true).join();
    return calls;
  }

  /** Hears events until something holds. */
  void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      next(deadline, what);
    }
  }

  /** Waits for a message; if it is an event, its listener hears it first. */
  private Map<?, ?> next(long deadline, String awaited) {
    Object message;
    try {
      message = inbox.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + awaited, e);
    }
    if (message == null) {
      throw new IllegalStateException("waited " + PATIENCE + " for " + awaited);
    }
    if (message instanceof Throwable error) {
      inbox.add(error);
      throw new IllegalStateException("no connection while waiting for " + awaited, error);
    }
    Map<?, ?> parsed = (Map<?, ?>) Objects.requireNonNull(Json.read((String) message));
    Consumer<Event> listener = listeners.get(String.valueOf(parsed.get("sessionId")));
    if (parsed.get("method") instanceof String method && listener != null) {
      listener.accept(new Event(method, map(parsed, "params")));
    }
    return parsed;
  }

  /** Returns a part of a message. */
  static Map<?, ?> map(Map<?, ?> message, String key) {
    return (Map<?, ?>) Objects.requireNonNull(message.get(key), key);
  }

  /** Returns a text of a message. */
  static String text(Map<?, ?> message, String key) {
    return (String) Objects.requireNonNull(message.get(key), key);
  }

  @Override
  public void close() {
    socket.abort();
  }
}
