/** What may go wrong at a call to the store, and how long it does. */
import type { CallHead, Decide, Fault } from '../double.ts';

/** A kind of fault, by a name for reports. */
export interface Kind {
  readonly name: string;
  readonly fault: Fault;
}

/** Every kind of fault. A silent store is given up after a while, which is short here. */
export const kinds: readonly Kind[] = [
  { name: '500', fault: { kind: 'error', code: 'InternalError' } },
  { name: '500 although done', fault: { kind: 'error', code: 'InternalError', done: true } },
  { name: '503 SlowDown', fault: { kind: 'error', code: 'SlowDown' } },
  { name: 'silence', fault: { kind: 'silence' } },
  { name: 'silence although done', fault: { kind: 'silence', done: true } },
  { name: 'reset request', fault: { kind: 'reset request', after: 1 } },
  { name: 'reset before the reply', fault: { kind: 'reset reply', after: 0 } },
  { name: 'reset in the reply', fault: { kind: 'reset reply', after: 3 } },
  { name: 'slow reply', fault: { kind: 'slow reply', bytes: 1_000_000, pause: 20 } },
  { name: 'error in a 200', fault: { kind: 'error in 200', code: 'InternalError' } },
  { name: '409', fault: { kind: 'error', code: 'ConditionalRequestConflict' } },
  { name: '412', fault: { kind: 'error', code: 'PreconditionFailed' } },
  { name: 'delivered twice', fault: { kind: 'twice' } },
];

const answers = new Set(['error in a 200', '412']);

/** Whether a fault of one call passes unnoticed: the call is made again. The others are answers, which have a meaning. */
export const passes = ({ name }: Kind): boolean => !answers.has(name);

/** How long a fault lasts: for one call, for that call however often it is made, or for every call from there on. */
export type Span = 'once' | 'stuck' | 'outage';

/** Has a fault happen from the call `index` on, which counts from 0. */
export function from(index: number, span: Span, { fault }: Kind): Decide {
  let seen = -1;
  let stuck: CallHead | undefined;
  return (call) => {
    seen++;
    if (seen === index) stuck = call;
    const hit = {
      once: seen === index,
      stuck: call.operation === stuck?.operation && call.key === stuck.key,
      outage: seen >= index,
    };
    return hit[span] ? fault : undefined;
  };
}
