// @ts-check
/** A page of another origin, and a registry with a login that lets it in or not. */
import { createRegistryHandler } from 'stowage';
import { basic, hashPassword, passwords, rules } from 'stowage/auth';
import { memoryDriver } from 'stowage/drivers/memory';
import { image } from '../../../lib/testing/exchanges/given.ts';
import { listen } from '../../support/server.ts';

const login = 'Basic YW5uOnNlY3JldA==';

/** Serves an empty page, and two registries that hold `team/app:latest`: one that lets the page in, and one that does not. */
export async function serveElsewhere() {
  const page = await listen((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<link rel="icon" href="data:,">'),
  );
  const authorize = basic({
    verify: passwords({ ann: await hashPassword('secret') }),
    policy: rules([{ subjects: 'ann', repositories: '**', actions: ['pull', 'push'] }]),
  });
  const start = async (/** @type {string[]} */ origins) => {
    const options = { authorize, cors: { origins }, allowMissingReferences: true };
    const server = await listen(createRegistryHandler(memoryDriver(), options));
    const init = { method: 'PUT', body: image(), headers: { Authorization: login } };
    const { status } = await fetch(`${server.origin}/v2/team/app/manifests/latest`, init);
    if (status !== 201) throw new Error(`the manifest was not pushed: ${status}`);
    return server;
  };
  const [open, shut] = await Promise.all([start([page.origin]), start(['https://ui.example.com'])]);
  return {
    page: page.origin,
    open: open.origin,
    shut: shut.origin,
    login,
    close: async () => void (await Promise.all([page, open, shut].map((each) => each.close()))),
  };
}

/**
 * Run in the page: what it gets of the tags and of a manifest with a login, and what it learns without one.
 * @param {string} registry
 * @param {string} authorization
 */
export async function browse(registry, authorization) {
  const headers = { Authorization: authorization };
  const list = await fetch(`${registry}/v2/team/app/tags/list`, { headers });
  const manifest = await fetch(`${registry}/v2/team/app/manifests/latest`, { headers });
  const stranger = await fetch(`${registry}/v2/`);
  return {
    list: await list.json(),
    manifest: await manifest.text(),
    digest: manifest.headers.get('Docker-Content-Digest'),
    stranger: [stranger.status, stranger.headers.get('WWW-Authenticate')],
  };
}
