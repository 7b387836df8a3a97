package io.github.subreaper.internal.assertj.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written into an approved shape, and what an approval keeps of the lines before. */
class ApprovedLinesTest {
  private static final Surroundings HERE =
      new Surroundings(
          Set.of("/home/me/project", "/home/me", "/opt/jdk"),
          Set.of("/tmp", "/var/tmp"),
          OptionalInt.of(1000),
          20000,
          21000,
          port -> port == 18677 || port == 61001);

  private static String written(MadeNode... roots) {
    List<SeenProcess> tree = SeenProcess.all(List.of(roots));
    ShapeWriter writer = new ShapeWriter(HERE, tree);
    String text = ShapeWriter.text(writer.all());
    assertThat(Shape.parse(text).match(tree, writer).isMatch()).as(text).isTrue();
    return text;
  }

  private static ShapeMerge merge(String pattern, MadeNode... roots) {
    List<SeenProcess> tree = SeenProcess.all(List.of(roots));
    ShapeWriter writer = new ShapeWriter(HERE, tree);
    Shape shape = Shape.parse(pattern);
    return new ShapeMerge(shape, shape.match(tree, writer), writer);
  }

  private static String rewritten(String pattern, MadeNode... roots) {
    String text = String.join("\n", merge(pattern, roots).rewritten()) + "\n";
    List<SeenProcess> tree = SeenProcess.all(List.of(roots));
    assertThat(Shape.parse(text).match(tree, new ShapeWriter(HERE, tree)).isMatch())
        .as(text)
        .isTrue();
    return text;
  }

  private static ShapeAttribute user(String name) {
    return new ShapeAttribute.User(name);
  }

  private static ShapeAttribute port(int number) {
    return new ShapeAttribute.Port(number);
  }

