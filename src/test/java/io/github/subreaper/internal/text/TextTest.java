package io.github.subreaper.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void addressesAreShownAsUsersTypeThem() throws UnknownHostException {
    assertThat(Text.address(address(127, 0, 0, 1))).isEqualTo("127.0.0.1:80");
    assertThat(Text.address(address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))
        .isEqualTo("[0:0:0:0:0:0:0:1]:80");
    assertThat(Text.address(InetSocketAddress.createUnresolved("host", 80))).isEqualTo("host:80");
  }

  private static InetSocketAddress address(int... bytes) throws UnknownHostException {
    byte[] raw = new byte[bytes.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (byte) bytes[i];
    }
    return new InetSocketAddress(InetAddress.getByAddress(raw), 80);
  }

  @Test
  void someAreNamedAndTheRestIsCounted() {
    List<String> names = List.of("a", "b", "c");
    assertThat(Text.some(names, 3)).isEqualTo("a, b, c");
    assertThat(Text.some(names, 1)).isEqualTo("a and 2 more");
    assertThat(Text.some(names.stream(), 3, 3)).containsExactly("a", "b", "c");
    assertThat(Text.some(names.stream(), 2, 3)).containsExactly("a", "b", "  and 1 more");
  }
}
