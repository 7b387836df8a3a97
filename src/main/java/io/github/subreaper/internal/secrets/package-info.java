/** Hides secrets in what is printed and kept. */
@NullMarked
package io.github.subreaper.internal.secrets;

import org.jspecify.annotations.NullMarked;
