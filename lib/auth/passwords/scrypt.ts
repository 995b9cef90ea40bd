/** Hashes of passwords by scrypt (RFC 7914), which Node has: `$scrypt$ln=15,r=8,p=1$<salt>$<hash>`, as the PHC string format has it. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What a hash costs: 2 to the power `ln` blocks of `128 * r` bytes, `p` times. */
interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about 60 ms, as is recommended for logins. */
const usual: Cost = { ln: 15, r: 8, p: 1 };

/** More than this is no hash that somebody made for a server: it would take its memory. */
const largest = { bytes: 256 * 1024 * 1024, p: 16 };

const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** A longer text is no password. To bring it into its normal form could take seconds, for which everybody would wait. */
export const longestPassword = 1_024;

const saltBytes = 16;
const hashBytes = 32;
const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
const memoryOf = ({ ln, r }: Cost): number => 128 * r * 2 ** ln;

function derive(password: string, salt: Buffer, length: number, { ln, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const cost = { N: 2 ** ln, r, p, maxmem: 2 * memoryOf({ ln, r, p }) };
    scrypt(password.normalize('NFC'), salt, length, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/**
 * Hashes a password, for `passwords` and for a file of `htpasswd`. Another salt each time. Rejects with a TypeError for one of more than
 * 1,024 characters, which no login takes.
 *
 * @example
 * import { hashPassword } from 'stowage/auth';
 *
 * console.log(`ann:${await hashPassword('correct horse battery staple')}`);
 */
export async function hashPassword(password: string): Promise<string> {
  if (password.length > longestPassword)
    throw new TypeError(`hashPassword: a password has ${longestPassword} characters at most`);
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, usual);
  return `$scrypt$ln=${usual.ln},r=${usual.r},p=${usual.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** A check of passwords against a hash of scrypt; undefined for what is none, or costs too much. */
export function readScrypt(hash: string): ((password: string) => Promise<boolean>) | undefined {
  const [, ln, r, p, salt = '', key = ''] = form.exec(hash) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (ln === undefined || cost.ln < 1 || cost.r < 1 || cost.p < 1 || memoryOf(cost) > largest.bytes || cost.p > largest.p)
    return undefined;
  const expected = Buffer.from(key, 'base64');
  return async (password) =>
    timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), expected.length, cost), expected);
}
