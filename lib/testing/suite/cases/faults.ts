/** The rules for failing storage: each kind of work is interrupted at each of its calls by a failure, a death or a loss of power. */
import type { Definition, Storage } from '../definition.ts';
import {
  assertKept,
  assertRecovers,
  countCalls,
  interrupt,
  type Moment,
  repeatUnobserved,
  withLocation,
} from '../faults/interruption.ts';
import { readScenarios, type Scenario, scenarios } from '../faults/scenarios.ts';
import { allOrNothing, type Survival, survivals } from '../faults/survival.ts';

/** How long a case may take, in milliseconds: it repeats the work once for each of its calls. */
const long = 600_000;

/** A rule that holds for each kind of work. */
interface Family extends Pick<Definition, 'promises'> {
  /** The kinds of work that it holds for. */
  readonly of: readonly Scenario[];
  readonly needs: NonNullable<Definition['needs']>;
  /** The rule as a sentence, about work of this name. */
  name(work: string): string;
  /** Whether the work is also interrupted after its last call. */
  readonly afterAll?: boolean;
  /** Called once for each case; gives the function that tries the rule at each moment, the latest first. */
  begin(): (moment: Moment, storage: Storage) => Promise<void>;
}

const formatMoment = ({ scenario, call, calls }: Moment): string =>
  call > calls ? `after all ${calls} calls of ${scenario.name}` : `at call ${call} of ${calls} of ${scenario.name}`;

async function failOnce(moment: Moment, { another }: Storage): Promise<void> {
  await another((driver, storage) =>
    withLocation(`the storage failed ${formatMoment(moment)}`, async () => {
      const begun = await interrupt(moment, driver, storage.faults, 'once');
      storage.faults.heal();
      await assertRecovers(begun, driver, 'call');
    }),
  );
}

async function die(moment: Moment, { another }: Storage): Promise<void> {
  await another((driver, storage) =>
    withLocation(`the process died ${formatMoment(moment)}`, async () => {
      const begun = await interrupt(moment, driver, storage.faults, 'forever');
      storage.faults.heal();
      await assertRecovers(begun, await storage.reopen(), 'process');
    }),
  );
}

async function losePower({ survives, name }: Survival, moment: Moment, { another }: Storage): Promise<void> {
  await another((driver, storage) =>
    withLocation(`the power went ${formatMoment(moment)}, and ${name}`, async () => {
      const begun = await interrupt(moment, driver, storage.faults, 'forever');
      storage.losePower(survives);
      await assertRecovers(begun, await storage.reopen(), 'power');
    }),
  );
}

/**
 * Tries each choice of what survives. If as many changes are pending as one call later, the call between made no pending change,
 * so the other choices were tried there already, and only `nothing survives` is tried.
 */
function losePowerOften(): ReturnType<Family['begin']> {
  let later: number | undefined;
  return async (moment, storage) => {
    const nothing = allOrNothing(false);
    await losePower(nothing, moment, storage);
    const isSame = nothing.asked() === later && moment.call < moment.calls;
    later = nothing.asked();
    if (isSame) return;
    const seed = `${storage.amounts.seed} ${moment.scenario.name}`;
    for (const each of survivals(seed, moment.call)) await losePower(each, moment, storage);
  };
}

async function repeatAndLosePower(moment: Moment, { another }: Storage): Promise<void> {
  for (const how of ['once', 'forever'] as const) {
    await another((driver, storage) =>
      withLocation(
        `${how === 'once' ? 'the storage failed' : 'the process died'} ${formatMoment(moment)}, which was repeated`,
        async () => {
          const begun = await interrupt(moment, driver, storage.faults, how);
          storage.faults.heal();
          if (how === 'once') await repeatUnobserved(begun, driver, 'call');
          else await repeatUnobserved(begun, await storage.reopen(), 'process');
          storage.losePower(() => false);
          await assertKept(begun, await storage.reopen());
        },
      ),
    );
  }
}

const families: readonly Family[] = [
  {
    of: [...readScenarios, ...scenarios],
    name: (work) => `when one call of the storage fails, ${work} throws or is done, and can be repeated`,
    promises: ['faults are thrown', 'repeatable', 'never half'],
    needs: ['faults'],
    begin: () => failOnce,
  },
  {
    of: scenarios,
    name: (work) => `when the process dies at any call of ${work}, what was done is kept and the rest can be repeated`,
    promises: ['kept', 'never half', 'repeatable'],
    needs: ['faults', 'reopen'],
    begin: () => die,
  },
  {
    of: scenarios,
    name: (work) => `when the power goes at any call of ${work}, what was done is kept and the rest can be repeated`,
    promises: ['kept', 'one step', 'never half', 'dangling'],
    needs: ['faults', 'reopen', 'losePower'],
    afterAll: true,
    begin: losePowerOften,
  },
  {
    of: scenarios,
    name: (work) => `when the power goes after ${work} was repeated, it is kept`,
    promises: ['kept', 'repeatable'],
    needs: ['faults', 'reopen', 'losePower'],
    begin: () => repeatAndLosePower,
  },
];

function rule({ name, promises, needs, afterAll = false, begin }: Family, scenario: Scenario): Definition {
  return {
    name: name(scenario.name),
    promises: [promises[0], ...promises.slice(1), ...scenario.promises],
    needs: [...needs, ...(scenario.needs ?? [])],
    timeout: long,
    async run(_, storage) {
      const calls = await countCalls(scenario, storage);
      const last = afterAll ? calls + 1 : calls;
      const tryAt = begin();
      // From the last call backwards: most mistakes show at the end, and so are found soonest.
      for (let call = last; call > 0; call--) await tryAt({ scenario, call, calls }, storage);
    },
  };
}

/** Level `durability`, area `failing storage`. */
export const faultRules: readonly Definition[] = families.flatMap((family) =>
  family.of.map((scenario) => rule(family, scenario)),
);
