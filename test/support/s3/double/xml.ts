/** The little XML that S3 speaks: elements and text, without attributes that matter. */
import { S3Error } from './errors.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };

/** An element with text, or with elements already written. */
export function element(name: string, content: string | number | boolean | readonly string[]): string {
  const inner = Array.isArray(content)
    ? content.join('')
    : String(content).replace(/[&<>"\r]/g, (found) => entities[found] ?? found);
  return `<${name}>${inner}</${name}>`;
}

/** A whole document of S3's namespace. */
export function xmlDocument(name: string, content: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content.join('')}</${name}>`;
}

/** An element that was read. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function textOf(written: string): string {
  return written.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return characters[name ?? ''] ?? whole;
  });
}

/** The root element of a document; anything but elements and text is refused with MalformedXML. */
export function parseXml(bytes: Buffer): Element {
  type Open = { name: string; text: string; children: Open[] };
  const root: Open = { name: '', text: '', children: [] };
  const open: Open[] = [root];
  const source = bytes.toString('utf8').replace(/^\s*<\?xml[^>]*\?>\s*/, '');
  const tokens = /<(\/?)([\w:]+)((?:\s+[\w:]+="[^"]*")*)\s*(\/?)>|([^<]+)/y;
  while (tokens.lastIndex < source.length) {
    const [, end, name = '', , alone, text] = tokens.exec(source) ?? malformed();
    const inside = open.at(-1) ?? malformed();
    if (text !== undefined) inside.text += textOf(text);
    else if (end === '/') {
      if (inside === root || inside.name !== name) malformed();
      open.pop();
    } else {
      const child: Open = { name, text: '', children: [] };
      inside.children.push(child);
      if (alone !== '/') open.push(child);
    }
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || only === undefined || others.length > 0 || root.text.trim() !== '') malformed();
  return only ?? malformed();
}

/** Refuses a document. */
export function malformed(): never {
  throw new S3Error('MalformedXML', 'The XML is not well-formed or does not have the shape that this operation takes.');
}

/** The texts of an element's children by name; refuses children that are not among `names`, or that repeat. */
export function fieldsOf({ children }: Element, names: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map(children.map(({ name, text }) => [name, text]));
  if (fields.size !== children.length || children.some(({ name }) => !names.includes(name))) malformed();
  return fields;
}
