package io.github.subreaper.internal.engine.origin;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Lets the flight recorder record deep stacks, such as those of an application that a test starts.
 * Only this class needs the module {@code java.management}.
 */
final class StackDepth {
  private static final int WANTED = 256;
  private static final String DEFAULT = "Stack depth: 64\n";

  private StackDepth() {}

  /** Changes nothing that the user has configured. The recorder must not have started. */
  static void raise() {
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      if (configure(server).contains(DEFAULT)) {
        configure(server, "stackdepth=" + WANTED);
      }
    } catch (JMException | RuntimeException | LinkageError e) {
      return; // this Java runtime has no such command: the stacks stay as they are
    }
  }

  private static String configure(MBeanServer server, String... arguments) throws JMException {
    return (String)
        server.invoke(
            new ObjectName("com.sun.management:type=DiagnosticCommand"),
            "jfrConfigure",
            new Object[] {arguments},
            new String[] {String[].class.getName()});
  }
}
