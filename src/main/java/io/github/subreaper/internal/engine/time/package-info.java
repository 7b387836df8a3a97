/** Moments, ticks and births: what shows when something was. */
@NullMarked
package io.github.subreaper.internal.engine.time;

import org.jspecify.annotations.NullMarked;
