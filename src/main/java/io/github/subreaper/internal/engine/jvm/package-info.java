/**
 * This JVM: its threads, those of the JDK that reap, and whether another copy of the library is
 * active.
 */
@NullMarked
package io.github.subreaper.internal.engine.jvm;

import org.jspecify.annotations.NullMarked;
