// @ts-check
/** Real clients log in to `stowage serve`: with passwords, and with tokens where everybody pulls and some push. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashPassword, tokenKey } from 'stowage/auth';
import { startServer } from '../../../support/command.ts';
import { readDigests, writeLayeredImage } from '../layout.mjs';
import { dialects, outlastInOneRequest } from './dialects.mjs';
import { prepareClients } from './programs.mjs';
import { startShortTokens } from './short-tokens.mjs';

/** What clients say of a refusal, and what of a login that they do not have. */
const isRefusal =
  /unauthorized|authentication required|denied|invalid username\/password|credentials? not found|no basic auth credentials/i;

/**
 * @param {object} given
 * @param {string} given.folder for all files
 * @param {string} given.workers how many processes serve
 * @param {ReturnType<typeof import('../../../support/counting.ts').startCounting>['attempt']} given.attempt
 */
export async function tryLogins({ folder, workers, attempt }) {
  const source = join(folder, 'layers');
  await writeLayeredImage(
    source,
    Array.from({ length: 6 }, () => randomBytes(2_000)),
  );
  const { docker, ...clients } = await prepareClients(join(folder, 'clients'), source);
  const [people, keyFile, key] = [join(folder, 'htpasswd'), join(folder, 'key.json'), await tokenKey()];
  await writeFile(people, `ann:${await hashPassword('secret')}\n`);
  await writeFile(keyFile, JSON.stringify(key));
  const named = ['--htpasswd', people];
  const schemes = { basic: named, bearer: [...named, '--anonymous-pull', '--token-key', keyFile] };

  for (const scheme of /** @type {const} */ (['basic', 'bearer'])) {
    const root = join(folder, `root-${scheme}`);
    const server = await startServer(['--root', root, '--workers', workers, ...schemes[scheme]]);
    for (const [name, client] of Object.entries(clients))
      for (const [title, check] of Object.entries(
        casesOf(client, server.host, `${server.host}/${name}/app`, scheme === 'bearer'),
      ))
        await attempt(`${scheme}, ${name}: ${title}`, check);
    for (const [title, check] of Object.entries(dockerCases(docker, server.host, await readDigests(source))))
      await attempt(`${scheme}, docker: ${title}`, check);
    if (scheme === 'bearer') {
      for (const [title, check] of Object.entries(dialects)) await attempt(`bearer, by hand: ${title}`, () => check(server.host));
      await tryShortTokens(server.host);
    }
    const { code, stderr } = await server.end();
    await attempt(`${scheme}: the server complains of nothing`, () => deepEqual([code, stderr], [0, '']));
  }

  /**
   * What each client does with a registry, one after the other.
   * @param {import('./programs.mjs').Client} client
   * @param {string} host
   * @param {string} repository
   * @param {boolean} everybodyPulls
   * @returns {Record<string, () => unknown>}
   */
  function casesOf(client, host, repository, everybodyPulls) {
    const { login, logout, push, pull, remove, content } = client;
    const pulled = async (tag = 'latest') => pull(`${repository}:${tag}`, await mkdtemp(join(folder, 'pulled-')));
    return {
      'a push without a login is refused': () => rejects(push(`${repository}:latest`), isRefusal),
      'a wrong password is refused': async () => {
        if (!client.asksNobody) return rejects(login(host, 'wrong'), isRefusal);
        await login(host, 'wrong');
        await rejects(push(`${repository}:latest`), isRefusal);
      },
      'who has logged in pushes, and pulls the same back': async () => {
        await login(host, 'secret');
        await push(`${repository}:latest`);
        equal(await pulled(), content);
      },
      ...(remove && {
        'who has logged in deletes': async () => {
          await push(`${repository}:gone`);
          await remove(`${repository}:gone`);
          await rejects(pulled('gone'), /unknown|not found/i);
          await push(`${repository}:latest`);
        },
      }),
      'who has logged out pushes no longer': async () => {
        await logout(host);
        await rejects(push(`${repository}:other`), isRefusal);
      },
      [everybodyPulls ? 'who has logged out pulls' : 'who has logged out pulls no longer']: async () => {
        if (everybodyPulls) equal(await pulled(), content);
        else await rejects(pulled(), isRefusal);
      },
    };
  }

  /**
   * Clients whose tokens end in the middle of a push.
   * @param {string} host
   */
  async function tryShortTokens(host) {
    // Each sends the request again that it can: one reads blobs from a stream, the other has one token for all of a blob.
    const held = {
      crane: (/** @type {string} */ line) => /^PUT .*\/blobs\/.*digest=/.test(line),
      oras: (/** @type {string} */ line) => /^PUT .*\/manifests\//.test(line),
    };
    for (const name of /** @type {const} */ (['crane', 'oras'])) {
      const { login, push, pull, content } = clients[name];
      const short = await startShortTokens(host, key, held[name]);
      await attempt(`bearer, ${name}: a push outlasts its token, which ends within three seconds`, async () => {
        await login(short.host, 'secret');
        await push(`${short.host}/${name}/short:latest`);
        deepEqual([short.seen.held, short.seen.expired > 0], [true, true], 'the token has ended under a request');
        equal(await pull(`${short.host}/${name}/short:latest`, await mkdtemp(join(folder, 'pulled-'))), content);
      });
      await short.close();
    }
    const short = await startShortTokens(host, key, () => false);
    await attempt('bearer, by hand: a body outlasts its token, and goes on', () => outlastInOneRequest(short.host));
    await short.close();
  }
}

/**
 * What the command docker does without a daemon: it speaks of manifests. One is there by then, which skopeo has pushed.
 * @param {(...words: string[]) => Promise<string>} docker
 * @param {string} host
 * @param {{ readonly manifest: string }} pushed
 * @returns {Record<string, () => unknown>}
 */
function dockerCases(docker, host, pushed) {
  const manifest = (/** @type {string} */ does, /** @type {string[]} */ ...words) =>
    docker('manifest', does, '--insecure', ...words);
  const [list, image] = [`${host}/docker/list:latest`, `${host}/skopeo/app:latest`];
  return {
    'a wrong password is refused': () => rejects(docker('login', '-u', 'ann', '-p', 'wrong', host), isRefusal),
    'who has logged in makes an index of what is there, pushes it, and looks at it': async () => {
      match(await docker('login', '-u', 'ann', '-p', 'secret', host), /Login Succeeded/);
      await manifest('create', `${host}/skopeo/app:list`, image);
      await manifest('push', '--purge', `${host}/skopeo/app:list`);
      const { manifests } = JSON.parse(await manifest('inspect', `${host}/skopeo/app:list`));
      deepEqual(
        manifests.map((/** @type {{ digest: string }} */ { digest }) => digest),
        [pushed.manifest],
      );
    },
    'who has logged in makes an index in another repository': async () => {
      await manifest('create', list, image);
      await manifest('push', '--purge', list);
      match(await manifest('inspect', list), new RegExp(pushed.manifest));
    },
    'who has logged out pushes no index': async () => {
      await docker('logout', host);
      await rejects(
        manifest('create', `${host}/docker/other:latest`, image).then(() => manifest('push', `${host}/docker/other:latest`)),
        isRefusal,
      );
    },
  };
}
