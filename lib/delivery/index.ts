/**
 * Events of changes, delivered at least once: `events` for the option of that name, and `webhook` for one of its sinks.
 *
 * @module stowage/events
 */
export type { CloudEvent } from './cloud-event.ts';
export type { Attempts, DeadLetter } from './courier.ts';
export { type Events, type EventsOptions, events } from './events.ts';
export { type Sink, SinkRefusal } from './sink.ts';
export { type WebhookOptions, webhook } from './webhook.ts';
