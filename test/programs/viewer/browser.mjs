// @ts-check
/** A headless browser that reaches nothing but this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { speak } from './protocol.mjs';

/** @typedef {{ width: number, height: number, dark?: boolean, scripts?: boolean }} Screen */
/** @typedef {Awaited<ReturnType<Awaited<ReturnType<typeof openBrowser>>['open']>>} Page */

/**
 * Starts the browser.
 * @param {string} program
 */
export async function openBrowser(program) {
  const profile = await mkdtemp(join(tmpdir(), 'stowage-browser-'));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    `--user-data-dir=${profile}`,
    '--remote-debugging-pipe',
  ];
  const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const [, , , to, from] = /** @type {[null, null, null, import('node:stream').Writable, import('node:stream').Readable]} */ (
    /** @type {unknown} */ (child.stdio)
  );
  const protocol = speak(to, from);
  return {
    /**
     * Opens a page, and waits until it is loaded.
     * @param {string} url
     * @param {Screen} screen
     */
    open: (url, screen) => openPage(protocol, url, screen),

    /** Closes the browser, and removes all that it wrote. */
    async close() {
      const closed = once(child, 'close');
      await protocol.send('Browser.close');
      await closed;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * @param {ReturnType<typeof speak>} protocol
 * @param {string} url
 * @param {Screen} screen
 */
async function openPage(protocol, url, { width, height, dark = false, scripts = true }) {
  const { targetId } = await protocol.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await protocol.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (/** @type {string} */ method, /** @type {object} */ params = {}) => protocol.send(method, params, sessionId);
  /** @type {string[]} */
  const complaints = [];
  const loaded = new Promise((resolve) => {
    protocol.listeners.add(({ sessionId: of, method, params }) => {
      if (of !== sessionId) return;
      if (method === 'Page.loadEventFired') resolve(undefined);
      if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.exception?.description ?? 'an exception');
      if (method === 'Log.entryAdded' && params.entry.level === 'error')
        complaints.push(`${params.entry.text} ${params.entry.url}`);
      if (method === 'Network.requestWillBeSent' && isElsewhere(params.request.url, url)) {
        complaints.push(`${params.request.url} was asked for`);
      }
    });
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: true });
  const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
  await send('Emulation.setEmulatedMedia', { features });
  await send('Emulation.setFocusEmulationEnabled', { enabled: true });
  await send('Emulation.setScriptExecutionDisabled', { value: !scripts });
  await protocol.send('Browser.grantPermissions', { origin: new URL(url).origin, permissions: ['clipboardReadWrite'] });
  await send('Page.navigate', { url });
  await loaded;

  return {
    /** What the page said was wrong, and whatever it asked another server for. */
    complaints,

    /**
     * Calls a function in the page, and gives what it gives.
     * @template {readonly unknown[]} A
     * @template T
     * @param {(...words: A) => T} look
     * @param {A} words
     * @returns {Promise<Awaited<T>>}
     */
    async see(look, ...words) {
      const expression = `(${look})(...${JSON.stringify(words)})`;
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        userGesture: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },

    /** What is on the screen, as PNG. */
    async screenshot() {
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(data, 'base64');
    },

    close: () => protocol.send('Target.closeTarget', { targetId }),
  };
}

/**
 * @param {string} requested
 * @param {string} page
 */
function isElsewhere(requested, page) {
  return !requested.startsWith('data:') && new URL(requested).origin !== new URL(page).origin;
}

/**
 * Looks again and again until a check holds; throws what it says at the end of ten seconds.
 * @param {() => Promise<void>} check
 */
export async function eventually(check) {
  for (const end = Date.now() + 10_000; ; await wait(100)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
