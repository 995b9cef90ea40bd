/** What is measured: this registry in its ways, others, and the ceiling. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installGoProgram } from '../../test/support/go.ts';
import { environmentOf } from '../../test/support/s3/environment.ts';
import { type Gateway, startGateway } from '../../test/support/s3/gateway.ts';
import { emptyFiles, newFolder } from './folders.ts';
import { type Program, type Server, startServer } from './server.ts';

/** Where a target keeps what it stores, and the Node that it runs on if it is of Node. */
interface Place {
  readonly folder: string;
  readonly node: string;
}

/** A registry that can be started. */
export interface Target {
  readonly title: string;
  /** What its figures are divided by. */
  readonly reference: 'distribution' | 'distribution-s3';
  start(place: Place): Promise<Server>;
}

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** `stowage serve` with these flags, on a Node. */
export const stowageCommand = (node: string, flags: readonly string[]): Program => ({
  program: node,
  words: (port) => [pathOf('../../dist/cli.js'), 'serve', '--port', `${port}`, ...flags],
});

const stowage =
  (flags: (folder: string) => readonly string[]) =>
  ({ folder, node }: Place) =>
    startServer(stowageCommand(node, flags(folder)));

/** A script of this folder, given a port and a folder. */
const script =
  (name: string) =>
  ({ folder, node }: Place) =>
    startServer({ program: node, words: (port) => [pathOf(name), `${port}`, folder] });

/** distribution v3.1.2 on one of its storage drivers. */
async function distribution(folder: string, driver: string, options: object): Promise<Server> {
  const program = installGoProgram('github.com/distribution/distribution/v3/cmd/registry', 'v3.1.2');
  const configuration = join(folder, 'config.yml');
  const settings = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { [driver]: options, delete: { enabled: true }, redirect: { disable: true } },
  };
  // JSON is YAML.
  await writeFile(configuration, JSON.stringify(settings));
  return startServer({
    program,
    words: () => ['serve', configuration],
    env: (port) => ({ OTEL_TRACES_EXPORTER: 'none', REGISTRY_HTTP_ADDR: `127.0.0.1:${port}` }),
  });
}

/** distribution on its S3 driver, in a bucket. */
export function distributionInBucket(
  folder: string,
  { bucket, origin, clientConfig: { region, credentials } }: Pick<Gateway, 'bucket' | 'origin' | 'clientConfig'>,
): Promise<Server> {
  return distribution(folder, 's3', {
    region,
    bucket,
    regionendpoint: origin,
    forcepathstyle: true,
    secure: false,
    accesskey: credentials.accessKeyId,
    secretkey: credentials.secretAccessKey,
  });
}

/** The path of crane, which is a client and a registry. */
export const crane = (): string => installGoProgram('github.com/google/go-containerregistry/cmd/crane', 'v0.22.1');

/** A registry in an empty bucket of a real S3 server of its own. */
async function inBucket(folder: string, start: (gateway: Gateway) => Promise<Server>): Promise<Server> {
  const store = join(folder, 'store');
  await mkdir(store);
  const gateway = await startGateway(store);
  const server = await start(gateway);
  const end = async () => {
    await server.end();
    await gateway.close();
  };
  return { ...server, end };
}

/** Everything that is measured, the references first. */
export const targets = {
  distribution: {
    title: 'distribution v3.1.2, filesystem',
    reference: 'distribution',
    start: ({ folder }) => distribution(folder, 'filesystem', { rootdirectory: folder }),
  },
  fs: { title: 'stowage, fs', reference: 'distribution', start: stowage((folder) => ['--root', folder]) },
  'fs-workers': {
    title: 'stowage, fs, `--workers 2`',
    reference: 'distribution',
    start: stowage((folder) => ['--root', folder, '--workers', '2']),
  },
  'fs-without-syncs': {
    title: "stowage, fs, `durability: 'none'`",
    reference: 'distribution',
    start: script('stowage-without-syncs.mjs'),
  },
  memory: { title: 'stowage, memory', reference: 'distribution', start: stowage(() => ['--driver', 'memory']) },
  crane: {
    title: "crane's registry, memory",
    reference: 'distribution',
    start: () => startServer({ program: crane(), words: (port) => ['registry', 'serve', '--address', `127.0.0.1:${port}`] }),
  },
  bare: { title: 'bare `node:http`', reference: 'distribution', start: script('bare.mjs') },
  'distribution-s3': {
    title: 'distribution v3.1.2, S3',
    reference: 'distribution-s3',
    start: ({ folder }) => inBucket(folder, (gateway) => distributionInBucket(folder, gateway)),
  },
  s3: {
    title: 'stowage, S3',
    reference: 'distribution-s3',
    start: ({ folder, node }) =>
      inBucket(folder, ({ bucket, origin, clientConfig }) =>
        startServer({
          ...stowageCommand(node, ['--driver', 's3', '--bucket', bucket, '--endpoint', origin]),
          env: () => environmentOf(clientConfig),
        }),
      ),
  },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;
export const targetNames = Object.keys(targets) as TargetName[];

/** Starts a target on an empty folder, and does something with it. */
export async function withTarget<T>(name: TargetName, node: string, use: (server: Server) => Promise<T>): Promise<T> {
  const folder = await newFolder();
  const server = await targets[name].start({ folder, node });
  try {
    return await use(server);
  } finally {
    await server.end();
    await emptyFiles(folder);
  }
}
