// @ts-check
/**
 * The documents of the API as a person sees them, in a real browser: docs/openapi.json in Swagger UI, and the reference that
 * `stowage serve --docs` serves, whose commands curl then sends; and a page of another origin, which reads a registry. Screenshots go to coverage/viewer.
 *
 *     npm run viewer
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { descriptors } from 'stowage/docs';
import { memoryDriver } from '../../../drivers/memory.ts';
import { curlText } from '../../../lib/docs/curl.ts';
import { replyText, requestText } from '../../../lib/docs/samples.ts';
import { walkthrough } from '../../../lib/testing/exchanges/walkthrough.ts';
import { play } from '../../../lib/testing/wire/play.ts';
import { startServer } from '../../support/command.ts';
import { startCounting } from '../../support/counting.ts';
import { installPrograms } from '../../support/debian.ts';
import { shownSamples } from '../../support/shown-samples.ts';
import { eventually, openBrowser } from './browser.mjs';
import { arriving, overCurl } from './curl.ts';
import { browse, serveElsewhere } from './elsewhere.mjs';
import {
  click,
  contrasts,
  copiedSamples,
  isOnScreen,
  lostTargets,
  position,
  shownErrors,
  shownForms,
  shownOperations,
  toTop,
  widths,
} from './looks.mjs';
import { measure } from './png.mjs';
import { serveViewer } from './swagger.mjs';

/** @typedef {import('./browser.mjs').Page} Page */
/** @typedef {import('./browser.mjs').Screen} Screen */

const folder = fileURLToPath(new URL('../../../coverage/viewer/', import.meta.url));
await mkdir(folder, { recursive: true });
const { attempt, finish } = startCounting();
const desk = { width: 1280, height: 900 };
const tablet = { width: 820, height: 1180 };
const phone = { width: 390, height: 844 };
const browser = await openBrowser(installPrograms({ chromium: 'chromium', curl: 'curl' }).chromium);
const viewer = await serveViewer();
const registry = await startServer(['--driver', 'memory', '--docs']);

await lookAtViewer();
for (const [title, screen] of Object.entries({ phone, tablet, desk })) {
  await lookAtReference(title, screen);
  await lookAtReference(`${title}-dark`, { ...screen, dark: true });
}
await lookWithoutScripts();
await askFromElsewhere();
await sendByCurl();

await registry.end();
await viewer.close();
await browser.close();
finish();

/** Looks at docs/openapi.json in Swagger UI. */
async function lookAtViewer() {
  const page = await browser.open(viewer.url, desk);
  const { paths } = JSON.parse(await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));
  const operations = descriptors.routes.flatMap(({ path, methods }) =>
    methods.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((verb) => ({ verb, path }))),
  );

  await attempt('Swagger UI shows every method of the table, and for each every status and parameter of the document', () =>
    eventually(async () => {
      const owed = operations.map(({ verb, path }) => {
        const { responses, parameters } = paths[path][verb.toLowerCase()];
        const named = parameters.map((/** @type {{ name: string }} */ { name }) => name);
        return { request: `${verb} ${path}`, statuses: Object.keys(responses), parameters: named.sort() };
      });
      assert.deepEqual(byRequest(await page.see(shownOperations)), byRequest(owed));
    }),
  );
  await attempt('Swagger UI finds nothing wrong with the document', async () => {
    assert.deepEqual(await page.see(shownErrors), []);
    assert.deepEqual(page.complaints, []);
  });
  await photograph(page, 'swagger-ui', desk);
  await page.close();
}

/**
 * Looks at the reference on a screen.
 * @param {string} title
 * @param {Screen} screen
 */
async function lookAtReference(title, screen) {
  const page = await browser.open(`${registry.url}/`, screen);

  await attempt(`${title}: the reference is no wider than the screen`, async () => {
    const { page: wide, screen: narrow, beyond } = await page.see(widths);
    assert.deepEqual({ screen: narrow, beyond, fits: wide <= narrow }, { screen: screen.width, beyond: [], fits: true });
  });
  await attempt(`${title}: how to resume an upload is one click away from the first screen`, async () => {
    await page.see(toTop);
    assert.equal(await page.see(isOnScreen, 'main a', 'Resume an upload'), true);
    await page.see(click, 'main a', 'Resume an upload');
    assert.equal(await page.see(isOnScreen, 'h2', 'Resume an upload'), true);
  });
  await photograph(page, `reference-${title}-resume`, screen);
  if (screen.width < 1024) await lookForContents(page, title, screen);
  else await lookBesideText(page, title);
  await attempt(`${title}: nothing covers what a link leads to`, async () => assert.deepEqual(await page.see(lostTargets), []));
  for (const summary of ['Fetch a blob or a part of it', 'Push a manifest and point a tag at it']) {
    await page.see(click, 'main a', summary);
    await photograph(page, `reference-${title}-${summary.split(' ', 3).join('-').toLowerCase()}`, screen);
  }
  await attempt(`${title}: each button copies its sample, letter by letter`, async () => {
    const pairs = shownSamples.flatMap((sample) => [requestText(sample), asShown(replyText(sample))]);
    assert.deepEqual(await page.see(copiedSamples), pairs);
    await page.see(click, '.sample label', 'curl');
    const commands = shownSamples.flatMap((sample) => [curlText(sample, registry.url), asShown(replyText(sample))]);
    assert.deepEqual(await page.see(copiedSamples), commands);
  });
  await page.see(click, 'main a', 'Push an image');
  await photograph(page, `reference-${title}-curl`, screen);
  await attempt(`${title}: labels have colours of their own, and all text a contrast of 4.5`, async () => {
    const { colours, least, faint } = await page.see(contrasts);
    const kinds = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
    assert.equal(new Set(kinds.map((kind) => colours[kind])).size, kinds.length);
    assert.equal(new Set(['200', '304', '404', '500'].map((status) => colours[status])).size, 4);
    assert.deepEqual(faint, []);
    assert.ok(least >= 4.5, `the contrast of a label is ${least}`);
  });
  await page.see(toTop);
  await photograph(page, `reference-${title}`, screen);
  await attempt(`${title}: nothing that the page says of itself is wrong, and it asks nobody for anything`, () =>
    assert.deepEqual(page.complaints, []),
  );
  await page.close();
}

