/** Moments, ticks and births: what tells when something was. */
@NullMarked
package io.github.subreaper.internal.engine.time;

import org.jspecify.annotations.NullMarked;
