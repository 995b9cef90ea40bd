/** The commands and their flags: arguments, help and README come from here. */
import { fsOptions } from '../../drivers/fs/options.ts';
import { s3Options } from '../../drivers/s3/options.ts';
import { registryWords } from '../options/words.ts';
import type { DriverCase } from '../testing/suite/index.ts';
import { readBehaviours, readFault, readScheme, readSeed, readUser } from './fixture-values.ts';
import {
  anyText,
  durationFrom,
  durationWords,
  type Flags,
  millisecondsIn,
  modeOfOption,
  numberFrom,
  ofOption,
  UsageError,
} from './flag-values.ts';
import { readKeepRules } from './keep-rules.ts';

/** A command of `stowage`. */
export interface CommandRow {
  readonly does: string;
  /** The words that it takes before its flags: `MODULE`; in brackets where it can do without; with `...` where it takes several. */
  readonly takes?: string;
  /** What it takes behind `--`: `COMMAND...`. */
  readonly runs?: string;
  /** Whether its flags stand in its line of the help, and nowhere else. */
  readonly brief?: true;
  readonly flags: Flags;
}

/** Where content can be kept. */
export type DriverName = 'memory' | 'fs' | 's3';

/** A part of the driver suite. */
export type Level = DriverCase['level'];

const levels: readonly Level[] = ['contract', 'concurrency', 'durability', 'scale', 'wire'];

/** Where the fs driver keeps its content if nothing is said. */
export const usualRoot = './data';

const coverageExample = "as in 'stowage coverage --url http://127.0.0.1:5000'";

/** Which bucket, and where. */
const bucketFlags = {
  bucket: { value: 'BUCKET', ...ofOption('s3', s3Options.bucket) },
  endpoint: { value: 'URL', sentence: 's3: where the bucket is, if it is not at AWS', read: readEndpoint },
  prefix: { value: 'PREFIX', ...ofOption('s3', s3Options.prefix) },
} as const satisfies Flags;

/** The directory of the fs driver. */
const rootFlag = { value: 'DIR', otherwise: usualRoot, ...ofOption('fs', fsOptions.root) } as const;

/** Where content is kept. */
export const storageFlags = {
  driver: { value: 'memory|fs|s3', default: 'fs', sentence: 'where content is kept', read: readDriver },
  root: rootFlag,
  fileMode: { value: 'MODE', otherwise: '600', ...modeOfOption('fs', fsOptions.fileMode) },
  directoryMode: { value: 'MODE', otherwise: '700', ...modeOfOption('fs', fsOptions.directoryMode) },
  ...bucketFlags,
} as const satisfies Flags;

/** What is copied, and how that is told. */
const copyFlags = {
  allTags: { sentence: 'copy everything that has a tag' },
  platform: {
    value: 'OS/ARCH',
    multiple: true,
    sentence: 'copy only what an index has for this platform; can be repeated',
    read: readPlatform,
  },
  referrers: { sentence: 'copy signatures and whatever else refers to what is copied, too' },
  json: { sentence: 'print the report as one JSON document; the progress goes to the error output' },
} as const satisfies Flags;

/** What is collected. */
const collectionFlags = {
  grace: { value: 'TIME', sentence: 'how long something lies in the trash before it is removed', read: durationFrom(0) },
  untagged: {
    value: 'keep|TIME',
    sentence: 'manifests without a tag that nothing needs: they stay, or go so long after their push',
    read: readUntagged,
  },
  keep: {
    value: 'RULE',
    multiple: true,
    sentence: 'which tags stay, as in nightly-*:newest=10,within=7d and team/**@v*:highest=5; can be repeated',
    read: readKeepRules,
  },
} as const satisfies Flags;

