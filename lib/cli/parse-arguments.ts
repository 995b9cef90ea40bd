/** What the words of a command line ask for. */
import { parseArgs } from 'node:util';
import { isRepositoryGlob } from '../checks/glob.ts';
import { sinkName } from '../delivery/sink.ts';
import { type RepositoryName, readRepositoryName } from '../driver.ts';
import { type RegistryOptions, readTag } from '../index.ts';
import type { Behaviour, Fault, Logins } from '../testing/fixture/index.ts';
import type { Amounts } from '../testing/suite/index.ts';
import type { CollectEveryOptions, CollectOptions } from '../upkeep/index.ts';
import { argumentOfMember, type Config, flagsIn } from './config.ts';
import type { SeedArgument } from './fixture-values.ts';
import { type ArgumentsOf, argumentOf, type Flags, nameOf, UsageError } from './flag-values.ts';
import { type CommandRow, commands, type Level, type storageFlags, usualRoot } from './flags.ts';
import type { LoginArguments } from './logins.ts';
import { didYouMean } from './nearest.ts';
import { type PlaceArgument, readName, readPlace } from './place-argument.ts';
import type { TlsArguments } from './tls.ts';
import { argumentOfVariable, hasVariable, type Variables, variableOf } from './variables.ts';

export { UsageError } from './flag-values.ts';

type CommandName = keyof typeof commands;
type FlagsOf<Name extends CommandName> = ArgumentsOf<(typeof commands)[Name]['flags']>;

/** Where content is kept: the flags that say so, with those of the bucket together. */
export interface StorageArguments extends Omit<ArgumentsOf<typeof storageFlags>, keyof BucketArguments> {
  /** The bucket of the s3 driver; undefined for the others. */
  readonly bucket: BucketArguments | undefined;
}

type GcFlag = 'gcInterval' | 'gcGrace' | 'gcUntagged' | 'gcKeep';

/** What `stowage serve` was asked to do: its flags, with those that belong together in one. */
export interface ServeArguments
  extends StorageArguments,
    Omit<FlagsOf<'serve'>, keyof typeof storageFlags | 'tlsCert' | 'tlsKey' | keyof LoginArguments | GcFlag | 'config'> {
  /** Undefined where it speaks no TLS. */
  readonly tls: TlsArguments | undefined;
  /** Undefined where no flag asks for logins. */
  readonly logins: LoginArguments | undefined;
  /** Undefined where nothing is collected. */
  readonly collections: CollectEveryOptions | undefined;
  /** What the configuration says beside flags. */
  readonly options: RegistryOptions | undefined;
  /** The file of the configuration. */
  readonly configFile: string | undefined;
}

/** A bucket, and where it is. */
export interface BucketArguments {
  readonly bucket: string;
  /** The URL of the object store, where it is not the SDK's own choice. */
  readonly endpoint: string | undefined;
  /** What all keys in the bucket begin with. */
  readonly prefix: string | undefined;
}

/** What `stowage import` and `stowage export` were asked to do. */
export interface TransferArguments extends Pick<FlagsOf<'import'>, 'allTags' | 'platform' | 'referrers' | 'json'> {
  readonly storage: StorageArguments;
  /** The repository of the storage. */
  readonly repository: string;
  /** What is copied of the source, and under which tag; undefined where that follows from the source. */
  readonly reference: string | undefined;
  readonly as: string | undefined;
  /** The other place. */
  readonly place: PlaceArgument;
}

/** What `stowage coverage` was asked to do. */
export interface CoverageArguments {
  /** Where the registry is, without `/v2`: `http://127.0.0.1:5000`. */
  readonly origin: string;
}

/** What `stowage test-driver` was asked to do. */
export interface TestDriverArguments {
  /** The path or the file URL of a module that gives drivers. */
  readonly module: string;
  /** Which parts of the suite to run, or undefined where none was named. */
  readonly levels: readonly Level[] | undefined;
  /** What the areas or names of the cases to run have in them; undefined for all. */
  readonly only: string | undefined;
  /** Whether the first failure ends the run. */
  readonly bail: boolean;
  /** Whether the report is a JSON document. */
  readonly json: boolean;
  /** What was said about how much to run. */
  readonly amounts: Partial<Pick<Amounts, 'sequences' | 'rounds' | 'seed'>>;
}

