#!/usr/bin/env node
/** The entry of the command: runs `main` with the arguments, streams, signals and exit code of this process. */
import { main } from './cli/main.ts';
import { npmShellExit } from './cli/npm-shell.ts';

const environment = {
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  abandoned: npmShellExit(process),
};

// No top-level await: the CommonJS build cannot have one. A rejection of main ends the process and prints its stack.
void main(process.argv.slice(2), environment).then((code) => {
  process.exitCode = code;
  // A worker disconnects from its primary, or the channel between them would keep it alive.
  if (process.connected) process.disconnect();
  // Everything is closed by now: after a second the process exits even if a storage call hangs.
  setTimeout(() => process.exit(), 1000).unref();
});
