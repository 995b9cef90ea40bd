/** The default export of a module that a command line names. */
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withTimeout } from '../testing/suite/timeout.ts';
import { messageOf, StartError } from './start-error.ts';

/** How long a module may take to load, in milliseconds: it may wait at its top for what never comes. */
export const moduleTimeoutMs = 30_000;

/** Imports a module; gives its default export, and that of a CommonJS module: `module.exports`, or the `default` in it where it was compiled. */
export async function defaultExport(path: string): Promise<unknown> {
  const first = defaultOf(await imported(path));
  return typeof first === 'object' && first !== null && 'default' in first ? defaultOf(first) : first;
}

async function imported(path: string): Promise<object> {
  try {
    return await withTimeout(moduleTimeoutMs, 'it did not finish loading in time', () => import(pathToFileURL(path).href));
  } catch (error) {
    throw new StartError(`cannot import ${path}: ${complaint(error, extname(path))}`);
  }
}

function complaint(error: unknown, extension: string): string {
  if (!(error instanceof Error)) return messageOf(error);
  if ('code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') return `this version of Node reads no ${extension} files`;
  return `${error.name}: ${messageOf(error)}`;
}

function defaultOf(module: object): unknown {
  return 'default' in module ? module.default : undefined;
}