/** What `stowage dead-letters` was asked to do. */
export interface DeadLetterArguments {
  readonly sink: string;
  /** The directory of the fs driver. */
  readonly root: string;
  readonly does: 'print' | 'print JSON' | 'revive' | 'discard';
}

/** What `stowage verify` was asked to do. */
export interface VerifyArguments {
  /** Undefined where all are verified. */
  readonly repositories: readonly RepositoryName[] | undefined;
  /** The directory of the fs driver. */
  readonly root: string;
  /** In bytes per second; undefined where nothing bounds it. */
  readonly rate: number | undefined;
  readonly withdraw: boolean;
  readonly json: boolean;
}

/** What `stowage gc` was asked to do. */
export interface GcArguments {
  readonly storage: StorageArguments;
  readonly collection: CollectOptions;
  /** Whether steps and report are JSON. */
  readonly json: boolean;
}

/** What `stowage du` was asked to do. */
export interface DuArguments {
  readonly storage: StorageArguments;
  /** A pattern; undefined for all. */
  readonly repositories: string | undefined;
  /** Whether the figures are JSON. */
  readonly json: boolean;
}

/** What `stowage ls` was asked to do. */
export interface LsArguments {
  readonly storage: StorageArguments;
  /** Undefined where repositories are to be listed. */
  readonly repository: RepositoryName | undefined;
  /** Whether manifests without a tag are listed, too. */
  readonly untagged: boolean;
  /** Whether each is a line of JSON. */
  readonly json: boolean;
}

/** What `stowage fixture` was asked to do. */
export interface FixtureArguments {
  readonly seeds: readonly SeedArgument[];
  readonly faults: readonly Fault[];
  /** Undefined where it behaves as this registry does. */
  readonly behaviours: readonly Behaviour[] | undefined;
  /** Undefined where everybody may do everything. */
  readonly auth: Logins | undefined;
  /** Whose login the command finds: the first user of the command line, whatever order an object has them in. */
  readonly user: string | undefined;
  /** Whether the requests are listed at the end. */
  readonly requests: boolean;
  /** The file that the traffic is written into. */
  readonly record: string | undefined;
  /** A program and its words. */
  readonly command: readonly [string, ...string[]];
}

/** A command line, understood. */
export type Command =
  | { readonly name: 'help' | 'version' }
  | { readonly name: 'serve'; readonly serve: ServeArguments }
  | { readonly name: 'import' | 'export'; readonly transfer: TransferArguments }
  | { readonly name: 'test-driver'; readonly testDriver: TestDriverArguments }
  | { readonly name: 'fixture'; readonly fixture: FixtureArguments }
  /** Who is to log in. */
  | { readonly name: 'hash-password'; readonly login: string }
  | { readonly name: 'token-key' }
  | { readonly name: 'dead-letters'; readonly deadLetters: DeadLetterArguments }
  | { readonly name: 'verify'; readonly verify: VerifyArguments }
  | { readonly name: 'gc'; readonly gc: GcArguments }
  | { readonly name: 'du'; readonly du: DuArguments }
  | { readonly name: 'ls'; readonly ls: LsArguments }
  /** The folder to write to. */
  | { readonly name: 'init-driver'; readonly folder: string }
  | { readonly name: 'coverage'; readonly coverage: CoverageArguments }
  | { readonly name: 'check-s3'; readonly bucket: BucketArguments };

/** The flags that were given, by name, with their texts; `true` stands for a switch. */
type Given = Readonly<Record<string, readonly (string | boolean)[] | undefined>>;

const anywhere = { help: { short: 'h' }, version: { short: 'v' } } as const;

/** Which configuration a command line asks for: undefined where it has no use for one, and without a file where it names none. */
export function configAskedFor(
  words: readonly string[],
  variables: Variables,
): { readonly file: string | undefined } | undefined {
  const { given, positionals } = parse(words);
  if (positionals[0] !== 'serve' || given.help || given.version) return undefined;
  const texts = given.config?.map(String) ?? [variables[variableOf('config')] ?? ''];
  return { file: texts.at(-1) || undefined };
}

