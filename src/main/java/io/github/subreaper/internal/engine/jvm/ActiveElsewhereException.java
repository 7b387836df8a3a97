package io.github.subreaper.internal.engine.jvm;

/** Another copy of this library, of another class loader, has activated this JVM. */
public final class ActiveElsewhereException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String loader;

  ActiveElsewhereException(String loader) {
    super("active in " + loader);
    this.loader = loader;
  }

  /** Returns the class loader of the other copy. */
  public String loader() {
    return loader;
  }
}