/** Every command, in the order of the help. A flag that sets an option has the sentence and the check of that option. */
export const commands = {
  serve: {
    does: 'serve a registry until SIGINT or SIGTERM',
    flags: {
      ...storageFlags,
      host: {
        value: 'HOST',
        default: '127.0.0.1',
        sentence: 'the address to listen on',
        read: (text: string) => text.replace(/^\[(.*)\]$/, '$1'),
      },
      port: {
        value: 'PORT',
        default: '5000',
        sentence: 'the port to listen on, 0 for any free one',
        read: numberFrom(0, 65_535),
      },
      tlsCert: { value: 'FILE', sentence: 'speak TLS with this certificate, and those that lead to it, in PEM', read: anyText },
      tlsKey: { value: 'FILE', sentence: 'the key of that certificate, in PEM', read: anyText },
      htpasswd: { value: 'FILE', sentence: 'who may log in: names and hashes of passwords, one on each line', read: anyText },
      anonymousPull: { sentence: 'let everybody pull; those who log in push and delete' },
      tokenKey: { value: 'FILE', sentence: 'have clients log in with tokens, which this key signs', read: anyText },
      metrics: {
        value: '[HOST:]PORT',
        sentence: 'serve /metrics for Prometheus there, and not where clients are; HOST is 127.0.0.1 if not said',
        read: readPlace,
      },
      gcInterval: {
        value: 'TIME',
        sentence: 'collect garbage, so long after the start and after each time',
        read: durationFrom(1),
      },
      gcGrace: { otherwise: '24h', ...collectionFlags.grace },
      gcUntagged: { otherwise: 'keep', ...collectionFlags.untagged },
      gcKeep: collectionFlags.keep,
      workers: { value: 'N', default: '1', sentence: 'processes that share port and storage', read: numberFrom(1, 256) },
      allowMissingReferences: { sentence: registryWords.allowMissingReferences.sentence },
      deletes: { name: 'no-delete', off: true, sentence: `do not ${registryWords.deletes.sentence}` },
      docs: { sentence: 'serve the reference of the API at / and /openapi.json as well' },
      config: {
        value: 'FILE',
        otherwise: 'stowage.config.js or .json',
        sentence: 'a file with flags, and with options of the registry',
        read: anyText,
      },
      log: { sentence: 'write a line of JSON for each request, and nothing else, to the standard output' },
    },
  },
  import: {
    does: 'copy images into the storage',
    takes: 'SOURCE [NAME[:TAG]]',
    flags: { ...storageFlags, ...copyFlags },
  },
  export: {
    does: 'copy images out of the storage',
    takes: 'NAME[:TAG|@DIGEST] DESTINATION',
    flags: { ...storageFlags, ...copyFlags },
  },
  'test-driver': {
    does: 'run the driver suite on a storage driver',
    takes: 'MODULE',
    flags: {
      level: {
        value: 'LEVEL',
        multiple: true,
        otherwise: 'all but scale',
        sentence: `${levels.join(', ')} or all; can be repeated`,
        read: readLevel,
      },
      only: { value: 'TEXT', sentence: 'run only the cases that have this in their level, area or name', read: anyText },
      bail: { sentence: 'end after the first failure' },
      json: { sentence: 'print one JSON document; the progress goes to the error output' },
      sequences: {
        value: 'N',
        sentence: 'how many random sequences are compared with the model',
        read: numberFrom(1, 99_999),
      },
      rounds: { value: 'N', sentence: 'how many rounds each race is played', read: numberFrom(1, 99_999) },
      seed: { value: 'WORDS', sentence: 'decides what the random sequences and rounds are', read: anyText },
    },
  },
  fixture: {
    does: 'run a command, such as a test suite in any language, beside a registry of its own',
    runs: 'COMMAND...',
    flags: {
      seed: {
        value: 'REF=PATH',
        multiple: true,
        sentence: 'put an image layout, or an archive of one, under a reference; can be repeated',
        read: readSeed,
      },
      fail: {
        value: 'FAULT',
        multiple: true,
        sentence: 'put a fault in force, as in operation=getManifest,times=2,status=503; can be repeated',
        read: readFault,
      },
      behaviours: {
        value: 'NAME,NAME',
        sentence: 'behave as older registries do, or others, in these points',
        read: readBehaviours,
      },
      auth: { value: 'basic|bearer', otherwise: 'everybody may do everything', sentence: 'how clients log in', read: readScheme },
      user: {
        value: 'NAME:PASSWORD',
        multiple: true,
        sentence: 'who can log in; can be repeated, and the command is given the first',
        read: readUser,
      },
      requests: { sentence: 'list the requests on the error output when the command has ended' },
      record: { value: 'FILE', sentence: 'write the traffic into a file when the command has ended', read: anyText },
    },
  },
  'hash-password': {
    does: 'print a line for --htpasswd, for the password that is typed or piped',
    takes: 'NAME',
    brief: true,
    flags: {},
  },
  'token-key': {
    does: 'print a new key for --token-key',
    brief: true,
    flags: {},
  },
  'dead-letters': {
    does: 'list the events that were given up for a sink (webhook if not said), redeliver or drop them',
    takes: '[SINK]',
    brief: true,
    flags: {
      root: rootFlag,
      revive: { sentence: 'have them delivered again' },
      discard: { sentence: 'drop them' },
      json: { sentence: 'print each as a line of JSON' },
    },
  },
  verify: {
    does: 'read back all repositories, or those, and say what is damaged or missing',
    takes: '[REPOSITORY...]',
    brief: true,
    flags: {
      root: rootFlag,
      rate: { value: 'BYTES', sentence: 'read so much in a second at most: 50MiB', read: readRate },
      withdraw: { sentence: 'move what is damaged aside, so that it is absent until it is pushed again' },
      json: { sentence: 'print each finding, and the summary, as a line of JSON' },
    },
  },
  gc: {
    does: 'collect garbage, also beside a registry that serves',
    flags: {
      ...storageFlags,
      ...collectionFlags,
      grace: { default: '24h', ...collectionFlags.grace },
      untagged: { default: 'keep', ...collectionFlags.untagged },
      minAge: { value: 'TIME', default: '1h', sentence: 'what was pushed within this time stays', read: durationFrom(0) },
      maxTime: { value: 'TIME', sentence: 'end after this time; the next one goes on there', read: durationFrom(1) },
      dryRun: { sentence: 'print what would be done, and do nothing' },
      explain: { sentence: 'print what is done, and why all else stays' },
      json: { sentence: 'print one JSON document; before it, with --dry-run or --explain, a line of JSON for each step' },
    },
  },
  du: {
    does: 'count the bytes of repositories, of all or of a pattern such as team/**, and of their trash',
    takes: '[REPOSITORY]',
    brief: true,
    flags: { ...storageFlags, json: { sentence: 'print one JSON document' } },
  },
  ls: {
    does: 'list repositories, or the tags of one with digest, kind, size and time',
    takes: '[REPOSITORY]',
    brief: true,
    flags: {
      ...storageFlags,
      all: { sentence: 'list manifests without a tag, too' },
      json: { sentence: 'print each as a line of JSON' },
    },
  },
  'init-driver': {
    does: 'write an empty driver, with the module that test-driver takes',
    takes: '[DIR]',
    brief: true,
    flags: {},
  },
  'check-s3': {
    does: 'ask an object store for what a registry needs of it',
    brief: true,
    flags: { ...bucketFlags, bucket: { ...bucketFlags.bucket, required: true } },
  },
  coverage: {
    does: 'ask a running registry for everything in the API, and say what it serves',
    brief: true,
    flags: { url: { value: 'URL', required: true, sentence: `the URL of a registry, ${coverageExample}`, read: readOrigin } },
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

function readDriver(text: string): DriverName {
  if (text === 'memory' || text === 'fs' || text === 's3') return text;
  throw new UsageError(`--driver is 'memory', 'fs' or 's3', not '${text}'`);
}

function readPlatform(text: string): string {
  if (/^[\w.-]+\/[\w.-]+(?:\/[\w.-]+)?$/.test(text)) return text;
  throw new UsageError(`--platform is as in 'linux/arm64' or 'linux/arm/v7', not '${text}'`);
}

function readUntagged(text: string, flag: string): 'keep' | number {
  const untagged = text === 'keep' ? text : millisecondsIn(text);
  if (untagged !== undefined) return untagged;
  throw new UsageError(`--${flag} is 'keep' or ${durationWords}, not '${text}'`);
}

/** Where something else listens than the registry. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

function readPlace(text: string, flag: string): Place {
  const [, inBrackets, name, port] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?([0-9]{1,5})$/.exec(text) ?? [];
  if (port !== undefined && Number(port) <= 65_535) return { host: inBrackets ?? name ?? '127.0.0.1', port: Number(port) };
  throw new UsageError(`--${flag} is a port, or a host and a port, as in '9090', '0.0.0.0:9090' and '[::]:9090', not '${text}'`);
}

const units: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

function readRate(text: string, flag: string): number {
  const [, digits, unit = ''] = /^([1-9][0-9]{0,8})(KiB|MiB|GiB)?$/.exec(text) ?? [];
  const bytes = units[unit];
  if (digits !== undefined && bytes !== undefined) return Number(digits) * bytes;
  throw new UsageError(`--${flag} is a number of bytes, as in '50MiB', '800KiB' and '1000000', not '${text}'`);
}

function readEndpoint(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`--endpoint is a URL, as in 'http://127.0.0.1:9000', not '${text}'`);
}

function readOrigin(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:') throw new UsageError(`--url is an http URL, ${coverageExample}`);
  const { origin, pathname } = new URL(text);
  if (pathname !== '/') throw new UsageError(`--url must have no path: write ${origin}, the API is asked for at /v2/ there`);
  return origin;
}

function readLevel(text: string): readonly Level[] {
  const found = text === 'all' ? levels : levels.filter((level) => level === text);
  if (found.length > 0) return found;
  throw new UsageError(`--level is one of ${levels.join(', ')} and all, not '${text}'`);
}
