/** What a report records of a test and of a run: values, already bounded and masked. */
@NullMarked
package io.github.subreaper.internal.report.recording;

import org.jspecify.annotations.NullMarked;
