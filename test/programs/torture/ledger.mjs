// @ts-check
/** What the registry has acknowledged, and so must still have. */

/**
 * @typedef {object} Blob
 * @property {string} repo
 * @property {string} name what its content is drawn from
 * @property {number} size
 * @property {string} digest
 *
 * @typedef {object} Upload an upload that was begun and not seen to end
 * @property {string} location
 * @property {Blob} blob what it was to become
 * @property {number} acknowledged how many bytes the registry said it had
 * @property {boolean} closing whether the closing request was sent
 *
 * @typedef {object} Tag
 * @property {string} repo
 * @property {string} tag
 * @property {string | undefined} acknowledged the digest it must point at
 * @property {string[]} sent the digests that it may point at instead, because nobody heard the answer
 *
 * @typedef {ReturnType<typeof createLedger>} Ledger
 */

/** An empty ledger. */
export function createLedger() {
  return {
    /** @type {Blob[]} */
    blobs: [],
    /** @type {{ repo: string, digest: string }[]} */
    manifests: [],
    /** @type {Map<string, Tag>} */
    tags: new Map(),
    /** @type {Set<Upload>} */
    uploads: new Set(),
  };
}
