// @ts-check
/** Bodies that are refused while they are on their way, from clients that read early and clients that read late. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const bodyBytes = 8 * 1024 * 1024;
const chunkBytes = 64 * 1024;
/** How long a late client only writes, in milliseconds. */
const late = 200;

const plain = Buffer.alloc(bodyBytes);
const chunk = [Buffer.from(`${chunkBytes.toString(16)}\r\n`), plain.subarray(0, chunkBytes), Buffer.from('\r\n')];
const chunked = Buffer.concat([
  ...Array(bodyBytes / chunkBytes)
    .fill(chunk)
    .flat(),
  Buffer.from('0\r\n\r\n'),
]);

/** @type {import('./refusals.d.mts').refuse} */
export async function refuse({ createRegistryHandler, memoryDriver }, { tries, atOnce }) {
  /** @type {Promise<void>[]} */
  const settled = [];
  const handler = createRegistryHandler(memoryDriver(), {
    limits: { manifestBytes: 1000 },
    authorize: ({ needs }) => ({
      may: () => !needs.some((need) => 'repository' in need && need.repository === 'closed'),
      challenges: ['Basic realm="test"'],
    }),
  });
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    settled.push(handler(request, response));
  });
  let mostRead = 0;
  server.on('connection', (socket) => {
    socket.on('close', () => {
      mostRead = Math.max(mostRead, socket.bytesRead);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const location = await beginUpload(port);
  const cases = Array.from({ length: tries }, (_, index) => caseOf(index, location));
  const wrong = await inParallel(cases, atOnce, (each) => attempt(port, each));
  await Promise.all(settled);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { wrong, mostRead };
}

/** @param {number} port */
async function beginUpload(port) {
  const reply = await fetch(`http://127.0.0.1:${port}/v2/open/blobs/uploads/`, { method: 'POST' });
  return new URL(reply.headers.get('location') ?? '', reply.url).pathname;
}

/**
 * Every refusal with every framing from every client, one after the other.
 * @param {number} index
 * @param {string} upload
 */
function caseOf(index, upload) {
  const kinds = [
    { status: 401, line: 'PATCH /v2/closed/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e' },
    { status: 404, line: 'PATCH /v2/open/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e' },
    { status: 413, line: 'PUT /v2/open/manifests/latest' },
    { status: 416, line: `PATCH ${upload}?offset=7` },
  ];
  const { status, line } = /** @type {typeof kinds[0]} */ (kinds[index % 4]);
  const inChunks = (index >> 2) % 2 === 1;
  return { status, line, inChunks, readsLate: (index >> 3) % 2 === 1 };
}

/**
 * What went wrong, if anything did.
 * @param {number} port
 * @param {ReturnType<typeof caseOf>} asked
 * @returns {Promise<string | undefined>}
 */
function attempt(port, { status, line, inChunks, readsLate }) {
  return new Promise((resolve) => {
    let text = '';
    let failure = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (piece) => {
      text += String(piece);
    });
    if (readsLate) {
      socket.pause();
      setTimeout(() => socket.resume(), late);
    }
    socket.on('error', ({ message }) => {
      failure = message;
    });
    socket.on('close', () => {
      const whole = text.startsWith(`HTTP/1.1 ${status} `) && text.endsWith(']}') && /^Connection: close\r$/m.test(text);
      const what = `${line}, ${inChunks ? 'in chunks' : 'with a length'}, read ${readsLate ? 'late' : 'early'}`;
      resolve(whole ? undefined : `${what}: ${text.slice(0, 40) || 'no reply'} ${failure}`);
    });
    const framing = inChunks ? 'Transfer-Encoding: chunked' : `Content-Length: ${bodyBytes}`;
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\n${framing}\r\n\r\n`);
    socket.write(inChunks ? chunked : plain);
  });
}

/**
 * @template T
 * @param {T[]} all
 * @param {number} atOnce
 * @param {(each: T) => Promise<string | undefined>} run
 */
async function inParallel(all, atOnce, run) {
  /** @type {string[]} */
  const complaints = [];
  const queue = all.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const each of queue) {
        const complaint = await run(each);
        if (complaint !== undefined) complaints.push(complaint);
      }
    }),
  );
  return complaints;
}
