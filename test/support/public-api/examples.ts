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

/** What the compiler objects to in files that import the package by its name, under the strict options of the project. */
export function objectionsTo(files: readonly string[], { program, entries }: PublicApi): string {
  const { outDir: _, ...options } = program.getCompilerOptions();
  const paths = Object.fromEntries(entries.map(({ module, source }) => [module, [`./${source}`]]));
  const unused = { noUnusedLocals: false, noUnusedParameters: false };
  const examples = ts.createProgram({ rootNames: [...files], options: { ...options, ...unused, noEmit: true, paths } });
  // The rest of the program is checked elsewhere.
  const found = files.flatMap((file) => {
    const source = examples.getSourceFile(file);
    return [...examples.getSyntacticDiagnostics(source), ...examples.getSemanticDiagnostics(source)];
  });
  return ts.formatDiagnostics([...examples.getOptionsDiagnostics(), ...found], {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => import.meta.dirname,
    getNewLine: () => '\n',
  });
}
