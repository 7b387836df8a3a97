package io.github.subreaper.junit;

import io.github.subreaper.ScopeClosedException;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Supervisor;
import java.lang.reflect.Method;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * The scope of the run, of a class, of a test or of one invocation of them: opened when first
 * needed, inside that of its parent. It lives in the store of its context, which ends it if nobody
 * did before.
 */
@SuppressWarnings("deprecation") // JUnit 5 closes the one, JUnit 6 the other
final class TestScope implements Store.CloseableResource, AutoCloseable {
  private final ExtensionContext context;

  /** No monitor: a virtual thread that waits with one held keeps its carrier (up to JDK 23). */
  private final ReentrantLock lock = new ReentrantLock();

  private @Nullable Supervisor supervisor;
  private @Nullable AutoCloseable binding;
  private @Nullable Thread boundThread;
  private boolean ended;

  private TestScope(ExtensionContext context) {
    this.context = context;
  }

  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  static TestScope of(ExtensionContext context) {
    // A store answers for its parents too: the key must be the context's own.
    return context
        .getStore(Namespace.create(TestScope.class))
        .getOrComputeIfAbsent(context.getUniqueId(), id -> new TestScope(context), TestScope.class);
  }

  /** The scope that a context is in: a dynamic test is in that of its factory. */
  static TestScope around(ExtensionContext context) {
    ExtensionContext own = context;
    while (own.getTestClass().isEmpty() && own.getParent().isPresent()) {
      own = own.getParent().get();
    }
    return of(own);
  }

  /** What a parameter gets. */
  Supervisor supervisor() {
    lock.lock();
    try {
      if (supervisor == null) {
        supervisor = open(ResolvedSettings.of(context));
      }
      return supervisor;
    } finally {
      lock.unlock();
    }
  }

  private Supervisor open(Settings settings) {
    String name = ScopeName.of(context);
    ScopeOptions options = settings.options();
    if (settings.leaks() == Leaks.WARN || settings.leaks() == Leaks.IGNORE) {
      Session.of(context).tolerates(name, settings.leaks());
    }
    ExtensionContext parent = parent(context);
    return parent == null
        ? Session.of(context).open(name, options)
        : of(parent).supervisor().open(name, options);
  }

  /**
   * The next context that stands for a class or the run; a test template is neither. The run has a
   * scope only where classes run side by side: it takes what nobody can tell from which one it is.
   */
  private static @Nullable ExtensionContext parent(ExtensionContext context) {
    ExtensionContext parent = context.getParent().orElse(null);
    while (parent != null && parent.getTestMethod().isPresent()) {
      parent = parent.getParent().orElse(null);
    }
    boolean run = parent != null && parent.getTestClass().isEmpty();
    return run && !isParallel(context) ? null : parent;
  }

  private static boolean isParallel(ExtensionContext context) {
    return context
        .getConfigurationParameter("junit.jupiter.execution.parallel.enabled")
        .map(Boolean::parseBoolean)
        .orElse(false);
  }

  /** Opens the scope, and makes it that of what the current thread spawns by itself. */
  void begin() {
    lock.lock();
    try {
      Settings settings = ResolvedSettings.of(context);
      if (supervisor == null) {
        supervisor = open(settings);
      } else if (!supervisor.options().equals(settings.options())) {
        throw new ExtensionConfigurationException(
            ("%s: its Supervisor was given to a constructor, before the settings of an instance field"
                    + " with @RegisterExtension were known. Make that field static, or take the"
                    + " Supervisor as a parameter of the test.")
                .formatted(supervisor.name()));
      }
      if (binding == null) {
        binding = supervisor.bind(Thread.currentThread());
        boundThread = Thread.currentThread();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs a step of the test, which is a method of it or not. On a thread of its own (a timeout's)
   * it has to be bound first; on those that it starts itself its method tells whose they are.
   */
  <T> T run(Step<T> step, @Nullable Method method) throws Throwable {
    bind(method);
    Supervisor open = supervisorOfOtherThread();
    if (open == null) {
      return step.proceed();
    }
    AutoCloseable bound = bind(open);
    try {
      return step.proceed();
    } finally {
      release(bound);
    }
  }

  private void bind(@Nullable Method method) {
    lock.lock();
    try {
      if (method != null && supervisor != null && !ended) {
        try {
          supervisor.bindMethod(method); // until the scope ends: its threads may outlive the step
        } catch (ScopeClosedException e) {
          return; // the test has ended it itself: its steps run all the same
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private static AutoCloseable bind(Supervisor open) {
    try {
      return open.bind(Thread.currentThread());
    } catch (ScopeClosedException e) {
      return () -> {};
    }
  }

  private @Nullable Supervisor supervisorOfOtherThread() {
    lock.lock();
    try {
      return ended || Thread.currentThread().equals(boundThread) ? null : supervisor;
    } finally {
      lock.unlock();
    }
  }

  /** Ends every process of the scope, once, and then throws if the test must fail for it. */
  void end() {
    Supervisor open = markEnded();
    if (open != null) {
      new ScopeVerdict(open.end(), open.options(), context).pass();
    }
  }

  private @Nullable Supervisor markEnded() {
    lock.lock();
    try {
      if (ended) {
        return null;
      }
      ended = true;
      if (binding != null) {
        release(binding);
      }
      return supervisor;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    end();
  }

  private static void release(AutoCloseable binding) {
    try {
      binding.close();
    } catch (Exception e) {
      throw new IllegalStateException("a thread could not be released from its scope", e);
    }
  }

  /** What JUnit was about to do. */
  interface Step<T> {
    T proceed() throws Throwable;
  }
}
