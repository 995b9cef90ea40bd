/** docs/driver-promises.md: the promises of the driver contract, and the rules of the suite that ask for them. */
import { definitions } from '../../lib/testing/suite/cases/index.ts';
import { type ContractPromise, promises } from '../../lib/testing/suite/index.ts';

const introduction = `# The promises of a driver

Each sentence of the contract (\`lib/driver.ts\`) that promises something, word for word and in its order. Below it are the rules of the
suite that ask for it; a rule that fails quotes its sentences. Generated from the suite; [drivers.md](drivers.md) is the guide.`;

/** The whole document. */
export function promiseDocument(): string {
  const all: readonly [string, ContractPromise][] = Object.entries(promises);
  const places = new Set(all.map(([, { where }]) => where));
  const sections = [...places].map((place) => {
    const here = all.filter(([, { where }]) => where === place);
    return [`## ${place}`, ...here.map(([name, { says }]) => [`> ${escaped(says)}`, rulesOf(name)].join('\n\n'))].join('\n\n');
  });
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

/** The rules that ask for a promise, as a list. */
function rulesOf(name: string): string {
  const rules = definitions.filter(({ definition }) => definition.promises.some((each) => each === name));
  return rules.map(({ definition }) => `- ${escaped(definition.name)}`).join('\n');
}

/** Text that does not begin an element. */
function escaped(text: string): string {
  return text.replaceAll('<', '&lt;');
}
