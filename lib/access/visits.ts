/** The way of a visit from the dispatch, where it begins, to the end of its response, which doors tell. */
import type { RequestTarget, ResponseEvent } from '../events/response.ts';
import type { Visit } from './throttle.ts';

/** It goes along in what the reply was about, and nobody else sees it. */
const visiting = Symbol('visiting');

interface Visiting {
  readonly [visiting]?: Visit;
}

/** What a request is about, with the visit that it is. */
export const withVisit = <T extends RequestTarget>(about: T, visit: Visit): T => Object.assign(about, { [visiting]: visit });

/** Takes the visit, if it is one, out of an event: `[visit, event]`. */
export function takeVisit({
  [visiting]: visit,
  ...event
}: ResponseEvent & Visiting): readonly [Visit | undefined, ResponseEvent] {
  return [visit, event];
}
