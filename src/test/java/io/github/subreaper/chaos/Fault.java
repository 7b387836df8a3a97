package io.github.subreaper.chaos;

/** Something that a supervisor said or did, and the ledger says otherwise. */
public record Fault(Kind kind, String what) {
  /** In the order of the promises. */
  public enum Kind {
    /** An orphan without a record, or without a status. */
    LOST,
    /** Another status, parent or ending than the process had. */
    WRONG,
    /** In the scope or launch of somebody else. */
    MISPLACED,
    /** Still there after the end. */
    LEFT,
    /** A bystander that got a signal. */
    SIGNALLED
  }
}
