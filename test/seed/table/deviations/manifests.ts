import type { Deviations } from './deviation.ts';

/** Manifests and tags. */
export const manifests = {
  'a manifest keeps its media type': {
    was: '`application/json`, whatever it was.',
    is: 'The media type that it was pushed with, byte for byte as it was pushed.',
    reason: 'There are many kinds of manifests now, and the media type tells them apart.',
    source: 'distribution specification 1.1, "Pulling manifests" and "Pushing Manifests"; registry 2.3.0',
    changes: ['type'],
  },
  'a tag is deleted alone': {
    was: 'Deleting by tag deleted the manifest.',
    is: 'By tag, the tag is deleted and the manifest stays; by digest, the manifest is deleted and its tags with it.',
    reason: 'Other tags may point at the manifest.',
    source: 'distribution specification 1.1, "Deleting tags" and "Deleting Manifests" (end-9)',
    changes: [],
  },
} as const satisfies Deviations;
