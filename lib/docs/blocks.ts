/** A document as data, between the table and the forms that it is read in. */

/**
 * Text of a line. Of Markdown it may have `code`, ``code with a ` in it``, **strong** and [links](#to), and nothing else.
 */
export type Inline = string;

/** A part of a document. */
export type Block =
  | {
      readonly kind: 'heading';
      readonly level: 1 | 2 | 3 | 4;
      readonly text: Inline;
      /** What links to it name; made of the names in the table, so that links stay right. */
      readonly id: string;
    }
  | { readonly kind: 'text'; readonly text: Inline }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly Inline[] }
  | {
      readonly kind: 'table';
      readonly head: readonly Inline[];
      readonly rows: readonly (readonly Inline[])[];
      /** What links to its rows name, in their order. */
      readonly ids: readonly string[];
    }
  | { readonly kind: 'code'; readonly language: 'http' | 'json' | 'text'; readonly text: string };

/** A heading. */
export const heading = (level: 1 | 2 | 3 | 4, text: Inline, id: string): Block => ({ kind: 'heading', level, text, id });

/** A paragraph. */
export const text = (line: Inline): Block => ({ kind: 'text', text: line });

/** A list of points. */
export const list = (...items: readonly Inline[]): Block => ({ kind: 'list', ordered: false, items });

/** A list of steps, one after the other. */
export const steps = (...items: readonly Inline[]): Block => ({ kind: 'list', ordered: true, items });

/** A table; nothing where it has no rows. */
export function table(head: readonly Inline[], rows: readonly (readonly Inline[])[], ids: readonly string[] = []): Block[] {
  return rows.length === 0 ? [] : [{ kind: 'table', head, rows, ids }];
}

/** Something to be read letter by letter. */
export const code = (language: 'http' | 'json' | 'text', content: string): Block => ({ kind: 'code', language, text: content });

/** Something to be read letter by letter, within a line. */
export function verbatim(content: string): Inline {
  return content.includes('`') ? `\`\` ${content} \`\`` : `\`${content}\``;
}

/** An id of these words, fit for a URL. */
export function idOf(...words: readonly string[]): string {
  return words
    .join('-')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
