// @ts-check
/** The clients that log in: each with a home of its own, and the same few things to do. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fromLayout } from '../../../../lib/testing/fixture/content/index.ts';
import { installPrograms } from '../../../support/debian.ts';
import { installGoProgram } from '../../../support/go.ts';

/**
 * @typedef {object} Client
 * @property {(host: string, password: string) => Promise<unknown>} login as ann; rejects if the client is refused
 * @property {(host: string) => Promise<unknown>} logout
 * @property {(reference: string) => Promise<unknown>} push of what it has
 * @property {(reference: string, folder: string) => Promise<string>} pull into an empty folder; gives what tells the content that came
 * @property {string} content what `pull` gives of what was pushed
 * @property {(reference: string) => Promise<unknown>} [remove]
 * @property {true} [asksNobody] whether it takes any password, and finds out with the first request
 */

/**
 * The clients, in a folder for what they keep, with an image in a layout (`one`) to push.
 * @param {string} folder
 * @param {string} source
 * @returns {Promise<Record<'skopeo' | 'podman' | 'crane' | 'oras', Client> & { readonly docker: (...words: string[]) => Promise<string> }>}
 */
export async function prepareClients(folder, source) {
  const debian = installPrograms({ skopeo: 'skopeo', podman: 'podman', docker: 'docker.io' });
  const crane = installGoProgram('github.com/google/go-containerregistry/cmd/crane', 'v0.22.1');
  const oras = installGoProgram('oras.land/oras/cmd/oras', 'v1.3.0');
  const { digest, document } = await fromLayout(source, { ref: 'one' });
  const config = document.config?.digest ?? '';
  return {
    skopeo: skopeoClient(await programIn(join(folder, 'skopeo'), debian.skopeo, '--insecure-policy'), source, digest),
    podman: await podmanClient(folder, debian.podman, source, config.replace('sha256:', '')),
    crane: craneClient(await programIn(join(folder, 'crane'), crane), source, digest),
    oras: await orasClient(await programIn(join(folder, 'oras'), oras), join(folder, 'oras')),
    docker: await programIn(join(folder, 'docker'), debian.docker),
  };
}

/**
 * A function that runs a program with nothing of this machine's own settings, and gives what it printed.
 * @param {string} home
 * @param {string} program
 * @param {...string} before words that come first
 */
async function programIn(home, program, ...before) {
  await mkdir(join(home, '.config/containers'), { recursive: true });
  await writeFile(join(home, '.config/containers/policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  // podman looks for the file before it logs in.
  await writeFile(join(home, 'auth.json'), '{}');
  const files = { DOCKER_CONFIG: join(home, 'docker'), REGISTRY_AUTH_FILE: join(home, 'auth.json') };
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home, ...files };
  return async (/** @type {string[]} */ ...words) => {
    const { stdout } = await promisify(execFile)(program, [...before, ...words], { env, cwd: home, timeout: 60_000 });
    return stdout;
  };
}

/** @typedef {(...words: string[]) => Promise<string>} Run */

const ann = (/** @type {string} */ password) => ['-u', 'ann', '-p', password];

/**
 * @param {Run} skopeo
 * @param {string} source
 * @param {string} content
 * @returns {Client}
 */
function skopeoClient(skopeo, source, content) {
  return {
    content,
    login: (host, password) => skopeo('login', '--tls-verify=false', ...ann(password), host),
    logout: (host) => skopeo('logout', host),
    push: (reference) =>
      skopeo('copy', '--preserve-digests', '--dest-tls-verify=false', `oci:${source}:one`, `docker://${reference}`),
    pull: async (reference, folder) => {
      await skopeo('copy', '--preserve-digests', '--src-tls-verify=false', `docker://${reference}`, `oci:${folder}:one`);
      return (await fromLayout(folder, { ref: 'one' })).digest;
    },
    remove: (reference) => skopeo('delete', '--tls-verify=false', `docker://${reference}`),
  };
}

/**
 * @param {string} folder
 * @param {string} program
 * @param {string} source
 * @param {string} content the id of the image
 * @returns {Promise<Client>}
 */
async function podmanClient(folder, program, source, content) {
  const home = join(folder, 'podman');
  const storage = ['--storage-driver', 'vfs', '--root', join(home, 'images'), '--runroot', join(home, 'run')];
  const podman = await programIn(home, program, ...storage, '--events-backend', 'none');
  // It takes the path for a name, which has no capital letters.
  await cp(source, join(home, 'layers'), { recursive: true });
  const load = () => podman('pull', '--quiet', 'oci:layers:one');
  await load();
  return {
    content,
    login: (host, password) => podman('login', '--tls-verify=false', ...ann(password), host),
    logout: (host) => podman('logout', host),
    push: (reference) => podman('push', '--quiet', '--tls-verify=false', content, `docker://${reference}`),
    pull: async (reference) => {
      await podman('image', 'rm', '--force', content);
      try {
        return (await podman('pull', '--quiet', '--tls-verify=false', reference)).trim();
      } finally {
        await load();
      }
    },
  };
}

/**
 * @param {Run} crane
 * @param {string} source
 * @param {string} content
 * @returns {Client}
 */
function craneClient(crane, source, content) {
  return {
    content,
    asksNobody: true,
    login: (host, password) => crane('auth', 'login', ...ann(password), host),
    logout: (host) => crane('auth', 'logout', host),
    push: (reference) => crane('push', source, reference),
    pull: async (reference, folder) => {
      await crane('pull', '--format=oci', reference, folder);
      return (await fromLayout(folder)).digest;
    },
    remove: (reference) => crane('delete', reference),
  };
}

/**
 * @param {Run} oras
 * @param {string} home where it is run
 * @returns {Promise<Client>}
 */
async function orasClient(oras, home) {
  const content = 'an artifact';
  await writeFile(join(home, 'artifact.txt'), content);
  return {
    content,
    login: (host, password) => oras('login', '--plain-http', ...ann(password), host),
    logout: (host) => oras('logout', host),
    push: (reference) => oras('push', '--plain-http', reference, 'artifact.txt'),
    pull: async (reference, folder) => {
      await oras('pull', '--plain-http', '--output', folder, reference);
      return readFile(join(folder, 'artifact.txt'), 'utf8');
    },
    remove: (reference) => oras('manifest', 'delete', '--plain-http', '--force', reference),
  };
}
