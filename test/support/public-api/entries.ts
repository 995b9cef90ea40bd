/** What the package exports, as the compiler sees it in the sources. */
import { join, relative } from 'node:path';
import ts from 'typescript';
import manifest from '../../../package.json' with { type: 'json' };
import build from '../../../tsup.config.ts';

const root = join(import.meta.dirname, '../../..');

/** One entry of the package. */
export interface Entry {
  /** As users import it: `stowage/drivers/fs`. */
  readonly module: string;
  /** The source file, from the root of the project. */
  readonly source: string;
  /** What it exports, by name: symbols of the declarations, past all re-exports. */
  readonly names: ReadonlyMap<string, ts.Symbol>;
}

/** The entries of the package, and the program that they were read by. */
export interface PublicApi {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly entries: readonly Entry[];
}

/** Reads the entries that package.json and the build name, with the compiler options of the project. */
export function readPublicApi(): PublicApi {
  const sources = sourcesOfEntries();
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram({
    rootNames: [...sources.values()].map((source) => join(root, source)),
    options: { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, removeComments: true },
  });
  const checker = program.getTypeChecker();
  const entries = [...sources].map(([module, source]) => ({ module, source, names: namesIn(program, checker, source) }));
  return { program, checker, entries };
}

/** Source files by the names that users import. A name that is exported and not built, or the other way round, is an error. */
function sourcesOfEntries(): Map<string, string> {
  const modules = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'));
  return new Map(modules.map((path) => [path.replace('.', manifest.name), sourceOf(path === '.' ? 'index' : path.slice(2))]));
}

function sourceOf(name: string): string {
  const builds = typeof build === 'function' ? [] : [build].flat();
  const [source] = builds.flatMap(({ entry }) => (Array.isArray(entry) ? [] : (entry?.[name] ?? [])));
  if (source === undefined) throw new TypeError(`package.json exports ${name}, which tsup.config.ts does not build`);
  return source;
}

function namesIn(program: ts.Program, checker: ts.TypeChecker, source: string): Map<string, ts.Symbol> {
  const file = program.getSourceFile(join(root, source));
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new TypeError(`${source} is no module`);
  const names = checker.getExportsOfModule(module).map((symbol) => [symbol.name, declared(checker, symbol)] as const);
  return new Map(names.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The symbol that an import or export stands for. */
export function declared(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The declaration of a symbol in the project; undefined for what Node or a package declares. */
export function ownDeclaration(symbol: ts.Symbol): ts.Declaration | undefined {
  return symbol.declarations?.find((node) => {
    const path = relative(root, node.getSourceFile().fileName);
    return !path.startsWith('..') && !path.includes('node_modules');
  });
}
