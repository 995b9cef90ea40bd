/** The `@example` of each public name, as a program. */
import ts from 'typescript';
import type { PublicApi } from './entries.ts';

/** One example. */
export interface Example {
  /** `stowage/drivers/fs: fsDriver`, `stowage: RegistryHandler.attach`. */
  readonly name: string;
  /** TypeScript, as it stands in the docstring. */
  readonly code: string;
}

/** All examples, of the exported names and of their members. */
export function examplesIn({ checker, entries }: PublicApi): Example[] {
  const examplesOf = (name: string, symbol: ts.Symbol): Example[] =>
    symbol
      .getJsDocTags(checker)
      .filter((tag) => tag.name === 'example')
      .map((tag) => ({ name, code: ts.displayPartsToString(tag.text) }));
  return entries.flatMap(({ module, names }) =>
    [...names].flatMap(([name, symbol]) => [
      ...examplesOf(`${module}: ${name}`, symbol),
      ...[...(symbol.members?.values() ?? [])].flatMap((member) => examplesOf(`${module}: ${name}.${member.name}`, member)),
    ]),
  );
}

/** An example as JavaScript that checks itself: `value; // => expected` is an assertion, and a port is any free one. */
export function runnable(code: string): string {
  const checked = code
    .replaceAll(/^(.+); \/\/ => (.+)$/gm, 'assert.deepEqual($1, $2);')
    .replaceAll(".listen(5000, '127.0.0.1')", ".listen(0, '127.0.0.1').unref()");
  const { outputText } = ts.transpileModule(checked, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  return `import assert from 'node:assert/strict';\n${outputText}`;
}
