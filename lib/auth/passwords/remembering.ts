/** Remembers passwords that were right: clients send theirs with every request, and to hash it takes 60 ms and 32 MiB. */
import { createHmac, randomBytes } from 'node:crypto';
import { RegistryError } from '../../api/errors.ts';
import { Gate } from '../../concurrency.ts';
import { ForAWhile } from '../for-a-while.ts';

/** Checks a name and a password, at its cost. */
export type Check = (username: string, password: string) => Promise<boolean>;

const rememberedMs = 60_000;
// Half of the threads of Node: the other half is for files.
const atOnce = 2;
const mostWaiting = 256;
/** Who was right goes first for so long. */
const preferredMs = 24 * 3600 * 1000;

/**
 * The check, made once for a login whose answer is known or under way. Only what was right is remembered, for a minute, under a
 * keyed hash: what was wrong costs its sender each time. A password that was right within a day is checked before all that wait, and never
 * turned away, so that others who guess do not keep those out who know. Throws `TOOMANYREQUESTS` where too many of the others wait.
 */
export function remembering(check: Check): Check {
  const key = randomBytes(32);
  const right = new ForAWhile<true>();
  const preferred = new ForAWhile<true>();
  const underWay = new Map<string, Promise<boolean>>();
  const gate = new Gate(atOnce);

  const ask = async (username: string, password: string, name: string): Promise<boolean> => {
    try {
      const goesFirst = preferred.get(name) === true;
      if (!goesFirst && gate.waiting >= mostWaiting)
        throw new RegistryError('TOOMANYREQUESTS', { message: 'too many logins are being checked' });
      const isRight = await gate.pass(() => check(username, password), goesFirst);
      if (isRight) {
        right.set(name, true, rememberedMs);
        preferred.set(name, true, preferredMs);
      }
      return isRight;
    } finally {
      underWay.delete(name);
    }
  };

  return async (username, password) => {
    // The length of the name keeps `a` with `bc` apart from `ab` with `c`.
    const name = createHmac('sha256', key).update(`${username.length}:${username}${password}`).digest('base64');
    if (right.get(name)) return true;
    const asked = underWay.get(name) ?? ask(username, password, name);
    underWay.set(name, asked);
    return asked;
  };
}
