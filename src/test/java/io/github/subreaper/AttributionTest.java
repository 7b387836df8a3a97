package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.Origins;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many parallel scopes, each with programs of random shape. {@code -Dattribution.programs=100} runs
 * more programs in each scope than a build has time for.
 */
@Tag("full")
class AttributionTest {
  private static final int SCOPES = 16;
  private static final int PROGRAMS = Integer.getInteger("attribution.programs", 20);
  private static final ScopeOptions OPTIONS = Origins.PATIENT;

  @TempDir private Path directory;

  /** One line of a ledger: a process as the program itself wrote it down. */
  private record Entry(int pid, long startTicks, boolean stays) {
    static Entry of(String line) {
      String[] words = line.split(" ", -1);
      return new Entry(Integer.parseInt(words[0]), Long.parseLong(words[1]), words[2].equals("1"));
    }

    boolean is(Descendant process) {
      return process.pid() == pid && process.record().startTicks() == startTicks;
    }
  }

  /** One scope, its programs, and what these wrote to their ledgers. */
  private static final class Worker {
    final Supervisor scope;
    final Path launched;
    final Path ambient;
    final List<Entry> launchedEntries = new ArrayList<>();
    final List<Entry> ambientEntries = new ArrayList<>();
    int launchedDaemons;
    int ambientDaemons;

    Worker(Supervisor scope, Path launched, Path ambient) {
      this.scope = scope;
      this.launched = launched;
      this.ambient = ambient;
    }

    void awaitAll() {
      launchedEntries.addAll(entries(launched, launchedDaemons));
      ambientEntries.addAll(entries(ambient, ambientDaemons));
    }
  }

