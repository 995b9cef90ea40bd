/** Races: calls that meet at their last step, in rounds that are drawn from a seed, on one driver and on two. */
import assert from 'node:assert/strict';
import type { Chunk, Driver } from '../../driver.ts';
import { clearTimeout, nextTurn, now, setTimeout } from '../../timers.ts';
import { withMessage } from '../error-text.ts';
import type { Definition } from './definition.ts';
import { createRandom, type Random } from './model/random.ts';
import { chunkOf } from './samples.ts';
import { withTimeout } from './timeout.ts';

/**
 * How long the first chunk at the barrier waits for the others at least, in milliseconds. It may wait in vain: a driver may let the
 * appends to one upload run one after the other.
 */
const minimumWaitMs = 10;
/** The most by which a call is late: in milliseconds, in turns of the event loop, and in microtasks of the same turn. */
const latest = { milliseconds: 100, turns: 6, microtasks: 5 };

/** How long a round may take, and a case, which may have thousands of them; in milliseconds. */
const timeouts = { round: 30_000, case: 20 * 60_000 };

/** One round of a race: what is called, and when. The same seed and number give the same round. */
export interface Round {
  /** Counted from 1. */
  readonly number: number;
  readonly random: Random;
  /**
   * A step of a chunk: the barrier, which holds the chunk until all chunks of the round have come to theirs. Asked for before any of
   * them is read.
   */
  barrier(): () => Promise<void>;
  /** A chunk for an upload that has the bytes `before`, with the barrier before its last buffer or behind it. */
  hold(before: Uint8Array, content: Uint8Array): Chunk;
  /** Makes a call without a chunk when the barrier opens. */
  call<T>(call: () => Promise<T>): Promise<T>;
  /** The values of calls that were made at the same time, once all have ended; rejects as the first that failed. */
  meet<T extends readonly Promise<unknown>[] | []>(calls: T): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }>;
}

/** A rule for calls that meet. */
export interface Race extends Pick<Definition, 'name' | 'promises' | 'needs'> {
  /**
   * Rejects if the rule is broken. The drivers are two on one storage, or the same one. All rounds of a case share the storage, so
   * each has names and content of its own.
   */
  run(one: Driver, two: Driver, round: Round): Promise<void>;
}

/** A race as a rule: so many rounds, one after the other. Where the storage can have a second driver, two of three are at both. */
export const ruleOf = ({ run, ...rule }: Race): Definition => ({
  ...rule,
  timeout: timeouts.case,
  async run(driver, { amounts: { rounds, seed }, peer, hasPeer }) {
    assert.ok(rounds > 0, `amounts.rounds must be a number from 1, and is ${rounds}`);
    const second = hasPeer ? await peer() : driver;
    /** How long the calls last if none is late, in milliseconds: who is late by less than that still meets the others. */
    let lasting = 0;
    for (let number = 1; number <= rounds; number++) {
      const round = createRound(seed, number, lasting, (milliseconds) => {
        lasting = Math.min(milliseconds, latest.milliseconds);
      });
      const another = number % 3 === 1 ? driver : second;
      try {
        await withTimeout(timeouts.round, `it took longer than its ${timeouts.round} milliseconds`, () =>
          run(driver, another, round),
        );
      } catch (error) {
        const where = another === driver ? '' : ', at two instances';
        throw withMessage(error, (message) => `in round ${number} of the seed '${seed}'${where}: ${message}`);
      }
    }
  },
});

function createRound(seed: string, number: number, lasting: number, onEnd: (milliseconds: number) => void): Round {
  const random = createRandom(seed, number);
  const gate = createBarrier();
  /** How far the calls are apart, from all at the same moment to as far as they still meet. */
  const spread = number === 1 ? 0 : random.oneOf([0, 1 / 6, 1 / 3, 1]);
  /** Waits for the barrier, and then as long as was drawn beforehand: the order in which calls come must not change the round. */
  const drawTurn = (): ((wait: Promise<void>) => Promise<void>) => {
    const microtasks = random.between(0, latest.microtasks);
    const turns = random.between(0, Math.round(spread * latest.turns));
    const milliseconds = (random.between(0, 1000) / 1000) * spread * lasting;
    return async (wait) => {
      await wait;
      const end = now() + milliseconds;
      for (let microtask = 0; microtask < microtasks; microtask++) await undefined;
      for (let turn = 0; turn < turns || now() < end; turn++) await nextTurn();
    };
  };
  const barrier: Round['barrier'] = () => {
    const arrive = gate.expect();
    const turn = drawTurn();
    return () => turn(arrive());
  };
  return {
    number,
    random,
    barrier,
    hold(before, content) {
      const last = random.oneOf([content.length, content.length >> 1]);
      const steps = [content.subarray(0, last), content.subarray(last)].filter(({ length }) => length > 0).map((step) => [step]);
      return chunkOf(before, [...steps.slice(0, 1), barrier(), ...steps.slice(1)]);
    },
    async call(call) {
      await drawTurn()(gate.opened);
      return call();
    },
    async meet(calls) {
      for (const call of calls) call.then(gate.open, gate.open);
      gate.begin();
      const opened = gate.opened.then(now);
      await Promise.allSettled(calls);
      if (spread === 0) onEnd(now() - (await opened));
      return Promise.all(calls);
    },
  };
}

/** A barrier, which is open once all that are expected have come, at the latest when the first has waited too long for the others. */
interface Barrier {
  /** Expects one more; what it gives is called when that one comes, and resolves when the barrier is open. */
  expect(): () => Promise<void>;
  /** No more are expected: opens if none is. */
  begin(): void;
  readonly opened: Promise<void>;
  /** Opens it for all, come or not: one of them has ended, and will not come. */
  open(): void;
}

function createBarrier(): Barrier {
  let missing = 0;
  let started: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let resolve = (): void => {};
  const opened = new Promise<void>((opens) => {
    resolve = opens;
  });
  const open = (): void => {
    clearTimeout(timer);
    resolve();
  };
  return {
    opened,
    open,
    expect() {
      missing++;
      const since = started ?? now();
      started = since;
      return () => {
        missing--;
        if (missing === 0) open();
        // As long as the first took to come, since on a slow storage the others take longer, too.
        else timer ??= setTimeout(open, Math.max(minimumWaitMs, now() - since));
        return opened;
      };
    },
    begin() {
      if (missing === 0) open();
    },
  };
}
