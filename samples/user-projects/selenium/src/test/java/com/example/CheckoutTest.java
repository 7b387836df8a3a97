package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;

class CheckoutTest {

  @Test
  void opens() {
    WebDriver browser = new ChromeDriver(options());
    browser.get("data:text/html,<title>Checkout</title>");
    assertEquals("Checkout", browser.getTitle());
    // browser.quit() is forgotten.
  }

  /** Lets Chromium run as root and without a display, and ask no server for anything. */
  private static ChromeOptions options() {
    return new ChromeOptions()
        .addArguments(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");
  }
}
