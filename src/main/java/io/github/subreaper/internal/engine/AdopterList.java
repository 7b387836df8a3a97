package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.NewChildren;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's list of the children of the adopting thread. It is read on where the last reading
 * ended, as long as no child has left it. The lock over all records is held.
 */
final class AdopterList {
  private @Nullable NewChildren list;

  /** Returns the list of this thread. */
  NewChildren of(int adopter) {
    NewChildren present = list;
    if (present == null || present.tid() != adopter) {
      present = new NewChildren(adopter);
      list = present;
    }
    return present;
  }

  /** A child has left the list, or may have. */
  void startAgain() {
    NewChildren present = list;
    if (present != null) {
      present.startAgain();
    }
  }
}
