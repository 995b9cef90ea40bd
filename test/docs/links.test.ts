/** Links between the documents lead to files and headings that are there, and so do the paths that they name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents } from '../support/code-blocks.ts';

const root = join(import.meta.dirname, '../..');
/** The anchors of a document: those that are set, and those that headings get where documents are shown. */
function anchorsIn(text: string): string[] {
  const set = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
  return [...set, ...headings.map((heading) => heading.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-'))];
}

describe.each(documents)('the links of %s', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const links = [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];

  it('lead somewhere', () => {
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path === '' ? join(root, document) : join(root, dirname(document), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsIn(readFileSync(target, 'utf8')).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

it.each([
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/architecture.md',
  ...documents.filter((name) => name.startsWith('docs/driver')),
])('%s names no file of the project that is not there', (document) => {
  const named = readFileSync(join(root, document), 'utf8').matchAll(/`((?:lib|drivers|test|docs|examples)\/[\w./-]+)`/g);
  expect([...named].map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('docs/README.md names every document beside it', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const others = readdirSync(join(root, 'docs')).filter((name) => name !== 'README.md');
  expect(others.filter((name) => !index.includes(`(${name})`) && !index.includes(`\`docs/${name}\``))).toEqual([]);
});
