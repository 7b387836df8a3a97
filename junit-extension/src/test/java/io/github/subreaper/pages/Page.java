package io.github.subreaper.pages;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A page of the documentation: its headings, blocks of code, tables, and code within sentences. */
public final class Page {
  /** The directory of the project. Maven runs the tests in the directory of their module. */
  static final Path ROOT = Path.of("..");

  private static final Pattern SPAN = Pattern.compile("`((?:[^`\n]|\n(?!\n))+)`");
  private static final Pattern BAR = Pattern.compile("(?<!\\\\)\\|");

  private final String name;
  private final List<Block> blocks = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<String> headings = new ArrayList<>();

  /** The chapter of each line, and the lines without those of blocks and headings. */
  private final List<String> chapters = new ArrayList<>();

  private final List<String> prose = new ArrayList<>();

  /**
   * A block of code.
   *
   * @param chapter the nearest heading above
   * @param line of its first line, counted from 1
   * @param language such as {@code java}; empty for a block that is only indented
   */
  public record Block(String chapter, int line, String language, String code) {}

  /** A row of a table. */
  record Row(String chapter, int line, List<String> header, List<String> cells) {}

  /** Code within a sentence or a cell. */
  record Span(String chapter, int line, String code) {}

  /** A target of a link. */
  record Link(int line, String target) {}

  Page(String name, String text) {
    this.name = name;
    read(text.lines().toList());
  }

  /** Reads a page, by its path below the directory of the project. */
  public static Page read(String name) throws IOException {
    return new Page(name, Files.readString(ROOT.resolve(name)));
  }

  /** Reads each page of the project. */
  static List<Page> all() throws IOException {
    List<Page> pages = new ArrayList<>();
    for (Path file : files(".md")) {
      pages.add(read(ROOT.relativize(file).toString()));
    }
    return pages;
  }

  /** Returns the files of the project. Does not enter what a build may delete meanwhile. */
  static List<Path> files(String suffix) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes is) {
            return directory.endsWith("target") || directory.endsWith(".git")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes is) {
            if (file.toString().endsWith(suffix)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files.stream().sorted().toList();
  }

  String name() {
    return name;
  }

  public List<Block> blocks() {
    return blocks;
  }

  List<Row> rows() {
    return rows;
  }

  /** Returns the cells of each row of the tables in a chapter. */
  public List<List<String>> rows(String chapter) {
    return rows.stream().filter(row -> row.chapter().equals(chapter)).map(Row::cells).toList();
  }

  /** Returns the anchors of the headings, as GitHub makes them. */
  List<String> anchors() {
    List<String> anchors = new ArrayList<>();
    for (String heading : headings) {
      String anchor =
          heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
      long before = anchors.stream().filter(one -> one.matches(anchor + "(-\\d+)?")).count();
      anchors.add(before == 0 ? anchor : anchor + "-" + before);
    }
    return anchors;
  }

  List<Span> spans() {
    return find(SPAN, String.join("\n", prose)).toList();
  }

  static List<String> spans(String cell) {
    return SPAN.matcher(cell).results().map(span -> span.group(1)).toList();
  }

  List<Link> links() {
    String text =
        SPAN.matcher(String.join("\n", prose))
            .replaceAll(span -> span.group().replaceAll("[^\n]", "x"));
    return find(Pattern.compile("\\]\\(([^)\\s]+)\\)"), text)
        .map(link -> new Link(link.line(), link.code()))
        .toList();
  }

  private Stream<Span> find(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> span(match, text));
  }

  private Span span(MatchResult match, String text) {
    int line = (int) text.substring(0, match.start()).chars().filter(c -> c == '\n').count();
    return new Span(chapters.get(line), line + 1, match.group(1).replaceAll("\\s+", " "));
  }

  private void read(List<String> lines) {
    String chapter = "";
    List<String> header = List.of();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      int end = endOfBlock(lines, i);
      if (end > i) {
        boolean fenced = line.startsWith("```");
        List<String> code = fenced ? lines.subList(i + 1, end - 1) : lines.subList(i, end);
        blocks.add(
            new Block(
                chapter,
                fenced ? i + 2 : i + 1,
                fenced ? line.substring(3) : "",
                code.stream()
                    .map(one -> fenced ? one : one.strip())
                    .collect(Collectors.joining("\n", "", "\n"))));
        while (i < end) {
          add(chapter, "");
          i++;
        }
        i--;
        continue;
      }
      if (line.startsWith("#")) {
        chapter = line.replaceFirst("#+ ", "");
        headings.add(chapter);
        add(chapter, "");
        continue;
      }
      if (line.startsWith("|")) {
        List<String> cells = cells(line);
        if (i == 0 || !lines.get(i - 1).startsWith("|")) {
          header = cells;
        } else if (!line.startsWith("|---")) {
          rows.add(new Row(chapter, i + 1, header, cells));
        }
      }
      add(chapter, line);
    }
  }

  private void add(String chapter, String line) {
    chapters.add(chapter);
    prose.add(line);
  }

  /** Returns the index after the block that begins in a line, or that of the line. */
  private int endOfBlock(List<String> lines, int begin) {
    int end = begin + 1;
    if (lines.get(begin).startsWith("```")) {
      while (!lines.get(end).equals("```")) {
        end++;
        if (end == lines.size()) {
          throw new AssertionError(name + ":" + (begin + 1) + ": the block does not end");
        }
      }
      return end + 1;
    }
    if (!lines.get(begin).startsWith("    ")) {
      return begin;
    }
    while (end < lines.size() && lines.get(end).startsWith("    ")) {
      end++;
    }
    return end;
  }

  private static List<String> cells(String line) {
    return Stream.of(BAR.split(line.substring(1, line.lastIndexOf('|')), -1))
        .map(cell -> cell.strip().replace("\\|", "|"))
        .toList();
  }
}
