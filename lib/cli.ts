#!/usr/bin/env node
/** The command line, tied to this process: its words, output streams, signals and exit code. */
import { main } from './cli/main.ts';
import { endOfNpmShell } from './cli/npm-shell.ts';

const surroundings = {
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  abandoned: endOfNpmShell(process),
};

// Not awaited at the top: the build for require() knows no such thing. What main throws ends the process, with its stack.
void main(process.argv.slice(2), surroundings).then((code) => {
  process.exitCode = code;
  // A worker that has nothing more to do tells its primary so, and is let go.
  if (process.connected) process.disconnect();
  // Everything is closed by now. A storage call that hangs must not keep the process alive all the same.
  setTimeout(() => process.exit(), 1000).unref();
});
