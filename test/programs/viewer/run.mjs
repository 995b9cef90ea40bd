// @ts-check
/**
 * The documents of the API as a person sees them, in a real browser: docs/openapi.json in Swagger UI, and the reference that
 * `stowage serve --docs` serves. Screenshots go to coverage/viewer.
 *
 *     npm run viewer
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { descriptors } from 'stowage/docs';
import { startServer } from '../../support/command.ts';
import { startCounting } from '../../support/counting.ts';
import { installPrograms } from '../../support/debian.ts';
import { eventually, openBrowser } from './browser.mjs';
import { click, isOnScreen, shownErrors, shownOperations, toTop, widths } from './looks.mjs';
import { measure } from './png.mjs';
import { serveViewer } from './swagger.mjs';

/** @typedef {import('./browser.mjs').Page} Page */
/** @typedef {import('./browser.mjs').Screen} Screen */

const folder = fileURLToPath(new URL('../../../coverage/viewer/', import.meta.url));
await mkdir(folder, { recursive: true });
const { attempt, finish } = startCounting();
const desk = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };
const browser = await openBrowser(installPrograms({ chromium: 'chromium' }).chromium);
const viewer = await serveViewer();
const registry = await startServer(['--driver', 'memory', '--docs']);

await lookAtViewer();
for (const [title, screen] of Object.entries({ phone, 'phone-dark': { ...phone, dark: true }, desk }))
  await lookAtReference(title, screen);

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
  const summaries = descriptors.routes.flatMap(({ methods }) =>
    methods.flatMap(({ requests }) => requests.map(({ summary }) => summary)),
  );

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
  await attempt(`${title}: a link for each use case leads to its section`, async () => {
    const lost = [];
    for (const summary of summaries) {
      await page.see(click, 'main a', summary);
      if (!(await page.see(isOnScreen, 'h3', summary))) lost.push(summary);
    }
    assert.deepEqual(lost, []);
  });
  await attempt(`${title}: the contents can stand open, and hide nothing of what they lead to`, async () => {
    await page.see(click, 'nav summary', 'Contents');
    await page.see(click, 'nav a', 'Error codes');
    assert.equal(await page.see(isOnScreen, 'h2', 'Error codes'), true);
    await page.see(click, 'nav summary', 'Contents');
  });
  await page.see(toTop);
  await photograph(page, `reference-${title}`, screen);
  await attempt(`${title}: nothing that the page says of itself is wrong, and it asks nobody for anything`, () =>
    assert.deepEqual(page.complaints, []),
  );
  await page.close();
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
