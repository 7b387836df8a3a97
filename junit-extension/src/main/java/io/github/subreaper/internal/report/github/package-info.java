/** What GitHub Actions shows of a run: annotations, and the summary of the job. */
@NullMarked
package io.github.subreaper.internal.report.github;

import org.jspecify.annotations.NullMarked;
