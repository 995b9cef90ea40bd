/** Blocks as Markdown. */
import type { Block } from './blocks.ts';

/** The document as GitHub and others show it. */
export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(write).join('\n\n')}\n`;
}

function write(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<a id="${block.id}"></a>\n\n${'#'.repeat(block.level)} ${block.text}`;
    case 'text':
      return block.text;
    case 'list':
      return block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${item}`).join('\n');
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows.map(anchored(block.ids))].map(row).join('\n');
    case 'code':
      return `\`\`\`${block.language}\n${block.text}\n\`\`\``;
  }
}

/** Puts what links name before the first cell of each row. */
const anchored =
  (ids: readonly string[]) =>
  ([first = '', ...others]: readonly string[], index: number): string[] => [
    ids[index] === undefined ? first : `<a id="${ids[index]}"></a>${first}`,
    ...others,
  ];

/** A bar would end a cell, even inside of code. */
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
