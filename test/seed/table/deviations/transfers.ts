import type { Deviations } from './deviation.ts';

/** Uploads and downloads. */
export const transfers = {
  'lengths are left to HTTP': {
    was: '`Content-Length` in the rows: of chunks, and 0 where there was no body, also on a 204.',
    is: 'In no row. Bodies of requests may be chunked; every reply has its length, 0 where it has no body, and none on a 204.',
    reason: 'It is a rule for all replies alike, which the tests hold for each of them.',
    source: 'RFC 9110 section 8.6; RFC 9112 section 6',
    changes: ['kind'],
  },
  'a blob in one request is chosen by its digest': {
    was: 'The `digest` of a POST was optional.',
    is: 'It is what makes the POST this use case, and so required in it; without it an upload begins.',
    reason: 'Two use cases of one method have to be told apart by what the client sends.',
    source: 'distribution specification 1.1, "Single POST" (end-4b)',
    changes: ['required'],
  },
  'bytes are application/octet-stream': {
    was: '`application/octect-stream`.',
    is: '`application/octet-stream`.',
    reason: 'It is the registered name.',
    source: 'RFC 2046 section 4.5.1',
    changes: ['type'],
  },
  'bytes may come without a range': {
    was: 'Every PATCH had to have a `Content-Range`.',
    is: 'With one, the body is a chunk, which has to start where the upload stands; without one, it is a stream that is appended.',
    reason: 'Clients stream layers whose length they do not know yet.',
    source: 'distribution specification 1.1, "Pushing a blob in chunks" (end-5); registry 2.1.0',
    changes: [],
  },
  'an upload is completed in three ways': {
    was: 'One use case, and a note to split it in three.',
    is: 'Three use cases: nothing left to send, the last chunk, all that is left.',
    reason: 'They take different headers and fail differently.',
    source: 'distribution specification 1.1, "Pushing a blob monolithically" and "Pushing a blob in chunks" (end-6)',
    changes: [],
  },
  'no PUT on blobs': {
    was: 'A note: perhaps later, to start an upload.',
    is: 'Uploads are started by POST alone.',
    reason: 'No version of the API has it.',
    source: 'distribution specification 1.1, "Endpoints"',
    changes: ['place'],
  },
} as const satisfies Deviations;
