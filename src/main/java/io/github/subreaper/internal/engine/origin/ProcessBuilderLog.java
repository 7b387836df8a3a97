package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.records.Start;
import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's own log of the processes that {@link ProcessBuilder} starts (JDK 22, and 21 from an
 * update on): the thread that starts a process logs its pid before {@code start()} returns.
 *
 * <p>It turns the log on and filters it, so that the user's handlers get only the records that the
 * user's own settings let through, as if this class did not exist.
 */
final class ProcessBuilderLog implements AutoCloseable {
  private static final String NAME = "java.lang.ProcessBuilder";
  private static final String PID = "ProcessBuilder.start(): pid: ";
  private static final String COMMAND = ", cmd: \"";
  private static final String NEXT_ARGUMENT = "\" \"";

  /** Scans take the starts every tenth of a second. Of more, the first ones are lost. */
  private static final int MOST_WAITING = 10_000;

  /** The level at which the JDK logs all arguments. The user's levels have another type. */
  private static final Level ON = new OwnLevel();

  private static final class OwnLevel extends Level {
    private static final long serialVersionUID = 1;

    OwnLevel() {
      super("FINER", FINER.intValue());
    }
  }

  /** Makes a start of a record, in the thread that starts the process, before its start returns. */
  interface Reader {
    Start read(int pid, String command, Throwable stack);
  }

  private final Reader reader;
  private final ConcurrentLinkedQueue<Start> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  /** Notices {@link LogManager#readConfiguration()}, which turns the log off. */
  private final Runnable configured = this::renew;

  /** A logger that no code references is forgotten with its settings. */
  private final Logger logger = Logger.getLogger(NAME);

  private volatile @Nullable Level usersLevel;
  private volatile @Nullable Noting noting;
  private volatile boolean disturbed;
  private boolean closed;

  /** Turns the log on. */
  ProcessBuilderLog(Reader reader) {
    this.reader = reader;
    renew();
    disturbed = false;
    LogManager.getLogManager().addConfigurationListener(configured);
  }

  /** Returns what the JDK logs to instead, so that this class may see nothing; null for nothing. */
  static @Nullable String missing() {
    try {
      ClassLoader loader = ClassLoader.getSystemClassLoader();
      Iterator<ServiceLoader.Provider<System.LoggerFinder>> others =
          ServiceLoader.load(System.LoggerFinder.class, loader).stream().iterator();
      if (others.hasNext()) {
        return "the JDK logs to " + others.next().type().getName();
      }
    } catch (ServiceConfigurationError e) {
      return "the JDK finds no logger: " + e.getMessage();
    }
    Class<?> manager = LogManager.getLogManager().getClass();
    return manager == LogManager.class ? null : "the JDK logs to " + manager.getName();
  }

  /**
   * Turns the log on again if other code has turned it off. {@link LogManager#reset()} and logging
   * libraries do so.
   */
  synchronized void renew() {
    if (!closed && !isOn()) {
      disturbed = true;
      Level level = logger.getLevel();
      if (!(level instanceof OwnLevel)) {
        usersLevel = level;
        logger.setLevel(ON);
      }
      Filter filter = logger.getFilter();
      if (filter != noting || noting == null) {
        Noting next = new Noting(filter);
        noting = next; // the former one notes nothing from now on
        logger.setFilter(next);
      }
    }
  }

  private boolean isOn() {
    Noting present = noting;
    return present != null && logger.getFilter() == present && logger.isLoggable(Level.FINE);
  }

  /**
   * Returns whether starts may have been missed since the last call. If the log is off now, it
   * turns it on.
   */
  boolean wasDisturbed() {
    renew();
    boolean was = disturbed;
    disturbed = false;
    return was;
  }

  /** Passes on what was logged since the last call, in order. For one thread at a time. */
  void take(Consumer<Start> to) {
    for (Start one = waiting.poll(); one != null; one = waiting.poll()) {
      count.decrementAndGet();
      to.accept(one);
    }
  }

  /**
   * Notes each start, and lets through what the user's own settings would have let through. Other
   * code may go on asking one that has been replaced: that one knows only what was there before it.
   */
  private final class Noting implements Filter {
    private final @Nullable Filter before;

    Noting(@Nullable Filter before) {
      this.before = before;
    }

    @Override
    public boolean isLoggable(LogRecord logged) {
      return (this != noting || notedAndWanted(logged))
          && (before == null || before.isLoggable(logged));
    }
  }

  private boolean notedAndWanted(LogRecord logged) {
    String message = logged.getMessage();
    Throwable stack = logged.getThrown();
    boolean isStart = stack != null && message != null && message.startsWith(PID);
    if (isStart) {
      try {
        note(message, stack);
      } catch (RuntimeException | Error e) {
        disturbed = true; // the user's start of a process must not fail, whatever it is
      }
    }
    return isWanted(logged, isStart);
  }

  private void note(String message, Throwable stack) {
    int end = message.indexOf(',', PID.length());
    int pid = Integer.parseInt(message, PID.length(), end, 10);
    int command = message.indexOf(COMMAND, end) + COMMAND.length();
    String words = message.substring(command, message.length() - 1).replace(NEXT_ARGUMENT, " ");
    waiting.add(reader.read(pid, words, stack));
    if (count.incrementAndGet() > MOST_WAITING && waiting.poll() != null) {
      count.decrementAndGet();
      disturbed = true;
    }
  }

  private boolean isWanted(LogRecord logged, boolean isStart) {
    int least = leastOfUser();
    if (logged.getLevel().intValue() >= least) {
      return true;
    }
    if (!isStart || least > Level.FINE.intValue()) {
      return false;
    }
    logged.setLevel(Level.FINE); // as the JDK does where only that is wanted
    logged.setMessage(withoutArguments(logged.getMessage()));
    return true;
  }

  private static String withoutArguments(String message) {
    int end = message.indexOf(NEXT_ARGUMENT);
    return end < 0 ? message : message.substring(0, end + 1);
  }

  private int leastOfUser() {
    Level level = logger.getLevel();
    if (level instanceof OwnLevel) {
      level = usersLevel;
    }
    for (Logger above = logger.getParent(); level == null && above != null; ) {
      level = above.getLevel();
      above = above.getParent();
    }
    return (level == null ? Level.INFO : level).intValue();
  }

  /** Puts the user's settings back, unless other code has replaced these. */
  @Override
  public void close() {
    LogManager.getLogManager().removeConfigurationListener(configured);
    putBack();
  }

  private synchronized void putBack() {
    closed = true;
    Noting last = noting;
    noting = null;
    if (logger.getLevel() instanceof OwnLevel) {
      logger.setLevel(usersLevel);
    }
    if (last != null && logger.getFilter() == last) {
      logger.setFilter(last.before);
    }
  }
}
