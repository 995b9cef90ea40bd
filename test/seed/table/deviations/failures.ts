import type { Deviations } from './deviation.ts';

/** Errors and their codes. */
export const failures = {
  'an unknown repository has a code': {
    was: 'The list of its tags was 404 without a code or a body.',
    is: '404 `NAME_UNKNOWN`, with JSON.',
    reason: 'Every failure has a code: it is what programs look at.',
    source: 'distribution specification 1.1, "Error Codes" (code-9)',
    changes: ['codes'],
  },
  'what is missing is the content, not the repository': {
    was: '`NAME_UNKNOWN` beside `MANIFEST_UNKNOWN` or `BLOB_UNKNOWN`.',
    is: '`MANIFEST_UNKNOWN` or `BLOB_UNKNOWN`; `NAME_UNKNOWN` only where tags are listed.',
    reason: 'Telling the two apart costs a second look-up, and tells strangers which repositories there are.',
    source: 'distribution specification 1.1, "Pulling manifests" and "Pulling blobs" (end-2, end-3): 404, the code is left open',
    changes: ['codes'],
  },
  'a malformed tag is MANIFEST_INVALID': {
    was: '`TAG_INVALID`.',
    is: '`MANIFEST_INVALID`; the detail names the parameter.',
    reason: 'The list of codes has none for tags any more.',
    source: 'distribution specification 1.1, "Error Codes"',
    changes: ['codes'],
  },
  'content that a manifest misses is MANIFEST_BLOB_UNKNOWN': {
    was: '`BLOB_UNKNOWN` with status 400.',
    is: '`MANIFEST_BLOB_UNKNOWN`, one entry for each digest, which is its `detail`; `BLOB_UNKNOWN` is 404 and about blobs that are asked for.',
    reason: 'One code for each meaning.',
    source: 'distribution specification 1.1, "Error Codes" (code-1, code-5)',
    changes: ['codes'],
  },
  'a code has one status': {
    was: 'A list of statuses for each code.',
    is: 'One status for each code; the row of a failure says so where it has another.',
    reason: 'What was listed and answered by no row could not be tested.',
    source: 'registry 2.1.0',
    changes: ['status'],
  },
  'NAME_INVALID is about the name in the URL': {
    was: 'The name inside of the manifest is not that of the URL.',
    is: 'The name in the URL does not fit the grammar of names.',
    reason: 'Manifests of today have no name inside; where a signed one has, it is the same code.',
    source: 'distribution specification 1.1, "Error Codes" (code-8); registry 2.0.0',
    changes: ['message'],
  },
  'a missing manifest is unknown to the registry': {
    was: 'The message "manifest unknown".',
    is: 'The message "manifest unknown to registry".',
    reason: 'It is the wording of the list of codes.',
    source: 'distribution specification 1.1, "Error Codes" (code-7)',
    changes: ['message'],
  },
  'UNKNOWN is a fault of the server': {
    was: 'Any status; no row named it.',
    is: '500, or 507 where the storage is full, on any request; the reply says nothing more, the log does.',
    reason: 'For what a client did wrong there is a code.',
    source: 'RFC 9110 section 15.6.1; RFC 4918 section 11.5',
    changes: ['status', 'message'],
  },
  'examples are values': {
    was: 'Examples of bodies were text.',
    is: 'They are values that a generator writes; bodies have a schema, which each tested reply fits.',
    reason: 'An example that nobody parses need not be JSON.',
    source: 'RFC 8259',
    changes: ['name'],
  },
} as const satisfies Deviations;
