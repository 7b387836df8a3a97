package io.github.subreaper.testing;

/** Virtual threads (JDK 21), which this code is compiled without. */
public final class VirtualThreads {
  private VirtualThreads() {}

  /** Returns one; throws where the JDK has none. */
  public static Thread unstarted(Runnable task) {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Class<?> type = Class.forName("java.lang.Thread$Builder");
      return (Thread) type.getMethod("unstarted", Runnable.class).invoke(builder, task);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
