/** How long a push and a pull take through a driver, over HTTP. */
import { randomBytes } from 'node:crypto';
import type { Driver } from '../../../lib/driver.ts';
import { startRegistry } from '../../../lib/testing/fixture/index.ts';
import { pull, pushBlob } from '../../support/images.ts';

/** The sizes that are measured, in bytes, and how often. */
const sizes = [
  { name: '1 KiB', bytes: 2 ** 10, rounds: 50 },
  { name: '16 MiB', bytes: 2 ** 24, rounds: 7 },
];

/** The medians as a line of text. Each push is of bytes that the registry has not seen. It closes the driver. */
export async function measureTransfers(driver: Driver): Promise<string> {
  await using registry = await startRegistry({ driver });
  const figures: string[] = [];
  for (const { name, bytes, rounds } of sizes) {
    const [pushes, pulls]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const content = randomBytes(bytes);
      const begun = performance.now();
      const url = await pushBlob(`${registry.url}/v2`, 'library/measured', content);
      const pushed = performance.now();
      const pulled = await pull(url);
      pulls.push(performance.now() - pushed);
      pushes.push(pushed - begun);
      if (!content.equals(pulled)) throw new Error(`${name} came back as other bytes`);
    }
    figures.push(`push of ${name} ${median(pushes)} ms`, `pull of ${name} ${median(pulls)} ms`);
  }
  return figures.join(', ');
}

function median(values: readonly number[]): string {
  const middle = [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
  return middle < 10 ? middle.toFixed(1) : middle.toFixed(0);
}
