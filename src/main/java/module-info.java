/**
 * Runs programs that daemonize, records each descendant with its exit status, and leaves none
 * behind.
 */
@SuppressWarnings("requires-automatic") // JNA has a name, but no descriptor in its own jar
module io.github.subreaper {
  requires com.sun.jna;
  requires java.management;
  requires java.logging;
  requires jdk.jfr;
  requires static transitive org.jspecify;

  uses java.lang.System.LoggerFinder; // of others, to which the JDK may log

  exports io.github.subreaper;
  exports io.github.subreaper.crash;
  exports io.github.subreaper.internal.access; // for the extension, wherever it is
  exports io.github.subreaper.internal.crash;
  exports io.github.subreaper.internal.secrets;
  exports io.github.subreaper.internal.text;

  opens io.github.subreaper.internal.linux to
      com.sun.jna;
  opens io.github.subreaper.internal.linux.calls to
      com.sun.jna;
  opens io.github.subreaper.internal.linux.files to
      com.sun.jna;
}
