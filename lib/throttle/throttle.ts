/** The throttle: an allowance for each address, and one for each subject. */
import type { Throttle, Visit } from '../access/throttle.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import { Account, type Allowance, wrongAllowance } from './allowance.ts';
import { clientKeyOf } from './client-key.ts';

/** Options of `throttle`. One of them at least. */
export interface ThrottleOptions {
  /**
   * What each address may, whoever asks from there. It counts before a password or a token is checked, so it also slows down those who
   * guess. Behind a proxy, `trustProxy` says whose address it is. An address of IPv6 counts with its network of 64 bits.
   */
  readonly perAddress?: Allowance | undefined;
  /** What each subject may, wherever it asks from: who `authorize` says that the client is. Clients that are not known are not counted. */
  readonly perSubject?: Allowance | undefined;
}

const rules = {
  perAddress: { check: wrongAllowance },
  perSubject: { check: wrongAllowance },
} as const satisfies OptionRules<ThrottleOptions>;

/**
 * Refuses clients that ask too often, or for too much at a time, with 429 `TOOMANYREQUESTS`, `Retry-After` and the fields of
 * RateLimit. It counts in this process alone: of several, each has allowances of its own.
 *
 * @throws {TypeError} for options that are wrong, in words.
 * @example
 * import { createRegistryHandler } from 'stowage';
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { throttle } from 'stowage/throttle';
 *
 * const perAddress = { perSecond: 50, burst: 500, concurrent: 100, openUploads: 50 };
 * const handler = createRegistryHandler(memoryDriver(), { throttle: throttle({ perAddress }) });
 */
export function throttle(options: ThrottleOptions): Throttle {
  const { perAddress, perSubject } = parseOptions('throttle', options, rules, idle(options));
  const addresses = perAddress && new Account('address', perAddress);
  const subjects = perSubject && new Account('subject', perSubject);
  return ({ remoteAddress }) => {
    const visits: Visit[] = addresses ? [addresses.enter(clientKeyOf(remoteAddress))] : [];
    return {
      admit: (subject, target) => {
        if (subjects && subject !== undefined) visits.push(subjects.enter(subject));
        for (const visit of visits) visit.admit(subject, target);
      },
      end: (event) => {
        for (const visit of visits) visit.end(event);
      },
    };
  };
}

/** A throttle that holds nobody back is a mistake. */
function idle(options: ThrottleOptions | undefined): string[] {
  const { perAddress, perSubject } = options ?? {};
  return perAddress === undefined && perSubject === undefined ? ['one of perAddress and perSubject must be given'] : [];
}
