/** docs/distribution.md: its programs serve a tree that a registry wrote, and move it. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { image } from '../../lib/testing/fixture/index.ts';
import { readName } from '../../lib/testing/suite/samples.ts';
import { programsOf } from '../support/document-programs.ts';
import { makeTree, type WrittenTree } from '../support/drivers/distribution-tree.ts';
import { freePort } from '../support/free-port.ts';

const { programs, start, write, pathOf } = programsOf('docs/distribution.md');
const content = image({ layers: [{ 'etc/motd': 'hello' }] });

let tree: WrittenTree;
beforeEach(() => {
  tree = makeTree();
  tree.content('team/app', content, 'latest');
});
afterEach(() => tree.remove());

describe('docs/distribution.md', { timeout: 30_000 }, () => {
  it('serves a tree, and refuses pushes and deletions', async () => {
    const port = await freePort();
    await start(0, port, (code) => code.replace('/var/lib/docker-registry', tree.root).replace('5000', String(port)));
    const ask = (method: string, path: string) => fetch(`http://127.0.0.1:${port}/v2/${path}`, { method });
    const pulled = await ask('GET', 'team/app/manifests/latest');
    expect([pulled.status, pulled.headers.get('docker-content-digest')]).toEqual([200, content.digest]);
    expect(await (await ask('GET', '_catalog')).json()).toEqual({ repositories: ['team/app'] });
    for (const [method, path] of [
      ['POST', 'team/app/blobs/uploads/'],
      ['POST', 'new/blobs/uploads/'],
      ['DELETE', 'team/app/manifests/latest'],
    ] as const) {
      const refused = await ask(method, path);
      expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('DENIED')]);
    }
  });

  it('moves a tree, and says what it did', async () => {
    const edit = (code: string) => code.replace('/var/lib/docker-registry', tree.root).replace('./data', pathOf('data'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [await write(1, edit)], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '1 tags, 2 blobs linked, 0 bytes copied\n']);
    expect(stderr).toMatch(/^team\/app 1$/m);
    const { manifests } = fsDriver({ root: pathOf('data') });
    expect(await manifests.tags(readName('team/app'), { limit: 9 })).toEqual(['latest']);
    expect(programs).toHaveLength(2);
  });
});
