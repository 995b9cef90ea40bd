/** What documents and the command say of the options of a registry, in the order of documents; `table.ts` has what holds for them. */
import type { OptionWordsOf } from '../checks/options.ts';
import type { CorsOptions, Hooks, LegacyOptions, Limits, RegistryOptions, Timeouts } from './table.ts';

const limits = {
  manifestBytes: { sentence: 'the largest manifest', defaultWords: '4 MiB' },
  blobBytes: { sentence: 'the largest blob', defaultWords: 'none' },
  tagsPerPage: { sentence: 'entries of one page of tags' },
  repositoriesPerPage: { sentence: 'entries of one page of the catalog' },
  referrersPerPage: { sentence: 'entries of one page of referrers' },
  descriptors: { sentence: 'descriptors in one list of a manifest, which may have 24 JSON members for each' },
  tagsPerPush: { sentence: 'tags that one push may give to its manifest with `?tag=`' },
  jsonDepth: { sentence: 'levels of nesting in one manifest' },
  bodyBytesPerSecond: {
    sentence: 'how slowly a body may come, on the average of `timeouts.bodyIdle`; a slower one counts as broken off',
  },
} as const satisfies OptionWordsOf<Partial<Limits>>;

const timeouts = {
  bodyIdle: { sentence: 'milliseconds after which a body that stands still counts as broken off; `0` for never' },
  responseIdle: { sentence: 'milliseconds after which a client that does not read is cut off; `0` for never' },
  authorize: {
    sentence: 'milliseconds after which an `authorize`, or a `may` of its permit, that gives no answer is a 503; `0` for never',
  },
} as const satisfies OptionWordsOf<Partial<Timeouts>>;

const cors = {
  origins: {
    sentence:
      "the pages of other origins that may use the registry in a browser: `['https://ui.example.com']`, `'*'` or a function",
    defaultWords: 'none',
  },
  credentials: { sentence: "they may send cookies, client certificates and logins that the browser keeps; not with `'*'`" },
  maxAge: { sentence: 'seconds for which a browser may remember the answer to a preflight' },
} as const satisfies OptionWordsOf<CorsOptions>;

const legacy = {
  schema1: {
    sentence:
      "`'verify'`: take Docker's manifests of schema 1 if all their signatures hold; `'accept'`: take them without a look at those",
    defaultWords: 'refused',
  },
  tarsum: { sentence: 'take tarsums, which Docker used before digests, as names of blobs; they do not cover every byte of one' },
} as const satisfies OptionWordsOf<LegacyOptions>;

const hooks = {
  beforeManifest: { sentence: 'decides whether a manifest may be stored, by its bytes', defaultWords: 'it may' },
  beforeTag: { sentence: 'decides whether a tag may be set', defaultWords: 'it may' },
  beforeBlob: { sentence: 'decides whether a blob may be published or mounted, by its size', defaultWords: 'it may' },
  onPush: { sentence: 'hears of each manifest and blob that was pushed', defaultWords: 'none' },
  onPull: { sentence: 'hears of each manifest and blob that was read', defaultWords: 'none' },
  onMount: { sentence: 'hears of each blob that was mounted', defaultWords: 'none' },
  onDelete: { sentence: 'hears of each manifest, tag and blob that was deleted', defaultWords: 'none' },
  onTag: { sentence: 'hears of each tag that was set', defaultWords: 'none' },
  onUpload: { sentence: 'hears of each upload that began, took bytes or was cancelled', defaultWords: 'none' },
} as const satisfies OptionWordsOf<Hooks>;

/** The words for the options of `createRegistryHandler`. */
export const registryWords = {
  allowMissingReferences: { sentence: 'accept manifests whose blobs are missing' },
  deletes: { sentence: 'serve the deletion of tags, manifests and blobs' },
  authorize: {
    sentence: '`(ask, credentials) => permit`: what a client may do, asked once for each request',
    defaultWords: 'everybody may do everything',
  },
  throttle: {
    sentence: 'refuses clients that ask too often, or for too much at a time: `throttle({ … })` of `stowage/throttle`',
    defaultWords: 'none',
  },
  onResponse: {
    sentence: '`(event) => void`: hears of each response once it has ended, for request logs, metrics and audit',
    defaultWords: 'none',
  },
  hooks: { group: hooks },
  events: {
    sentence:
      '`events({ sinks })` of `stowage/events`: each change is kept with its push, and delivered to webhooks at least once',
    defaultWords: 'none',
  },
  immutableTags: {
    sentence: '`true`, or `(repository, tag) => boolean`: tags that cannot be pointed elsewhere once they are set',
    defaultWords: 'none',
  },
  verifyReads: {
    sentence:
      "`'always'`: manifests and whole blobs are hashed as they are served, and never to their end if damaged; ranges and redirects are not",
  },
  uploadExpiry: {
    sentence:
      'milliseconds after which an upload ends that nobody touched, for which asking where it stands does not count; `false` for never',
    defaultWords: '24 hours',
  },
  minChunkBytes: {
    sentence: 'what `OCI-Chunk-Min-Length` asks clients for that push in chunks; smaller chunks are taken all the same',
    defaultWords: 'none',
  },
  publicUrl: {
    sentence: 'makes `Location` and `Link` absolute, as in `https://registry.example.com`',
    defaultWords: 'they are paths',
  },
  mountPath: { sentence: 'the path before `/v2`, where the host hides it or does not strip it', defaultWords: 'found by itself' },
  trustProxy: {
    sentence:
      "whom to believe `X-Forwarded-*` and `Forwarded`, in the values of Express: makes URLs absolute, and tells `authorize` the client's address",
  },
  forwardedHeaders: {
    sentence: "which of the two families those proxies set; they have to drop the other: `'x-forwarded'` or `'forwarded'`",
  },
  timeouts: { group: timeouts },
  cors: { group: cors },
  legacy: { group: legacy },
  logger: {
    sentence:
      '`{ error(details, message), warn(details, message) }`, as pino has them; `debug` hears of refusals where it is there',
    defaultWords: 'silent',
  },
  limits: { group: limits },
} as const satisfies OptionWordsOf<RegistryOptions>;
