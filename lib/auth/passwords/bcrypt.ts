/** Hashes of passwords by bcrypt, as `htpasswd -B` writes them. They are checked by the package bcryptjs, which users install beside this one. */
import { now, setTimeout } from '../../timers.ts';
import { peer } from '../peer.ts';

const load = peer('bcryptjs', 'hashes of bcrypt', () => import('bcryptjs'));

const form = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** Each more doubles the time; 14 takes a second. */
const dearest = 14;

/** A check of passwords against a hash of bcrypt; undefined for what is none, or costs too much. */
export function readBcrypt(hash: string): ((password: string) => Promise<boolean>) | undefined {
  const [, cost] = form.exec(hash) ?? [];
  if (cost === undefined || Number(cost) > dearest) return undefined;
  return async (password) => {
    const { compare } = await load();
    const isRight = await inTurn(() => compare(password, hash));
    // bcrypt reads 72 bytes, and another password would be as good as a longer one.
    return isRight && Buffer.byteLength(password) <= 72;
  };
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * Does one at a time, and rests as long as it took: it is computed by the thread that serves, which would have time for nothing else while
 * somebody guesses passwords.
 */
function inTurn(work: () => Promise<boolean>): Promise<boolean> {
  let began = 0;
  const done = turn.then(() => {
    began = now();
    return work();
  });
  const rest = () => new Promise((resolve) => setTimeout(resolve, now() - began));
  turn = done.then(rest, rest);
  return done;
}
