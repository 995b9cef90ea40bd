// @ts-check
/** A server of Node behind a proxy, which is started beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Starts a proxy before a server that listens, and gives the port of the proxy, which PROXY_PORT says. It ends with this process.
 * @param {import('node:http').Server} server
 * @param {string} configuration the file of it, in which FRONT, BACK and FOLDER are filled in
 * @param {(file: string) => string[]} command
 */
export async function startProxy(server, configuration, command) {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-proxy-'));
  const back = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  const front = Number(process.env.PROXY_PORT);
  const values = { FRONT: String(front), BACK: String(back), FOLDER: folder };
  const text = readFileSync(configuration, 'utf8').replaceAll(
    /FRONT|BACK|FOLDER/g,
    (name) => values[/** @type {keyof values} */ (name)],
  );
  const file = join(folder, 'configuration');
  writeFileSync(file, text);
  const [program = '', ...words] = command(file);
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  process.once('SIGTERM', async () => {
    child.kill();
    await once(child, 'close');
    rmSync(folder, { recursive: true });
    process.exit();
  });
  while (!(await listens(front))) await sleep(50);
  return front;
}

/** @param {number} port */
function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
