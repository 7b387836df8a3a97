package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.Recording.Command;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In each command line that hides something, the secret has the letters {@code hunter}. */
class SecretsTest {

  private static String masked(String words) {
    return String.join("|", Secrets.standard().words(Arrays.asList(words.split("\\|", -1))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '`',
      value = {
        "app|--password=hunter2 x → app|--password=***",
        "app|--password|hunter2 → app|--password|***",
        "app|--password|-hunter2|x → app|--password|***|x",
        "app|-password|hunter2 → app|-password|***",
        "app|--db-password|hunter2 → app|--db-password|***",
        "app|--dbPassword|hunter2 → app|--dbPassword|***",
        "app|--passphrase|hunter2 → app|--passphrase|***",
        "app|--client-secret|hunter2 → app|--client-secret|***",
        "app|--api-key=hunter2 → app|--api-key=***",
        "app|--apiKey=hunter2 → app|--apiKey=***",
        "app|--api_key|hunter2 → app|--api_key|***",
        "app|--auth-token|hunter2 → app|--auth-token|***",
        "app|--token|hunter2|--verbose → app|--token|***|--verbose",
        "java|-Djavax.net.ssl.keyStorePassword=hunter2 → java|-Djavax.net.ssl.keyStorePassword=***",
        "java|-Dtoken=hunter2 → java|-Dtoken=***",
        "env|TOKEN=hunter2|app → env|TOKEN=***|app",
        "env|PGPASSWORD=hunter2|psql → env|PGPASSWORD=***|psql",
        "env|MYSQL_PWD=hunter2|mysql → env|MYSQL_PWD=***|mysql",
        "env|AWS_SECRET_ACCESS_KEY=hunter2 → env|AWS_SECRET_ACCESS_KEY=***",
        "env|AWS_SESSION_TOKEN=hunter2 → env|AWS_SESSION_TOKEN=***",
        "env|GITHUB_TOKEN=hunter2 → env|GITHUB_TOKEN=***",
        "docker|run|-e|POSTGRES_PASSWORD=hunter|db → docker|run|-e|POSTGRES_PASSWORD=***|db",
        "docker|login|-u|me|-p|hunter2|host → docker|login|-u|me|-p|***|host",
        "redis-server|--requirepass|hunter2 → redis-server|--requirepass|***",
        "redis-server|--masterauth|hunter2 → redis-server|--masterauth|***",
        "redis-cli|-a|hunter2|ping → redis-cli|-a|***|ping",
        "mysql|-u|root|-phunter2 → mysql|-u|root|-p***",
        "/usr/bin/mysqldump|-phunter2 → /usr/bin/mysqldump|-p***",
        "sudo|sshpass|-p|hunter2|ssh|host → sudo|sshpass|-p|***|ssh|host",
        "sshpass|-phunter2|ssh → sshpass|-p***|ssh",
        "ldapsearch|-D|cn=me|-w|hunter2 → ldapsearch|-D|cn=me|-w|***",
        "mongosh|-u|me|-p|hunter2 → mongosh|-u|me|-p|***",
        "curl|-u|me:hunter2|host → curl|-u|me:***|host",
        "curl|-ume:hunter2|host → curl|-ume:***|host",
        "curl|--user|me:hunter2 → curl|--user|me:***",
        "curl|-H|Authorization: Basic aHVudGVy → curl|-H|Authorization: ***",
        "curl|-H|authorization: Bearer hunter → curl|-H|authorization: ***",
        "curl|-H|X-Api-Key: hunter2 → curl|-H|X-Api-Key: ***",
        "curl|-H|Cookie: a=hunter; b=hunter → curl|-H|Cookie: ***",
        "curl|-HAuthorization: Bearer hunter2 → curl|-HAuthorization: ***",
        "curl|-d|{\"user\":\"me\",\"password\":\"hunter\"} → curl|-d|{\"user\":\"me\",\"password\":***}",
        "curl|https://host/x?a=1&access_token=hunter2&b=2 → curl|https://host/x?a=1&access_token=***&b=2",
        "curl|-d|user[password]=hunter2&x=1 → curl|-d|user[password]=***&x=1",
        "git|clone|https://me:hunter2@host/x.git → git|clone|https://me:***@host/x.git",
        "git|clone|https://hunterhunterhunter@host/x → git|clone|https://***@host/x",
        "app|--url=postgres://me:hunter2@host:1/db → app|--url=postgres://me:***@host:1/db",
        "app|redis://:hunter2@host → app|redis://:***@host",
        "app|a://u:hunter@h,b://v:hunter@i → app|a://u:***@h,b://v:***@i",
        "psql|host=x password=hunter2 dbname=d → psql|host=x password=*** dbname=d",
        "psql|host=x password='hunter 2' dbname=d → psql|host=x password=*** dbname=d",
        "app|Server=x;Pwd=hunter2;Database=d → app|Server=x;Pwd=***;Database=d",
        "sh|-c|TOKEN=hunter2 app --password hunter -x → sh|-c|TOKEN=*** app --password *** -x",
        "sh|-c|export TOKEN=\"hunter 2\"; app → sh|-c|export TOKEN=***; app",
        "sh|-c|app --password 'hunter 2' y → sh|-c|app --password *** y",
        "sh|-c|curl -H 'Authorization: Basic hunter' u → sh|-c|curl -H 'Authorization: ***' u",
        "sh|-c|redis-cli -a hunter2 ping → sh|-c|redis-cli -a *** ping",
        "sh|-c|exec mysql -u root -phunter2; ls → sh|-c|exec mysql -u root -p***; ls",
        "sh|-c|cd x && curl -u me:hunter2 host → sh|-c|cd x && curl -u me:*** host",
        "bash|-ec|sshpass -p 'hunter 2' ssh h → bash|-ec|sshpass -p '***' ssh h",
        "sh|-c|sh -c \"redis-cli -a 'hunter2'\" → sh|-c|sh -c \"redis-cli -a '***'\"",
        "sh|-c|x=`redis-cli -a hunter2` → sh|-c|x=`redis-cli -a ***`",
        "sh|-c|echo it's; zip -P hunter2 x → sh|-c|echo it's; zip -P *** x",
        "openssl|enc|-pass|pass:hunter2 → openssl|enc|-pass|***",
        "openssl|rsa|-passin|pass:hunter2 → openssl|rsa|-passin|***",
        "openssl|kdf|-kdfopt|pass:hunter2 → openssl|kdf|-kdfopt|pass:***",
        "app|--dbPw=hunter2 → app|--dbPw=***",
        "zip|-P|hunter2|x.zip → zip|-P|***|x.zip",
        "smbclient|-U|me%hunter2|//h/s → smbclient|-U|me%***|//h/s",
        "app|ghp_0123456789hunter0123456789hunter012345 → app|***",
        "app|--x=glpat-0123456789hunter0123 → app|--x=***",
        "app|AKIA0123456789ABCDEF → app|***",
        "app|Bearer hunterhunterhunter → app|Bearer ***",
        "app|eyJhdW50ZXIi0.eyJodW50ZXIi0.hunter → app|***",
        "app|-----BEGIN RSA PRIVATE KEY-----hunter → app|-----BEGIN RSA PRIVATE KEY-----***",
      })
  void secretIsMasked(String words, String expected) {
    String masked = masked(words);

    assertThat(masked).isEqualTo(expected).doesNotContain("hunter");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nginx|-p|/srv/www|-c|nginx.conf",
        "docker|run|-p|8080:80|x",
        "mysql|-p|test",
        "ssh|-p|22|host",
        "mkdir|-p|/x/mysql",
        "app|--password-file=/run/secrets/x",
        "app|--password-stdin|host",
        "app|--no-password|host",
        "env|POSTGRES_PASSWORD_FILE=/run/x",
        "env|PWD=/home/me|OLDPWD=/",
        "app|--tokenizer|words",
        "app|--bypass|x",
        "app|--keyspace=x",
        "app|--author=me",
        "curl|-u|me|http://host/",
        "git|clone|ssh://git@host/x",
        "app|http://host:80/@scope/pkg",
        "app|mail=me@host",
        "postgres: me db 127.0.0.1(5432) idle",
        "sh|-c|while :; do sleep 1; done",
        "sh|-c|mkdir -p mysql; ssh -p 22 redis-cli",
        "sh|-c|redis-cli ping; ls -a x",
        "sh|-c|mysql -p test",
        "sh|-c|redis-cli -a",
        "app|--password",
        "app|--password|--verbose",
        "app|",
      })
  void whatIsNoSecretStays(String words) {
    assertThat(masked(words)).isEqualTo(words);
  }

  @Test
  void moreNamesMayBeGiven() {
    Secrets secrets = Secrets.with(List.of("LICENCE_*", "*-file"));

    assertThat(secrets.words(List.of("--licence-number=hunter", "--password-file", "hunter")))
        .containsExactly("--licence-number=***", "--password-file", "***");
    assertThat(secrets.words(List.of("--password=hunter"))).containsExactly("--password=***");
  }

  @Test
  void secretOfACommandLineIsMaskedInLaterTexts() {
    Secrets secrets = Secrets.standard();
    assertThat(secrets.words(List.of("redis-cli", "-a", "hunter-2!;"))).contains("***");
    assertThat(secrets.words(List.of("sshpass", "-p", "x\ny", "ssh"))).contains("***");

    assertThat(secrets.text("said hunter-2!; twice: hunter-2!;")).isEqualTo("said *** twice: ***");
    assertThat(secrets.text("4711 ?  S  0:00  \\_ sshpass -p x\\ny ssh"))
        .isEqualTo("4711 ?  S  0:00  \\_ sshpass -p *** ssh");
  }

  @Test
  void textThatWasMaskedBeforeIsMaskedAnewOnceItsSecretIsKnown() {
    Secrets secrets = Secrets.standard();
    List<String> words = List.of("connect", "hunter-22");
    assertThat(secrets.text("with hunter-22")).isEqualTo("with hunter-22");
    assertThat(secrets.words(words)).isEqualTo(words);

    List<String> unused = secrets.words(List.of("a", "--password", "hunter-22"));

    assertThat(secrets.text("with hunter-22")).isEqualTo("with ***");
    assertThat(secrets.words(words)).containsExactly("connect", "***");
  }

  @Test
  void wordsThatNoRecordingHasRoomForAreMaskedUnseen() {
    List<String> words = new ArrayList<>(List.of("mysql", "-phunter"));
    words.addAll(Collections.nCopies(100_000, "-phunter"));

    List<String> masked = Secrets.standard().words(words);

    assertThat(masked)
        .hasSize(words.size())
        .startsWith("mysql", "-p***")
        .doesNotContain("-phunter");
    assertThat(new Command(0, true, null, masked).words())
        .hasSize(256)
        .endsWith("… (99,747 more words)");
  }

  @Test
  @Timeout(60) // without memory of what is done it takes minutes
  void manyEqualCommandLinesAreMaskedOnce() {
    Secrets secrets = Secrets.standard();
    String script = "i=0; while [ $i -lt 10 ]; do x=$i; i=$((i+1)); done; # ".repeat(60);
    List<String> expected = List.of("sh", "-c", script);

    for (int i = 0; i < 100_000; i++) {
      assertThat(secrets.words(List.of("sh", "-c", script.concat("")))).isEqualTo(expected);
    }
  }

  @Test
  void plainWordIsMaskedWhereItIsASecretOnly() {
    Secrets secrets = Secrets.standard();

    assertThat(secrets.words(List.of("env", "POSTGRES_PASSWORD=postgres", "postgres")))
        .containsExactly("env", "POSTGRES_PASSWORD=***", "postgres");
    assertThat(secrets.text("postgres is ready")).isEqualTo("postgres is ready");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "-",
        "=",
        "\"",
        "\\",
        "'",
        "password=",
        "password='",
        "--password ",
        "a://",
        "a://b@",
        "a:b@",
        "eyJaaaaaaaa.",
        "bearer ",
        "sk-",
        "-----BEGIN ",
        "-----BEGIN A",
        "password=\\",
      })
  @Timeout(60) // where something is tried again from each character, this takes hours
  void megabyteOfAnythingIsMaskedInLinearTime(String part) {
    String word = part.repeat(1_000_000 / part.length());

    assertThat(Secrets.standard().words(List.of("mysql", word, "--token", word))).hasSize(4);
    assertThat(Secrets.standard().text(word)).hasSizeLessThan(100_000);
  }
}
