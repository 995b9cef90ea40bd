/**
 * `npm run bench -- diagnostics`: what tracing channels cost that nobody listens to. The registry is built twice, as it is and without
 * them, and both are asked in turn, in one process and without sockets. Fails if the one is slower than 0.97 of the other.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Driver, RegistryHandler } from '../lib/index.ts';
import { digest, image } from '../lib/testing/exchanges/given.ts';
import { median } from './results.ts';

const lowest = 0.97;
const rounds = 30;
const requestsPerRound = 1_000;

/** A registry in memory, with or without what looks whether anybody listens. */
async function start(name: string, isTraced: boolean): Promise<RegistryHandler> {
  const outfile = resolve('.cache/bench', `diagnostics-${name}.mjs`);
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    stdin: { contents: "export * from './lib/index.ts'; export * from './drivers/memory.ts';", resolveDir: '.' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    plugins: isTraced ? [] : [{ name: 'untraced', setup: (each) => each.onLoad({ filter: /events\/tracing\.ts$/ }, untraced) }],
  });
  const { createRegistryHandler, memoryDriver } = (await import(outfile)) as {
    readonly createRegistryHandler: (driver: Driver) => RegistryHandler;
    readonly memoryDriver: () => Driver;
  };
  return createRegistryHandler(memoryDriver());
}

/** The file that looks, where it does not. Throws if there is no longer anything to leave out. */
function untraced({ path }: { readonly path: string }) {
  const text = readFileSync(join(path), 'utf8');
  const contents = text.replace(/channels\.some\(isHeard\) \? .* : traced\.serve\(\)/, 'traced.serve()');
  if (contents === text) throw new Error(`${path} looks for listeners in another way now`);
  return { loader: 'ts', contents } as const;
}

async function ask(handler: RegistryHandler, path: string, method = 'GET', body?: string, type?: string): Promise<void> {
  const headers = type === undefined ? {} : { 'Content-Type': type };
  const reply = await handler.fetch(
    new Request(`http://registry${path}`, { method, headers, ...(body !== undefined && { body }) }),
  );
  await reply.arrayBuffer();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status}`);
}

/** Microseconds of the processor for a request. */
async function measure(handler: RegistryHandler, path: string): Promise<number> {
  const begun = process.cpuUsage();
  for (let count = 0; count < requestsPerRound; count++) await ask(handler, path);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / requestsPerRound;
}

/** Measures both, and says how many requests kept up. */
export async function diagnostics(): Promise<{ passed: number; failed: number }> {
  const [traced, without] = [await start('as-it-is', true), await start('without', false)] as const;
  const manifest = image();
  for (const handler of [traced, without]) {
    for (const content of ['{}', 'layer']) await ask(handler, `/v2/a/blobs/uploads/?digest=${digest(content)}`, 'POST', content);
    await ask(handler, '/v2/a/manifests/1.0', 'PUT', manifest, 'application/vnd.oci.image.manifest.v1+json');
  }
  const paths = { 'manifest GET by tag': '/v2/a/manifests/1.0', 'blob GET, 5 bytes': `/v2/a/blobs/${digest('layer')}` };
  let failed = 0;
  for (const [name, path] of Object.entries(paths)) {
    const ratios: number[] = [];
    const costs: number[] = [];
    for (let round = -5; round < rounds; round++) {
      // Each goes first as often as the other.
      const first = round % 2 === 0;
      const one = await measure(first ? traced : without, path);
      const other = await measure(first ? without : traced, path);
      const [own, bare] = first ? [one, other] : [other, one];
      if (round < 0) continue;
      ratios.push(bare / own);
      costs.push(own);
    }
    const ratio = median(ratios);
    if (ratio < lowest) failed += 1;
    const figures = `${ratio.toFixed(3)} of the rate without tracing channels, ${median(costs).toFixed(1)} µs of the processor each`;
    console.log(`${ratio < lowest ? 'FAILED' : 'ok    '} ${name}: ${figures}`);
  }
  return { passed: Object.keys(paths).length - failed, failed };
}
