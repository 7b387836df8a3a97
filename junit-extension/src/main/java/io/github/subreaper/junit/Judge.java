package io.github.subreaper.junit;

/**
 * When a process that a test's code has started, and that is still alive, counts as a leak. What
 * the test launched with a {@code Supervisor} ends with its scope in every case.
 *
 * <pre>{@code
 * @SubreaperTest(judge = Judge.CLASS) // the tests of this class share a server
 * class SharedServerTest { … }
 * }</pre>
 *
 * <p>A process that is shared by its nature is judged with the run in every case: one that was
 * started in a static initializer, for Spring's context cache or for a value of a JUnit store, or
 * by a library that is known to share. A test with the extension in its code and with neither
 * {@code settle} nor {@code grace} leaves nothing alive.
 *
 * @since 0.1.0
 */
public enum Judge {
  /** Not set here: the next level decides. Without any it is {@link #TEST}. */
  DEFAULT,
  /** At the end of the test, after all other extensions have cleaned up. */
  TEST,
  /** At the end of the class, after {@code @AfterAll} and all other extensions. */
  CLASS,
  /** When the JVM ends, after the shutdown hooks. Then {@code subreaper.exit} alone decides. */
  RUN
}
