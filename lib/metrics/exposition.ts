/** Metrics as text: the format 0.0.4 of Prometheus, and OpenMetrics 1.0. */
import type { Family, Sample } from './family.ts';

/** What is answered to who scrapes. */
export interface Exposition {
  /** The value of `Content-Type`. */
  readonly contentType: string;
  readonly body: string;
}

const openMetrics = /\bapplication\/openmetrics-text\b(?![^,]*;\s*q=0(?:\.0*)?\s*(?:[;,]|$))/i;

/**
 * Writes metrics in the format that an `Accept` asks for: OpenMetrics where it names that, and otherwise what every scraper reads.
 *
 * @example
 * import { expose, metrics } from 'stowage/metrics';
 *
 * expose(metrics().families(), 'application/openmetrics-text').body.endsWith('# EOF\n'); // => true
 */
export function expose(families: readonly Family[], accept = ''): Exposition {
  const isOpen = openMetrics.test(accept);
  const text = families.map((family) => writeFamily(family, isOpen)).join('');
  return isOpen
    ? { contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8', body: `${text}# EOF\n` }
    : { contentType: 'text/plain; version=0.0.4; charset=utf-8', body: text };
}

function writeFamily({ name, help, type, values }: Family, isOpen: boolean): string {
  // In OpenMetrics, a counter is named without what its sample ends with.
  const named = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name;
  const samples = values.map((sample) => writeSample(name, sample));
  return [`# HELP ${named} ${help}`, `# TYPE ${named} ${type}`, ...samples].join('\n').concat('\n');
}

function writeSample(name: string, { metricName = name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${metricName}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
