/**
 * The exported types as a text that is reviewed: every name with its signature, by entry. It is made of the declarations that
 * the compiler emits for the sources, so it does not depend on how the build cuts them into chunks. Names and members are
 * sorted: to move one is no change.
 */
import ts from 'typescript';
import { declared, type Entry, ownDeclaration, type PublicApi } from './entries.ts';

const printer = ts.createPrinter({ removeComments: true });
const longest = 130;

/** The report, in Markdown. */
export function apiReport(api: PublicApi): string {
  const declarationOf = declarationsOf(api);
  const firstIn = new Map<ts.Symbol, string>();
  const sections = api.entries.map(({ module, names }) => {
    const texts = [...names].map(([name, symbol]) => {
      const home = firstIn.get(symbol);
      if (home === undefined) firstIn.set(symbol, module);
      return home === undefined ? declarationOf(name, symbol) : `export { ${name} } from '${home}';`;
    });
    return section(`\`${module}\``, texts);
  });
  const others = [...reached(api)].filter((symbol) => !firstIn.has(symbol));
  const unexported = section(
    'Named by these, and not exported',
    others.map((symbol) => declarationOf(symbol.name, symbol)).sort(),
  );
  return `${[head, ...sections, unexported].join('\n\n')}\n`;
}

const head = `# The exported types

Everything that the package exports, made from the sources: \`npm run docs\` writes this file anew, and \`npm test\` fails where it
differs. A change of it is a change for users: it goes into [CHANGELOG.md](../CHANGELOG.md) and, where code of theirs has to
change, into [UPGRADING.md](../UPGRADING.md). What a name promises is said where it is declared.`;

const section = (title: string, texts: readonly string[]): string => `## ${title}\n\n\`\`\`ts\n${texts.join('\n\n')}\n\`\`\``;

/** Gives the text of what a symbol is declared as. */
function declarationsOf(api: PublicApi): (name: string, symbol: ts.Symbol) => string {
  const emitted = new Map<ts.SourceFile, ts.SourceFile>();
  const declarationsIn = (source: ts.SourceFile): ts.SourceFile => {
    const known = emitted.get(source) ?? declarationFile(api.program, source);
    emitted.set(source, known);
    return known;
  };
  return (name, symbol) => {
    const node = ownDeclaration(symbol);
    if (!node) throw new TypeError(`${name} is not declared in the project`);
    if (ts.isTypeAliasDeclaration(node)) {
      const literals = literalsOf(api.checker, symbol);
      if (literals) return wrapped(`type ${name} =`, literals, ' |', ';');
    }
    if (ts.isVariableDeclaration(node)) return constant(api.checker, name, node);
    const file = declarationsIn(node.getSourceFile());
    const found = file.statements.filter((each) => nameOf(each) === symbol.name);
    if (found.length === 0) throw new TypeError(`the declaration of ${name} was not emitted`);
    return found.map((each) => printed(each, file)).join('\n');
  };
}

/** What the compiler emits for a source file as its declarations. */
function declarationFile(program: ts.Program, source: ts.SourceFile): ts.SourceFile {
  let text = '';
  program.emit(source, (_, written) => (text = written), undefined, true);
  return ts.createSourceFile('declarations.d.ts', text, ts.ScriptTarget.ES2022, true);
}

function nameOf(statement: ts.Statement): string | undefined {
  const named =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement);
  return named ? statement.name?.text : undefined;
}

/** A declaration without `export` and `declare`, its members sorted: those without a name first. */
function printed(statement: ts.Statement, file: ts.SourceFile): string {
  const print = (node: ts.Node): string => compact(withoutPaths(printer.printNode(ts.EmitHint.Unspecified, node, file)));
  if (!ts.isInterfaceDeclaration(statement) && !ts.isClassDeclaration(statement))
    return print(statement).replace(/^(?:export )?(?:declare )?/, '');
  const key = (member: ts.ClassElement | ts.TypeElement): string => (member.name ? member.name.getText(file) : '');
  const members = [...statement.members].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  const heritage = (statement.heritageClauses ?? []).map((clause) => ` ${print(clause).trim()}`).join('');
  const parameters = statement.typeParameters ? `<${statement.typeParameters.map(print).join(', ')}>` : '';
  const kind = ts.isClassDeclaration(statement) ? 'class' : 'interface';
  const lines = members.map((member) => print(member).replaceAll(/^(?=.)/gm, '  '));
  return [`${kind} ${statement.name?.text}${parameters}${heritage} {`, ...lines, '}'].join('\n');
}

