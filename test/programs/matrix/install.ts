/** What the package is tried with, installed beside it in a folder that is kept. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependenciesIn, installBeside, nodeForHere, project } from '../../support/install-beside.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Where all is installed. */
export const folder = join(project, '.cache/matrix');

/** The versions of Node that the package is for: the oldest that is promised, and one of each line since. */
export const nodes = { 'Node 20.19': '20.19.0', 'Node 22': '22.23.5', 'Node 24': '24.22.3', 'Node 26': '26.12.1' } as const;
/** The versions of TypeScript, as package.json in this folder names them. */
export const compilers = { 'TypeScript 5.9': 'typescript-5.9', 'TypeScript 6': 'typescript-6', 'TypeScript 7': 'typescript-7' };

/** The folder with the program of a Node, for a PATH. */
export const folderOfNode = (version: string): string => join(folder, `node_modules/node-${version}/bin`);

/** Installs what package.json in this folder names and each Node, where they are not there yet, and the package as it is packed. */
export function installAll(): void {
  const versions = Object.values(nodes).map((version) => [`node-${version}`, nodeForHere(version)]);
  installBeside(folder, { ...dependenciesIn(here), ...Object.fromEntries(versions) });
  for (const name of ['packed.mjs', 'fixture.mjs']) cpSync(join(here, name), join(folder, name));
  for (const type of ['module', 'commonjs']) {
    mkdirSync(join(folder, type), { recursive: true });
    for (const name of ['consumer.ts', 'tsconfig.json']) cpSync(join(here, name), join(folder, type, name));
    writeFileSync(join(folder, type, 'package.json'), JSON.stringify({ type }));
  }
}
