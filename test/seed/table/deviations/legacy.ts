import type { Deviations } from './deviation.ts';

/** The formats of 2014. */
export const legacy = {
  'signed manifests are legacy': {
    was: 'The manifest: name, tag, layers and history, with signatures; checked against the URL and its signatures.',
    is: "Any manifest or index of today; signed ones with the option `legacy: { schema1: 'verify' }`, which checks their tags against the URL and all their signatures.",
    reason: 'Names and tags are outside of manifests now, and signatures refer to them.',
    source: 'image specification, "Image Manifest"; registry 2.3.0, and 2.7.0 for the end of the signed ones',
    changes: [],
  },
  'tarsums are legacy': {
    was: 'Layers were named by the sum of their files, `tarsum.v1+sha256:…`.',
    is: 'Blobs are named by the hash of their bytes; with the option `legacy: { tarsum: true }` a tarsum is another name of the same bytes.',
    reason: 'Bytes that a sum leaves out could be changed, and it needs a tar file to be read first.',
    source: 'image specification, "Digests"; registry 2.3.0',
    changes: [],
  },
} as const satisfies Deviations;
