/** Patterns of names: `team/*`, `team/**`, `ci-*`. */
import { readRepositoryName } from '../api/formats.ts';

/** What a `{subject}` in a pattern may stand for: a name that is one whole component of a repository, so that it cannot reach into others. */
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** Whether a text is a pattern: not empty, and no `*` beside `**`. */
export const isGlob = (value: unknown): boolean => typeof value === 'string' && value !== '' && !value.includes('***');

/** Whether a pattern can match the name of a repository: `Team/*` and `team/app:1.0` cannot. */
export const isRepositoryGlob = (value: unknown): boolean =>
  typeof value === 'string' &&
  !value.includes('***') &&
  readRepositoryName(value.replaceAll(/\*{1,2}|\{subject\}/g, 'a')) !== undefined;

/**
 * A test of names. `*` is any text without a slash, `**` any text, `{subject}` who asks; all else is itself. Its work grows with
 * pattern times name, whatever both are.
 */
export function compileGlob(glob: string): (name: string, subject: string | undefined) => boolean {
  const parts = glob.split(/(\*\*|\*|\{subject\})/).filter((part) => part !== '');
  return (name, subject) => {
    const own = subject !== undefined && component.test(subject) ? subject : undefined;
    // Where the name may have been read up to, after each part.
    let ends = new Set([0]);
    for (const part of parts) ends = step(part, name, ends, own);
    return ends.has(name.length);
  };
}

function step(part: string, name: string, ends: ReadonlySet<number>, subject: string | undefined): Set<number> {
  if (part !== '*' && part !== '**') {
    const text = part === '{subject}' ? subject : part;
    return new Set([...ends].flatMap((at) => (text !== undefined && name.startsWith(text, at) ? [at + text.length] : [])));
  }
  const reached = new Set<number>();
  for (const from of ends) {
    for (let at = from; !reached.has(at) && at <= name.length; at++) {
      reached.add(at);
      if (part === '*' && name[at] === '/') break;
    }
  }
  return reached;
}
