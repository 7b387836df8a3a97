package io.github.subreaper.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What several sides took for the same work, round by round.
 *
 * @param ours the library's figures
 * @param theirs those of its peers, by name
 * @param unit of all of them
 */
record Contest(List<Double> ours, Map<String, List<Double>> theirs, String unit) {

  /** The work of one round, done to its end and checked. */
  interface Work {
    double measure() throws Exception;
  }

  /** A side that the library is compared with. */
  record Peer(String name, Work work) {}

  /** Each round begins with another side than the one before. */
  static Contest of(int rounds, String unit, Work library, Peer... peers) throws Exception {
    List<Double> ours = new ArrayList<>();
    List<List<Double>> theirs = new ArrayList<>();
    for (int side = 0; side < peers.length; side++) {
      theirs.add(new ArrayList<>());
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i <= peers.length; i++) {
        int side = (i + round) % (peers.length + 1);
        if (side == peers.length) {
          ours.add(library.measure());
        } else {
          theirs.get(side).add(peers[side].work.measure());
        }
      }
    }
    Map<String, List<Double>> named = new LinkedHashMap<>();
    for (int side = 0; side < peers.length; side++) {
      named.put(peers[side].name, theirs.get(side));
    }
    return new Contest(ours, named, unit);
  }

  /** A row for each peer. */
  List<Row> rows(String what, double goal, String meaning) {
    return theirs.keySet().stream().map(peer -> row(what, peer, goal, meaning)).toList();
  }

  /** The row for one peer: the ratio of the medians, between the ratios of the rounds. */
  Row row(String what, String peer, double goal, String meaning) {
    List<Double> other = of(peer);
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ours.size(); round++) {
      ratios.add(ours.get(round) / other.get(round));
    }
    Spread rounds = Spread.of(ratios);
    double ratio = Spread.of(ours).median() / Spread.of(other).median();
    return Row.ratio(
            what + " : " + peer, new Spread(rounds.min(), ratio, rounds.max()), goal, meaning)
        .between(median(ours), median(other));
  }

  List<Double> of(String peer) {
    return theirs.getOrDefault(peer, List.of());
  }

  private String median(List<Double> figures) {
    return Row.number(Spread.of(figures).median()) + " " + unit;
  }
}
