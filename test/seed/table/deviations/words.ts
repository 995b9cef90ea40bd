import type { Deviations } from './deviation.ts';

/** Names, tags, digests and ranges. */
export const words = {
  'a repository name has any number of components': {
    was: 'Two to five components, joined by slashes; one dot, underscore or hyphen between letters and digits.',
    is: 'One component or more, 255 characters at most; also two underscores and any run of hyphens.',
    reason: 'It is the grammar of the specification, and clients use all of it.',
    source: 'distribution specification 1.1, "Pulling manifests" (`<name>`); registry 2.0.0',
    changes: [],
  },
  'a reference is a tag or a digest': {
    was: 'The path of a manifest ended in `{tag}`.',
    is: 'It ends in `{reference}`: what contains a colon is a digest, anything else a tag.',
    reason: 'A manifest has a digest, too, and is pulled by it.',
    source: 'distribution specification 1.1, "Pulling manifests" (end-3); registry 2.0.0',
    changes: ['name'],
  },
  'a digest has exactly the length of its algorithm': {
    was: 'Any algorithm, any letters and digits after the colon.',
    is: 'sha256, sha384 or sha512 with 64, 96 or 128 lower-case hex digits; anything else is 400 `DIGEST_INVALID`.',
    reason: 'Content is found by its digest, so there may be one way only to write it.',
    source: 'image specification, "Digests"; distribution specification 1.1, "Error Codes" (code-4)',
    changes: [],
  },
  'an upload has a random id': {
    was: '`{uuid}`: one segment of any kind.',
    is: '`{upload}`: a random UUID that the registry chose, good in one repository; anything else is 404 `BLOB_UPLOAD_UNKNOWN`.',
    reason: 'Whoever guesses the id of an upload could write to it.',
    source: 'distribution specification 1.1, "Pushing a blob monolithically" (end-4a)',
    changes: ['name'],
  },
  'a range ends at its last byte': {
    was: '`0-<offset>`; elsewhere the offset counted one more.',
    is: '`0-<size - 1>`, and `0-0` also where nothing has come; the next chunk starts at the size.',
    reason: 'Both ends of a range are included.',
    source: 'distribution specification 1.1, "Pushing a blob in chunks" (end-5, end-13); registry 2.1.0',
    changes: [],
  },
} as const satisfies Deviations;
