/**
 * The files of a test: what its processes did. A {@link
 * io.github.subreaper.internal.report.recording.Recording} holds plain values only, so that a page
 * and a trace can be made of it on another machine, too.
 */
@NullMarked
package io.github.subreaper.internal.report;

import org.jspecify.annotations.NullMarked;
