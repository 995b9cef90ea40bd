/** Metrics as data: families of samples, which processes send to each other and formats write out. */

/** A metric with all its samples. The shape is that of prom-client, which takes it as it is. */
export interface Family {
  /** As in `stowage_requests_total`. */
  readonly name: string;
  /** What it counts, in one line. */
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly Sample[];
}

/** One value of a metric. */
export interface Sample {
  /** The name of a part of a histogram: `stowage_request_duration_seconds_bucket`. Absent where it is that of the family. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The sum of what several processes have counted: samples with the same name and labels become one.
 *
 * @example
 * import { metrics, sumOf } from 'stowage/metrics';
 *
 * sumOf([metrics().families(), metrics().families()]).length; // => 5
 */
export function sumOf(processes: readonly (readonly Family[])[]): Family[] {
  const families = new Map<string, Omit<Family, 'values'> & { readonly samples: Map<string, Sample> }>();
  for (const { values, ...family } of processes.flat()) {
    const { samples } = families.get(family.name) ?? { samples: new Map<string, Sample>() };
    families.set(family.name, { ...family, samples });
    for (const sample of values) {
      const key = JSON.stringify([sample.metricName, sample.labels]);
      samples.set(key, { ...sample, value: (samples.get(key)?.value ?? 0) + sample.value });
    }
  }
  return [...families.values()].map(({ samples, ...family }) => ({ ...family, values: [...samples.values()] }));
}
