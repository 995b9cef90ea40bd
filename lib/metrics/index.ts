/**
 * What a registry is asked and how it answers, counted for Prometheus.
 *
 * @module stowage/metrics
 */
export { type Exposition, expose } from './exposition.ts';
export { type Family, type Sample, sumOf } from './family.ts';
export { type MetricRegistry, type Metrics, type MetricsOptions, metrics } from './metrics.ts';
