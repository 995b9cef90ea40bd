/** `npm run bench -- generator`: what the load generator reaches against a server that does nothing: its own ceiling. */
import { spawn } from 'node:child_process';
import { hostOf } from '../test/support/command.ts';
import { blob, type Item, mebibyte } from './content.ts';
import { compiled, generate, type Load } from './generator.ts';
import { keepResults } from './results.ts';

/** What the generator reaches, by workload. */
export type CeilingResults = Readonly<Record<string, { readonly perSecond: number; readonly mebibytesPerSecond: number }>>;

const reply = (size: number): Item => ({ path: `/v2/null/${size}` });
const once = { workload: 'put', connections: 16, seconds: 2 } as const;

const loads: Readonly<Record<string, Load>> = {
  'GET of 1 KiB, 16 connections': { ...once, workload: 'get', items: [reply(1024)] },
  'HEAD, 16 connections': { ...once, workload: 'head', items: [reply(1024)] },
  'push of 1 KiB, stream, 16 connections': { ...once, workload: 'stream', items: [blob('null', 1024, 'small')] },
  'push of 16 MiB, stream, 8 connections': {
    ...once,
    connections: 8,
    workload: 'stream',
    items: [blob('null', 16 * mebibyte, 'large')],
  },
  'pull of 16 MiB, 8 connections': { ...once, connections: 8, workload: 'get', items: [reply(16 * mebibyte)] },
  'pull of 16 MiB, 256 connections': { ...once, connections: 256, workload: 'get', items: [reply(16 * mebibyte)] },
};

/** Measures, prints and keeps. */
export async function ceiling(): Promise<void> {
  const server = spawn(compiled().nothing, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const origin = `http://${await hostOf({ stdout: server.stdout })}`;
    const results: Record<string, CeilingResults[string]> = {};
    for (const [title, load] of Object.entries(loads)) {
      const { operations, bodyBytes, seconds, failures, firstFailure } = await generate(origin, load);
      if (failures > 0) throw new Error(firstFailure);
      results[title] = {
        perSecond: Math.round(operations / seconds),
        mebibytesPerSecond: Math.round(bodyBytes / mebibyte / seconds),
      };
      console.log(`${title}: ${results[title].perSecond} per second, ${results[title].mebibytesPerSecond} MiB/s`);
    }
    keepResults('ceiling', results);
  } finally {
    server.kill();
  }
}