/**
 * Reads the words after the program's name, and for `serve` the variables of the environment and a configuration. Throws a
 * {@link UsageError} for what is not understood.
 */
export function readArguments(words: readonly string[], variables: Variables = {}, config?: Config): Command {
  const { given, positionals, behind } = parse(words);
  const [name, ...others] = positionals;
  if (name === 'help' || name === 'version') return { name };
  if (name !== undefined) checkWords(name, others, given, behind);
  if (given.help) return { name: 'help' };
  if (given.version) return { name: 'version' };
  if (name === 'serve') return { name, serve: readServe(flagsOf(name, given, variables, config), config) };
  if (name === 'import') return { name, transfer: readImport(others, flagsOf(name, given, variables)) };
  if (name === 'export') return { name, transfer: readExport(others, flagsOf(name, given, variables)) };
  if (name === 'test-driver') return { name, testDriver: readTestDriver(others[0], flagsOf(name, given)) };
  if (name === 'fixture') return { name, fixture: readFixture(behind, flagsOf(name, given)) };
  if (name === 'hash-password') return { name, login: readLogin(others[0]) };
  if (name === 'token-key') return { name };
  if (name === 'dead-letters') return { name, deadLetters: readDeadLetters(others[0], flagsOf(name, given)) };
  if (name === 'verify') return { name, verify: readVerify(others, flagsOf(name, given)) };
  if (name === 'gc') return { name, gc: readGc(flagsOf(name, given)) };
  if (name === 'du') return { name, du: readDu(others[0], flagsOf(name, given)) };
  if (name === 'ls') return { name, ls: readLs(others[0], flagsOf(name, given)) };
  if (name === 'init-driver') return { name, folder: others[0] ?? '.' };
  if (name === 'check-s3') return { name, bucket: readBucket(name, flagsOf(name, given)) };
  if (name === 'coverage') return { name, coverage: readCoverage(flagsOf(name, given)) };
  if (words.length > 0) throw new UsageError("flags need a command before them, as in 'stowage serve --port 5001'");
  return { name: 'help' };
}

/** Words as flags and others, those behind `--` last, which are also given by themselves. */
interface Parsed {
  readonly given: Given;
  readonly positionals: readonly string[];
  readonly behind: readonly string[];
}

function parse(words: readonly string[]): Parsed {
  const flags = Object.values(commands).flatMap((command) => namedFlags(command.flags));
  const options = Object.fromEntries([
    ...Object.entries(anywhere).map(([name, { short }]) => [name, { type: 'boolean', short, multiple: true }] as const),
    ...flags.map(([name, flag]) => [name, { type: 'read' in flag ? 'string' : 'boolean', multiple: true }] as const),
  ]);
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    return { given: values, positionals, behind: words.includes('--') ? words.slice(words.indexOf('--') + 1) : [] };
  } catch (error) {
    // parseArgs explains at length how to escape dashes; its first sentence says what is wrong.
    if (!(error instanceof TypeError)) throw error;
    const [explained = ''] = error.message.split(/\.? To specify|\n/);
    // Its words for a flag without its value, at the end or before another flag.
    const sentence = explained.replace(
      /^Option '(--\S+?)(?: <value>)?' argument (?:missing|is ambiguous)\.?$/,
      '$1 needs a value',
    );
    const [, unknown] = /^Unknown option '--(.*?)'/.exec(sentence) ?? [];
    const meant = unknown === undefined ? '' : didYouMean(unknown, Object.keys(options), '--');
    const command = words[0] === 'fixture' && !words.includes('--') ? '; -- goes before the command that fixture runs' : '';
    throw new UsageError(sentence + (meant || command));
  }
}

/** Flags by what is typed. */
function namedFlags(flags: Flags) {
  return Object.entries(flags).map(([argument, flag]) => [nameOf(argument, flag), flag, argument] as const);
}

