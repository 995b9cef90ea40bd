// @ts-check
/** `kill -9` between pushes and the delivery of their events: each push that was acknowledged is told of. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { image, imageType } from '../../../lib/testing/exchanges/given.ts';
import { digestOf } from '../../support/client.ts';
import { drawFrom } from '../../support/random.ts';
import { clientOf } from './client.mjs';

const pushers = 4;
/** How long what was pushed may take to arrive in the end, in milliseconds. */
const patience = 25_000;

/** How long a server waits for a receiver that is silent on purpose, and for one that is only slow, in milliseconds. */
const [impatient, patient] = [150, 10_000];

/** @typedef {{ repo: string, tag: string, digest: string }} Pushed */
/** @typedef {{ id: string, type: string, subject: string, partitionkey: string }} Told */

/**
 * Kills a server some times, whose receiver fails often; then has two servers on one directory.
 * @param {{ cycles: number, seed: string }} options
 */
export async function events({ cycles, seed }) {
  const findings = [await killed(cycles, seed), await together(seed)];
  const failed = findings.flat().filter((finding) => finding !== undefined);
  for (const finding of failed) console.log(`  FAILED ${finding}`);
  return { passed: findings.flat().length - failed.length, failed: failed.length };
}

/**
 * @param {number} cycles
 * @param {string} seed
 */
async function killed(cycles, seed) {
  const random = drawFrom(seed, 'receiver');
  const receiver = await startReceiver(() => random.between(0, 19));
  const root = await mkdtemp(join(tmpdir(), 'stowage-torture-'));
  /** @type {Pushed[]} */
  const acknowledged = [];
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const server = await start(root, receiver.url, impatient);
    const milliseconds = drawFrom(seed, 'cycle', cycle).between(1_000, 6_500);
    const all = pushAll(server.url, acknowledged, `c${cycle}`);
    await sleep(milliseconds);
    await server.end('SIGKILL');
    await all;
    console.log(
      `cycle ${cycle}, killed after ${milliseconds} ms: ${acknowledged.length} pushed, ${receiver.arrived.size} events arrived`,
    );
  }
  const server = await start(root, receiver.url, impatient);
  const missing = await waitFor(receiver, acknowledged);
  await server.end('SIGTERM');
  await receiver.close();
  await rm(root, { recursive: true });
  console.log(
    `${cycles} kills, ${acknowledged.length} pushes acknowledged: ${missing.length} not told of; ` +
      `${receiver.arrived.size} events, ${receiver.twice()} of them more than once, ${receiver.refused()} attempts refused`,
  );
  return [
    acknowledged.length > 50 ? undefined : 'too little was pushed to show anything',
    missing.length === 0 ? undefined : `not told of: ${missing.slice(0, 5).join(', ')}`,
    disorder(receiver, acknowledged),
  ];
}

/** @param {string} seed */
async function together(seed) {
  const receiver = await startReceiver(() => 19);
  const root = await mkdtemp(join(tmpdir(), 'stowage-torture-'));
  const servers = [await start(root, receiver.url, patient), await start(root, receiver.url, patient)];
  /** @type {Pushed[]} */
  const acknowledged = [];
  const stop = new AbortController();
  const all = servers.map(({ url }, index) => pushAll(url, acknowledged, `${seed}-${index}`, stop.signal));
  await sleep(4_000);
  stop.abort();
  await Promise.all(all);
  const missing = await waitFor(receiver, acknowledged);
  for (const server of servers) await server.end('SIGTERM');
  await receiver.close();
  await rm(root, { recursive: true });
  console.log(
    `two servers, ${acknowledged.length} pushes acknowledged: ${missing.length} not told of; ` +
      `${receiver.arrived.size} events, ${receiver.twice()} of them more than once`,
  );
  return [
    missing.length === 0 ? undefined : `of two servers, not told of: ${missing.slice(0, 5).join(', ')}`,
    receiver.twice() === 0 ? undefined : `of two servers, ${receiver.twice()} events came more than once`,
  ];
}

