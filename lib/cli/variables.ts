/** Flags as variables of the environment: `STOWAGE_PORT` for `--port`, `STOWAGE_NO_DELETE=true` for `--no-delete`. */
import { argumentOf, type Flag, UsageError } from './flag-values.ts';

/** The variables of an environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variable of a flag. */
export const variableOf = (flag: string): string => `STOWAGE_${flag.toUpperCase().replaceAll('-', '_')}`;

/** The argument of a flag that the command line has not. A variable that is empty counts as not there. */
export function argumentIn(variables: Variables, flag: string, described: Flag): unknown {
  const variable = variableOf(flag);
  const text = variables[variable] ?? '';
  try {
    if (text === '') return argumentOf(flag, described, []);
    return argumentOf(flag, described, 'read' in described ? [text] : switched(variable, text));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.message.replace(`--${flag}`, variable));
  }
}

/** A text for each time that the switch is there. */
function switched(variable: string, text: string): string[] {
  if (text === 'true' || text === '1') return [text];
  if (text === 'false' || text === '0') return [];
  throw new UsageError(`${variable} is true or false, not '${text}'`);
}
