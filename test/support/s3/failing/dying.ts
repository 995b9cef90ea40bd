/** Pushes whose instance dies: nothing that it acknowledged is lost, and another one goes on. */
import assert from 'node:assert/strict';
import { smallestPart } from '../../../../drivers/s3/part-plan.ts';
import { digest } from '../../../../lib/testing/exchanges/given.ts';
import { sample } from '../../../../lib/testing/suite/samples.ts';
import { locationOf } from '../../client.ts';
import { type Client, Refused } from './client.ts';
import { from, type Kind, kinds } from './kinds.ts';
import { instance, on } from './matrix.ts';

/** A push in chunks. */
export interface Death {
  readonly name: string;
  readonly chunks: readonly Uint8Array[];
}

const large = sample(smallestPart + 100);

export const deaths: readonly Death[] = [
  { name: 'a push of small chunks', chunks: ['one, ', 'two, ', 'three'].map((text) => Buffer.from(text)) },
  { name: 'a push of large chunks', chunks: [large, large.subarray(0, 1000), large] },
];

const uploads = '/v2/library/sample/blobs/uploads/';
/** The kinds by which it loses its store, before its calls are done and after. */
const losses = kinds.filter(({ name }) => name === 'reset request' || name === 'reset before the reply');

/** Where an upload goes on, in bytes, by the URL of its last reply. */
const offsetIn = (location: string): number => Number(new URL(location, 'http://registry').searchParams.get('offset'));

/** Sends chunks until that fails; says how many bytes were acknowledged. */
async function sent(client: Client, upload: string, chunks: readonly Uint8Array[]): Promise<number> {
  let location = upload;
  try {
    for (const body of chunks) location = locationOf(await client.ask(202, 'PATCH', location, { body }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return offsetIn(location);
}

/** Goes on behind what is there, and ends the upload. */
async function finished(client: Client, upload: string, whole: Uint8Array, acknowledged: number): Promise<void> {
  const location = locationOf(await client.ask(204, 'GET', upload));
  // A chunk whose last reply was lost may count, or not.
  const offset = offsetIn(location);
  assert.ok(offset >= acknowledged, `${acknowledged} bytes were acknowledged, and ${offset} are there`);
  const end = locationOf(await client.ask(202, 'PATCH', location, { body: whole.subarray(offset) }));
  await client.ask(201, 'PUT', `${end}&digest=${digest(whole)}`);
  const { body } = await client.ask(200, 'GET', `/v2/library/sample/blobs/${digest(whole)}`);
  assert.ok(body.equals(whole), 'the bytes are those that were sent');
}

/** Lets the instance lose its store at one of its calls, for good, and has another one finish the upload. False if there is no such call. */
function diesAt(call: number, loss: Kind, chunks: readonly Uint8Array[]): Promise<boolean> {
  return on(async (double) => {
    const upload = await instance(double, {}, async (client) => locationOf(await client.ask(202, 'POST', uploads)));
    const before = double.calls.length;
    const end = double.plan(from(call, 'outage', loss));
    const acknowledged = await instance(double, {}, (client) => sent(client, upload, chunks));
    end();
    const died = double.calls.length > before + call;
    await instance(double, {}, (client) => finished(client, upload, Buffer.concat(chunks), acknowledged));
    return died;
  });
}

/** Lets the instance die at each of its calls. */
export async function goesOn({ chunks }: Death): Promise<void> {
  for (const loss of losses) for (let call = 0; await diesAt(call, loss, chunks); ) call++;
}
