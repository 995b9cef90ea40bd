/** Writes blocks as Markdown. */
import { type Block, code } from './blocks.ts';
import { replyText, requestText } from './samples.ts';

/** The document as GitHub-flavored Markdown. */
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
      return [block.head, block.head.map(() => '---'), ...block.rows.map(addAnchor(block.ids))].map(row).join('\n');
    case 'code':
      return `\`\`\`${block.language}\n${block.text}\n\`\`\``;
    case 'sample':
      return [requestText, replyText].map((textOf) => write(code('http', textOf(block.sample)))).join('\n\n');
  }
}

/** Puts an anchor, the target of links, before the first cell of each row. */
const addAnchor =
  (ids: readonly string[]) =>
  ([first = '', ...others]: readonly string[], index: number): string[] => [
    ids[index] === undefined ? first : `<a id="${ids[index]}"></a>${first}`,
    ...others,
  ];

/** A row. Bars are escaped: they would end the cell, even inside of code. */
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
