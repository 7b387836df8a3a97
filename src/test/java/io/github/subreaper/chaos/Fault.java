package io.github.subreaper.chaos;

/** Something that a supervisor reported or did, and that the ledger contradicts. */
public record Fault(Kind kind, String what) {
  /** Kinds of faults, in the order of the promises. */
  public enum Kind {
    /** An orphan without a record, or without a status. */
    LOST,
    /** A wrong status, parent or cause of death. */
    WRONG,
    /** In the wrong scope or launch. */
    MISPLACED,
    /** Alive after the end. */
    LEFT,
    /** A bystander that got a signal. */
    SIGNALLED
  }
}
