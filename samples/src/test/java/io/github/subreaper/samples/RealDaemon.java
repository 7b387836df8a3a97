package io.github.subreaper.samples;

import io.github.subreaper.Ports;
import io.github.subreaper.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Daemons of a distribution, each with the least configuration that starts it in a directory, on
 * loopback addresses and unix sockets only.
 */
enum RealDaemon {
  CHRONY("chronyd", "chrony") {
    @Override
    List<String> command(String chronyd, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "port 0",
              "cmdport 0",
              "pidfile " + pidFile(dir),
              "bindcmdaddress " + dir + "/c");
      return List.of(chronyd, "-x", "-u", "root", "-f", config.toString());
    }
  },
  DBUS("dbus-daemon", "dbus-daemon") {
    @Override
    List<String> command(String dbus, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "<busconfig><listen>unix:path=" + dir + "/bus</listen><fork/>",
              "<pidfile>" + pidFile(dir) + "</pidfile><auth>EXTERNAL</auth>",
              "<policy context='default'><allow user='*'/></policy></busconfig>");
      return List.of(dbus, "--config-file=" + config);
    }
  },
  DNSMASQ("dnsmasq", "dnsmasq-base") {
    @Override
    List<String> command(String dnsmasq, Path dir) throws IOException {
      return List.of(
          dnsmasq,
          "--conf-file=/dev/null",
          "--port=" + Ports.free(),
          "--listen-address=127.0.0.1",
          "--bind-interfaces",
          "--no-resolv",
          "--no-hosts",
          "--user=" + System.getProperty("user.name"),
          "--pid-file=" + pidFile(dir));
    }
  },
  DROPBEAR("dropbear", "dropbear-bin") {
    @Override
    List<String> command(String dropbear, Path dir) throws IOException {
      Path key = dir.resolve("key");
      run("dropbearkey", "-t", "ed25519", "-f", key.toString());
      String address = "127.0.0.1:" + Ports.free();
      return List.of(dropbear, "-r", key.toString(), "-p", address, "-P", pidFile(dir).toString());
    }
  },
  GPG_AGENT("gpg-agent", "gpg-agent") {
    @Override
    List<String> command(String agent, Path dir) {
      return List.of(agent, "--homedir", dir.toString(), "--daemon");
    }
  },
  HAPROXY("haproxy", "haproxy") {
    @Override
    List<String> command(String haproxy, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "defaults",
              " mode http",
              " timeout client 1s",
              " timeout server 1s",
              " timeout connect 1s",
              "frontend f",
              " bind unix@" + dir + "/socket");
      return List.of(haproxy, "-D", "-f", config.toString(), "-p", pidFile(dir).toString());
    }
  },
  LIGHTTPD("lighttpd", "lighttpd") {
    @Override
    List<String> command(String lighttpd, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "server.document-root = \"" + dir + "\"",
              "server.bind = \"" + dir + "/socket\"",
              "server.pid-file = \"" + pidFile(dir) + "\"");
      return List.of(lighttpd, "-f", config.toString());
    }
  },
  MEMCACHED("memcached", "memcached") {
    @Override
    List<String> command(String memcached, Path dir) {
      return List.of(
          memcached,
          "-d",
          "-u",
          System.getProperty("user.name"),
          "-s",
          dir + "/socket",
          "-P",
          pidFile(dir).toString());
    }
  },
  MOSQUITTO("mosquitto", "mosquitto") {
    @Override
    List<String> command(String mosquitto, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "listener 0 " + dir + "/socket",
              "allow_anonymous true",
              "user " + System.getProperty("user.name"),
              "pid_file " + pidFile(dir));
      return List.of(mosquitto, "-d", "-c", config.toString());
    }
  },
  NGINX("nginx", "nginx") {
    @Override
    List<String> command(String nginx, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "pid " + pidFile(dir) + "; error_log error.log; events {}",
              "http { access_log off; client_body_temp_path b; proxy_temp_path p;",
              " fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;",
              " server { listen unix:" + dir + "/socket; } }");
      return List.of(nginx, "-p", dir.toString(), "-c", config.toString());
    }
  },
  PROFTPD("proftpd", "proftpd-core") {
    @Override
    List<String> command(String proftpd, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "ServerType standalone",
              "DefaultAddress 127.0.0.1",
              "Port " + Ports.free(),
              "PidFile " + pidFile(dir),
              "ScoreboardFile " + dir + "/scoreboard",
              "WtmpLog off",
              "User nobody",
              "Group nogroup");
      return List.of(proftpd, "-c", config.toString());
    }
  },
  REDIS("redis-server", "redis-server") {
    @Override
    List<String> command(String redis, Path dir) {
      return List.of(
          redis,
          "--port",
          "0",
          "--unixsocket",
          dir + "/socket",
          "--save",
          "",
          "--daemonize",
          "yes",
          "--pidfile",
          pidFile(dir).toString());
    }
  },
  RSYNC("rsync", "rsync") {
    @Override
    List<String> command(String rsync, Path dir) throws IOException {
      Path config = write(dir, "pid file = " + pidFile(dir), "use chroot = no");
      return List.of(
          rsync, "--daemon", "--address=127.0.0.1", "--port=" + Ports.free(), "--config=" + config);
    }
  },
  SSH_AGENT("ssh-agent", "openssh-client") {
    @Override
    List<String> command(String agent, Path dir) {
      return List.of(agent, "-a", dir + "/socket");
    }
  },
  SSHD("sshd", "openssh-server") {
    @Override
    List<String> command(String sshd, Path dir) throws IOException {
      Path key = dir.resolve("key");
      run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString());
      Path config =
          write(
              dir,
              "ListenAddress 127.0.0.1:" + Ports.free(),
              "HostKey " + key,
              "PidFile " + pidFile(dir),
              "UsePAM no");
      Files.createDirectories(Path.of("/run/sshd")); // its package does this at boot
      return List.of(sshd, "-f", config.toString());
    }
  },
  STUNNEL("stunnel", "stunnel4") {
    @Override
    List<String> command(String stunnel, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "pid = " + pidFile(dir),
              "output = " + dir + "/log",
              "[x]",
              "client = yes",
              "accept = 127.0.0.1:" + Ports.free(),
              "connect = 127.0.0.1:1");
      return List.of(stunnel, config.toString());
    }
  },
  TFTPD("in.tftpd", "tftpd-hpa") {
    @Override
    List<String> command(String tftpd, Path dir) throws IOException {
      return List.of(
          tftpd,
          "--listen",
          "--address",
          "127.0.0.1:" + Ports.free(),
          "--pidfile",
          pidFile(dir).toString(),
          dir.toString());
    }

    @Override
    String versionStart() {
      return "tftp-hpa ";
    }
  },
  TINYPROXY("tinyproxy", "tinyproxy-bin") {
    @Override
    List<String> command(String tinyproxy, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "Port " + Ports.free(),
              "Listen 127.0.0.1",
              "Timeout 600",
              "PidFile \"" + pidFile(dir) + "\"",
              "LogFile \"" + dir + "/log\"");
      return List.of(tinyproxy, "-c", config.toString());
    }
  },
  UNBOUND("unbound", "unbound") {
    @Override
    List<String> command(String unbound, Path dir) throws IOException {
      Path config =
          write(
              dir,
              "server:",
              " interface: 127.0.0.1",
              " port: " + Ports.free(),
              " username: \"\"",
              " chroot: \"\"",
              " directory: \"" + dir + "\"",
              " pidfile: \"" + pidFile(dir) + "\"",
              " use-syslog: no",
              " logfile: \"" + dir + "/log\"",
              " module-config: \"iterator\"",
              "remote-control:",
              " control-enable: no");
      return List.of(unbound, "-c", config.toString());
    }
  };

  private static final Set<RealDaemon> NEED_ROOT = EnumSet.of(CHRONY, PROFTPD, SSHD, TFTPD);
  private static final Set<RealDaemon> WITHOUT_PID_FILE = EnumSet.of(GPG_AGENT, SSH_AGENT);

  private final String executable;
  private final String debianPackage;

  RealDaemon(String executable, String debianPackage) {
    this.executable = executable;
    this.debianPackage = debianPackage;
  }

  /** Finds the program of the machine. Without it the test is skipped, also in CI. */
  String require() throws IOException {
    String file = Programs.require(executable, debianPackage, false);
    if (!versionStart().isEmpty()) {
      Programs.requireVersion(Path.of(file), versionStart(), debianPackage, false);
    }
    return file;
  }

  String executable() {
    return executable;
  }

  /**
   * The start of the output of {@code --version}, if another package has a program of this name.
   */
  String versionStart() {
    return "";
  }

  boolean needsRoot() {
    return NEED_ROOT.contains(this);
  }

  Program program(String file, Path dir) throws IOException {
    return Program.of(command(file, dir).toArray(new String[0]));
  }

  /** Creates the files that the daemon needs, and returns its command line. */
  abstract List<String> command(String file, Path dir) throws IOException;

  boolean hasPidFile() {
    return !WITHOUT_PID_FILE.contains(this);
  }

  Path pidFile(Path dir) {
    return dir.resolve("pid");
  }

  private static Path write(Path dir, String... lines) throws IOException {
    return Files.write(dir.resolve("config"), List.of(lines));
  }

  private static void run(String... command) throws IOException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + " failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
