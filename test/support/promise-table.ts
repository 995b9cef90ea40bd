/** The promises of the driver contract, and the rules of the suite that ask for them, as a table in Markdown. */
import { definitions } from '../../lib/testing/suite/cases/index.ts';
import { type ContractPromise, promises } from '../../lib/testing/suite/index.ts';

/** One row for each promise, in the order of the contract. */
export function promiseTable(): string {
  const rows = Object.entries(promises).map(([name, { where, says }]: [string, ContractPromise]) => {
    const rules = definitions.filter(({ definition }) => definition.promises.some((each) => each === name));
    const asked = rules.map(({ definition }) => definition.name).join('<br>');
    return `| ${where} | ${cell(says)} | ${cell(asked)} |`;
  });
  return ['| where | what the contract says | the rules of the suite that ask for it |', '| --- | --- | --- |', ...rows].join(
    '\n',
  );
}

/** Text that does not end a cell of a table, nor begin an element. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/<(?!br>)/g, '&lt;');
}
