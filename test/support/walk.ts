/**
 * The way of a request: which functions of the sources it enters, and in which order. The sources run as a registry on the fs
 * driver in a process of its own, which gets one request at a time over one kept connection.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Marked, writeMarked } from './walk/marked.ts';
import { type Sent, sendAll } from './walk/requests.ts';
import type { Way } from './walk/table.ts';

const cache = join(import.meta.dirname, '../../.cache');
const program = join(import.meta.dirname, 'walk/server.mjs');

/** Sends all requests twice, and gives their second ways: the first ones include work that is done only once. */
export async function walkRequests(): Promise<readonly Way[]> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'walk-'));
  try {
    return await walkWith(folder, writeMarked(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function walkWith(folder: string, functions: readonly Marked[]): Promise<readonly Way[]> {
  // With one thread, parallel calls of the file system end in the order in which they were made: the same in every run.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
  const child = fork(program, [folder, join(folder, 'root')], { env, execArgv: [] });
  const ended = once(child, 'exit');
  const early = ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)));
  const told = async <T>(): Promise<T> => (await Promise.race([once(child, 'message'), early]))[0];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const { port } = await told<{ readonly port: number }>();
    const walked = async (round: string): Promise<readonly Way[]> => {
      const ways: Way[] = [];
      await sendAll(async (name, sent) => {
        const counted = told<{ readonly entries: readonly number[]; readonly promises: number }>();
        const [headers, { entries, promises }] = await Promise.all([exchange(agent, port, sent), counted]);
        ways.push({ request: name, entries: entries.map((index) => functions[index] as Marked), promises });
        return headers;
      }, round);
      return ways;
    };
    await walked('first');
    return await walked('second');
  } finally {
    agent.destroy();
    child.kill();
    await ended;
  }
}

async function exchange(agent: Agent, port: number, { method, path, status, headers, body }: Sent): Promise<IncomingHttpHeaders> {
  const length = { 'Content-Length': body?.length ?? 0 };
  const sent = request({ agent, port, host: '127.0.0.1', method, path, headers: { ...headers, ...length } });
  sent.end(body);
  const [response] = await once(sent, 'response');
  const received = await buffer(response);
  if (response.statusCode !== status) throw new Error(`${method} ${path} gave ${response.statusCode}: ${received}`);
  return response.headers;
}
