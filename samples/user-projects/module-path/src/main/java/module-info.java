/** The tests are patched into this module, so they see what it requires. */
open module com.example {
  requires io.github.subreaper;
  requires io.github.subreaper.junit;
  requires org.assertj.core;
  requires org.junit.jupiter.api;
  requires org.junit.platform.launcher;
}
