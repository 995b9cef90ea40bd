/** docs/hosts.md has the hosts that `npm run hosts` mounts the registry in, as they are there. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hosts } from '../programs/hosts/hosts.ts';
import { matrixOf, promised } from '../programs/hosts/matrix.ts';
import { renewed } from '../support/marked-parts.ts';

const page = new URL('../../docs/hosts.md', import.meta.url);

test('the page has the matrix of all hosts', async () => {
  const text = readFileSync(page, 'utf8');
  await expect(renewed(text, 'hosts', matrixOf(promised))).toMatchFileSnapshot(page.pathname);
});

test('every server is that of a host', () => {
  const servers = readdirSync(new URL('../programs/hosts/servers', import.meta.url)).filter((name) => name.endsWith('.mjs'));
  const named = Object.entries(hosts).map(([name, { server = name }]) => `${server}.mjs`);
  expect(servers.sort()).toEqual([...new Set(named)].sort());
});