  // what is written -----------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /usr/bin/sleep 60                            | sleep 60
          /home/me/project/target/daemon --fast        | daemon --fast
          daemon --config /home/me/project/a.conf      | daemon --config */a.conf
          daemon --config=/home/me/b.conf -I/opt/jdk/x | daemon --config=*/b.conf -I*/x
          daemon /home/me2/a /srv/home/me/a            | daemon /home/me2/a /srv/home/me/a
          daemon /tmp/junit-123/x.conf -p/var/tmp/y    | daemon */x.conf -p*
          daemon /srv/tmp/x /tmpx/y                    | daemon /srv/tmp/x /tmpx/y
          daemon /tmp -d /tmp/                         | daemon /tmp -d /tmp/
          redis-server *:32768 [cluster]               | redis-server \\**:* [cluster\\]
          redis-server 127.0.0.1:6379                  | redis-server 127.0.0.1:6379
          daemon -p 20500 -q 20001,32767,65536 -n 1000 | daemon -p * -q *,32767,* -n 1000
          worker-41230-of-3 99999999999999             | worker-*-of-3 *
          daemon -p18677 -q 127.0.0.1:18677 -r 18678   | daemon -p* -q 127.0.0.1:* -r 18678
          daemon 1b4e28ba-2fa1-11d2-883f-0016d3cca427  | daemon *
          daemon 0123456789abcdef cafe sha256          | daemon * cafe sha256
          """)
  void whatVariesIsAWildcard(String commandLine, String expected) {
    String line = expected.replace("redis-server \\**", "redis-server \\*");
    assertThat(written(MadeNode.of(commandLine))).isEqualTo(line + "\n");
  }

  @Test
  void orphansUsersAndSocketsAreNamed() {
    assertThat(
            written(
                MadeNode.of("a").with(ShapeAttribute.Flag.ORPHAN, user("root")),
                MadeNode.of("b").with(port(6379)),
                MadeNode.of("c").with(port(20500)),
                MadeNode.of("d").with(port(40000)),
                MadeNode.of("e").with(new ShapeAttribute.Socket("/run/a,b].sock")),
                MadeNode.of("f").with(new ShapeAttribute.Socket("/tmp/junit1/x.sock")),
                MadeNode.of("g").with(new ShapeAttribute.Socket("@0001f")),
                MadeNode.of("h").with(new ShapeAttribute.Socket("x.sock")),
                MadeNode.of("i").with(ShapeAttribute.Flag.SESSION_LEADER),
                MadeNode.of("j").with(port(18677), port(80)),
                MadeNode.of("k").with(port(61001))))
        .isEqualTo(
            """
            a [orphan, uid=root]
            b [listens=6379]
            c
            d
            e [listens=/run/a\\,b\\].sock]
            f [listens=*/x.sock]
            g
            h [listens=*x.sock]
            i
            j [listens=80, listens=*]
            k [listens=*]
            """);
  }

  @Test
  void equalProcessesAreOneLineAndLinesAreSorted() {
    MadeNode worker = MadeNode.of("worker 1", MadeNode.of("helper"), MadeNode.of("helper"));
    MadeNode other = MadeNode.of("worker 1", MadeNode.of("helper"));
    assertThat(written(MadeNode.of("z", worker, other, worker), MadeNode.of("a")))
        .isEqualTo(
            """
            a
            z
              worker 1
                helper
              worker 1 {2}
                helper {2}
            """);
    assertThat(written()).isEmpty();
  }

  @Test
  void anyTextIsWrittenAsAPatternThatItMatches() {
    Random random = new Random(7);
    String[] parts = {
      "*",
      "?",
      "\\",
      "]",
      "}",
      "[",
      "{",
      " ",
      "\n",
      "\t",
      "\u202e",
      "\u001b",
      "←",
      "|",
      "_",
      ",",
      "/",
      "/tmp/",
      "a",
      "40000",
      "...",
      "''",
      "⁂",
      "\\_ ",
      "\u0000",
      "é",
      "\uD83D\uDE00"
    };
    for (int i = 0; i < 3000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(7); j >= 0; j--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      String hostile = text.toString();
      MadeNode node = new MadeNode("x", List.of(hostile), Set.of(), List.of());
      String path = "/x" + hostile.replace("\0", "").replace('/', '_');
      written(node, node.with(new ShapeAttribute.Socket(path)));
    }
  }

  @Test
  void chainOfAThousandIsWritten() {
    MadeNode chain = MadeNode.of("sh");
    for (int i = 0; i < 1000; i++) {
      chain = MadeNode.of("sh", chain);
    }
    assertThat(written(chain)).hasLineCount(1001);
  }

  // what is compared ----------------------------------------------------------------------------

  @Test
  void anotherUserOrSocketMustBeNamed() {
    MadeNode worker = MadeNode.of("worker").with(user("root"), port(81));
    assertThat(merge("worker", worker).marked())
        .isEqualTo(
            """
               worker                          ← found 0 of 1 with these attributes
               worker [uid=root, listens=81]  ← runs as root (uid 0), listens on 127.0.0.1:81\
            """
                .replace("worker                          ←", "worker                         ←"));
    for (String right :
        List.of(
            "worker [uid=root, listens=81]",
            "worker [uid=*, listens=*]",
            "worker [uid=0, listens=127.0.0.1:81]".replace("127.0.0.1:81", "*:81"),
            "...")) {
      List<SeenProcess> tree = SeenProcess.all(List.of(worker));
      assertThat(Shape.parse(right).match(tree, new ShapeWriter(HERE, tree)).isMatch())
          .as(right)
          .isTrue();
    }
  }

  @Test
  void whatIsNewIsMarkedWhereItIs() {
    assertThat(
            merge(
                    "nginx: master * [orphan]\n  nginx: worker {2}\n  gone\n",
                    MadeNode.of(
                            "nginx: master /usr/sbin/nginx",
                            MadeNode.of("nginx: worker"),
                            MadeNode.of("nginx: worker"),
                            MadeNode.of(
                                "nginx: cache", MadeNode.of("loader"), MadeNode.of("loader")))
                        .with(ShapeAttribute.Flag.ORPHAN))
                .marked())
        .isEqualTo(
            """
               nginx: master * [orphan]
                 nginx: worker {2}
                 gone          ← missing
                 nginx: cache  ← new
                   loader {2}  ← new\
            """);
  }

  // what an approval keeps ----------------------------------------------------------------------

  @Test
  void linesThatStillMatchStayAsTheyAre() {
    String pattern =
        """
        ← all of nginx

        nginx: master * [orphan]   ← the one
            nginx: worker {1,4}    ← as many as CPUs
            gone
              gone too
            helper [uid=*, listens=*]
        """;
    MadeNode found =
        MadeNode.of(
                "nginx: master /usr/sbin/nginx",
                MadeNode.of("nginx: worker"),
                MadeNode.of("helper").with(user("root"), port(80)),
                MadeNode.of("cache"))
            .with(ShapeAttribute.Flag.ORPHAN);
    assertThat(rewritten(pattern, found))
        .isEqualTo(
            """
            ← all of nginx

            nginx: master * [orphan]   ← the one
              nginx: worker {1,4}    ← as many as CPUs
              helper [uid=*, listens=*]
              cache
            """);
  }

  @Test
  void numbersAndAttributesChangeAloneIfTheRestMatches() {
    MadeNode worker = MadeNode.of("worker 7").with(port(81));
    MadeNode idle = MadeNode.of("worker 7");
    assertThat(rewritten("work* {2}", idle, idle, idle)).isEqualTo("work* {3}\n");
    assertThat(rewritten("work* {3,}", idle, idle)).isEqualTo("work* {2}\n");
    assertThat(rewritten("work* {2}", worker, worker)).isEqualTo("work* {2} [listens=81]\n");
    assertThat(rewritten("work* {2} [listens=81]", worker)).isEqualTo("work* [listens=81]\n");
    assertThat(rewritten("work* {2,3} [listens=81, orphan]", worker, worker))
        .isEqualTo("work* {2,3} [listens=81]\n");
    assertThat(rewritten("work* [listens=80, listens=*1]", worker))
        .isEqualTo("work* [listens=*1]\n");
    assertThat(rewritten("work*\n...\nother {0,1}", worker, MadeNode.of("new")))
        .isEqualTo("work* [listens=81]\n...\nother {0,1}\n");
  }

  @Test
  void oneLineBecomesTwoIfItsProcessesDiffer() {
    MadeNode one = MadeNode.of("sh", MadeNode.of("a"));
    MadeNode other = MadeNode.of("sh", MadeNode.of("a"), MadeNode.of("bb"));
    assertThat(rewritten("s? {2}\n  ?", one, other)).isEqualTo("s?\n  ?\ns?\n  ?\n  bb\n");
    assertThat(rewritten("s? {3}\n  ?", other, one, other))
        .isEqualTo("s? {2}\n  ?\n  bb\ns?\n  ?\n");
  }

  @Test
  void anythingBecomesAnything() {
    rewriteAnything(new Random(11), 100);
  }

  @Test
  @Tag("full")
  void muchMoreBecomesAnything() {
    rewriteAnything(new Random(12), 400);
  }

  private static void rewriteAnything(Random random, int count) {
    for (int i = 0; i < count; i++) {
      MadeNode before = random(random, 3);
      MadeNode after = random(random, 3);
      rewritten(written(before), after);
      rewritten(written(before, after), after, after);
      rewritten("");
      rewritten(written(before));
    }
  }

  private static MadeNode random(Random random, int depth) {
    String name = List.of("a", "b", "worker 1").get(random.nextInt(3));
    MadeNode node = MadeNode.of(name).with(port(80 + random.nextInt(2)));
    List<MadeNode> below =
        random
            .ints(depth == 0 ? 0 : random.nextInt(4))
            .mapToObj(i -> random(random, depth - 1))
            .toList();
    return node.below(below.isEmpty() ? Collections.emptyList() : below);
  }
}
