package io.github.subreaper.internal.http;

import io.github.subreaper.internal.text.Text;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A GET request of which only the status counts. The JDK's clients do not serve. They obey settings
 * of the whole JVM (proxy, cookies, passwords) and keep threads or connections. That of
 * java.net.http tries one address of a host only, its time-out does not limit the body, and it
 * hides the reason of a status.
 */
public final class HttpGet {
  /** How long one request takes at most, whatever the server does. */
  private static final long LONGEST_NANOS = 1_000_000_000;

  /** How long the rest of an answer is waited for: a server may never end it. */
  private static final long REST_NANOS = 100_000_000;

  /** More bytes of an answer are not read. */
  private static final int MOST_BYTES = 1 << 16;

  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/\\d(?:\\.\\d)? (\\d{3})( .*)?");

  private final URI uri;
  private final boolean secure;

  /**
   * What came of a request.
   *
   * @param status 0 if there was no answer
   * @param words the status and its reason, or what happened instead
   */
  public record Answer(int status, String words) {
    static Answer none(String why) {
      return new Answer(0, why);
    }
  }

  /**
   * Makes a request that can be sent again and again.
   *
   * @throws IllegalArgumentException if it is not the URI of a web server
   */
  public HttpGet(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    this.secure = scheme.equals("https");
    if (!(secure || scheme.equals("http")) || uri.getHost() == null || uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "a URI for http is like http://localhost:8080/health, not " + uri);
    }
    this.uri = URI.create(uri.toASCIIString());
  }

  /** Sends it. A redirect is an answer like any other. */
  public Answer send() {
    long deadline = System.nanoTime() + LONGEST_NANOS;
    try {
      String refused = "";
      for (InetAddress address : InetAddress.getAllByName(uri.getHost())) {
        try (Hurried socket = new Hurried(deadline)) {
          socket.connect(new InetSocketAddress(address, port()), socket.millisLeft());
          return secure ? askSecurely(socket) : ask(socket, socket);
        } catch (ConnectException e) { // localhost may be 127.0.0.1 and ::1
          refused = String.valueOf(e.getMessage());
        }
      }
      return Answer.none("no connection: " + refused);
    } catch (UnknownHostException e) {
      return Answer.none("unknown host " + uri.getHost());
    } catch (SocketTimeoutException e) {
      return Answer.none("no answer within 1 s");
    } catch (SSLException e) {
      return Answer.none("TLS failed: " + e.getMessage());
    } catch (IOException | GeneralSecurityException e) {
      return Answer.none("no answer: " + e.getMessage());
    }
  }

  private int port() {
    return uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
  }

  private Answer askSecurely(Hurried socket) throws IOException, GeneralSecurityException {
    try (SSLSocket layer =
        (SSLSocket)
            SSLContext.getDefault()
                .getSocketFactory()
                .createSocket(socket, uri.getHost(), port(), true)) {
      SSLParameters parameters = layer.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS"); // checks the name, too
      layer.setSSLParameters(parameters);
      return ask(layer, socket);
    }
  }

  private Answer ask(Socket socket, Hurried lowest) throws IOException {
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String request =
        String.join(
            "\r\n",
            "GET "
                + path
                + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())
                + " HTTP/1.1",
            "Host: " + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()),
            "User-Agent: subreaper",
            "Accept: */*",
            "Connection: close",
            "\r\n");
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    Answer answer = read(reader);
    lowest.hurry(REST_NANOS);
    try {
      reader.transferTo(Writer.nullWriter()); // a server that cannot send all of it may report that
    } catch (IOException e) {
      return answer;
    }
    return answer;
  }

  /** Reads the status line, behind those of interim answers. */
  private static Answer read(BufferedReader reader) throws IOException {
    String line = reader.readLine();
    while (line != null) {
      Matcher status = STATUS_LINE.matcher(line);
      if (!status.matches()) {
        return Answer.none("an answer that is not HTTP: \"" + Text.shortened(line) + "\"");
      }
      int code = Integer.parseInt(status.group(1));
      if (code >= 200) {
        String reason = status.group(2);
        return new Answer(code, code + (reason == null ? "" : Text.shortened(reason)));
      }
      while (line != null && !line.isEmpty()) {
        line = reader.readLine();
      }
      line = line == null ? null : reader.readLine();
    }
    return Answer.none("the connection was closed without an answer");
  }

  /** A socket on which no read lasts beyond a deadline, however slowly the bytes come. */
  private static final class Hurried extends Socket {
    private long deadline;
    private int left = MOST_BYTES;

    Hurried(long deadline) {
      this.deadline = deadline;
    }

    /** Brings the deadline forward. */
    void hurry(long nanos) {
      long sooner = System.nanoTime() + nanos;
      deadline = sooner - deadline < 0 ? sooner : deadline;
    }

    int millisLeft() throws SocketTimeoutException {
      long nanos = deadline - System.nanoTime();
      if (nanos <= 0) {
        throw new SocketTimeoutException();
      }
      return (int) (nanos / 1_000_000) + 1;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          if (left == 0) {
            return -1;
          }
          setSoTimeout(millisLeft());
          int count = super.read(bytes, offset, Math.min(length, left));
          left -= Math.max(0, count);
          return count;
        }
      };
    }
  }
}
