package io.github.subreaper.internal.report;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The style sheet, and the policy that allows it and nothing else. */
final class Style {
  private static final String RULES =
      """
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 100rem; padding: 0 1.5rem 2rem; background: var(--paper);
        color: var(--ink); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
      header { border-top: 5px solid var(--unknown); }
      header.passed { border-color: var(--success); }
      header.failed { border-color: var(--warning); }
      h1 { margin: 1rem 0 .25rem; font-size: 1.75rem; line-height: 1.2; }
      h2 { margin: 2.25rem 0 .6rem; font-size: 1.25rem; }
      h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
      p { margin: .25rem 0; }
      a { color: var(--link); }
      a:focus-visible, summary:focus-visible { outline: 3px solid var(--link);
        border-radius: 2px; }
      ul, ol { margin: 0; padding: 0; list-style: none; }
      dl, dd { margin: 0; }
      dt { flex: none; color: var(--muted); }
      b { padding: 0 .1em; border-radius: 2px; background: var(--soft); color: var(--warning);
        font-weight: 600; }
      em, small { color: var(--muted); }
      small { font-size: 12px; }
      pre, code, .who, summary, .events { font-family: ui-monospace, monospace;
        font-size: 13px; }
      pre { margin: .25rem 0; padding: .6rem .9rem; border-radius: 6px; background: var(--soft);
        white-space: pre-wrap; }
      pre b { background: var(--paper); }
      pre span { display: block; padding-left: 4ch; text-indent: -4ch; }
      strong { padding: .1em .45em; border-radius: 4px; background: var(--warning);
        color: var(--paper); font: 600 12px/1.3 system-ui, sans-serif; white-space: nowrap; }

      .result { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .6rem 0; }
      .result strong, .result span { padding: .15rem .75rem; border: 1px solid transparent;
        border-radius: 1rem; font-size: 14px; line-height: 1.4; }
      .result span { border-color: var(--line); }
      .result .bad { border-color: var(--warning); color: var(--warning); font-weight: 600; }
      .passed strong { background: var(--success); }
      .unknown strong, .aborted strong { background: var(--unknown); }
      pre.failure { padding-left: 1rem; border-left: 4px solid var(--warning);
        border-radius: 0 6px 6px 0; }
      .notes { margin: .5rem 0; }
      .notes li { padding: .3rem 1rem; border-left: 4px solid var(--failure); font-size: 14px; }
      .facts { display: flex; flex-wrap: wrap; gap: .1rem 1.75rem; margin: .75rem 0;
        font-size: 13px; }
      dl div { display: flex; gap: .5em; }
      nav ul, .phases { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
      nav ul { gap: .5rem; }
      nav a { display: block; padding: .2rem .9rem; border: 1px solid var(--line);
        border-radius: 1rem; text-decoration: none; }
      nav a:hover { background: var(--soft); }
      .phases { margin-bottom: .6rem; color: var(--muted); font-size: 13px; }
      .phases i { color: var(--ink); font-style: normal; font-weight: 600; }
      .legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr));
        gap: .1rem 1rem; padding: .25rem 0 .5rem; font-size: 13px; }
      .legend li { display: flex; align-items: center; gap: .4rem; }

      svg { display: block; width: 100%; overflow: visible; font-size: 12px; }
      svg.key { width: 20px; height: 20px; flex: none; }
      svg text { fill: var(--ink); }
      .chart { margin-bottom: .5rem; border: 1px solid var(--line); border-radius: 8px; }
      .axis { position: sticky; top: 0; z-index: 1; padding-top: 8px; background: var(--paper);
        border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0; }
      .axis, .lanes li { padding-right: 14px; padding-left: 14px; }
      .lanes li { display: grid; column-gap: 1rem;
        grid-template-columns: minmax(0, 1fr) fit-content(50%);
        scroll-margin-top: 5rem; box-shadow: inset 0 1px var(--soft); }
      .lanes li:hover { background: var(--soft); }
      .lanes svg { grid-column: 1 / -1; height: 28px; }
      .who { color: var(--ink); }
      .end { font-size: 13px; }
      .narrow { display: none; }
      .tick { stroke: var(--line); }
      .edge { stroke: var(--muted); stroke-dasharray: 2 3; }
      .phase0, .phase1 { fill: var(--soft); }
      .phase1 { fill: var(--paper); }
      .band { stroke: var(--muted); }
      .fork { stroke: var(--muted); }
      .g { fill: currentColor; color: var(--ink); stroke: var(--paper); stroke-width: 2px; }
      .bar { fill: currentColor; fill-opacity: .35; stroke: currentColor; stroke-width: 1.5px; }
      .all { fill: currentColor; }
      .all ~ .bar { fill-opacity: .3; stroke: none; }
      .bar.leaked { stroke: var(--warning); stroke-width: 2px; }
      .bar.open { fill-opacity: 0; stroke-dasharray: 4 3; }
      .adopted { stroke: var(--ink); stroke-width: 2px; }
      svg .success { color: var(--success); }
      svg .failure { color: var(--failure); }
      svg .signal, svg .core { color: var(--signal); }
      svg .terminated { color: var(--terminated); }
      svg .unknown { color: var(--unknown); }
      svg .alive { color: var(--alive); }
      .d1 { padding-left: 1.5ch; } .d2 { padding-left: 3ch; } .d3 { padding-left: 4.5ch; }
      .d4 { padding-left: 6ch; } .d5 { padding-left: 7.5ch; } .d6 { padding-left: 9ch; }
      .d7 { padding-left: 10.5ch; } .d8 { padding-left: 12ch; } .d9 { padding-left: 13.5ch; }
      .d10 { padding-left: 15ch; } .d11 { padding-left: 16.5ch; } .d12 { padding-left: 18ch; }

      table { width: 100%; border-collapse: collapse; }
      caption { padding-bottom: .5rem; text-align: left; color: var(--muted); }
      th, td { padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line);
        text-align: left; vertical-align: top; }
      th:first-child, td:first-child { padding-left: .6rem; }
      thead th { color: var(--muted); font-size: 13px; }
      tr { scroll-margin-top: 1rem; }
      th { font-weight: 600; }
      .num { text-align: right; white-space: nowrap; }
      thead th, .processes th, td.end, .num { overflow-wrap: normal; }
      td { font-size: 13px; line-height: 1.6; }
      th em { font-weight: 400; font-style: normal; }
      tbody th { font-family: ui-monospace, monospace; font-size: 13px; }
      .processes td:nth-child(2) { width: 100%; }
      summary { cursor: pointer; }
      td dl { display: grid; grid-template-columns: minmax(0, 1fr);
        gap: .1rem 1.5rem; padding: .4rem 0 .5rem 1.1rem; font-size: 13px; }
      td dt { width: 6.5rem; }
      td .list, td .long { grid-column: 1 / -1; }
      :target { background: var(--soft); outline: 2px solid var(--link); outline-offset: -2px; }
      footer { margin-top: 2rem; color: var(--muted); font-size: 13px; }

      @media (min-width: 60rem) {
        .chart { display: grid; column-gap: 1rem;
          grid-template-columns: fit-content(26rem) fit-content(18rem) minmax(0, 1fr); }
        .axis, .lanes, .lanes li { display: grid; grid-column: 1 / -1; column-gap: 1rem;
          grid-template-columns: minmax(0, 22rem) 12rem minmax(0, 1fr);
          grid-template-columns: subgrid; }
        .axis svg, .lanes svg { grid-column: 3; }
        .lanes li { height: 28px; }
        .lanes li > span { overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
          line-height: 28px; }
        time { white-space: nowrap; }
        td.end { min-width: 11rem; overflow-wrap: anywhere; }
        td dl { grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }
      }
      @media (max-width: 59.99rem) {
        .lanes li { display: flex; flex-wrap: wrap; padding-top: .5rem; }
        .who { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical;
          -webkit-line-clamp: 2; }
        .lanes .end { margin-left: auto; text-align: right; }
        .lanes svg { flex: 1 0 100%; }
        .fork { display: none; }
      }
      @media (max-width: 40rem), screen and (max-width: 48rem) {
        body { padding: 0 .75rem 2rem; }
        h1 { font-size: 1.4rem; }
        .wide, .num { display: none; }
        .narrow { display: inline; }
        .facts div { width: 100%; }
        th, td { padding-right: .4rem; }
        td dl { padding-left: 0; }
        td dl div { display: block; }
        td dd { display: inline; }
        td dt { display: inline-block; width: auto; margin-right: .5em; }
      }
      @media print {
        body { max-width: none; padding: 0; font-size: 10pt; }
        .axis { position: static; }
        .lanes li, tr, .legend li { break-inside: avoid; }
        h2, h3 { break-after: avoid; }
        nav, .processes .num { display: none; }
        td dl { grid-template-columns: repeat(2, minmax(0, 1fr)); }
        a { color: inherit; }
        details::details-content { display: block; content-visibility: visible; }
        * { print-color-adjust: exact; }
      }
      """;

