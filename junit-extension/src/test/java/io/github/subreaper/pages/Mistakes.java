package io.github.subreaper.pages;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.waits.Await.LONG;
import static java.nio.file.attribute.PosixFilePermissions.fromString;

import io.github.subreaper.Descendant;
import io.github.subreaper.Frozen;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The variables of the rows of MISTAKES.md. */
public final class Mistakes extends Fixture {
  public final Program program = Program.of("sleep", "1000");
  public final int port;
  private final Subreaper library;

  public Supervisor inner;
  public Launch launch;
  public Launch innerLaunch;
  public Launch forking;
  public Launch parent;
  public Launch shell;
  public Descendant orphan;
  public String script;
  public String windowsScript;
  public Path pidFile;
  public Frozen frozen;

  /**
   * Starts nothing yet.
   *
   * @param port one that another process has
   */
  Mistakes(Subreaper library, int port) {
    this.library = library;
    this.port = port;
  }

  @Override
  void prepare() throws IOException {
    launch = supervisor().launch(program);
    inner = library.open("inner", supervisor().options());
    innerLaunch = inner.launch(program);
    script = Files.writeString(directory().resolve("start.sh"), "#!/bin/sh\n").toString();
    Path dos = Files.writeString(directory().resolve("dos.sh"), "#!/bin/sh\r\n");
    windowsScript = Files.setPosixFilePermissions(dos, fromString("rwxr-xr-x")).toString();
    pidFile = directory().resolve("daemon.pid");
    Supervisor beside = library.open("beside", supervisor().options());
    forking = beside.launch("sh", "-c", "echo $$ >'" + pidFile + "'; sleep 1000 &");
    forking.awaitExit(LONG);
    parent = beside.launch("sh", "-c", "sleep 1000 & wait");
    assertThat(parent).hasShapeWithin(LONG, "sh -c *\n  sleep 1000");
    shell = beside.launch(Program.of("sh", "-c", "(sleep 1002 &); read next").withTerminal());
    orphan = shell.awaitOrphan("sleep 1002", LONG);
  }
}
