/** Paths without their escapes. No parameter of a path has a character that must be escaped, so every path has one plain form. */
import { type Format, formats } from '../api/formats.ts';
import { type PathName, pathParameters } from '../api/parameters.ts';
import { routes } from '../api/routes.ts';
import { compile, decodeText } from './router.ts';

const find = compile(routes);

/**
 * The plain form of a path that is right but for its escapes, `/v2/secret/tags/list` for `/v2/%73ecret/tags/list`; undefined where
 * it has none, and where they stand for anything but a well-formed path of a route. They are taken off once.
 */
export function plainPathOf(path: string): string | undefined {
  // A path outside of the API stays there, whatever its escapes stand for.
  const plain = path.startsWith('/v2/') ? decodeText(path) : undefined;
  if (plain === undefined || plain === path || plain.includes('%')) return undefined;
  const found = find(plain);
  const isRight = found !== undefined && Object.entries(found.path).every(([name, text]) => isWellFormed(name, text));
  return isRight ? plain : undefined;
}

function isWellFormed(name: string, text: string): boolean {
  // Here data meets types: what a template names is a parameter of the table.
  const { read }: Format<unknown> = formats[pathParameters[name as PathName].format];
  return read === undefined || read(text) !== undefined;
}