/** Where a type lies is no part of it. */
const withoutPaths = (text: string): string => text.replaceAll(/import\("[^"]*"\)\./g, '');

/** On one line where it fits, and else indented like everything here. */
function compact(text: string): string {
  const one = text.replaceAll(/;?\s*\n\s*(?=\})/g, ' ').replaceAll(/\s*\n\s*/g, ' ');
  return one.length < longest ? one : text.replaceAll(/^(?: {4})+/gm, (spaces) => spaces.slice(spaces.length / 2));
}

/** The texts that a type allows, sorted; undefined for a type that is no choice of texts. */
function literalsOf(checker: ts.TypeChecker, symbol: ts.Symbol): string[] | undefined {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const texts = (type.isUnion() ? type.types : [type]).map((each) => (each.isStringLiteral() ? `'${each.value}'` : ''));
  return texts.includes('') ? undefined : texts.sort();
}

/** A constant: the type of a function, or the names that are in a table of data, whose texts are no part of the interface. */
function constant(checker: ts.TypeChecker, name: string, node: ts.VariableDeclaration): string {
  const type = checker.getTypeAtLocation(node);
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;
  // The members of a text are the language's.
  const isText = (type.flags & ts.TypeFlags.StringLike) !== 0;
  if (isText || type.getCallSignatures().length > 0)
    return `const ${name}: ${withoutPaths(checker.typeToString(type, node, flags))};`;
  const names = (of: ts.Type): string[] => of.getProperties().map(({ name: each }) => (/^\w+$/.test(each) ? each : `'${each}'`));
  const inner = type.getProperties().map((property) => [property.name, checker.getTypeOfSymbol(property)] as const);
  if (!inner.every(([, each]) => checker.isTupleType(each) || each.getProperties().length > 3))
    return wrapped(`const ${name}: {`, names(type).sort(), ',', ' };');
  const tables = inner.map(([key, each]) => {
    const rows = checker.isTupleType(each) ? checker.getTypeArguments(each as ts.TypeReference) : undefined;
    const items = rows ? rows.map((row) => nameIn(checker, row)) : names(each);
    return wrapped(`  readonly ${key}: ${rows ? '[' : '{'}`, items.sort(), ',', rows ? ' ];' : ' };', 4);
  });
  return [`const ${name}: {`, ...tables, '};'].join('\n');
}

/** What a row of a table calls itself. */
function nameIn(checker: ts.TypeChecker, row: ts.Type): string {
  const name = row.getProperty('name');
  const type = name && checker.getTypeOfSymbol(name);
  return type?.isStringLiteral() ? type.value : '…';
}

/** A list on one line, or on as many as it takes. */
function wrapped(begin: string, items: readonly string[], separator: string, end: string, indent = 2): string {
  const all = items.map((item, index) => (index < items.length - 1 ? item + separator : item));
  const one = `${begin} ${all.join(' ')}${end}`;
  if (one.length <= longest) return one;
  const lines: string[] = [];
  for (const item of all) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length < longest) lines[lines.length - 1] = `${last} ${item}`;
    else lines.push(' '.repeat(indent) + item);
  }
  return [begin, ...lines].join('\n') + end.replace(/^ /, `\n${' '.repeat(indent - 2)}`);
}

/**
 * The types of the project that the exported declarations name, and those that these name in turn. Conditional types are
 * machinery that reads the table: what they give is held by test/docs/typed-client.test-d.ts, and they are left out.
 */
function reached({ checker, entries }: PublicApi): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>(entries.flatMap(({ names }: Entry) => [...names.values()]));
  const visit = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const symbol = checker.getSymbolAtLocation(name);
      const target = symbol && declared(checker, symbol);
      const declaration = target && ownDeclaration(target);
      if (target && declaration && !ts.isTypeParameterDeclaration(declaration) && !isConditional(declaration)) found.add(target);
    }
    if (!ts.isBlock(node)) ts.forEachChild(node, visit);
  };
  for (const symbol of found) {
    const node = ownDeclaration(symbol);
    const isTold = node && ts.isTypeAliasDeclaration(node) && literalsOf(checker, symbol);
    if (node && !ts.isVariableDeclaration(node) && !isTold) visit(node);
  }
  return found;
}

const isConditional = (node: ts.Declaration): boolean => ts.isTypeAliasDeclaration(node) && ts.isConditionalTypeNode(node.type);
