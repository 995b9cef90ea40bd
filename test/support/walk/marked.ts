/** The sources as modules in which each function records that it was entered; one module for each source file. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const project = join(import.meta.dirname, '../../..');

/** A function of the sources. */
export interface Marked {
  /** The path of its file from the root of the project. */
  readonly file: string;
  /** The folder of its file. A file beside a folder of the same name belongs to that folder: `drivers/fs.ts` to `drivers/fs`. */
  readonly room: string;
  /** Its name, if it has one, and the line where it begins: `createDispatch:38`. */
  readonly name: string;
}

/**
 * Writes each source file below `lib` and `drivers` as JavaScript to the same place below `folder`. There, the body of every
 * function begins with `__walk(n)`, where n is the index of the function in the list that is returned.
 */
export function writeMarked(folder: string): readonly Marked[] {
  const functions: Marked[] = [];
  const sources = ['lib', 'drivers'].flatMap(sourcesBelow);
  const rooms = new Set(sources.map(dirname));
  for (const file of sources) {
    const stem = file.replace(/\.ts$/, '');
    const room = rooms.has(stem) ? stem : dirname(file);
    const { outputText } = ts.transpileModule(readFileSync(join(project, file), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
      transformers: { before: [marking((name) => functions.push({ file, room, name }) - 1)] },
    });
    const target = join(folder, `${stem}.js`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  return functions;
}

const sourcesBelow = (folder: string): string[] =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));

/** Marks every body of a file. `add` is told the name of the function and gives its index. */
function marking(add: (name: string) => number): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (source) => {
    const { factory } = context;
    const markOf = (owner: ts.SignatureDeclaration): ts.Expression => {
      const { line } = source.getLineAndCharacterOfPosition(owner.getStart(source));
      const index = factory.createNumericLiteral(add(`${nameOf(owner, source)}:${line + 1}`));
      return factory.createCallExpression(factory.createIdentifier('__walk'), undefined, [index]);
    };
    const visit = (node: ts.Node): ts.Node => {
      const visited = ts.visitEachChild(node, visit, context);
      const owner = node.parent;
      if (!ts.isFunctionLike(owner) || !('body' in owner) || owner.body !== node) return visited;
      if (!ts.isBlock(visited)) return factory.createComma(markOf(owner), visited as ts.Expression);
      return factory.createBlock([factory.createExpressionStatement(markOf(owner)), ...visited.statements]);
    };
    return ts.visitEachChild(source, visit, context);
  };
}

/** The name of a function, or of what it is assigned to. */
function nameOf({ name, parent }: ts.SignatureDeclaration, source: ts.SourceFile): string {
  if (name) return name.getText(source);
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText(source) : '';
}
