/** Flags as variables of the environment: `STOWAGE_PORT` for `--port`, `STOWAGE_NO_DELETE=true` for `--no-delete`. */
import { argumentOf, type Flag, type Flags, nameOf, renamed, UsageError } from './flag-values.ts';
import { didYouMean } from './nearest.ts';

/** The variables of an environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variable of a flag. */
export const variableOf = (flag: string): string => `STOWAGE_${flag.toUpperCase().replaceAll('-', '_')}`;

/**
 * Whether there is a variable for a flag. One that is empty counts as not there; so does what Kubernetes gives each container for a
 * service that is called `stowage`: `STOWAGE_PORT=tcp://10.0.0.1:5000`.
 */
export const hasVariable = (variables: Variables, flag: string): boolean =>
  !/^(?:$|(?:tcp|udp|sctp):\/\/)/.test(variables[variableOf(flag)] ?? '');

/** What is wrong with each variable that looks like that of a flag and is none, but for those of such a service. */
export function strangeVariables(flags: Flags, variables: Variables): string[] {
  const known = Object.entries(flags).map(([argument, flag]) => variableOf(nameOf(argument, flag)));
  const strange = Object.keys(variables).filter(
    (name) => /^STOWAGE_(?!PORT_|(?:\w+_)?SERVICE_)/.test(name) && variables[name] !== '' && !known.includes(name),
  );
  return strange.map((name) => `no flag has the variable ${name}${didYouMean(name, known)}`);
}

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
