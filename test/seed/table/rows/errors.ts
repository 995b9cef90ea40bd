import type { Rows } from '../row.ts';

/** The error codes. */
export const errors = {
  'SEED-E-UNKNOWN': {
    was: { error: 'UNKNOWN', message: 'unknown error', statuses: [] },
    at: [{ error: 'UNKNOWN' }],
    but: ['UNKNOWN is a fault of the server'],
  },
  'SEED-E-DIGEST_INVALID': {
    was: { error: 'DIGEST_INVALID', message: 'provided digest did not match uploaded content', statuses: [400, 404] },
    at: [{ error: 'DIGEST_INVALID' }],
    but: ['a code has one status'],
  },
  'SEED-E-SIZE_INVALID': {
    was: { error: 'SIZE_INVALID', message: 'provided length did not match content length', statuses: [400] },
    at: [{ error: 'SIZE_INVALID' }],
  },
  'SEED-E-NAME_INVALID': {
    was: { error: 'NAME_INVALID', message: 'manifest name did not match URI', statuses: [400, 404] },
    at: [{ error: 'NAME_INVALID' }],
    but: ['a code has one status', 'NAME_INVALID is about the name in the URL'],
  },
  'SEED-E-TAG_INVALID': {
    was: { error: 'TAG_INVALID', message: 'manifest tag did not match URI', statuses: [400, 404] },
    at: [{ error: 'TAG_INVALID' }],
    but: ['a code has one status', 'a malformed tag is MANIFEST_INVALID', 'signed manifests are legacy'],
  },
  'SEED-E-NAME_UNKNOWN': {
    was: { error: 'NAME_UNKNOWN', message: 'repository name not known to registry', statuses: [404] },
    at: [{ error: 'NAME_UNKNOWN' }],
    but: ['what is missing is the content, not the repository'],
  },
  'SEED-E-MANIFEST_UNKNOWN': {
    was: { error: 'MANIFEST_UNKNOWN', message: 'manifest unknown', statuses: [404] },
    at: [{ error: 'MANIFEST_UNKNOWN' }],
    but: ['a missing manifest is unknown to the registry'],
  },
  'SEED-E-MANIFEST_INVALID': {
    was: { error: 'MANIFEST_INVALID', message: 'manifest invalid', statuses: [400] },
    at: [{ error: 'MANIFEST_INVALID' }],
  },
  'SEED-E-MANIFEST_UNVERIFIED': {
    was: { error: 'MANIFEST_UNVERIFIED', message: 'manifest failed signature verification', statuses: [400] },
    at: [{ error: 'MANIFEST_UNVERIFIED' }],
    but: ['signed manifests are legacy'],
  },
  'SEED-E-BLOB_UNKNOWN': {
    was: { error: 'BLOB_UNKNOWN', message: 'blob unknown to registry', statuses: [400, 404] },
    at: [{ error: 'BLOB_UNKNOWN' }],
    but: ['a code has one status', 'content that a manifest misses is MANIFEST_BLOB_UNKNOWN'],
  },
  'SEED-E-BLOB_UPLOAD_UNKNOWN': {
    was: { error: 'BLOB_UPLOAD_UNKNOWN', message: 'blob upload unknown to registry', statuses: [404] },
    at: [{ error: 'BLOB_UPLOAD_UNKNOWN' }],
  },
} as const satisfies Rows;
