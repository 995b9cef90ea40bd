/** The programs of a document, run as their readers would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { blocksOf } from './code-blocks.ts';

const cache = join(import.meta.dirname, '../../.cache');

/** What becomes of a program before it runs: its ports are free ones, say. */
type Edit = (code: string) => string;

/** The programs of a document, in a folder within the project, where they find the package by its name. A test that has ended ends those that it started. */
export function programsOf(document: string) {
  const programs = blocksOf(document).filter(({ language }) => language === 'js');
  const children: ChildProcess[] = [];
  let folder = '';

  beforeAll(async () => {
    await mkdir(cache, { recursive: true });
    folder = await mkdtemp(join(cache, 'document-'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Writes a program; gives its path. */
  async function write(index: number, edit: Edit = (code) => code): Promise<string> {
    const file = join(folder, `${index}.mjs`);
    await writeFile(file, edit(programs[index]?.code ?? ''));
    return file;
  }

  /** Runs a program, and waits until something answers at a port; gives what it has printed. */
  async function start(index: number, port: number, edit: Edit): Promise<() => string> {
    const file = await write(index, edit);
    const child = spawn(process.execPath, [file], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let printed = '';
    child.stdout.on('data', (piece) => {
      printed += piece;
    });
    await expect.poll(() => fetch(`http://127.0.0.1:${port}`).then(() => 'up', String), { timeout: 10_000 }).toBe('up');
    return () => printed;
  }

  return { programs, write, start, pathOf: (name: string) => join(folder, name) };
}
