package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Output;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.text.Counts;
import java.util.List;

/** The last lines that each launch wrote. */
final class Outputs {
  private static final int ALL = 200_000;
  private static final int MOST = 200;
  private static final int MOST_LINES = 400;

  private final Content content;

  Outputs(Content content) {
    this.content = content;
  }

  void write(Html html) {
    List<Output> outputs = content.recording().outputs();
    html.open("section", "aria-labelledby", "outputs").line();
    html.element("h2", "Output", "id", "outputs").line();
    if (outputs.isEmpty()) {
      html.element("p", "No output was recorded.").line();
    }
    int limit = Math.max(500, Math.min(16_000, ALL / Math.max(1, outputs.size())));
    for (Output output : outputs.subList(0, Math.min(MOST, outputs.size()))) {
      one(output, limit, html);
    }
    if (outputs.size() > MOST) {
      String left = Counts.of(outputs.size() - MOST, "more output");
      html.element("p", left + " are not shown.").line();
    }
    html.close().line();
  }

  private void one(Output output, int limit, Html html) {
    html.open("h3").text(output.stream(), 40).text(" of ").text(output.launch(), 200);
    for (Proc process : content.recording().processes()) {
      if (process.is(Mark.LAUNCHED) && output.launch().equals(process.launch())) {
        html.text(", ");
        content.link(process.number(), html);
        break;
      }
    }
    html.close().line();
    if (output.tail().isEmpty()) {
      html.element("p", "Nothing was written.").line();
      return;
    }
    Visible.Cut cut = Visible.Cut.end(output.tail(), limit, MOST_LINES);
    if (cut.left() > 0) {
      html.element("p", "Its last lines; " + cut.leftText() + " before them are not shown.");
    } else if (output.cut()) {
      html.element("p", "Its last lines; what came before them was not recorded.");
    }
    html.open("pre").line().lines(cut.kept()).close().line();
  }
}
