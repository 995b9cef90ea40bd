/** A document as data: made from the table, and written as Markdown or HTML. */
import type { Sample } from './samples.ts';

/** The text of one line, with this much Markdown: `code`, ``code with a ` in it``, **strong** and [links](#id or URL). */
export type Inline = string;

/** A part of a document. */
export type Block =
  | {
      readonly kind: 'heading';
      readonly level: 1 | 2 | 3 | 4;
      readonly text: Inline;
      /** The target of links. It is made of names in the table, so that links stay valid when headings change. */
      readonly id: string;
      /** The method of the request that the section is about. */
      readonly method?: string | undefined;
    }
  | { readonly kind: 'text'; readonly text: Inline }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly Inline[] }
  | {
      readonly kind: 'table';
      readonly head: readonly Inline[];
      readonly rows: readonly (readonly Inline[])[];
      /** The ids of its rows, as targets of links, in the order of the rows; empty for no links. */
      readonly ids: readonly string[];
    }
  | { readonly kind: 'code'; readonly language: 'http' | 'json' | 'text'; readonly text: string }
  /** A request and its reply, as they were recorded. */
  | { readonly kind: 'sample'; readonly sample: Sample };

/** Sections that belong together: the table of contents has a group for each. */
export interface Part {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** A heading. */
export const heading = (level: 1 | 2 | 3 | 4, text: Inline, id: string, method?: string): Block => ({
  kind: 'heading',
  level,
  text,
  id,
  method,
});

/** A paragraph. */
export const text = (line: Inline): Block => ({ kind: 'text', text: line });

/** A bulleted list. */
export const list = (...items: readonly Inline[]): Block => ({ kind: 'list', ordered: false, items });

/** A numbered list. */
export const steps = (...items: readonly Inline[]): Block => ({ kind: 'list', ordered: true, items });

/** A table; no block at all if it has no rows. */
export function table(head: readonly Inline[], rows: readonly (readonly Inline[])[], ids: readonly string[] = []): Block[] {
  return rows.length === 0 ? [] : [{ kind: 'table', head, rows, ids }];
}

/** A block of text that is shown exactly as it is. */
export const code = (language: 'http' | 'json' | 'text', content: string): Block => ({ kind: 'code', language, text: content });

/** A recorded request and its reply. */
export const exchange = (sample: Sample): Block => ({ kind: 'sample', sample });

/** Text that is shown exactly as it is, within a line. */
export function verbatim(content: string): Inline {
  return content.includes('`') ? `\`\` ${content} \`\`` : `\`${content}\``;
}

/** An id of these words that needs no encoding in a URL. */
export function idOf(...words: readonly string[]): string {
  return words
    .join('-')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
