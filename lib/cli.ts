#!/usr/bin/env node
/** The entry of the command: runs `main` with the arguments, streams, signals and exit code of this process. */
import { isatty } from 'node:tty';
import { errorText } from './cli/error-text.ts';
import { outliveReaders } from './cli/lost-reader.ts';
import { main } from './cli/main.ts';
import { npmShellExit } from './cli/npm-shell.ts';

const environment = {
  variables: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  isInteractive: isatty(0),
  abandoned: npmShellExit(process),
};

outliveReaders(process.stdout, process.stderr);

/** What main throws is a defect of the command, or of what it was given. Node would print it with all its properties. */
function fail(error: unknown): number {
  process.stderr.write(`stowage: ${errorText(error)}\n`);
  return 1;
}

// No top-level await: the CommonJS build cannot have one.
void main(process.argv.slice(2), environment)
  .catch(fail)
  .then((code) => {
    process.exitCode = code;
    // A worker disconnects from its primary, or the channel between them would keep it alive.
    if (process.connected) process.disconnect();
    // Everything is closed by now: after a second the process exits even if a storage call hangs.
    setTimeout(() => process.exit(), 1000).unref();
  });
