// @ts-check
/**
 * Lets Node 20 run TypeScript: `node --import ./test/support/typescript.mjs program.ts`. A module hook has esbuild erase the
 * types, one file at a time. Node 22.18 and newer does that by itself, and needs no such hook.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

// The hooks run in a thread of their own, which imports this file once more.
if (isMainThread) register(import.meta.url);

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const { transform } = await import('esbuild');
  const path = fileURLToPath(url);
  const options = { loader: 'ts', sourcefile: path, sourcemap: 'inline', target: 'node20.19' };
  const { code } = await transform(await readFile(path, 'utf8'), /** @type {import('esbuild').TransformOptions} */ (options));
  return { format: 'module', source: code, shortCircuit: true };
}
