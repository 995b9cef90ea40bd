/** The id of a request: what its reply, its event and its lines in the log have in common. */
import { formats } from '../api/formats.ts';

/** Other processes begin with another text, so that ids of several can be told apart in one log. */
const ofProcess = Math.random().toString(36).slice(2, 10);
let count = 0;

/** An id that no other request of this process has. A counter, since a UUID costs ten times as much. */
export const nextRequestId = (): string => `${ofProcess}-${(++count).toString(36)}`;

const isRequestId = new RegExp(formats.requestId.pattern);

/** The id that a proxy gave, if it can stand in a line of a log and in a header; undefined otherwise. */
export const readRequestId = (text: string | undefined): string | undefined =>
  text !== undefined && isRequestId.test(text) ? text : undefined;
