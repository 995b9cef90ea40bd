/** What each flow of a client asks of the store: calls cost money and time, so their number changes on purpose alone. */
import { expect, it } from 'vitest';
import { type CallResults, callsOfS3 } from '../../../bench/calls.ts';
import { readResults } from '../../../bench/results.ts';

it('each flow costs the calls that docs/performance.md shows', async () => {
  expect(await callsOfS3()).toEqual(readResults<CallResults>('calls')?.s3);
});
