/**
 * For authors of test frameworks and assertion libraries. A test needs nothing of it.
 *
 * @since 0.1.0
 */
@NullMarked
package io.github.subreaper.framework;

import org.jspecify.annotations.NullMarked;
