/** versitygw, a real S3 server over a folder: installed where it is missing, started on a free port, ended by its id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { installGoProgram } from '../go.ts';

const credentials = { accessKeyId: 'GATEWAY', secretAccessKey: 'the secret of the gateway' };
const region = 'us-east-1';

/** A real S3 server with an empty bucket. */
export interface Gateway {
  /** `http://host:port` */
  readonly origin: string;
  readonly bucket: string;
  /** What an S3Client is made of. */
  readonly clientConfig: {
    readonly region: string;
    readonly endpoint: string;
    readonly forcePathStyle: true;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Ends it, and removes all that it stored in a folder of its own. */
  close(): Promise<void>;
}

/** Starts a gateway with one bucket over an empty folder, by default one of its own, and waits until it answers. */
export async function startGateway(given?: string): Promise<Gateway> {
  const program = installGoProgram('github.com/versity/versitygw/cmd/versitygw', 'v1.8.0');
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'stowage-s3-')));
  // A bucket is a folder.
  await mkdir(join(folder, 'bucket'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  // Without --keep-alive: with it, now and then a streamed body is not understood.
  const child = spawn(program, ['--quiet', '--port', `127.0.0.1:${port}`, 'posix', folder], {
    env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaints += text;
  });
  const closed = once(child, 'close');
  while (!(await answers(origin))) {
    if (child.exitCode !== null) throw new Error(`versitygw ended with ${child.exitCode} before it listened: ${complaints}`);
    await pause(20);
  }
  return {
    origin,
    bucket: 'bucket',
    clientConfig: { region, endpoint: origin, forcePathStyle: true, credentials },
    async close() {
      child.kill();
      await closed;
      if (given === undefined) await rm(folder, { recursive: true });
    },
  };
}

async function answers(origin: string): Promise<boolean> {
  try {
    await (await fetch(origin)).arrayBuffer();
    return true;
  } catch {
    // Nothing listens there yet.
    return false;
  }
}
