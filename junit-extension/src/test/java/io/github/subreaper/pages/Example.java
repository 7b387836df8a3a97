package io.github.subreaper.pages;

import io.github.subreaper.assertj.SubreaperAssertions;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Java on a page: a block, a row of a table whose second column is "write", or a whole statement
 * within a sentence.
 *
 * @param page its name
 * @param chapter the nearest heading above
 * @param row the first cell of the row, without a group in bold type; empty for no row
 * @param line of its first line, counted from 1
 * @param kind how it is compiled
 */
record Example(String page, String chapter, String row, int line, Kind kind, String code) {
  private static final Pattern CLASS =
      Pattern.compile("(?m)^(?:(?:public|final|abstract) )*class (\\w+)");
  private static final Pattern GROUP = Pattern.compile("^\\*\\*[^*]+\\*\\* ");

  /** Such as {@code hasParent(master)}: a call on the subject of the chapter. */
  private static final Pattern CALL = Pattern.compile("^([a-z]\\w*)\\(.*");

  private static final Pattern STATEMENT = Pattern.compile(".*\\(.*\\).*(?:;|})");
  private static final Pattern DECLARED =
      Pattern.compile("(?m)(^|[ (])(?:var|[A-Z]\\w*(?:<[\\w<>, ?]*>)?|int)(?:\\[])? (\\w+) = ");
  private static final Pattern LITERAL_OR_COMMENT =
      Pattern.compile("(?s)\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*\"|//[^\n]*");

  /** What the code is. */
  enum Kind {
    /** A test class, which JUnit runs. */
    CLASS,
    /** Statements, which run with the variables of a fixture. */
    STATEMENTS,
    /**
     * One call out of a chain, which only compiles: no subject has all the properties of a table.
     */
    CALL
  }

  static List<Example> of(Page page) {
    List<Example> examples = new ArrayList<>();
    for (Page.Block block : page.blocks()) {
      if (block.language().equals("java")) {
        Kind kind = CLASS.matcher(block.code()).find() ? Kind.CLASS : Kind.STATEMENTS;
        examples.add(
            new Example(page.name(), block.chapter(), "", block.line(), kind, block.code()));
      }
    }
    for (Page.Row row : page.rows()) {
      if (row.header().size() == 2 && row.header().get(1).equals("write")) {
        addTo(examples, page, row);
      }
    }
    for (Page.Span span : page.spans()) {
      if (STATEMENT.matcher(span.code()).matches()
          && examples.stream().noneMatch(example -> example.line() == span.line())) {
        examples.add(
            new Example(
                page.name(), span.chapter(), "", span.line(), Kind.STATEMENTS, span.code()));
      }
    }
    return examples;
  }

  private static void addTo(List<Example> examples, Page page, Page.Row row) {
    String title = GROUP.matcher(row.cells().get(0)).replaceFirst("");
    List<String> spans = Page.spans(row.cells().get(1));
    boolean whole = spans.stream().allMatch(code -> code.matches(".*[;{}]"));
    for (String code : whole ? List.of(String.join(" ", spans)) : spans) {
      // `Ready.all(…)` names a method, and shows no call of it.
      if (code.contains("(") && (!code.contains("…") || STATEMENT.matcher(code).matches())) {
        Kind kind = isCall(code) ? Kind.CALL : Kind.STATEMENTS;
        examples.add(new Example(page.name(), row.chapter(), title, row.line(), kind, code));
      }
    }
  }

  private static boolean isCall(String code) {
    Matcher call = CALL.matcher(code);
    return call.matches()
        && Arrays.stream(SubreaperAssertions.class.getMethods())
            .filter(method -> Modifier.isStatic(method.getModifiers()))
            .noneMatch(method -> method.getName().equals(call.group(1)));
  }

  /** Returns the simple name of the class. */
  String className() {
    Matcher name = CLASS.matcher(code);
    return name.find() ? name.group(1) : "Example";
  }

  /** Returns whether the code uses a variable that it does not declare. */
  boolean uses(String variable) {
    String bare = LITERAL_OR_COMMENT.matcher(code).replaceAll("\"\"");
    return Pattern.compile("(?<![\\w.])" + variable + "(?![\\w(])").matcher(bare).find()
        && !declared(false).contains(variable);
  }

  /** Returns the variables that the code declares. */
  List<String> declared(boolean outermost) {
    return DECLARED
        .matcher(code)
        .results()
        .filter(match -> !outermost || match.group(1).isEmpty())
        .map(match -> match.group(2))
        .toList();
  }

  /** Returns the code with a call of the fixture in the place of {@code …} in a block. */
  String statements() {
    List<String> declared = declared(false);
    String within = declared.isEmpty() ? "" : declared.get(declared.size() - 1);
    String end = code.matches("(?s).*[;}]\\s*") ? "" : ";";
    return code.replace("{ … }", "{ fixture.within(" + within + "); }") + end;
  }

  @Override
  public String toString() {
    String title = row.isEmpty() ? chapter : code.endsWith(";") ? row : code;
    return page.replaceFirst(".*/", "") + ":" + line + " " + title;
  }
}
