package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;

/**
 * Leads from an assertion to assertions on something else: on a status, or on one of several
 * processes.
 */
interface Navigation {
  /** Returns the assertions, or throws the failure. */
  Navigation HARD =
      new Navigation() {
        @Override
        public ExitStatusAssert to(ExitStatus status) {
          return new ExitStatusAssert(status);
        }

        @Override
        public DescendantAssert to(Descendant process) {
          return new DescendantAssert(process);
        }

        @Override
        public ExitStatusAssert withoutStatus(AssertionError failure) {
          throw failure;
        }

        @Override
        public DescendantAssert withoutProcess(AssertionError failure) {
          throw failure;
        }
      };

  ExitStatusAssert to(ExitStatus status);

  DescendantAssert to(Descendant process);

  ExitStatusAssert withoutStatus(AssertionError failure);

  DescendantAssert withoutProcess(AssertionError failure);
}
