/** The load generator and the null server, both in C: compiled at first use. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Item, pattern } from './content.ts';

const sources = fileURLToPath(new URL('load/', import.meta.url));
const cache = fileURLToPath(new URL('../.cache/bench/', import.meta.url));

/** What the generator can do with each item; load/load.c says what they send. */
export type Workload = 'get' | 'head' | 'delete' | 'write' | 'post' | 'put' | 'stream' | 'begin';

/** What the generator is told. */
export interface Load {
  readonly workload: Workload;
  readonly connections: number;
  /** The items are taken once, or over and over for so long. */
  readonly seconds?: number;
  /** How much of a file is written and removed before the clock starts, in MiB: where much is stored, about as much as that. */
  readonly touched?: number;
  readonly items: readonly Item[];
}

/** What the generator says. */
export interface Loaded {
  readonly operations: number;
  readonly failures: number;
  /** Empty where there was none. */
  readonly firstFailure: string;
  readonly seconds: number;
  readonly bodyBytes: number;
  /** CPU time of the generator itself, without that of the kernel. */
  readonly userSeconds: number;
  readonly milliseconds: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
}

/** The compiled programs, and the file with the bytes that all bodies share. Ends the process with 2 where there is no compiler. */
export function compiled(): { readonly load: string; readonly nothing: string; readonly pattern: string } {
  const names = readdirSync(sources).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\n`).update(readFileSync(join(sources, name)));
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  const programs = { load: join(folder, 'load'), nothing: join(folder, 'null'), pattern: join(folder, 'pattern') };
  if (existsSync(programs.pattern)) return programs;
  mkdirSync(folder, { recursive: true });
  compile(programs.load, ['load.c', 'request.c', 'message.c']);
  compile(programs.nothing, ['null.c', 'message.c']);
  writeFileSync(programs.pattern, pattern);
  return programs;
}

function compile(program: string, files: readonly string[]): void {
  try {
    execFileSync('cc', ['-O2', '-o', program, ...files], { cwd: sources, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const advice = 'cc is missing: the load generator is in C; install a compiler (Debian: gcc and libc6-dev), then try again';
    process.stderr.write(`${missing ? advice : `cc could not compile ${files.join(', ')}`}\n`);
    process.exit(2);
  }
}

/** Puts a load on the server at an origin. Throws where the generator says nothing, as it could not connect. */
export async function generate(origin: string, { workload, connections, seconds, touched, items }: Load): Promise<Loaded> {
  const programs = compiled();
  const optional = [...(seconds ? ['-d', `${seconds}`] : []), ...(touched ? ['-w', `${touched}`] : [])];
  const words = ['-c', `${connections}`, '-p', programs.pattern, ...optional, new URL(origin).host, workload];
  const child = spawn(programs.load, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(items.map(({ path, size = 0, start = '' }) => `${path} ${size} ${start}\n`).join(''));
  const said = await text(child.stdout);
  if (said === '') throw new Error(`the load generator said nothing of ${workload}`);
  return JSON.parse(said);
}

/** Puts a load on a server that has to succeed: what is stored before the clock starts. */
export async function prepare(origin: string, load: Load): Promise<void> {
  const { failures, firstFailure } = await generate(origin, load);
  if (failures > 0)
    throw new Error(`${failures} of ${load.items.length} requests failed before the measurement: ${firstFailure}`);
}
