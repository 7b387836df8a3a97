/** A recording as JSON lines, and the pages that show it. */
@NullMarked
package io.github.subreaper.internal.report.pages;

import org.jspecify.annotations.NullMarked;
