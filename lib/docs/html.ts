/** Writes blocks as one HTML page without scripts, fonts or other files. */
import type { Block } from './blocks.ts';

/** The page. It fits small screens, and follows the color scheme of the reader. */
export function toHtml(title: string, blocks: readonly Block[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Contents"><details><summary>Contents</summary>${contents(blocks)}</details></nav>
<main>
${blocks.map(write).join('\n')}
</main>
</body>
</html>
`;
}

function contents(blocks: readonly Block[]): string {
  const entries = blocks.flatMap((block) =>
    block.kind === 'heading' && (block.level === 2 || block.level === 3)
      ? [`<li class="level-${block.level}"><a href="#${block.id}">${inline(block.text)}</a></li>`]
      : [],
  );
  return `<ul>${entries.join('')}</ul>`;
}

function write(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level} id="${block.id}"><a href="#${block.id}">${inline(block.text)}</a></h${block.level}>`;
    case 'text':
      return `<p>${inline(block.text)}</p>`;
    case 'list':
      return writeList(block);
    case 'table':
      return writeTable(block);
    case 'code':
      return `<pre><code>${escapeHtml(block.text)}</code></pre>`;
  }
}

function writeList({ ordered, items }: Extract<Block, { kind: 'list' }>): string {
  const name = ordered ? 'ol' : 'ul';
  return `<${name}>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</${name}>`;
}

/** On a narrow screen each row is shown as a card, where `data-head` labels the cells. */
function writeTable({ head, rows, ids }: Extract<Block, { kind: 'table' }>): string {
  const heads = head.map((cell) => `<th scope="col">${inline(cell)}</th>`).join('');
  const body = rows.map((cells, index) => {
    const id = ids[index] === undefined ? '' : ` id="${ids[index]}"`;
    const written = cells.map((cell, column) => `<td data-head="${escapeHtml(head[column] ?? '')}">${inline(cell)}</td>`);
    return `<tr${id}>${written.join('')}</tr>`;
  });
  return `<table><thead><tr>${heads}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

/** The Markdown of a line as HTML. Code is escaped and not interpreted. */
function inline(line: string): string {
  return line
    .split(/(`` .+? ``|`[^`]*`)/)
    .map((part) =>
      part.startsWith('`')
        ? `<code>${escapeHtml(part.replaceAll(/^(`` |`)|( ``|`)$/g, ''))}</code>`
        : emphasize(escapeHtml(part)),
    )
    .join('')
    .replaceAll(/\[((?:(?!\]\().)*)\]\((#[\w-]*)\)/g, '<a href="$2">$1</a>');
}

const emphasize = (text: string): string => text.replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; scroll-padding-top: 3.5rem; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; overflow-wrap: anywhere; }
h2 { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; }
h1 a, h2 a, h3 a, h4 a { color: inherit; text-decoration: none; }
:target { background: #fd03; }
code, pre { font: 0.875em/1.45 ui-monospace, monospace; }
code { background: var(--soft); padding: 0.1em 0.25em; border-radius: 3px; }
pre { background: var(--soft); padding: 0.75rem; border-radius: 6px; overflow-x: auto; white-space: pre-wrap; }
pre code { background: none; padding: 0; }
ul, ol { padding-left: 1.5rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); }
th, td, td a { overflow-wrap: break-word; }
td code { overflow-wrap: anywhere; }
td a code { overflow-wrap: inherit; }
nav { position: sticky; top: 0; z-index: 1; background: Canvas; padding: 0.5rem 0; }
nav ul { list-style: none; margin: 0; padding: 0.5rem 0; max-height: 45vh; overflow: auto; border-bottom: 1px solid var(--line); }
nav .level-3 { padding-left: 1rem; }
:root:has(nav [open]) { scroll-padding-top: calc(45vh + 3.5rem); }
summary { cursor: pointer; font-weight: 600; }
@media (max-width: 45rem) {
  thead { display: none; }
  tr { display: block; border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0; padding: 0.25rem 0; }
  td { display: block; border: 0; padding: 0.1rem 0.6rem 0.1rem 6rem; position: relative; }
  td:empty { display: none; }
  td::before { content: attr(data-head); opacity: 0.6; font-size: 0.8em; line-height: 1.9; position: absolute; left: 0.6rem; }
}
`;
