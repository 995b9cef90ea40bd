/** Signals for a command that runs beside a registry. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { CliEnvironment } from '../../../lib/cli/environment.ts';
import { runCommand } from '../../../lib/cli/run-command.ts';

/** Runs a command that waits, and gives its exit code once it was ended. */
async function endedBy(end: (signals: EventEmitter, abandon: () => void) => void, isInteractive: boolean) {
  const signals = new EventEmitter();
  let abandon = (): void => {};
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve;
  });
  const output = { write: () => true };
  const environment: CliEnvironment = {
    variables: process.env,
    stdout: output,
    stderr: output,
    signals,
    stdin: process.stdin,
    isInteractive,
    abandoned,
  };
  const code = runCommand(['sleep', '60'], environment);
  end(signals, abandon);
  return { code: await code, listeners: signals.eventNames() };
}

const interrupt = (signals: EventEmitter) => {
  signals.emit('SIGINT');
  signals.emit('SIGTERM');
};

describe('a command', () => {
  it('is interrupted with its parent', async () => {
    expect(await endedBy(interrupt, false)).toEqual({ code: 130, listeners: [] });
  });

  it('is interrupted by its terminal, and not by its parent as well', async () => {
    expect(await endedBy(interrupt, true)).toEqual({ code: 143, listeners: [] });
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ])('gets %s as well', async (name, code) => {
    expect(await endedBy((signals) => void signals.emit(name), false)).toEqual({ code, listeners: [] });
  });

  it('is ended where the shell of npm has gone', async () => {
    expect(await endedBy((_, abandon) => abandon(), false)).toEqual({ code: 143, listeners: [] });
  });
});
