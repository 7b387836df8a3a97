package io.github.subreaper.internal.engine.spawn;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What to launch, and how; checked by whoever made it. */
public record LaunchSpec(
    List<String> command,
    Map<String, String> environment,
    Set<String> removedEnvironment,
    @Nullable Path directory,
    @Nullable String inputText,
    @Nullable Path inputFile,
    int stopSignal,
    @Nullable Duration timeout,
    Setup setup) {}
