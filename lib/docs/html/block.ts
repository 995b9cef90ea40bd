/** Blocks as HTML. */
import type { Block } from '../blocks.ts';
import { curlText } from '../curl.ts';
import { replyText, requestText, type Sample } from '../samples.ts';
import { labelFirst, labelStatuses } from './label.ts';
import { escapeHtml, writeLine } from './line.ts';

/** A block. The commands of its samples ask this server. */
export function writeBlock(block: Block, server: string): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level} id="${block.id}"><a href="#${block.id}">${writeLine(block.text)}</a></h${block.level}>`;
    case 'text':
      return `<p>${writeLine(block.text)}</p>`;
    case 'list':
      return writeList(block);
    case 'table':
      return writeTable(block);
    case 'code':
      return writePre(block.text);
    case 'sample':
      return writeSample(block.sample, server);
  }
}

function writeList({ ordered, items }: Extract<Block, { kind: 'list' }>): string {
  const name = ordered ? 'ol' : 'ul';
  return `<${name}>${items.map((item) => `<li>${writeLine(item)}</li>`).join('')}</${name}>`;
}

/** Where there is little room each row is shown as a card, where `data-head` labels the cells. */
function writeTable({ head, rows, ids }: Extract<Block, { kind: 'table' }>): string {
  const heads = head.map((cell) => `<th scope="col">${writeLine(cell)}</th>`).join('');
  const body = rows.map((cells, index) => {
    const id = ids[index] === undefined ? '' : ` id="${ids[index]}"`;
    const written = cells.map(
      (cell, column) => `<td data-head="${escapeHtml(head[column] ?? '')}">${labelStatuses(writeLine(cell))}</td>`,
    );
    return `<tr${id}>${written.join('')}</tr>`;
  });
  return `<table><thead><tr>${heads}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

const writePre = (text: string, form = ''): string => `<pre${form}><code>${labelFirst(escapeHtml(text))}</code></pre>`;

/** A request in both of its forms, one upon the other, and its reply. */
function writeSample(sample: Sample, server: string): string {
  const forms = '<label for="as-http">HTTP</label><label for="as-curl">curl</label>';
  const request = writePre(requestText(sample), ' class="as-http"') + writePre(curlText(sample, server), ' class="as-curl"');
  return `<div class="sample">
<section><header><span>Request</span>${forms}</header>${request}</section>
<section><header><span>Reply</span></header>${writePre(replyText(sample))}</section>
</div>`;
}
