/** What one client is allowed, and what each has used of it. */
import type { Visit } from '../access/throttle.ts';
import { RegistryError } from '../api/errors.ts';
import { isObject, must, positive } from '../checks/check.ts';
import { membersOf, type OptionRules } from '../checks/options.ts';
import type { RequestTarget } from '../events/response.ts';
import { Counts } from './counts.ts';
import { OpenUploads } from './open-uploads.ts';
import { Rate } from './rate.ts';

/** How much a client may ask for. What is left out is not bounded. */
export interface Allowance {
  /** Requests a second on the average. To pull an image takes two for each of its blobs, and to push it four. */
  readonly perSecond?: number | undefined;
  /** Requests that may come at once before the average counts. Default: what the average allows in ten seconds. */
  readonly burst?: number | undefined;
  /** Requests under way at a time: an upload or a download counts until its last byte. */
  readonly concurrent?: number | undefined;
  /** Uploads that are open at a time, as far as this process has seen them begin. */
  readonly openUploads?: number | undefined;
}

const rules = {
  perSecond: { check: must('be a positive number', (value) => Number.isFinite(value) && Number(value) > 0) },
  burst: { check: positive },
  concurrent: { check: positive },
  openUploads: { check: positive },
} as const satisfies OptionRules<Allowance>;

const members = membersOf<Allowance>(rules);

/** What is wrong with an allowance that was given, if anything is. */
export function wrongAllowance(value: unknown): string | undefined {
  const wrong = members(value);
  if (wrong !== undefined || !isObject(value)) return wrong;
  if (value.burst !== undefined && value.perSecond === undefined) return 'must have perSecond beside burst';
  return Object.values(value).every((each) => each === undefined)
    ? `must bound something: ${Object.keys(rules).join(', ')}`
    : undefined;
}

/** What a bound is called in refusals. */
type Bound = 'rate' | 'concurrent' | 'open-uploads';

/** Until a place among a number is free, nobody knows for how long. */
const placeSeconds = 1;

/** Keeps account of what clients use of an allowance. `name` is what is counted: `address`. */
export class Account {
  readonly #rate: Rate | undefined;
  readonly #burst: number;
  readonly #underWay = new Counts();
  readonly #uploads = new OpenUploads();

  constructor(
    private readonly name: string,
    private readonly allowance: Allowance,
  ) {
    const { perSecond } = allowance;
    this.#burst = allowance.burst ?? Math.ceil((perSecond ?? 0) * 10);
    this.#rate = perSecond === undefined ? undefined : new Rate(perSecond, this.#burst);
  }

  /** Counts a request of a client. Throws 429 `TOOMANYREQUESTS` where that is too much; then it does not count. */
  enter(key: string): Visit {
    const { concurrent = Number.POSITIVE_INFINITY } = this.allowance;
    if (this.#underWay.of(key) >= concurrent) throw this.#tooMuch('concurrent', concurrent, placeSeconds);
    const wait = this.#rate?.take(key) ?? 0;
    if (wait > 0) throw this.#tooMuch('rate', this.#burst, Math.ceil(wait / 1000));
    this.#underWay.add(key);
    let isReserved = false;
    return {
      admit: (_subject, target) => {
        isReserved = this.#reserve(key, target);
      },
      end: (event) => {
        this.#underWay.remove(key);
        if (isReserved) this.#uploads.settle(key, event);
        else this.#uploads.follow(event);
      },
    };
  }

  /** Whether the request may begin an upload, for which a place is kept then. */
  #reserve(key: string, { operation }: RequestTarget): boolean {
    const { openUploads } = this.allowance;
    if (openUploads === undefined || (operation !== 'startUpload' && operation !== 'mountBlob')) return false;
    if (this.#uploads.countOf(key) >= openUploads) throw this.#tooMuch('open-uploads', openUploads, placeSeconds);
    this.#uploads.reserve(key);
    return true;
  }

  #tooMuch(bound: Bound, limit: number, seconds: number): RegistryError {
    const policy = `"${this.name}-${bound}"`;
    return new RegistryError('TOOMANYREQUESTS', {
      message: words[bound](limit, seconds),
      detail: { reason: bound, per: this.name, limit },
      headers: {
        'Retry-After': `${seconds}`,
        'RateLimit-Policy': `${policy};q=${limit}${bound === 'rate' ? `;w=${Math.ceil(limit / (this.allowance.perSecond ?? 1))}` : ''}`,
        RateLimit: `${policy};r=0;t=${seconds}`,
      },
    });
  }
}

const words: Readonly<Record<Bound, (limit: number, seconds: number) => string>> = {
  rate: (_limit, seconds) => `too many requests: ask again in ${seconds} s`,
  concurrent: (limit) => `more than ${limit} requests at a time: let one of them end first`,
  'open-uploads': (limit) => `more than ${limit} uploads are open: close or cancel one of them first`,
};