  private static List<Entry> entries(Path ledger, int count) {
    Await.until(() -> Files.readAllLines(ledger).size() >= count);
    try {
      List<Entry> entries = Files.readAllLines(ledger).stream().map(Entry::of).toList();
      assertThat(entries).hasSize(count);
      return entries;
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everyOrphanIsInTheScopeThatCausedIt() throws Exception {
    run(true);
  }

  /** Control: launches need no recorder; ambient processes do. */
  @Test
  void withoutTheRecorderAmbientOrphansOfUnknownThreadsAreInTheSharedScope() throws Exception {
    System.setProperty("subreaper.origin", "off");
    try {
      run(false);
    } finally {
      System.clearProperty("subreaper.origin");
    }
  }

  private void run(boolean origin) throws Exception {
    long seed = Long.getLong("attribution.seed", System.nanoTime());
    try {
      run(origin, seed);
    } catch (Throwable e) {
      throw new AssertionError("with -Dattribution.seed=" + seed, e);
    }
  }

  private void run(boolean origin, long seed) throws Exception {
    Path program = CProgram.build(directory, "shape");
    ExecutorService pool = Executors.newFixedThreadPool(SCOPES);
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor shared = subreaper.open("shared", OPTIONS)) {
      if (origin) {
        Origins.awaitReported();
      }
      List<Worker> workers = new ArrayList<>();
      for (int i = 0; i < SCOPES; i++) {
        workers.add(
            new Worker(
                shared.open("scope " + i, OPTIONS), ledger("launched" + i), ledger("ambient" + i)));
      }
      CyclicBarrier start = new CyclicBarrier(SCOPES);
      List<Future<@Nullable Void>> running = new ArrayList<>();
      for (int i = 0; i < SCOPES; i++) {
        Worker worker = workers.get(i);
        Random random = new Random(seed + i);
        running.add(
            pool.submit(
                () -> {
                  start.await();
                  work(worker, program, random);
                  return null;
                }));
      }
      for (Future<@Nullable Void> one : running) {
        Await.get(one);
      }
      Path nobodys = ledger("nobodys");
      ambient(program, nobodys, new Random(seed), 1);
      workers.forEach(Worker::awaitAll);
      check(workers, shared, origin);
      Await.untilAsserted(
          () -> assertThat(owners(shared, entries(nobodys, 1))).containsValue(shared.name()));
      end(workers, shared, origin, new Random(seed));
    } finally {
      Await.end(pool);
    }
  }

  private Path ledger(String name) throws Exception {
    return Files.createFile(directory.resolve(name));
  }

  private static void work(Worker worker, Path program, Random random) throws Exception {
    for (int i = 0; i < PROGRAMS; i++) {
      if (i % 5 == 4) {
        int width = 1 + random.nextInt(2);
        // the thread is bound by another thread, so the kernel's lists do not show it
        Thread thread =
            new Thread(
                () -> {
                  try {
                    ambient(program, worker.ambient, random, width);
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                });
        try (Binding bound = worker.scope.bind(thread)) {
          assertThat(bound).isNotNull();
          thread.start();
          thread.join();
        }
        worker.ambientDaemons += width;
      } else {
        int width = 1 + random.nextInt(3);
        worker.launchedDaemons += width;
        worker
            .scope
            .launch(
                program.toString(),
                worker.launched.toString(),
                Integer.toString(random.nextInt(3)),
                Integer.toString(1 + random.nextInt(3)),
                Integer.toString(width),
                Integer.toString(random.nextInt(3)),
                Integer.toString(random.nextInt(2)),
                random.nextInt(8) == 0 ? "1" : "0",
                Integer.toString(random.nextInt(128)))
            .awaitExit();
      }
    }
  }

  /** Starts a program whose session or group links its daemons to it, even if no scan sees more. */
  private static void ambient(Path program, Path ledger, Random random, int width)
      throws Exception {
    new ProcessBuilder(
            program.toString(),
            ledger.toString(),
            Integer.toString(1 + random.nextInt(2)),
            Integer.toString(1 + random.nextInt(3)),
            Integer.toString(width),
            "0",
            Integer.toString(random.nextInt(2)),
            "1",
            "0")
        .start()
        .waitFor();
  }

  /** Returns the scope of each process, from one snapshot. */
  private static Map<Entry, String> owners(Supervisor shared, List<Entry> entries) {
    Map<Entry, String> owners = new HashMap<>();
    List<Descendant> seen = shared.orphans();
    for (Entry entry : entries) {
      List<String> scopes =
          seen.stream().filter(entry::is).map(Descendant::scope).distinct().toList();
      assertThat(scopes).as("%s is in one scope", entry).hasSize(1);
      owners.put(entry, scopes.get(0));
    }
    return owners;
  }

  private static void check(List<Worker> workers, Supervisor shared, boolean origin) {
    List<Entry> entries = new ArrayList<>();
    Map<Entry, String> expected = new HashMap<>();
    for (Worker worker : workers) {
      String own = worker.scope.name();
      worker.launchedEntries.forEach(entry -> expected.put(entry, own));
      worker.ambientEntries.forEach(entry -> expected.put(entry, origin ? own : shared.name()));
    }
    entries.addAll(expected.keySet());
    // It can take a tenth of a second to tell an orphan from a child of the JDK.
    Await.untilAsserted(() -> assertThat(owners(shared, entries)).isEqualTo(expected));
    for (Worker worker : workers) {
      List<Descendant> seen = worker.scope.descendants();
      assertThat(seen).extracting(Descendant::scope).containsOnly(worker.scope.name());
      assertThat(alive(worker.launchedEntries, seen))
          .containsExactlyElementsOf(staying(worker.launchedEntries));
    }
  }

  /** Ends the scopes one by one in random order: processes of the other scopes live on. */
  private static void end(List<Worker> workers, Supervisor shared, boolean origin, Random random) {
    List<Worker> left = new ArrayList<>(workers);
    Collections.shuffle(left, random);
    while (!left.isEmpty()) {
      Worker ending = left.remove(0);
      List<Descendant> own = ending.scope.descendants();
      ScopeReport report = ending.scope.end();
      assertThat(report.leaked().stream().map(Descendant::pid).map(Long::intValue))
          .as(report.toString())
          .containsExactlyInAnyOrderElementsOf(
              origin ? ending.ambientEntries.stream().map(Entry::pid).toList() : List.of());
      assertThat(report.toString()).doesNotContain("no evidence");
      assertThat(alive(ending.launchedEntries, own)).isEmpty();
      List<Descendant> others = shared.orphans();
      for (Worker other : left) {
        assertThat(alive(other.launchedEntries, others))
            .as("in %s after the end of %s", other.scope.name(), ending.scope.name())
            .containsExactlyElementsOf(staying(other.launchedEntries));
        assertThat(alive(other.ambientEntries, others)).hasSize(other.ambientDaemons);
      }
    }
    int ambient = workers.stream().mapToInt(worker -> worker.ambientDaemons).sum();
    ScopeReport report = shared.end();
    assertThat(report.leaked()).hasSize(1 + (origin ? 0 : ambient));
    assertThat(report.toString())
        .contains("no evidence shows which of these scopes started it: scope 0, scope 1,")
        .contains(" and 8 more");
  }

  private static List<Entry> staying(List<Entry> entries) {
    return entries.stream().filter(Entry::stays).toList();
  }

  private static List<Entry> alive(List<Entry> entries, List<Descendant> seen) {
    return entries.stream()
        .filter(entry -> seen.stream().anyMatch(one -> entry.is(one) && one.isAlive()))
        .toList();
  }
}
