/** Code that is written for users, as their compiler sees it: strict, and `stowage` is the types of the package. */
import { dirname, join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/**
 * What the compiler objects to in these files: whole paths, of which nothing has to be on the disk, and their texts. All are checked
 * by one program, under the options of the project, but that `stowage` is found as users find it: by `exports`, as it was built.
 */
export function objectionsTo(files: ReadonlyMap<string, string>): string {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { paths: _, ...strict } = ts.parseJsonConfigFileContent(config, ts.sys, root).options;
  const options = { ...strict, noUnusedLocals: false, noUnusedParameters: false, allowJs: true, checkJs: true };
  const rootNames = [...files.keys(), join(root, 'test/support/express.d.ts')];
  const program = ts.createProgram({ rootNames, options, host: hostWith(files, options) });
  // The rest of the program is checked elsewhere.
  const found = [...files.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].filter(
      ({ code }) => source?.fileName.endsWith('.ts') || !wantsTypes(code),
    );
  });
  return ts.formatDiagnostics([...program.getOptionsDiagnostics(), ...found], {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  });
}

/** JavaScript cannot write down what `noImplicitAny` asks for (from 7005 on), nor what was caught (18046). */
const wantsTypes = (code: number): boolean => (code >= 7005 && code < 7060) || code === 18046;

/** The file system, and over it some files that are not there. */
function hostWith(files: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const folders = new Set([...files.keys()].map(dirname));
  return {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path) ?? host.readFile(path),
    directoryExists: (path) => folders.has(path) || (host.directoryExists?.(path) ?? true),
    getSourceFile: (path, language, ...how) => {
      const text = files.get(path);
      return text === undefined ? host.getSourceFile(path, language, ...how) : ts.createSourceFile(path, text, language);
    },
  };
}
