/** What the user has set: in annotations, fields, parameters and the baseline file. */
@NullMarked
package io.github.subreaper.internal.junit.settings;

import org.jspecify.annotations.NullMarked;
