/** Warns of a registry behind another one at the same path: the first answers every request of the API, and the second never gets one. */
import type { IncomingMessage } from 'node:http';
import type { Advice } from '../../options/advice.ts';

/** A registry where it is mounted. */
export interface Mounted {
  /** Whatever is the same object for all requests of a registry. */
  readonly registry: object;
  /** The path before `/v2`. */
  readonly mountPath: string;
}

/** Whether two registries are mounted at one path. The same one twice does no harm. */
export const isAnother = (one: Mounted, other: Mounted): boolean =>
  one.registry !== other.registry && one.mountPath === other.mountPath;

/** The request that is being passed on, and by which registry. A variable, since a mark on each request would cost each of them. */
let passed: { readonly request: IncomingMessage; readonly by: Mounted } | undefined;

/** Passes on a request that is not of the API. What is called before `next` returns can find out who did. */
export function passOn<T>(request: IncomingMessage, by: Mounted, next: () => T): T {
  passed = { request, by };
  try {
    return next();
  } finally {
    passed = undefined;
  }
}

/** Whether another registry at the same path is passing this request on right now. */
export const isBehindAnother = (request: IncomingMessage, mounted: Mounted): boolean =>
  passed?.request === request && isAnother(passed.by, mounted);

export const behindAnother: Advice = {
  setting: 'mountPath',
  message:
    'two registries are mounted at one path: the one that is asked first answers everything below /v2, and the other one never gets a request; give each a path of its own (the option mountPath), or leave one out',
  isVital: true,
};
