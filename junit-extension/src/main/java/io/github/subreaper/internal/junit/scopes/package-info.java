/**
 * The scopes of a run, its classes and tests: what each left, what that means for its test, and
 * what is said of it.
 */
@NullMarked
package io.github.subreaper.internal.junit.scopes;

import org.jspecify.annotations.NullMarked;
