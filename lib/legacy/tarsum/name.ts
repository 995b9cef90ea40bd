/** Tarsums as text: `tarsum[.version]+algorithm:hex`. */

/** The versions that can be computed. The first has no name; `dev` is computed like `v1`. */
export const tarsumVersions = ['', 'v1', 'dev'] as const;
/** A version that can be computed. */
export type TarsumVersion = (typeof tarsumVersions)[number];

/** The hashes that can be computed, with their length in hex digits. */
export const tarsumHashes = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;
/** A hash that can be computed. */
export type TarsumHash = keyof typeof tarsumHashes;

/** How a tarsum is computed. */
export interface TarsumKind {
  readonly version: TarsumVersion;
  readonly algorithm: TarsumHash;
}

/** A tarsum that can be computed. */
export interface ComputableTarsum extends TarsumKind {
  readonly hex: string;
}

/** The parts of a tarsum of any version and hash. The version is empty if the text has none. */
export interface TarsumParts {
  readonly version: string;
  readonly algorithm: string;
  readonly hex: string;
}

const expression = /^tarsum(?:\.([a-z0-9]+))?\+([a-zA-Z0-9]+):([a-fA-F0-9]+)$/;

/** Parses the text of a tarsum, with its hex digits in lower case; undefined if it is malformed. */
export function readTarsumParts(text: string): TarsumParts | undefined {
  const [, version = '', algorithm, hex] = expression.exec(text) ?? [];
  return algorithm === undefined || hex === undefined ? undefined : { version, algorithm, hex: hex.toLowerCase() };
}

/** The text of a tarsum. */
export function writeTarsum({ version, algorithm, hex }: TarsumParts): string {
  return `tarsum${version === '' ? '' : `.${version}`}+${algorithm}:${hex}`;
}

/** Whether a tarsum has a version and a hash that can be computed, and the length of that hash. */
export function isComputable(tarsum: TarsumParts): tarsum is ComputableTarsum {
  const { version, algorithm, hex } = tarsum;
  if (!(tarsumVersions as readonly string[]).includes(version) || !Object.hasOwn(tarsumHashes, algorithm)) return false;
  return hex.length === tarsumHashes[algorithm as TarsumHash];
}
