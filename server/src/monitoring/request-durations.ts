/**
 * A histogram that counts in one array a series and writes itself out only when it is scraped. The library's own costs
 * two microseconds a request, most of it looking its labels up.
 */
import type { Metric } from "prom-client";

interface Labels {
  readonly method: string;
  readonly route: string;
  readonly status: string;
}

export interface Durations {
  observe(seconds: number, labels: Labels): void;
  /** What a registry scrapes. */
  readonly metric: Metric;
}

/** Upper bounds in seconds: from a cached read to a slow processor. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30] as const;

interface Series {
  readonly labels: Labels;
  /** How many fell under each bound and not under a lower one; the last are over all. */
  readonly counts: Float64Array;
  sumSeconds: number;
}

export function createDurations({
  name,
  help,
}: {
  readonly name: string;
  readonly help: string;
}): Durations {
  const seriesByName = new Map<string, Series>();
  const metric = {
    get: async () => ({
      aggregator: "sum",
      help,
      name,
      type: "histogram",
      values: [...seriesByName.values()].flatMap((series) => valuesOf(name, series)),
    }),
    help,
    name,
    reset: () => seriesByName.clear(),
  };
  return {
    metric: metric as unknown as Metric,
    observe: (seconds, labels) => {
      const place = `${labels.method} ${labels.route} ${labels.status}`;
      let series = seriesByName.get(place);
      if (series === undefined) {
        series = { counts: new Float64Array(bounds.length + 1), labels, sumSeconds: 0 };
        seriesByName.set(place, series);
      }
      let at = 0;
      while (at < bounds.length && seconds > (bounds[at] ?? 0)) at++;
      series.counts[at] = (series.counts[at] ?? 0) + 1;
      series.sumSeconds += seconds;
    },
  };
}

function valuesOf(name: string, { labels, counts, sumSeconds }: Series): readonly object[] {
  let total = 0;
  const buckets = [...counts].map((count, index) => {
    total += count;
    const le = bounds[index] ?? "+Inf";
    return { labels: { ...labels, le }, metricName: `${name}_bucket`, value: total };
  });
  return [
    ...buckets,
    { labels, metricName: `${name}_sum`, value: sumSeconds },
    { labels, metricName: `${name}_count`, value: total },
  ];
}
