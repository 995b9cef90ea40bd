// @ts-check
/** The commands of other programs that docs/testing.md has in its table, each as it stands, with the variables of `registry.env()`. */
import { deepEqual } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { artifact, image, startRegistry } from 'stowage/testing';
import { installGoProgram } from '../../support/go.ts';
import { writeContents } from '../../support/layout.ts';

const page = await readFile(new URL('../../../docs/testing.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^\|[^|`]+\|[^|`]*`([a-z]+ [^`]*\$HOST[^`]+)`/gm)].map(([, command = '']) => command);
/** Of a push, the manifest comes last, and of a pull, what it names. What oras pulls is files with names, and what the others do is images. */
const uses = {
  push: { content: image(), last: /** @type {const} */ ({ operation: 'putManifest', status: 201 }) },
  pull: { content: image(), last: /** @type {const} */ ({ operation: 'getBlob', status: 200 }) },
  files: {
    content: artifact({ type: 'text/plain', files: { 'file.txt': 'hello' } }),
    last: /** @type {const} */ ({ operation: 'getBlob', status: 200 }),
  },
};

/**
 * @param {object} given
 * @param {string} given.folder for all files
 * @param {ReturnType<typeof import('../../support/counting.ts').startCounting>['attempt']} given.attempt
 */
export async function tryPage({ folder, attempt }) {
  const go = [
    installGoProgram('github.com/google/go-containerregistry/cmd/crane', 'v0.22.1'),
    installGoProgram('oras.land/oras/cmd/oras', 'v1.3.0'),
  ];
  const PATH = [...go.map(dirname), process.env.PATH].join(delimiter);
  // That of docker needs a daemon.
  const run = commands.filter((command) => !command.startsWith('docker '));
  await attempt('docs/testing.md: its commands are found', () => deepEqual([run.length, commands.length], [6, 7]));
  for (const command of run) {
    const use = command.includes('oci:./layout:1.0 docker:') ? 'push' : command.startsWith('oras') ? 'files' : 'pull';
    const { content, last } = uses[use];
    const work = await mkdtemp(join(folder, 'page-'));
    const registry = await startRegistry();
    if (use === 'push') await writeContents(join(work, 'layout'), { '1.0': content });
    else await registry.seed('team/app:1.0', content);
    await attempt(`docs/testing.md: ${command}`, async () => {
      const env = { PATH, HOST: registry.host, ...registry.env(), ...(await settingsIn(join(work, 'home'))) };
      await promisify(execFile)('sh', ['-c', command], { cwd: work, env, timeout: 60_000 });
      await registry.requests.waitFor(last);
    });
    await registry.close();
  }
}

/**
 * Nothing of this machine's own settings, and images in a folder without layers of a file system.
 * @param {string} home
 */
async function settingsIn(home) {
  await mkdir(join(home, '.config/containers'), { recursive: true });
  await writeFile(join(home, '.config/containers/policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const [storage, engine] = [join(home, 'storage.conf'), join(home, 'containers.conf')];
  const roots = `graphroot = "${join(home, 'images')}"\nrunroot = "${join(home, 'run')}"`;
  await writeFile(storage, `[storage]\ndriver = "vfs"\n${roots}\n`);
  await writeFile(engine, '[engine]\nevents_logger = "none"\n');
  return { HOME: home, XDG_RUNTIME_DIR: home, CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: engine };
}
