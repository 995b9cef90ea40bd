/** Logins in a file of Apache's htpasswd, a name and a hash on each line. */
import { readFile, stat } from 'node:fs/promises';
import { text } from '../../checks/check.ts';
import { now } from '../../timers.ts';
import type { Verify } from '../principal.ts';
import { isUsername, loginAmong, named, type PasswordHash, readHash, verifyAmong } from './passwords.ts';
import { type Check, remembering } from './remembering.ts';

/** How often the file is looked at: a password that was changed holds for so long. */
const lookEveryMs = 1000;

/**
 * Checks names and passwords against a file, which is read again when it has changed. Its hashes are of bcrypt, as `htpasswd -B` writes
 * them (with the package bcryptjs installed), or of `hashPassword`. While the file is missing or malformed, nobody is let in: the reply is 503, and the log
 * says which line is wrong.
 *
 * @example
 * import { basic, htpasswd, rules } from 'stowage/auth';
 *
 * const authorize = basic({
 *   verify: htpasswd('/etc/registry/htpasswd'),
 *   policy: rules([{ subjects: '*', repositories: '**', actions: ['pull', 'push'] }]),
 * });
 */
export function htpasswd(path: string): Verify {
  const wrong = text(path);
  if (wrong !== undefined) throw new TypeError(`htpasswd: the path ${wrong}`);
  let known: Known | undefined;
  let looking: Promise<Known> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<Known> => {
    try {
      const stamp = await stampOf(path);
      if (known?.stamp !== stamp) {
        const hashes = readEntries(await readFile(path, 'utf8'), path);
        known = { stamp, hashes, verify: remembering(verifyAmong(hashes)) };
      }
      lookedAt = now();
      return known;
    } finally {
      looking = undefined;
    }
  };

  const current = async (): Promise<Known> => {
    if (known && now() - lookedAt < lookEveryMs) return known;
    looking ??= look();
    return looking;
  };

  return Object.assign(async (username: string, password: string) => (await current()).verify(username, password), {
    loginOf: async (username: string) => loginAmong((await current()).hashes, username),
  });
}

/** What was read of a file, and which state of it that was. */
interface Known {
  readonly stamp: string;
  readonly hashes: ReadonlyMap<string, PasswordHash>;
  readonly verify: Check;
}

/** What tells one state of a file from another. */
async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join(' ');
}

/** The hashes in the lines of a file, by name. Throws a TypeError that names the first line that is wrong. */
function readEntries(content: string, path: string): Map<string, PasswordHash> {
  const hashes = new Map<string, PasswordHash>();
  // Some editors begin a file with U+FEFF, which would be a part of the first name.
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name = '', hash = ''] = /^([^:]*):(\S*)\s*$/.exec(line) ?? [];
    const place = `${path}, line ${index + 1}:`;
    if (!isUsername(name)) throw new TypeError(`${place} it must be a name, a colon and a hash`);
    if (hashes.has(name)) throw new TypeError(`${place} there is a login of this name above`);
    hashes.set(
      name,
      named(`${place} what follows the colon`, () => readHash(hash)),
    );
  }
  return hashes;
}
