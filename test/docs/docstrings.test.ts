/** What is exported is explained, and its examples compile and run. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPublicApi } from '../support/public-api/entries.ts';
import { examplesIn, runnable } from '../support/public-api/examples.ts';
import { type S3Double, startS3Double } from '../support/s3/double.ts';
import { environmentOf } from '../support/s3/environment.ts';
import { objectionsTo } from '../support/type-check.ts';

const api = readPublicApi();
const { checker, entries } = api;
const exported = entries.flatMap(({ module, names }) =>
  [...names].map(([name, symbol]) => [`${module}: ${name}`, symbol] as const),
);

/** Within the project, so that an example finds the package by its name. */
const place = join(import.meta.dirname, '../../.cache/docstrings');
const fileOf = (name: string, extension: string): string => join(place, name.replaceAll(/[^\w.]+/g, '-') + extension);

describe('docstrings', () => {
  it('explain every exported name', () => {
    const bare = exported.filter(([, symbol]) => symbol.getDocumentationComment(checker).length === 0);
    expect(bare.map(([name]) => name)).toEqual([]);
  });

  it('explain what the members of exported classes are', () => {
    const members = exported.flatMap(([name, symbol]) =>
      symbol.flags & ts.SymbolFlags.Class
        ? [...(symbol.members?.values() ?? [])].map((member) => [`${name}.${member.name}`, member] as const)
        : [],
    );
    expect(members.length).toBeGreaterThan(5);
    const bare = members.filter(([, member]) => docsOf(member) === '');
    expect(bare.map(([name]) => name)).toEqual([]);
  });

  it('have an example of every function and class', () => {
    const called = exported.filter(([, symbol]) => {
      const node = symbol.valueDeclaration;
      const type = node && checker.getTypeOfSymbolAtLocation(symbol, node);
      return type !== undefined && type.getCallSignatures().length + type.getConstructSignatures().length > 0;
    });
    const examples = new Set(examplesIn(api).map(({ name }) => name));
    expect(called.length).toBeGreaterThan(20);
    expect(called.map(([name]) => name).filter((name) => !examples.has(name))).toEqual([]);
  });

  it('have no example that is not run', () => {
    const run = new Set(examplesIn(api).map(({ code }) => code));
    const own = api.program.getSourceFiles().filter(({ fileName }) => !fileName.includes('node_modules'));
    const written = own.flatMap((file) => taggedIn(file, 'example').map((code) => [file.fileName, code] as const));
    expect(written.length).toBeGreaterThan(20);
    expect(written.filter(([, code]) => !run.has(code))).toEqual([]);
  });
});

/** The texts of all tags of that name in a file. */
function taggedIn(file: ts.SourceFile, name: string): string[] {
  const below = (node: ts.Node): string[] => [
    ...ts
      .getJSDocTags(node)
      .flatMap(({ tagName, comment }) => (tagName.text === name ? [ts.getTextOfJSDocComment(comment) ?? ''] : [])),
    ...node.getChildren(file).flatMap(below),
  ];
  return [...new Set(below(file))];
}

/** What is said of a member; a constructor has its text on the declaration alone. */
function docsOf(symbol: ts.Symbol): string {
  const comments = (symbol.declarations ?? []).flatMap((node) => ts.getJSDocCommentsAndTags(node));
  return comments.map((each) => ts.getTextOfJSDocComment(each.comment) ?? '').join('');
}

describe('examples', { timeout: 60_000 }, () => {
  const examples = examplesIn(api);
  let folder: string;
  let double: S3Double;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-docstrings-'));
    double = await startS3Double({ bucket: 'my-registry' });
    await rm(place, { recursive: true, force: true });
    await mkdir(place, { recursive: true });
    for (const { name, code } of examples) {
      await writeFile(fileOf(name, '.mjs'), runnable(code));
    }
  });
  afterAll(async () => {
    await double.close();
    await rm(folder, { recursive: true });
  });

  it('compile', () => {
    expect(objectionsTo(new Map(examples.map(({ name, code }) => [fileOf(name, '.ts'), code])))).toBe('');
  });

  it.each(examples.map(({ name, code }) => [name, code] as const))(
    'of %s is six lines at most, beside its imports',
    (_, code) => {
      expect(code.split('\n').filter((line) => line !== '' && !line.startsWith('import ')).length).toBeLessThan(7);
    },
  );

  it.each(examples.map(({ name }) => name))('of %s runs', async (name) => {
    const env = { ...process.env, ...environmentOf(double.clientConfig), AWS_ENDPOINT_URL_S3: double.origin };
    await promisify(execFile)(process.execPath, [fileOf(name, '.mjs')], { cwd: folder, env, timeout: 50_000 });
  });
});
