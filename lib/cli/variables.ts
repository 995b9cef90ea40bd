/** Flags as variables of the environment: `STOWAGE_PORT` for `--port`, `STOWAGE_NO_DELETE=true` for `--no-delete`. */
import { argumentOf, type Flag, renamed, UsageError } from './flag-values.ts';

/** The variables of an environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variable of a flag. */
export const variableOf = (flag: string): string => `STOWAGE_${flag.toUpperCase().replaceAll('-', '_')}`;

/** Whether there is a variable for a flag. One that is empty counts as not there. */
export const hasVariable = (variables: Variables, flag: string): boolean => (variables[variableOf(flag)] ?? '') !== '';

/** The argument of a flag that a variable gives. */
export function argumentOfVariable(variables: Variables, flag: string, described: Flag): unknown {
  const variable = variableOf(flag);
  const text = variables[variable] ?? '';
  const texts = 'read' in described ? [text] : switched(variable, text);
  return renamed(flag, variable, () => argumentOf(flag, described, texts));
}

/** A text for each time that the switch is there. */
function switched(variable: string, text: string): string[] {
  if (text === 'true' || text === '1') return [text];
  if (text === 'false' || text === '0') return [];
  throw new UsageError(`${variable} is true or false, not '${text}'`);
}
