/** The samples that the reference shows, in its order. */
import { reference } from '../../lib/docs/reference.ts';
import recorded from '../../lib/docs/samples.json' with { type: 'json' };
import type { Sample } from '../../lib/docs/samples.ts';

export const shownSamples: readonly Sample[] = reference(recorded, { title: '', links: {} })
  .flatMap(({ blocks }) => blocks)
  .flatMap((block) => (block.kind === 'sample' ? [block.sample] : []));
