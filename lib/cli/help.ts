/** What `stowage` says about itself. */
import manifest from '../../package.json' with { type: 'json' };
import { type Flag, type Flags, nameOf } from './flag-values.ts';
import { type CommandRow, commands, storageFlags } from './flags.ts';

/** The version of the package. */
export const version: string = manifest.version;

/** Where sentences begin, and where what holds for a flag that is left out. */
const [sentenceColumn, defaultColumn] = [34, 79];

const rows = Object.entries<CommandRow>(commands);

/** Commands and flags as the help lists them. */
export const usage = `Usage
${rows.map(([name, command]) => usageOf(name, command)).join('\n')}
  stowage help, version           the same as --help, --version

${sectionOf('serve')}

Each of them is also a variable of the environment, for what the command line does not say: STOWAGE_PORT=5001 for
--port 5001, STOWAGE_NO_DELETE=true for --no-delete. Probes are answered at /livez and /readyz, and not logged.

The module of test-driver (.js, .mjs, .cjs) exports by default a function that gives a new empty driver, or an object
with such a function as its create, and with what else the suite can use: name, reopen, peer, dispose, faults, losePower,
staged, lacks, levels, amounts.

${sectionOf('import')}
Those of export are the same, and both have those of serve that say where content is kept, from --driver to --prefix.

SOURCE and DESTINATION are oci:DIR[:TAG], a folder with an image layout; oci-archive:FILE[:TAG], one in an archive of tar;
docker-archive:FILE, as docker save writes it; docker://HOST/NAME[:TAG|@DIGEST], a registry over https, or http on this
machine; or its URL, http://HOST/NAME[:TAG|@DIGEST]. Logins are those of docker login, where it writes them into its file.

${sectionOf('test-driver')}

${sectionOf('gc')}

A TIME is 30s, 10m, 24h or 7d. gc, du and ls also take the flags of serve from --driver to --prefix, which say where content
is kept.

${sectionOf('fixture')}

fixture gives its command the variables TEST_REGISTRY and TEST_REGISTRY_URL, and those by which docker, oras, skopeo, podman and
buildah find a login: DOCKER_CONFIG, REGISTRY_AUTH_FILE, CONTAINERS_REGISTRIES_CONF. An entry of a layout or an archive that
has several is named behind it: team/app:1.0=./layout:latest. The members of a fault are those of startRegistry().fail().

Credentials and region of a bucket are found as the AWS SDK finds them.
coverage pushes small things to repositories below stowage-coverage/, and leaves them there.

Exit code: 0 stopped by a signal, or all passed; 1 could not serve, or something failed or departs from the API;
2 the command line is wrong; 130 import or export was interrupted. That of fixture is the one of its command.
`;

/** What `stowage --help` prints. */
export const help = `stowage ${version}, an OCI / Docker registry\n\n${usage}`;

function usageOf(name: string, { takes, runs, brief, flags, does }: CommandRow): string {
  const words = brief ? Object.entries(ownFlags(name, flags)).map(([argument, flag]) => bracketed(argument, flag)) : ['[flags]'];
  return inColumns(
    `  ${['stowage', name, ...(takes === undefined ? [] : [takes]), ...words, ...(runs === undefined ? [] : ['--', runs])].join(' ')}`,
    does,
  );
}

function bracketed(argument: string, flag: Flag): string {
  return 'required' in flag ? typed(argument, flag) : `[${typed(argument, flag)}]`;
}

/** A flag as it is typed: `--port PORT`. */
function typed(argument: string, flag: Flag): string {
  return 'value' in flag ? `--${nameOf(argument, flag)} ${flag.value}` : `--${nameOf(argument, flag)}`;
}

/** The flags of a command; those that say where content is kept stand with serve alone. */
function ownFlags(name: string, flags: Flags): Flags {
  if (name === 'serve' || !('driver' in flags)) return flags;
  return Object.fromEntries(Object.entries(flags).filter(([argument]) => !Object.hasOwn(storageFlags, argument)));
}

function sectionOf(name: keyof typeof commands): string {
  const flags = ownFlags(name, commands[name].flags);
  return [`Flags of ${name}`, ...Object.entries(flags).map(([argument, flag]) => lineOf(argument, flag))].join('\n');
}

function lineOf(argument: string, flag: Flag): string {
  const line = inColumns(`  ${typed(argument, flag)}`, flag.sentence);
  const left = 'read' in flag ? (flag.default ?? flag.otherwise) : undefined;
  return left === undefined ? line : inColumns(line, `(${left})`, defaultColumn);
}

/** Text at a column of the line before it, or of the next line where that one is too long. */
function inColumns(line: string, text: string, column = sentenceColumn): string {
  return line.length < column ? line.padEnd(column) + text : `${line}\n${' '.repeat(column)}${text}`;
}
