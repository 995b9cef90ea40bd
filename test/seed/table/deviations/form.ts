import type { Deviations } from './deviation.ts';

/** How the table is written. */
export const form = {
  'routes are named after what is there': {
    was: '`blob-upload` and `blob-upload-chunk`.',
    is: '`uploads` and `upload`.',
    reason: 'Chunks are what is sent to an upload; the route is the upload.',
    source: 'distribution specification 1.1, "Endpoints"',
    changes: ['name', 'entity'],
  },
  'a path is read from its end': {
    was: 'Each path became an expression, with the expressions of its parameters inside.',
    is: 'The last literals of a path choose the route; then each parameter is read by its format, which knows its error.',
    reason: 'A malformed name or digest is a 400 with a code, not a path that nobody has; names may contain any word.',
    source: 'distribution specification 1.1, "Error Codes"',
    changes: [],
  },
  'each fact is said once': {
    was: 'Parameters, headers and errors repeated on each request; a title for each reply.',
    is: 'Described once and used by name; path parameters follow from the path, refused logins from `access`, a title from the status.',
    reason: 'What is said twice differs sooner or later.',
    source: 'this project',
    changes: ['place', 'kind'],
  },
  'fields have shorter names': {
    was: '`StatusCode`, `QueryParameters`, `ContentType`, …',
    is: '`status`, `query`, `mediaTypes`, …',
    reason: 'The record that a field stands in says the rest.',
    source: 'this project',
    changes: ['name'],
  },
  'a use case speaks for itself': {
    was: 'A method had a description; a use case had a name only where there were several.',
    is: 'Each use case has a summary, an operation that serves it, and a condition that chooses it.',
    reason: 'The use case is what is dispatched, documented and tested.',
    source: 'this project',
    changes: ['name'],
  },
  'a failure is one code': {
    was: 'A reply with a list of codes.',
    is: 'One row for each code.',
    reason: 'A list is seen when one of its codes is; a row is seen when it is.',
    source: 'this project',
    changes: ['name'],
  },
  'values have formats': {
    was: '`Type`, `Format`, `Regexp` and `Examples` on each parameter.',
    is: 'The name of a format, which has a pattern, an example, and how the value is read and written.',
    reason: 'The same kind of value is read alike wherever it comes.',
    source: 'this project',
    changes: ['name'],
  },
  'a code is the key of its row': {
    was: 'A number, a text and two maps from one to the other.',
    is: 'The text itself, which the compiler knows.',
    reason: 'There is nothing left to look up.',
    source: 'this project',
    changes: ['kind'],
  },
} as const satisfies Deviations;
