/**
 * Runs programs that daemonize, records each descendant with its exit status, and leaves none
 * behind.
 */
@SuppressWarnings("requires-automatic") // JNA has a name, but no descriptor in its own jar
module io.github.subreaper {
  requires com.sun.jna;
  requires java.management;
  requires jdk.jfr;
  requires static transitive org.jspecify;

  exports io.github.subreaper;
  exports io.github.subreaper.framework;

  opens io.github.subreaper.internal.linux to
      com.sun.jna;
}
