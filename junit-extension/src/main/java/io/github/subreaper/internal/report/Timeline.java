package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Phase;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The timeline: a bar for each line of the page below an axis with the phases of the test. Places
 * are percentages, so that it fits any width, while texts and shapes keep their size.
 */
final class Timeline {
  private static final int TICKS_WIDE = 8;
  private static final int TICKS_NARROW = 4;

  /** With more lines than this the legend is above them, closed: below, it would be far away. */
  private static final int MANY = 40;

  /** A phase that is narrower than this has no place for its name. */
  private static final double WIDE_ENOUGH = 0.15;

  private final Content content;
  private final Axis axis;

  Timeline(Content content) {
    this.content = content;
    this.axis = Axis.of(content.recording(), content.rows());
  }

  void write(Html html) {
    html.open("section", "aria-labelledby", "timeline").line();
    html.element("h2", "Timeline", "id", "timeline").line();
    boolean isLong = content.rows().list().size() > MANY;
    if (isLong) {
      legend(EnumSet.allOf(Glyph.class), html.open("details"));
    }
    phases(html);
    TimelineLane lane = new TimelineLane(content, axis);
    html.open("div", "class", "chart").line();
    html.open("div", "class", "axis");
    axis(html);
    html.close().line();
    if (content.rows().list().isEmpty()) {
      html.element("p", "No process was recorded.").line();
    } else {
      html.open("ol", "class", "lanes").line();
      content.rows().list().forEach(row -> lane.write(row, html));
      html.close().line();
    }
    html.close().line();
    if (!isLong && !lane.used().isEmpty()) {
      legend(lane.used(), html.open("details", "open", "open"));
    }
    html.close().line();
  }

  private static void legend(Set<Glyph> glyphs, Html html) {
    html.element("summary", "What the shapes mean").line();
    Glyph.legend(glyphs, html);
    html.close().line();
  }

  private void phases(Html html) {
    List<Phase> phases = content.recording().phases();
    if (phases.isEmpty()) {
      return;
    }
    html.open("ul", "class", "phases").line();
    for (Phase phase : phases) {
      html.open("li").element("i", Visible.line(phase.name(), 60));
      html.text(" " + span(phase)).close().line();
    }
    html.close().line();
  }

  private static String span(Phase phase) {
    return Times.of(phase.from())
        + " to "
        + Times.of(phase.to())
        + " ("
        + Times.of(phase.to() - phase.from())
        + ")";
  }

  private void axis(Html html) {
    html.open("svg", "role", "img", "height", "44");
    html.element("title", "Time axis").line();
    html.element("desc", "From " + Times.of(axis.from()) + " to " + Times.of(axis.to())).line();
    html.open("defs").line();
    Glyph.define(html);
    grid(html);
    html.close().line();
    band(html);
    ticks(html, "wide", axis.ticks(TICKS_WIDE));
    ticks(html, "narrow", axis.ticks(TICKS_NARROW));
    html.close();
  }

  private void band(Html html) {
    int index = 0;
    for (Phase phase : content.recording().phases()) {
      String name = Visible.line(phase.name(), 60);
      String at = axis.at(phase.from());
      String width = axis.width(phase.from(), phase.to());
      String style = "band phase" + index++ % 2;
      html.open("rect", "class", style, "x", at, "width", width, "height", "18");
      html.element("title", name + ": " + span(phase)).close();
      if (axis.fraction(phase.to()) - axis.fraction(phase.from()) > WIDE_ENOUGH) {
        html.element("text", Visible.line(phase.name(), 16), "x", at, "dx", "5", "y", "13");
      }
      html.line();
    }
  }

  private void ticks(Html html, String style, List<Axis.Tick> ticks) {
    html.open("g", "class", style).line();
    for (Axis.Tick tick : ticks) {
      double place = axis.fraction(tick.at());
      String anchor = place < 0.04 ? "start" : place > 0.96 ? "end" : "middle";
      String at = axis.at(tick.at());
      html.element("text", tick.label(), "x", at, "y", "34", "text-anchor", anchor);
      html.empty("line", "class", "tick", "x1", at, "x2", at, "y1", "38", "y2", "44").line();
    }
    html.close().line();
  }

  /** Defines the lines behind the bars, which each lane uses. */
  private void grid(Html html) {
    html.open("g", "id", "grid").line();
    shades(html);
    gridLines(html, "wide", axis.ticks(TICKS_WIDE));
    gridLines(html, "narrow", axis.ticks(TICKS_NARROW));
    for (Phase phase : content.recording().phases()) {
      String at = axis.at(phase.from());
      html.empty("line", "class", "edge", "x1", at, "x2", at, "y2", "100%").line();
    }
    html.close().line();
  }

  /** Shades each second phase. */
  private void shades(Html html) {
    List<Phase> phases = content.recording().phases();
    for (int i = 0; i < phases.size(); i += 2) {
      String at = axis.at(phases.get(i).from());
      String width = axis.width(phases.get(i).from(), phases.get(i).to());
      html.empty("rect", "class", "phase0", "x", at, "width", width, "height", "100%").line();
    }
  }

  private void gridLines(Html html, String style, List<Axis.Tick> ticks) {
    html.open("g", "class", style).line();
    for (Axis.Tick tick : ticks) {
      String at = axis.at(tick.at());
      html.empty("line", "class", "tick", "x1", at, "x2", at, "y2", "100%").line();
    }
    html.close().line();
  }
}
