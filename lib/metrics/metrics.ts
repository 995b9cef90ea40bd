/** Counts what a registry is asked and how it answers. Labels come from the table and from HTTP, never from what clients name. */
import type { OnResponse } from '../events/response.ts';
import { type Exposition, expose } from './exposition.ts';
import type { Family, Sample } from './family.ts';

/** What metrics can be told. */
export interface MetricsOptions {
  /** How many requests are being answered now, where the server knows it: the metric `stowage_requests_in_flight`. */
  readonly inFlight?: (() => number) | undefined;
}

/** What takes metrics over: the `Registry` of prom-client. */
export interface MetricRegistry {
  registerMetric(metric: never): void;
}

/** The metrics of a registry. */
export interface Metrics {
  /** The option `onResponse` of the registry whose requests are counted. Several registries may share it. */
  readonly onResponse: OnResponse;
  /** What was counted so far. */
  families(): readonly Family[];
  /** What was counted so far, as text in the format that the `Accept` of the request asks for. */
  expose(accept?: string): Exposition;
  /** Has a registry of prom-client expose them beside its own. */
  registerWith(registry: MetricRegistry): void;
}

/**
 * The metrics of a registry for Prometheus and whatever reads its formats. Metrics of the process itself are the host's.
 *
 * @example
 * import { createRegistryHandler } from 'stowage';
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { metrics } from 'stowage/metrics';
 *
 * const { onResponse, expose } = metrics();
 * createRegistryHandler(memoryDriver(), { onResponse });
 * // The answer to GET /metrics, at an address that clients do not reach:
 * expose('text/plain').contentType; // => 'text/plain; version=0.0.4; charset=utf-8'
 */
export function metrics({ inFlight }: MetricsOptions = {}): Metrics {
  const requests = new Map<string, { readonly labels: Sample['labels']; count: number }>();
  const transfers = new Map<string, Transfers>();

  const onResponse: OnResponse = ({
    operation = 'none',
    method,
    status,
    code = '',
    bytesIn,
    bytesOut,
    complete,
    milliseconds,
  }) => {
    const labels = { operation, method: known.has(method) ? method : 'other', status: String(status), code };
    const key = Object.values(labels).join(' ');
    const request = requests.get(key) ?? { labels, count: 0 };
    request.count += 1;
    requests.set(key, request);
    const transfer = transfers.get(operation) ?? startTransfers();
    transfers.set(operation, transfer);
    transfer.bytesIn += bytesIn;
    transfer.bytesOut += bytesOut;
    transfer.broken += complete ? 0 : 1;
    transfer.seconds += milliseconds / 1000;
    const bucket = bucketOf(milliseconds / 1000);
    transfer.within[bucket] = (transfer.within[bucket] ?? 0) + 1;
  };

  const perOperation = (count: (transfer: Transfers) => number): Sample[] =>
    [...transfers].map(([operation, transfer]) => ({ labels: { operation }, value: count(transfer) }));

  const families = (): readonly Family[] => [
    {
      ...words.requests,
      type: 'counter',
      values: [...requests.values()].map(({ labels, count }) => ({ labels, value: count })),
    },
    {
      ...words.duration,
      type: 'histogram',
      values: [...transfers].flatMap(([operation, transfer]) => histogram(operation, transfer)),
    },
    { ...words.received, type: 'counter', values: perOperation(({ bytesIn }) => bytesIn) },
    { ...words.sent, type: 'counter', values: perOperation(({ bytesOut }) => bytesOut) },
    { ...words.broken, type: 'counter', values: perOperation(({ broken }) => broken) },
    ...(inFlight ? [{ ...words.inFlight, type: 'gauge', values: [{ labels: {}, value: inFlight() }] } as const] : []),
  ];

  return {
    onResponse,
    families,
    expose: (accept) => expose(families(), accept),
    registerWith: (registry) => {
      for (const { name } of families()) {
        const get = async () => families().find((family) => family.name === name);
        registry.registerMetric({ name, get } as never);
      }
    },
  };
}

/** The names of the metrics, and what they say. */
const words = {
  requests: { name: 'stowage_requests_total', help: 'Requests that have ended, by operation, method, status and error code.' },
  duration: {
    name: 'stowage_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its response, bodies included.',
  },
  received: { name: 'stowage_received_bytes_total', help: 'Bytes of the bodies of requests.' },
  sent: { name: 'stowage_sent_bytes_total', help: 'Bytes of the bodies of responses.' },
  broken: {
    name: 'stowage_broken_responses_total',
    help: 'Responses that did not leave whole, as the connection closed before.',
  },
  inFlight: { name: 'stowage_requests_in_flight', help: 'Requests that are being answered.' },
} as const;

/** Any text may be the method of a request. */
const known: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The upper bounds of the histogram, in seconds: from a look-up in memory to the push of a large layer. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, Number.POSITIVE_INFINITY];

const bucketOf = (seconds: number): number => bounds.findIndex((bound) => seconds <= bound);

/** What was transferred by the requests of one operation. */
interface Transfers {
  bytesIn: number;
  bytesOut: number;
  broken: number;
  seconds: number;
  /** How many took so long as this bound, and longer than the one before. */
  readonly within: number[];
}

const startTransfers = (): Transfers => ({ bytesIn: 0, bytesOut: 0, broken: 0, seconds: 0, within: bounds.map(() => 0) });

/** The samples of a histogram, whose buckets have those of the smaller ones in them. */
function histogram(operation: string, { within, seconds }: Transfers): Sample[] {
  const { name } = words.duration;
  let count = 0;
  const buckets = bounds.map((bound, index): Sample => {
    count += within[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { operation, le: boundText(bound) }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: { operation }, value: seconds },
    { metricName: `${name}_count`, labels: { operation }, value: count },
  ];
}

/** As OpenMetrics has it in both formats, so that a series has one name whichever was scraped. */
const boundText = (bound: number): string =>
  bound === Number.POSITIVE_INFINITY ? '+Inf' : Number.isInteger(bound) ? `${bound}.0` : String(bound);
