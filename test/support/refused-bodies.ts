/** Bodies that are refused while they are on their way, from clients that read early and clients that read late. */
import type { createRegistryHandler, Driver } from '../../lib/index.ts';
import { imageType } from '../../lib/testing/exchanges/given.ts';
import { locationOf, send } from './client.ts';
import { listen } from './server.ts';
import { connectTo } from './socket.ts';

const bodyBytes = 8 * 1024 * 1024;
const chunkBytes = 64 * 1024;
/** How long a late client only writes, in milliseconds. */
const late = 200;

const plain = Buffer.alloc(bodyBytes);
const chunk = [Buffer.from(`${chunkBytes.toString(16)}\r\n`), plain.subarray(0, chunkBytes), Buffer.from('\r\n')];
const chunked = Buffer.concat([
  ...Array<Buffer[]>(bodyBytes / chunkBytes)
    .fill(chunk)
    .flat(),
  Buffer.from('0\r\n\r\n'),
]);

/** The library under test, as it is in the tree or as it is built. */
export interface Library {
  readonly createRegistryHandler: typeof createRegistryHandler;
  readonly memoryDriver: () => Driver;
}

/** What became of bodies that were refused. */
export interface Outcome {
  /** What each client that did not get its whole refusal saw instead. */
  readonly wrong: readonly string[];
  /** The most bytes that the server took of one connection. */
  readonly mostRead: number;
}

/** Sends so many bodies of 8 MiB that are refused, some of them at once. */
export async function refuse(
  { createRegistryHandler, memoryDriver }: Library,
  { tries, atOnce }: { readonly tries: number; readonly atOnce: number },
): Promise<Outcome> {
  const settled: Promise<void>[] = [];
  const handler = createRegistryHandler(memoryDriver(), {
    limits: { manifestBytes: 1000 },
    authorize: ({ needs }) => ({
      may: () => !needs.some((need) => 'repository' in need && need.repository === 'closed'),
      challenges: ['Basic realm="test"'],
    }),
  });
  const { server, origin, port, close } = await listen((request, response) => void settled.push(handler(request, response)));
  let mostRead = 0;
  server.on('connection', (socket) => {
    socket.on('close', () => {
      mostRead = Math.max(mostRead, socket.bytesRead);
    });
  });
  const location = locationOf(await send(origin, { method: 'POST', path: '/v2/open/blobs/uploads/' })).replace(/\?.*/, '');
  const trials = Array.from({ length: tries }, (_, index) => trialOf(index, location)).values();
  const wrong: string[] = [];
  const lanes = Array.from({ length: atOnce }, async () => {
    for (const trial of trials) wrong.push(...(await complaintsAbout(port, trial)));
  });
  await Promise.all(lanes);
  await Promise.all(settled);
  await close();
  return { wrong, mostRead };
}

/** A body that is refused. */
interface Trial {
  readonly status: number;
  readonly line: string;
  readonly inChunks: boolean;
  readonly readsLate: boolean;
}

/** Every refusal with every framing from every client, one after the other. */
function trialOf(index: number, upload: string): Trial {
  const kinds = [
    { status: 401, line: 'PATCH /v2/closed/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e' },
    { status: 404, line: 'PATCH /v2/open/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e' },
    { status: 413, line: 'PUT /v2/open/manifests/latest' },
    { status: 416, line: `PATCH ${upload}?offset=7` },
  ] as const;
  const kind = kinds[(index % 4) as 0 | 1 | 2 | 3];
  return { ...kind, inChunks: (index >> 2) % 2 === 1, readsLate: (index >> 3) % 2 === 1 };
}

/** What went wrong, if anything did. */
async function complaintsAbout(port: number, { status, line, inChunks, readsLate }: Trial): Promise<string[]> {
  const socket = await connectTo(port);
  let text = '';
  let failure = '';
  socket.on('data', (piece) => {
    text += String(piece);
  });
  socket.on('error', ({ message }) => {
    failure = message;
  });
  if (readsLate) {
    socket.pause();
    setTimeout(() => socket.resume(), late);
  }
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const framing = inChunks ? 'Transfer-Encoding: chunked' : `Content-Length: ${bodyBytes}`;
  socket.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Type: ${imageType}\r\n${framing}\r\n\r\n`);
  socket.write(inChunks ? chunked : plain);
  await closed;
  const whole = text.startsWith(`HTTP/1.1 ${status} `) && text.endsWith(']}') && /^Connection: close\r$/m.test(text);
  if (whole) return [];
  const what = `${line}, ${inChunks ? 'in chunks' : 'with a length'}, read ${readsLate ? 'late' : 'early'}`;
  return [`${what}: ${text.slice(0, 40) || 'no reply'} ${failure}`];
}
