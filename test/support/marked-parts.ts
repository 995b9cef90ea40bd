/** Parts of documents that are generated: what lies between two marks. */

/** A document, with what lies between its two marks of that name replaced. Throws where they are not there, once. */
export function renewed(text: string, mark: string, generated: string): string {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const [head, rest, again] = text.split(begin);
  const [, tail] = rest?.split(end) ?? [];
  if (tail === undefined || again !== undefined) throw new Error(`${begin} and ${end} have to be there, once`);
  return `${head}${begin}\n\n${generated}\n\n${end}${tail}`;
}
