package com.example;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.when;

import io.github.subreaper.junit.SubreaperTest;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.Mock;
import org.mockito.junit.jupiter.MockitoExtension;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** Other extensions come before the library. What they stop after a test is no leak of it. */
@ExtendWith(MockitoExtension.class)
@Testcontainers
@SubreaperTest
class OthersFirstTest {
  @Container static final OwnServer ofTheClass = new OwnServer();
  @Container final OwnServer ofTheTest = new OwnServer();
  @Mock Supplier<String> name;

  @Test
  void first() {
    when(name.get()).thenReturn("first");
    assertTrue(ofTheClass.isAlive() && ofTheTest.isAlive() && name.get().equals("first"));
  }

  @Test
  void second() {
    assertTrue(ofTheClass.isAlive() && ofTheTest.isAlive());
  }
}
