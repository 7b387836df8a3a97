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
      body { margin: 0 auto; max-width: 90rem; padding: 0 1rem 2rem; background: var(--paper);
        color: var(--ink); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
      h1 { margin: 1rem 0 .25rem; font-size: 1.5rem; line-height: 1.2; }
      h2 { margin: 2rem 0 .5rem; padding-top: .5rem; border-top: 1px solid var(--line);
        font-size: 1.2rem; }
      h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
      p { margin: .25rem 0; }
      a { color: var(--link); }
      a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); }
      ul, ol { margin: 0; padding: 0; list-style: none; }
      dl, dd { margin: 0; }
      dt { flex: none; color: var(--muted); }
      b { padding: 0 .1em; border-radius: 2px; background: var(--soft); color: var(--warning);
        font-weight: 600; }
      em { color: var(--muted); }
      pre, code, .who, summary, .events { font-family: ui-monospace, monospace;
        font-size: 13px; }
      pre { margin: .25rem 0; padding: .5rem .75rem; background: var(--soft);
        white-space: pre-wrap; }
      pre b { background: var(--paper); }
      pre span { display: block; padding-left: 4ch; text-indent: -4ch; }
      strong { color: var(--warning); }
      .result { font-size: 1.1rem; }
      .passed strong { color: var(--success); }
      .unknown strong, .aborted strong { color: var(--muted); }
      .notes { margin: .5rem 0; }
      .notes li { padding: .4rem .75rem; border-left: 4px solid var(--failure);
        background: var(--soft); }
      dl div { margin-right: 1.5rem; }
      .facts, td dl { display: flex; flex-wrap: wrap; }
      dl div { display: flex; gap: .5em; }
      dl .list { display: block; width: 100%; }
      nav ul, .phases, .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
      nav ul { margin-top: .75rem; }
      .phases { margin-bottom: .5rem; }
      .phases strong { color: inherit; }
      .legend { padding: .25rem 0 .5rem; font-size: 13px; }
      .legend li { display: flex; align-items: center; gap: .4rem; }

      svg { display: block; width: 100%; overflow: visible; font-size: 12px; }
      svg.key { width: 20px; height: 20px; flex: none; }
      svg text { fill: var(--ink); }
      .axis { position: sticky; top: 0; z-index: 1; padding-top: 4px; background: var(--paper);
        border-bottom: 1px solid var(--line); }
      .axis, .lanes li { padding-right: 12px; padding-left: 12px; }
      .lanes li { display: grid; column-gap: 1rem;
        grid-template-columns: minmax(0, 1fr) fit-content(50%);
        scroll-margin-top: 5rem; }
      .lanes svg { grid-column: 1 / -1; height: 22px; }
      .end { font-size: 13px; }
      .narrow { display: none; }
      .tick { stroke: var(--line); }
      .edge { stroke: var(--muted); stroke-dasharray: 2 3; }
      .phase0, .phase1 { fill: var(--soft); stroke: var(--muted); }
      .phase1 { fill: var(--paper); }
      .g { fill: var(--ink); stroke: var(--paper); stroke-width: 2px; }
      .bar, .all { fill-opacity: .65; }
      .leaked { stroke: var(--ink); stroke-width: 1.5px; }
      .adopted { stroke: var(--ink); stroke-width: 2px; }
      .success { fill: var(--success); }
      .failure { fill: var(--failure); }
      .signal, .core { fill: var(--signal); }
      .terminated { fill: var(--terminated); }
      .unknown { fill: var(--unknown); }
      .alive { fill: var(--alive); }
      .d1 { padding-left: 1.5ch; } .d2 { padding-left: 3ch; } .d3 { padding-left: 4.5ch; }
      .d4 { padding-left: 6ch; } .d5 { padding-left: 7.5ch; } .d6 { padding-left: 9ch; }
      .d7 { padding-left: 10.5ch; } .d8 { padding-left: 12ch; } .d9 { padding-left: 13.5ch; }
      .d10 { padding-left: 15ch; } .d11 { padding-left: 16.5ch; } .d12 { padding-left: 18ch; }

      table { width: 100%; border-collapse: collapse; }
      caption { padding-bottom: .5rem; text-align: left; color: var(--muted); }
      th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
        text-align: left; vertical-align: top; }
      tr { scroll-margin-top: 1rem; }
      th { font-weight: 600; }
      .num { text-align: right; white-space: nowrap; }
      th, td.end, .num { overflow-wrap: normal; }
      tbody th { font-family: ui-monospace, monospace; font-size: 13px; }
      summary { cursor: pointer; }
      td dl { padding: .25rem 0 .5rem; font-size: 13px; }
      :target { background: var(--soft); outline: 2px solid var(--link); }
      footer { margin-top: 2rem; color: var(--muted); }

      @media (min-width: 60rem) {
        .axis, .lanes li { display: grid; column-gap: 1rem;
          grid-template-columns: minmax(0, 22rem) 11rem minmax(0, 1fr); }
        .axis svg, .lanes svg { grid-column: 3; }
        .lanes li > span { line-height: 22px; }
        .who { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
      }
      @media (max-width: 59.99rem) {
        .lanes li { padding-top: .4rem; }
        .who { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical;
          -webkit-line-clamp: 2; }
        .lanes .end { text-align: right; }
      }
      @media (max-width: 40rem) {
        .wide, .num { display: none; }
        .narrow { display: inline; }
        .facts div { width: 100%; }
        th, td { padding-right: .4rem; }
      }
      @media print {
        body { max-width: none; padding: 0; font-size: 10pt; }
        .axis { position: static; }
        .lanes li, tr, .legend li { break-inside: avoid; }
        h2, h3 { break-after: avoid; }
        nav { display: none; }
        a { color: inherit; }
        details::details-content { display: block; content-visibility: visible; }
        * { print-color-adjust: exact; }
      }
      """;

  /** The whole sheet. Paper is white: dark is for screens. */
  static final String SHEET =
      ":root { color-scheme: light dark; "
          + Palette.definitions(false)
          + " }\n@media screen and (prefers-color-scheme: dark) {\n  :root { "
          + Palette.definitions(true)
          + " }\n}\n"
          + RULES;

  /** Allows this sheet by its hash: neither a script, nor another style, nor anything to load. */
  static final String POLICY =
      "default-src 'none'; style-src '" + hash(SHEET) + "'; base-uri 'none'; form-action 'none'";

  private Style() {}

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
