/** Learns of deaths and collects zombies. */
@NullMarked
package io.github.subreaper.internal.engine.reap;

import org.jspecify.annotations.NullMarked;
