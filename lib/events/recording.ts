/** What the option `events` takes, and what a registry has of it. Types only. */
import type { Driver } from '../driver.ts';
import type { RequestTarget } from './response.ts';

/**
 * Begins to keep events, and to deliver what waits in the outbox of the driver. Called once, by the registry that it is given to. Throws a
 * TypeError where the driver has no outbox.
 */
export type EventRecorder = (driver: Driver, logger: FaultLogger) => Recording;

/** Where failures of deliveries go. */
export interface FaultLogger {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** The events of one registry. */
export interface Recording {
  /** Keeps what a request has done, that was answered with this status: resolves when it is durable. Undefined where nothing is waited for. */
  record(about: RequestTarget, status: number): Promise<void> | undefined;
  /** Delivers no more. What is under way is waited for a second; what is not delivered waits in the outbox. */
  stop(): Promise<void>;
}
