/** docs/s3.md, as what its tests ask about. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BucketLifecycleConfiguration } from '@aws-sdk/client-s3';
import { blocksOf } from '../code-blocks.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/s3.md'), 'utf8');

/** The blocks of code in a language, in their order. */
export const blocksIn = (language: string): readonly string[] =>
  blocksOf('docs/s3.md').flatMap((block) => (block.language === language ? [block.code] : []));

/** The rows of the table below a heading, without its head, as the text of their cells. */
export function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The packages that it has people install. */
export const packages: readonly string[] = [...new Set(text.match(/(?<=`(?:npm install )?)@aws-sdk\/[\w-]+/g))];
/** The policy that it asks for. */
export const policy: { readonly Statement: readonly { readonly Action: readonly string[]; readonly Resource: string }[] } =
  JSON.parse(blocksIn('json')[0] ?? '');
/** The rule for the life of objects that it asks for. */
export const lifecycle: BucketLifecycleConfiguration = JSON.parse(blocksIn('json')[1] ?? '');