/**
 * Pushes manifests until the server dies, or the signal says stop: each pusher to a repository of its own.
 * @param {string} url
 * @param {Pushed[]} acknowledged
 * @param {string} name
 * @param {AbortSignal} [signal]
 */
async function pushAll(url, acknowledged, name, signal) {
  const { send, close } = clientOf(url);
  const pusher = async (/** @type {number} */ index) => {
    const repo = `torture/r${index}`;
    for (let count = 0; !signal?.aborted; count += 1) {
      const tag = `${name}-${index}-${count}`;
      const body = image({ annotations: { tag } });
      const reply = await send('PUT', `/v2/${repo}/manifests/${tag}`, { headers: { 'content-type': imageType }, body }).catch(
        () => undefined,
      );
      if (reply === undefined) return;
      if (reply.status !== 201) throw new Error(`a push was answered with ${reply.status}: ${reply.body}`);
      acknowledged.push({ repo, tag, digest: digestOf(Buffer.from(body)) });
      await sleep(150);
    }
  };
  await Promise.all(Array.from({ length: pushers }, (_, index) => pusher(index)));
  close();
}

/**
 * A receiver that says with each request how well it is: of 0 to 19, it breaks the connection at 0, is silent at 1, and answers 503 up to 6.
 * @param {() => number} mood
 */
async function startReceiver(mood) {
  /** @type {Map<string, Told & { times: number }>} */
  const arrived = new Map();
  let refused = 0;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const now = mood();
    if (now > 6) {
      /** @type {Told} */
      const event = JSON.parse(body.toString());
      const before = arrived.get(event.id);
      arrived.set(event.id, { ...event, times: (before?.times ?? 0) + 1 });
      return void response.writeHead(204).end();
    }
    refused += 1;
    if (now === 0) request.socket.destroy();
    else if (now > 1) response.writeHead(503).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address?.port}/`,
    arrived,
    refused: () => refused,
    twice: () => [...arrived.values()].filter(({ times }) => times > 1).length,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startReceiver>>} Receiver */

/**
 * What each push is told by.
 * @param {Pushed} pushed
 */
const expected = ({ repo, tag, digest }) => [`stowage.manifest.push ${repo}@${digest}`, `stowage.tag.set ${repo}:${tag}`];

/**
 * Waits until all pushes were told of; gives those that were not.
 * @param {Receiver} receiver
 * @param {Pushed[]} acknowledged
 */
async function waitFor(receiver, acknowledged) {
  const end = performance.now() + patience;
  for (;;) {
    const told = new Set([...receiver.arrived.values()].map(({ type, subject }) => `${type} ${subject}`));
    const missing = acknowledged.flatMap(expected).filter((each) => !told.has(each));
    if (missing.length === 0 || performance.now() > end) return missing;
    await sleep(100);
  }
}

/**
 * Whether the events of a repository came in the order of its pushes, each looked at when it came first.
 * @param {Receiver} receiver
 * @param {Pushed[]} acknowledged
 */
function disorder(receiver, acknowledged) {
  const came = [...receiver.arrived.values()].filter(({ type }) => type === 'stowage.tag.set').map(({ subject }) => subject);
  const place = new Map(came.map((subject, index) => [subject, index]));
  for (const repo of new Set(acknowledged.map((pushed) => pushed.repo))) {
    const places = acknowledged.filter((pushed) => pushed.repo === repo).map(({ tag }) => place.get(`${repo}:${tag}`) ?? -1);
    if (places.some((each, index) => index > 0 && each < (places[index - 1] ?? 0)))
      return `the events of ${repo} came in another order`;
  }
  return undefined;
}

/**
 * @param {string} root
 * @param {string} receiver
 * @param {number} timeout how long it waits for the receiver, in milliseconds
 */
async function start(root, receiver, timeout) {
  const program = join(import.meta.dirname, 'telling-server.mjs');
  const child = spawn(process.execPath, [program, root, receiver, String(timeout)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(createInterface(child.stdout), 'line');
  return {
    url: `http://127.0.0.1:${port}`,
    /** @param {NodeJS.Signals} signal */
    async end(signal) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}
