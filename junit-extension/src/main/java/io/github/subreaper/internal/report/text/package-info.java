/**
 * Text of reports, which need no other jar. Extension and assertions count and show in the same
 * words.
 */
@NullMarked
package io.github.subreaper.internal.report.text;

import org.jspecify.annotations.NullMarked;
