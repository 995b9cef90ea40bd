/** What is still right when a call of the storage fails, when the process dies and when the power goes, at any call of any work. */
import type { Definition, Storage } from '../definition.ts';
import { callsOf, interrupted, isKept, located, type Moment, recovers, repeatBlindly } from '../faults/interruption.ts';
import { looks, type Scenario, scenarios } from '../faults/scenarios.ts';
import { allOrNothing, type Survival, survivals } from '../faults/survival.ts';

/** How long a case may take, in milliseconds: it does the work anew for each of its calls. */
const long = 600_000;

/** A rule about each kind of work. */
interface Family extends Pick<Definition, 'promises'> {
  readonly of: readonly Scenario[];
  readonly needs: NonNullable<Definition['needs']>;
  /** The rule about work that is called so. */
  name(work: string): string;
  /** Whether it is tried after the last call too. */
  readonly afterAll?: boolean;
  /** What is tried at each moment; fails if the rule is broken when the storage fails there. */
  begin(): (moment: Moment, storage: Storage) => Promise<void>;
}

const spoken = ({ scenario, call, calls }: Moment): string =>
  call > calls ? `after all ${calls} calls of ${scenario.name}` : `at call ${call} of ${calls} of ${scenario.name}`;

async function failOnce(moment: Moment, { another }: Storage): Promise<void> {
  await another((driver, storage) =>
    located(`the storage failed ${spoken(moment)}`, async () => {
      const begun = await interrupted(moment, driver, storage.faults, 'once');
      storage.faults.heal();
      await recovers(begun, driver, 'call');
    }),
  );
}

async function die(moment: Moment, { another }: Storage): Promise<void> {
  await another((driver, storage) =>
    located(`the process died ${spoken(moment)}`, async () => {
      const begun = await interrupted(moment, driver, storage.faults, 'forever');
      storage.faults.heal();
      await recovers(begun, await storage.reopen(), 'process');
    }),
  );
}

async function losePower({ survives, name }: Survival, moment: Moment, { another }: Storage): Promise<void> {
  await another((driver, storage) =>
    located(`the power went ${spoken(moment)}, and ${name}`, async () => {
      const begun = await interrupted(moment, driver, storage.faults, 'forever');
      storage.losePower(survives);
      await recovers(begun, await storage.reopen(), 'power');
    }),
  );
}

/** Tries whatever may survive; only nothing, where as much is pending as one call later, for that call has left nothing to survive. */
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
      located(`${how === 'once' ? 'the storage failed' : 'the process died'} ${spoken(moment)}, which was repeated`, async () => {
        const begun = await interrupted(moment, driver, storage.faults, how);
        storage.faults.heal();
        if (how === 'once') await repeatBlindly(begun, driver, 'call');
        else await repeatBlindly(begun, await storage.reopen(), 'process');
        storage.losePower(() => false);
        await isKept(begun, await storage.reopen());
      }),
    );
  }
}

const families: readonly Family[] = [
  {
    of: [...looks, ...scenarios],
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
      const calls = await callsOf(scenario, storage);
      const last = afterAll ? calls + 1 : calls;
      const tryAt = begin();
      // What is missing after all calls is most of what goes wrong, and soonest found there.
      for (let call = last; call > 0; call--) await tryAt({ scenario, call, calls }, storage);
    },
  };
}

export const faultRules: readonly Definition[] = families.flatMap((family) =>
  family.of.map((scenario) => rule(family, scenario)),
);