/**
 * A text as a page has it: its lines end with LF, and the last one with nothing.
 * @param {string} text
 */
function asShown(text) {
  return text.replaceAll('\r\n', '\n').trimEnd();
}

/**
 * Where there is room, the contents stand beside the text, wherever one reads.
 * @param {Page} page
 * @param {string} title
 */
async function lookBesideText(page, title) {
  await attempt(`${title}: the contents stay beside the text`, async () => {
    await page.see(click, 'nav a', 'Error codes');
    assert.equal(await page.see(isOnScreen, 'h2', 'Error codes'), true);
    assert.equal(await page.see(isOnScreen, 'nav a', 'Error codes'), true);
    assert.equal(await page.see(isOnScreen, 'body > header a', 'Contents'), false);
  });
}

/**
 * Where there is none, a link opens the contents over the text, and they close with the first link that is followed.
 * @param {Page} page
 * @param {string} title
 * @param {Screen} screen
 */
async function lookForContents(page, title, screen) {
  const shows = () => page.see(isOnScreen, 'nav a', 'Error codes');
  await attempt(`${title}: the contents open and close where one reads`, async () => {
    const before = await page.see(position);
    assert.ok(before > 0);
    assert.equal(await shows(), false);
    assert.equal(await page.see(isOnScreen, 'body > header a', 'Contents'), true);
    await page.see(click, 'body > header a', 'Contents');
    assert.equal(await shows(), true);
    assert.equal(await page.see(position), before);
  });
  await photograph(page, `reference-${title}-contents`, screen);
  await attempt(`${title}: the contents lead to a section, and are gone`, async () => {
    const before = await page.see(position);
    await page.see(click, 'nav > header a', 'Close');
    assert.deepEqual([await shows(), await page.see(position)], [false, before]);
    await page.see(click, 'body > header a', 'Contents');
    await page.see(click, 'nav a', 'Error codes');
    assert.equal(await page.see(isOnScreen, 'h2', 'Error codes'), true);
    assert.equal(await shows(), false);
  });
}

/** Looks at the reference in a browser that runs no script. */
async function lookWithoutScripts() {
  const page = await browser.open(`${registry.url}/`, { ...phone, scripts: false });
  await attempt('without scripts: no button is there, and the rest works', async () => {
    assert.deepEqual(await page.see(copiedSamples), []);
    await page.see(click, 'body > header a', 'Contents');
    await page.see(click, 'nav a', 'Delete an image');
    assert.equal(await page.see(isOnScreen, 'h2', 'Delete an image'), true);
    assert.deepEqual(await page.see(shownForms), ['as-http']);
    await page.see(click, '.sample label', 'curl');
    assert.deepEqual(await page.see(shownForms), ['as-curl']);
    assert.deepEqual(page.complaints, []);
  });
  await page.close();
}

/** Has a page of another origin read what a registry holds. */
async function askFromElsewhere() {
  const elsewhere = await serveElsewhere();
  const page = await browser.open(elsewhere.page, desk);
  await attempt(
    'a page of an origin that cors names lists tags and pulls a manifest with its login, and is told of a 401',
    async () => {
      assert.deepEqual(await page.see(browse, elsewhere.open, elsewhere.login), {
        list: { name: 'team/app', tags: ['latest'] },
        manifest: Buffer.from(elsewhere.content.manifest.bytes).toString(),
        digest: elsewhere.content.digest,
        stranger: [401, 'Basic realm="stowage",charset="UTF-8"'],
      });
    },
  );
  await attempt('a page of any other origin gets nothing', () =>
    assert.rejects(page.see(browse, elsewhere.shut, elsewhere.login), /Failed to fetch/),
  );
  await page.close();
  await elsewhere.close();
}

/** Has curl itself send what the reference shows. */
async function sendByCurl() {
  await attempt('what arrives from curl is the request of each sample', async () => {
    const requests = shownSamples.map(({ request }) => request);
    assert.deepEqual(await arriving(shownSamples), requests);
  });
  for (const walk of walkthrough) {
    await attempt(`sent by curl: ${walk.name}`, () => play(walk, memoryDriver(), undefined, overCurl));
  }
}

/**
 * Takes a picture, keeps it, and checks that there is something on it.
 * @param {Page} page
 * @param {string} name
 * @param {Screen} screen
 */
async function photograph(page, name, { width, height }) {
  await attempt(`${name}.png is a picture of the whole screen, with something on it`, async () => {
    const png = await page.screenshot();
    await writeFile(`${folder}${name}.png`, png);
    const { colours, ...size } = measure(png);
    assert.deepEqual(size, { width, height });
    assert.ok(colours > 32, `it has ${colours} colours: a screen of text has more`);
  });
}

/**
 * In the order of their requests: the viewer sorts by entity.
 * @template {{ readonly request: string }} T
 * @param {T[]} operations
 */
function byRequest(operations) {
  return operations.toSorted((one, other) => (one.request < other.request ? -1 : 1));
}
