package io.github.subreaper.testing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the library logs, instead of where it goes otherwise, until it is closed. */
public final class LibraryLog extends Handler {
  private static final Logger LOGGER = Logger.getLogger("io.github.subreaper");

  private final List<String> messages = Collections.synchronizedList(new ArrayList<>());

  /** Listens from now on. */
  public LibraryLog() {
    LOGGER.addHandler(this);
    LOGGER.setUseParentHandlers(false);
  }

  /** Returns all messages so far. */
  public List<String> messages() {
    return messages;
  }

  @Override
  public void publish(LogRecord record) {
    messages.add(record.getMessage());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    LOGGER.removeHandler(this);
    LOGGER.setUseParentHandlers(true);
  }
}
