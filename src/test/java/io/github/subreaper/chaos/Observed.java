package io.github.subreaper.chaos;

import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import org.jspecify.annotations.Nullable;

/**
 * What a supervisor reports of one process; null where it reports nothing.
 *
 * @param parent the original parent
 * @param orphan whether it was adopted
 */
public record Observed(
    Identity identity,
    @Nullable Identity parent,
    @Nullable ExitStatus status,
    @Nullable Ending ending,
    boolean orphan,
    String scope) {}
