// @ts-check
/** A page of another origin, and a registry with a login that lets it in or not. */
import { image, startRegistry } from 'stowage/testing';
import { listen } from '../../support/server.ts';

const login = 'Basic YW5uOnNlY3JldA==';
const content = image();

/** Serves an empty page, and two registries that hold `team/app:latest`: one that lets the page in, and one that does not. */
export async function serveElsewhere() {
  const page = await listen((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<link rel="icon" href="data:,">'),
  );
  const start = async (/** @type {string[]} */ origins) => {
    const registry = await startRegistry({ auth: { scheme: 'basic', users: { ann: 'secret' } }, options: { cors: { origins } } });
    await registry.seed('team/app:latest', content);
    return registry;
  };
  const [open, shut] = await Promise.all([start([page.origin]), start(['https://ui.example.com'])]);
  return {
    page: page.origin,
    open: open.url,
    shut: shut.url,
    login,
    content,
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