/** Refuses a command that does not exist, and words and flags that it does not take. */
function checkWords(name: string, others: readonly string[], given: Given, behind: readonly string[]): void {
  if (!isCommand(name)) {
    const names = Object.keys(commands);
    throw new UsageError(`there is no command '${name}'${didYouMean(name, names) || `; there are ${listOf(names)}`}`);
  }
  const { takes, runs }: CommandRow = commands[name];
  const [before] = others.slice(0, others.length - behind.length);
  if (runs && before !== undefined)
    throw new UsageError(`'${name}' takes -- before the command that it runs, as in 'stowage ${name} -- ${before}'`);
  if (!runs && takes === undefined && others[0] !== undefined)
    throw new UsageError(`'${name}' takes flags only, not '${others[0]}'`);
  const wanted = takes?.split(' ') ?? [];
  const more = takes?.includes('...') ? undefined : others[wanted.length];
  if (wanted.length > 0 && more !== undefined) {
    const words = wanted.length === 1 ? `one ${wanted[0]?.replaceAll(/[[\]]/g, '')}` : takes;
    throw new UsageError(`'${name}' takes ${words}, not '${more}' as well`);
  }
  const known = [...Object.keys(anywhere), ...namedFlags(commands[name].flags).map(([flag]) => flag)];
  const strange = Object.keys(given).find((flag) => !known.includes(flag));
  if (strange !== undefined) throw new UsageError(`'${name}' takes no --${strange}`);
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function listOf(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

/** The flags of a command, read: those that are not given from variables, or else from a configuration. */
function flagsOf<Name extends CommandName>(name: Name, given: Given, variables: Variables = {}, config?: Config): FlagsOf<Name> {
  const members = config ? flagsIn(config, commands[name].flags) : {};
  const entries = namedFlags(commands[name].flags).map(([flag, described, argument]) => {
    const texts = given[flag]?.map(String);
    if (!texts && hasVariable(variables, flag)) return [argument, argumentOfVariable(variables, flag, described)];
    if (!texts && config && members[argument] !== undefined)
      return [argument, argumentOfMember(config.file, argument, described, members[argument])];
    return [argument, argumentOf(flag, described, texts ?? [])];
  });
  return Object.fromEntries(entries) as FlagsOf<Name>;
}

function readServe(
  {
    tlsCert,
    tlsKey,
    htpasswd,
    anonymousPull,
    tokenKey,
    gcInterval,
    gcGrace,
    gcUntagged,
    gcKeep,
    config: _,
    ...others
  }: FlagsOf<'serve'>,
  config: Config | undefined,
): ServeArguments {
  // Checked where the registry is made.
  const options = config?.members.options as RegistryOptions | undefined;
  const { driver, workers } = others;
  if (driver === 'memory' && workers > 1)
    throw new UsageError('--workers needs the fs or the s3 driver: processes share no memory');
  if (htpasswd !== undefined && options?.authorize !== undefined)
    throw new UsageError(`--htpasswd and the authorize of ${config?.file} both say who may do what; leave one of them out`);
  return {
    ...others,
    ...readStorage(others),
    tls: readTlsFlags(tlsCert, tlsKey),
    logins: readLogins({ htpasswd, anonymousPull, tokenKey }),
    collections: readCollections({ gcInterval, gcGrace, gcUntagged, gcKeep }),
    options,
    configFile: config?.file,
  };
}

function readStorage({
  driver,
  root,
  fileMode,
  directoryMode,
  bucket,
  endpoint,
  prefix,
}: ArgumentsOf<typeof storageFlags>): StorageArguments {
  const [ofBucket] = Object.entries({ bucket, endpoint, prefix }).filter(([, value]) => value !== undefined);
  // Whoever names a bucket means that one, and not what is in a directory.
  if (driver !== 's3' && ofBucket) throw new UsageError(`--${ofBucket[0]} needs --driver s3`);
  const ofS3 = driver === 's3' ? readBucket('--driver s3', { bucket, endpoint, prefix }) : undefined;
  return { driver, root, fileMode, directoryMode, bucket: ofS3 };
}

const importExample = "as in 'stowage import oci:./layout:1.0 team/app'";

function readImport([source, target]: readonly string[], flags: FlagsOf<'import'>): TransferArguments {
  if (source === undefined) throw new UsageError(`'import' needs a source, ${importExample}`);
  const place = readPlace(source);
  const named = target ?? (place.form === 'registry' ? new URL(place.url).pathname.slice(1) : undefined);
  if (named === undefined) throw new UsageError(`'import' needs the name of the repository as well, ${importExample}`);
  const { repository, tag, digest } = readName(named);
  if (digest !== undefined) throw new UsageError(`${named} has a digest: content has the one that it has`);
  return chosen('import', flags, { repository, reference: place.reference, as: tag, place });
}

function readExport([source, target]: readonly string[], flags: FlagsOf<'export'>): TransferArguments {
  if (source === undefined || target === undefined)
    throw new UsageError("'export' needs a name and a destination, as in 'stowage export team/app:1.0 oci:./layout'");
  const { repository, tag, digest } = readName(source);
  const place = readPlace(target);
  const as = place.reference;
  if (as !== undefined && readTag(as) === undefined) throw new UsageError(`${target} ends in no tag, which a destination has`);
  return chosen('export', flags, { repository, reference: digest ?? tag, as, place });
}

type Copied = Pick<TransferArguments, 'repository' | 'reference' | 'as' | 'place'>;

function chosen(command: 'import' | 'export', flags: FlagsOf<'import'>, copied: Copied): TransferArguments {
  const { allTags, platform, referrers, json } = flags;
  const named = copied.reference ?? copied.as;
  if (allTags && named !== undefined) throw new UsageError(`--all-tags copies every tag, and ${named} is named`);
  return { allTags, platform, referrers, json, storage: storageOf(command, flags), ...copied };
}

/** Where content is kept that is copied. */
function storageOf(command: string, flags: FlagsOf<'import'>): StorageArguments {
  if (flags.driver === 'memory') throw new UsageError(`'${command}' needs the fs or the s3 driver: memory ends with the command`);
  return readStorage(flags);
}

function readTlsFlags(certificate: string | undefined, key: string | undefined): TlsArguments | undefined {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  throw new UsageError(key === undefined ? '--tls-cert needs a --tls-key' : '--tls-key needs a --tls-cert');
}

function readLogins({
  htpasswd,
  anonymousPull,
  tokenKey,
}: Pick<FlagsOf<'serve'>, keyof LoginArguments>): LoginArguments | undefined {
  if (htpasswd !== undefined) return { htpasswd, anonymousPull, tokenKey };
  if (tokenKey !== undefined) throw new UsageError('--token-key needs an --htpasswd: tokens are given to those who log in');
  if (anonymousPull)
    throw new UsageError('--anonymous-pull needs an --htpasswd: without logins, everybody may push and delete as well');
  return undefined;
}

function readCollections({
  gcInterval,
  gcGrace,
  gcUntagged,
  gcKeep,
}: Pick<FlagsOf<'serve'>, GcFlag>): CollectEveryOptions | undefined {
  const named = { 'gc-grace': gcGrace, 'gc-untagged': gcUntagged, 'gc-keep': gcKeep };
  const [useless] = Object.entries(named).filter(([, value]) => value !== undefined);
  if (gcInterval === undefined && useless) throw new UsageError(`--${useless[0]} needs a --gc-interval`);
  if (gcInterval === undefined) return undefined;
  return { every: gcInterval, grace: gcGrace, untagged: gcUntagged, keep: gcKeep?.flat() };
}

function readLogin(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new UsageError("'hash-password' needs a name, as in 'stowage hash-password ann'");
}

function readDeadLetters(
  sink = 'webhook',
  { root = usualRoot, revive, discard, json }: FlagsOf<'dead-letters'>,
): DeadLetterArguments {
  if (!sinkName.test(sink)) throw new UsageError(`a sink has a name of small letters, digits and hyphens, not '${sink}'`);
  const does = Object.entries({ revive, discard, json }).flatMap(([flag, isGiven]) => (isGiven ? [`--${flag}`] : []));
  if (does.length > 1) throw new UsageError(`${does.join(' and ')} are not done together; leave one of them out`);
  return { sink, root, does: revive ? 'revive' : discard ? 'discard' : json ? 'print JSON' : 'print' };
}

function readVerify(names: readonly string[], { root = usualRoot, ...others }: FlagsOf<'verify'>): VerifyArguments {
  const repositories = names.map((name) => {
    const read = readRepositoryName(name);
    if (read === undefined) throw new UsageError(`'${name}' is not the name of a repository, as in 'stowage verify team/app'`);
    return read;
  });
  return { repositories: repositories.length > 0 ? repositories : undefined, root, ...others };
}

function readGc({ grace, untagged, minAge, keep, maxTime, dryRun, explain, json, ...storage }: FlagsOf<'gc'>): GcArguments {
  const collection = { grace, untagged, minAge, keep: keep?.flat(), maxMilliseconds: maxTime, dryRun, explain };
  return { storage: readStorage(storage), collection, json };
}

function readDu(repositories: string | undefined, { json, ...storage }: FlagsOf<'du'>): DuArguments {
  if (repositories !== undefined && !isRepositoryGlob(repositories))
    throw new UsageError(`a repository is a name or a pattern, as in 'team/app' and 'team/**', not '${repositories}'`);
  return { storage: readStorage(storage), repositories, json };
}

function readLs(named: string | undefined, { all: untagged, json, ...storage }: FlagsOf<'ls'>): LsArguments {
  const repository = named === undefined ? undefined : readRepositoryName(named);
  if (named !== undefined && repository === undefined)
    throw new UsageError(`'${named}' is no name of a repository, as in 'team/app'`);
  if (untagged && repository === undefined) throw new UsageError("--all needs a repository, as in 'stowage ls team/app --all'");
  return { storage: readStorage(storage), repository, untagged, json };
}

function readBucket(asker: string, { bucket, endpoint, prefix }: FlagsOf<'check-s3'>): BucketArguments {
  if (bucket === undefined) throw new UsageError(`${asker} needs a --bucket`);
  return { bucket, endpoint, prefix };
}

function readTestDriver(
  module: string | undefined,
  { level, sequences, rounds, seed, ...others }: FlagsOf<'test-driver'>,
): TestDriverArguments {
  if (module === undefined)
    throw new UsageError("'test-driver' needs a module that gives drivers, as in 'stowage test-driver ./driver.mjs'");
  const amounts = {
    ...(sequences !== undefined && { sequences }),
    ...(rounds !== undefined && { rounds }),
    ...(seed !== undefined && { seed }),
  };
  return { ...others, module, levels: level?.flat(), amounts };
}

function readFixture(
  command: readonly string[],
  { seed: seeds = [], fail: faults = [], behaviours, auth: scheme, user: users, requests, record }: FlagsOf<'fixture'>,
): FixtureArguments {
  if (!isNonEmpty(command) || command[0] === '')
    throw new UsageError("'fixture' needs a command behind --, as in 'stowage fixture -- npm test'");
  if (scheme !== undefined && users === undefined) throw new UsageError('--auth needs a --user NAME:PASSWORD');
  if (scheme === undefined && users !== undefined) throw new UsageError('--user needs an --auth');
  if (scheme !== 'bearer' && faults.some(({ expireToken }) => expireToken))
    throw new UsageError("--fail: expireToken needs '--auth bearer'");
  const names = (users ?? []).map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) throw new UsageError(`--user has ${repeated} more than once`);
  const passwords = (users ?? []).map(({ name, password }) => [name, password]);
  const auth = scheme && { scheme, users: Object.fromEntries(passwords) };
  return { seeds, faults, behaviours, auth, user: names[0], requests, record, command };
}

const isNonEmpty = (words: readonly string[]): words is readonly [string, ...string[]] => words.length > 0;

function readCoverage({ url }: FlagsOf<'coverage'>): CoverageArguments {
  if (url === undefined) throw new UsageError(`'coverage' needs ${commands.coverage.flags.url.sentence}`);
  return { origin: url };
}
