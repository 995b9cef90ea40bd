/** The table of contents. */
import type { Block, Part } from '../blocks.ts';
import { methodLabel } from './label.ts';
import { writeLine } from './line.ts';

type Heading = Extract<Block, { kind: 'heading' }>;

/** Links to the headings of levels 2 and 3, in a group for each part. */
export function writeContents(parts: readonly Part[]): string {
  return parts.map(({ title, blocks }) => `<p>${writeLine(title)}</p><ul>${blocks.map(writeEntry).join('')}</ul>`).join('\n');
}

function writeEntry(block: Block): string {
  if (block.kind !== 'heading' || block.level < 2 || block.level > 3) return '';
  return `<li class="level-${block.level}"><a href="#${block.id}">${writeMethod(block)}<span>${writeLine(block.text)}</span></a></li>`;
}

const writeMethod = ({ method }: Heading): string => (method === undefined ? '' : `${methodLabel(method)} `);
