/** Content for the exchanges of the formats of 2014: a tar archive with known tarsums, and manifests of schema 1. */

const zeros = (length: number): string => '0'.repeat(length - 1).padEnd(length, '\0');

function header(name: string): string {
  const before = name.padEnd(100, '\0') + zeros(8).repeat(3) + zeros(12).repeat(2);
  const after = `${'0'.padEnd(101, '\0')}ustar\x0000${'\0'.repeat(64)}${zeros(8).repeat(2)}`.padEnd(356, '\0');
  const sum = [...before, ...after].reduce((total, character) => total + character.charCodeAt(0), 8 * 0x20);
  return `${before}${sum.toString(8).padStart(6, '0')}\0 ${after}`;
}

/** A tar archive of an empty `file.txt`, ended by this many blocks of 512 zeros, which no tarsum covers. */
export const archive = (padding = 2): string => header('file.txt') + '\0'.repeat(512 * padding);

/** The tarsums of {@link archive}, in each version. */
export const tarsums = {
  first: 'tarsum+sha256:626c4a2e9a467d65c33ae81f7f3dedd4de8ccaee72af73223c4bc4718cbc7bbd',
  v1: 'tarsum.v1+sha256:6ffd43a1573a9913325b4918e124ee982a99c0f3cba90fc032a65f5e20bdd465',
  dev: 'tarsum.dev+sha256:6ffd43a1573a9913325b4918e124ee982a99c0f3cba90fc032a65f5e20bdd465',
} as const;

/** The empty layer that Docker put into images of schema 1: an empty tar archive, compressed by gzip. */
export const emptyLayer = Buffer.from('1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000', 'hex');

const layers = (digests: readonly string[]) => digests.map((blobSum) => ({ blobSum }));

/** A manifest of schema 1 without signatures, with a layer for each digest. */
export const unsigned = (digests: readonly string[], more: object = {}): string =>
  JSON.stringify({
    schemaVersion: 1,
    name: 'demo/app',
    tag: 'v1',
    architecture: 'amd64',
    fsLayers: layers(digests),
    history: digests.map(() => ({ v1Compatibility: '{"os":"linux"}' })),
    ...more,
  });

/** The digest of {@link signed}: that of its signed payload, not of the document. */
export const signedDigest = 'sha256:d8314c22abfeaa24b96d056557490036fc0aa175d0da5f7750e6fbc4beceb6db';

/** A manifest of `demo/app:v1` with {@link emptyLayer}, signed by a key that it carries. */
export const signed = `{
   "schemaVersion": 1,
   "name": "demo/app",
   "tag": "v1",
   "architecture": "amd64",
   "fsLayers": [
      {
         "blobSum": "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
      }
   ],
   "history": [
      {
         "v1Compatibility": "{\\"id\\":\\"0000000000000000000000000000000000000000000000000000000000000001\\",\\"os\\":\\"linux\\"}"
      }
   ],
   "signatures": [
      {
         "header": {
            "jwk": {
               "crv": "P-256",
               "kid": "CY6E:KDOO:SGDO:VDX2:HYH6:FDAR:AC34:C5Y6:3P6T:T5LU:NZRE:HW2R",
               "kty": "EC",
               "x": "fe6LPOD3oRcMS-vkrMC1BKuHHkWowiiCnCspXuW3U2g",
               "y": "l-Rry6Loku6FGAnxZpVDpHei-s6hyymQ9S8ezIic3Hw"
            },
            "alg": "ES256"
         },
         "signature": "8SQhSq8JmlcHGykDaUrvPNYC1pe7aiMww9XfUwjSjbZjL4_69RX9WYPBcUnHT4Nq-OaCF9oo4rTCGQj3a9Bkow",
         "protected": "eyJmb3JtYXRMZW5ndGgiOjM4NiwiZm9ybWF0VGFpbCI6IkNuMCIsInRpbWUiOiIyMDE0LTEyLTE4VDE4OjIxOjU3WiJ9"
      }
   ]
}`;