  /** The tables of the index have columns of equal weight. */
  private static final String INDEX_RULES =
      """
      .index { margin-bottom: .5rem; }
      .index tbody th { font: inherit; font-weight: 600; overflow-wrap: anywhere; }
      .index em { display: block; font-size: 13px; line-height: 1.4; }
      .index .count { text-align: right; }
      .bullets li { padding-left: 1rem; text-indent: -1rem; }
      .bullets li::before { content: "· "; color: var(--muted); }
      """;

  /** The whole sheet of a test's page. Paper is white: dark is for screens. */
  static final String SHEET =
      ":root { color-scheme: light dark; "
          + Palette.definitions(false)
          + " }\n@media screen and (prefers-color-scheme: dark) {\n  :root { "
          + Palette.definitions(true)
          + " }\n}\n"
          + RULES;

  /** The whole sheet of the index. */
  static final String INDEX_SHEET = SHEET + INDEX_RULES;

  private Style() {}

  /**
   * Returns what allows a sheet by its hash, and neither a script, nor another style, nor anything
   * to load.
   */
  static String policy(String sheet) {
    return "default-src 'none'; style-src '"
        + hash(sheet)
        + "'; base-uri 'none'; form-action 'none'";
  }

  private static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JDK has SHA-256", e);
    }
  }
}
