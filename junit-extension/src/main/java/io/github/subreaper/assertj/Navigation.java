package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;

/** Where an assertion leads that ends in something else: a status, or one process of several. */
interface Navigation {
  /** To it, or no further at all. */
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
