package io.github.subreaper.internal.linux.calls;

/**
 * Sets and gets the child subreaper attribute of this process: PR_SET_CHILD_SUBREAPER and
 * PR_GET_CHILD_SUBREAPER of prctl(2), Linux 3.4.
 */
public class SubreaperFlag implements AutoCloseable {
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int PR_GET_CHILD_SUBREAPER = 37;

  private boolean before;

  public SubreaperFlag() {}

  /** Sets it until {@link #close}. */
  public void claim() {
    before = get();
    set(true);
  }

  /** Puts back what it was before {@link #claim}. */
  @Override
  public void close() {
    set(before);
  }

  public void set(boolean subreaper) {
    if (LibC.prctl(PR_SET_CHILD_SUBREAPER, subreaper ? 1 : 0, 0, 0, 0) != 0) {
      LibC.failed("prctl(PR_SET_CHILD_SUBREAPER)");
    }
  }

  public boolean get() {
    try (Block value = new Block(4)) {
      value.setInt(0, 0);
      if (LibC.prctl(PR_GET_CHILD_SUBREAPER, value, 0, 0, 0) != 0) {
        LibC.failed("prctl(PR_GET_CHILD_SUBREAPER)");
      }
      return value.getInt(0) != 0;
    }
  }
}
