import type { Rows } from '../row.ts';

/** Words that the rows of the first table were made of: definitions, shared parameters, shared bodies, maps of codes. */
export const words = {
  'SEED-D1': {
    was: { says: 'The six names of routes.' },
    at: [
      { route: 'base' },
      { route: 'tags' },
      { route: 'manifest' },
      { route: 'blob' },
      { route: 'uploads' },
      { route: 'upload' },
    ],
    but: ['routes are named after what is there'],
  },
  'SEED-D2': {
    was: { says: '`ErrorCode`, a number that travels as text.' },
    at: [{ module: 'lib/api/errors.ts', exports: 'ErrorCode' }],
    but: ['a code is the key of its row'],
  },
  'SEED-D3': {
    was: { says: 'The expression of repository names.' },
    at: [{ format: 'name' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-D4': { was: { says: 'The expression of tags.' }, at: [{ format: 'tag' }] },
  'SEED-D5': {
    was: { says: 'The expression of digests.' },
    at: [{ format: 'digest' }, { format: 'blobDigest' }],
    but: ['a digest has exactly the length of its algorithm', 'tarsums are legacy'],
  },
  'SEED-D6': {
    was: { says: 'The syntax of paths.' },
    at: [{ module: 'lib/routing/router.ts', exports: 'compile' }],
    but: ['a path is read from its end'],
  },

  'SEED-P1': {
    was: { says: 'The parameter `name`.' },
    at: [{ format: 'name' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-P2': {
    was: { says: 'The parameter `tag`.' },
    at: [{ format: 'tag' }, { format: 'reference' }],
    but: ['a reference is a tag or a digest'],
  },
  'SEED-P3': { was: { says: 'The parameter `uuid`.' }, at: [{ format: 'uploadId' }], but: ['an upload has a random id'] },
  'SEED-P4': {
    was: { says: 'The parameter `digest`.' },
    at: [{ format: 'digest' }, { format: 'blobDigest' }],
    but: ['a digest has exactly the length of its algorithm', 'tarsums are legacy'],
  },
  'SEED-P5': {
    was: { says: 'The header `Authorization`.' },
    at: [{ module: 'lib/access/credentials.ts', exports: 'readCredentials' }],
    but: ['Authorization is read on every request'],
  },
  'SEED-P6': {
    was: { says: 'The header `WWW-Authenticate`.' },
    at: [{ format: 'challenge' }],
    but: ['a challenge says what it is about'],
  },
  'SEED-P7': {
    was: { says: 'The header `Content-Length: 0`.' },
    at: [{ module: 'lib/coverage/judge.ts', exports: 'objectionsTo' }],
    but: ['lengths are left to HTTP'],
  },

  'SEED-C1': {
    was: { says: 'An example of a manifest.' },
    at: [{ module: 'lib/api/bodies.ts', exports: 'bodies' }],
    but: ['signed manifests are legacy', 'examples are values'],
  },
  'SEED-C2': {
    was: { says: 'An example of errors.' },
    at: [{ module: 'lib/api/bodies.ts', exports: 'bodies' }],
    but: ['examples are values'],
  },

  'SEED-X1': {
    was: { says: 'A map from a code to its row.' },
    at: [{ module: 'lib/api/errors.ts', exports: 'errors' }],
    but: ['a code is the key of its row'],
  },
  'SEED-X2': {
    was: { says: 'A map from the text of a code to its row.' },
    at: [{ module: 'lib/api/errors.ts', exports: 'errors' }],
    but: ['a code is the key of its row'],
  },
  'SEED-X3': {
    was: { says: 'What filled the maps.' },
    at: [{ module: 'lib/api/errors.ts', exports: 'errors' }],
    but: ['a code is the key of its row'],
  },
} as const satisfies Rows;
