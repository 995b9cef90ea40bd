/** The documents beside the API, and what a registry serves of the API, as the command shows them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { send } from '../../support/client.ts';
import { startProgram, startServer } from '../../support/command.ts';
import { listen } from '../../support/server.ts';
import { dial } from '../../support/socket.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-documents-'));
  server = await startServer(['--driver', 'memory', '--docs']);
});
afterAll(async () => {
  await server.end();
  await rm(folder, { recursive: true });
});

/** The resident memory of a process, in bytes. */
const memoryOf = (pid: number): number =>
  1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

describe('stowage serve --docs', () => {
  test('serves the reference of the API as one page that needs no other file', async () => {
    const response = await fetch(`${server.url}/`);
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toContain('<a href="#flow-Resume-an-upload">Resume an upload</a>');
    expect(page).not.toMatch(/<script |<link|src=|url\(|@import/);
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const missing = [...page.matchAll(/href="#([^"]+)"/g)].filter(([, id]) => !ids.has(id ?? ''));
    expect(missing).toEqual([]);
  });

  test('says at the top of the page what serves it, and where the registry and the OpenAPI document are', async () => {
    const page = await (await fetch(`${server.url}/`)).text();
    expect(page).toContain(`>stowage ${manifest.version} API reference</a></h1>`);
    expect(page).toContain('<a href="openapi.json">OpenAPI document</a> · <a href="/v2/">Registry at /v2/</a>');
  });

  test('lets nothing run on the page but its one style and its one script', async () => {
    const response = await fetch(`${server.url}/`);
    const page = await response.text();
    const hashOf = (element: string): string => {
      const [content, ...more] = [...page.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(
        ([, each]) => each ?? '',
      );
      expect(more).toEqual([]);
      return `'sha256-${createHash('sha256').update(String(content)).digest('base64')}'`;
    };
    expect(page).not.toMatch(/ (style|on\w+)="/);
    const policy = `default-src 'none'; style-src ${hashOf('style')}; script-src ${hashOf('script')}`;
    expect(response.headers.get('content-security-policy')).toBe(policy);
  });

  test('has the commands of the page ask the registry where the reader found it, or at its public URL', async () => {
    const hostile = await send(server.url, { method: 'GET', path: '/', headers: { Host: "$(id)'<b>" } });
    expect(hostile.body.toString()).toContain('<html lang="en" data-server="http://127.0.0.1:5000">');
    expect(hostile.body.toString()).toContain('curl -i http://127.0.0.1:5000/v2/');
    expect(hostile.body.toString()).not.toContain('$(id)');
    const path = join(folder, 'stowage.config.mjs');
    await writeFile(path, "export default { options: { publicUrl: 'https://public.example/sub' } };");
    const published = await startServer(['--driver', 'memory', '--docs', '--config', path]);
    const page = await (await fetch(`${published.url}/`)).text();
    const { servers } = (await (await fetch(`${published.url}/openapi.json`)).json()) as { servers: unknown };
    await published.end();
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('curl -i https://public.example/sub/v2/');
    expect(page).toContain('<a href="https://public.example/sub/v2/">Registry at /v2/</a>');
    expect(servers).toEqual([{ url: 'https://public.example/sub' }]);
  });

  test('holds one copy of each document, however many ask and do not read', async () => {
    const { socket } = await dial(Number(new URL(server.url).port));
    const before = memoryOf(server.pid);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_400));
    await expect(fetch(`${server.url}/livez`)).resolves.toMatchObject({ status: 200 });
    await sleep(1_000);
    expect(memoryOf(server.pid) - before).toBeLessThan(100_000_000);
    socket.destroy();
  });

  test('serves the OpenAPI document, and says what it is to HEAD', async () => {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { openapi: string };
    expect(document.openapi).toBe('3.1.0');
    const head = await fetch(`${server.url}/openapi.json`, { method: 'HEAD' });
    expect(head.headers.get('content-type')).toBe('application/json');
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10_000);
  });

  test('serves the API as before, and nothing else', async () => {
    expect((await fetch(`${server.url}/v2/`)).status).toBe(200);
    expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
    const put = await fetch(`${server.url}/`, { method: 'PUT', body: 'x' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('stowage coverage', () => {
  test('says of this registry that it serves every use case, and departs nowhere', async () => {
    const alone = await startServer(['--driver', 'memory']);
    const { code, stdout, stderr } = await startProgram(['coverage', '--url', alone.url]).ended;
    await alone.end();
    expect(stderr).toBe('');
    expect(stdout).toContain('0 replies depart from the API');
    expect(stdout).not.toMatch(/ never /);
    expect(code).toBe(0);
  }, 60_000);

  test('says of another server what it does not serve, and where it departs', async () => {
    await using stranger = await listen((_, response) => response.writeHead(418).end());
    const { code, stdout } = await startProgram(['coverage', '--url', stranger.origin]).ended;
    expect(stdout).toMatch(/^checkBase +never +418 +GET \/v2\/$/m);
    expect(stdout).toContain(' × the table has no 418 without an error code here, first of HEAD /v2/');
    expect(code).toBe(1);
  }, 60_000);

  test('says where nobody answers', async () => {
    const { code, stdout, stderr } = await startProgram(['coverage', '--url', 'http://127.0.0.1:1']).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^stowage: http:\/\/127\.0\.0\.1:1 could not be asked: .*ECONNREFUSED/);
  });

  test.each([
    ['coverage', /needs the URL of a registry/],
    ['coverage --url ftp://x', /--url is an http URL/],
    ['coverage --url http://x/v2/', /--url must have no path: write http:\/\/x, /],
    ['coverage http://x', /takes flags only/],
    ['coverage --url http://x --port 1', /takes no --port/],
  ])('does not understand %s', async (words, complaint) => {
    const { code, stderr } = await startProgram(words.split(' ')).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(complaint);
  });
});
