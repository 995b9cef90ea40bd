/** Lines of text as HTML. */
import { writeCode } from './label.ts';

/** The Markdown of a line as HTML. Code is escaped and not interpreted; a method that it begins with becomes a label. */
export function writeLine(line: string): string {
  return line
    .split(/(`` .+? ``|`[^`]*`)/)
    .map((part) =>
      part.startsWith('`') ? writeCode(escapeHtml(part.replaceAll(/^(`` |`)|( ``|`)$/g, ''))) : emphasize(escapeHtml(part)),
    )
    .join('')
    .replaceAll(/\[((?:(?!\]\().)*)\]\(([^\s()]+)\)/g, '<a href="$2">$1</a>');
}

const emphasize = (text: string): string => text.replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text within an element, or within an attribute in double quotes. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
