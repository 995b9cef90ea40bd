/** `stowage verify`: reads back what is in the directory of a registry, whether or not that runs. */
import { readdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { fsDriver } from '../../drivers/fs.ts';
import { type Finding, type VerificationReport, verify } from '../upkeep/index.ts';
import type { CliEnvironment, Output } from './environment.ts';
import type { VerifyArguments } from './parse-arguments.ts';
import { needed } from './start-error.ts';

/**
 * Prints a line for each finding and a summary; gives exit code 0 where nothing was found, 1 where something was, and 128 and the number of a signal
 * that ended it. Throws a `StartError` where the directory cannot be read.
 */
export async function verifyRoot(
  { root, repositories, rate, withdraw, json }: VerifyArguments,
  { stdout, stderr, signals, abandoned }: CliEnvironment,
): Promise<number> {
  const path = resolve(root);
  // The driver takes a root that is missing for an empty one.
  await needed(`read the root ${path}`, () => readdir(path));
  // What it has in memory would hide what has become of it on the disk.
  const driver = fsDriver({ root: path, cacheBytes: 0 });
  const stopping = new AbortController();
  let stoppedBy: 'SIGINT' | 'SIGTERM' = 'SIGTERM';
  const interrupt = (): void => {
    stoppedBy = 'SIGINT';
    stopping.abort();
  };
  const stop = (): void => stopping.abort();
  signals.on('SIGINT', interrupt);
  signals.on('SIGTERM', stop);
  void abandoned.then(stop);
  const progress = progressOn(stderr);
  const verification = verify(driver, { repositories, rate, withdraw, signal: stopping.signal, onProgress: progress.tell });
  const print = async (): Promise<void> => {
    for await (const finding of verification) {
      progress.clear();
      stdout.write(`${json ? JSON.stringify(finding) : lineOf(finding)}\n`);
    }
    progress.clear();
    const report = verification.report();
    stdout.write(`${json ? JSON.stringify({ kind: 'report', ...report }) : summaryOf(report)}\n`);
  };
  try {
    await needed(`verify ${path}`, print);
    return verification.report().findings > 0 ? 1 : 0;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    return 128 + constants.signals[stoppedBy];
  } finally {
    progress.clear();
    signals.off('SIGINT', interrupt);
    signals.off('SIGTERM', stop);
    await driver.close();
  }
}

/** A finding on a line. What a damaged file has made of its words is not for the terminal. */
function lineOf(finding: Finding): string {
  const about = 'tag' in finding ? ` ${finding.tag}` : 'digest' in finding ? ` ${finding.digest}` : '';
  const withdrawn = 'withdrawn' in finding && finding.withdrawn ? '; it was withdrawn' : '';
  return `${finding.repository}  ${finding.kind}${about}: ${finding.wrong}${withdrawn}`.replaceAll(/\p{Cc}+/gu, ' ');
}

const summaryOf = ({ repositories, blobs, manifests, tags, findings, withdrawn, bytes, seconds }: VerificationReport): string =>
  `${repositories} repositories, ${blobs} blobs, ${manifests} manifests, ${tags} tags: ${findings} findings${
    withdrawn > 0 ? `, ${withdrawn} withdrawn` : ''
  }; ${mebibytes(bytes)} MiB in ${seconds.toFixed(1)} s`;

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** Clears the line of the terminal that the cursor is in. */
const clearLine = '\r\x1b[K';
/** How often the line is written again, in milliseconds. */
const everyMs = 100;

/** How far it is, on a line of a terminal; elsewhere nothing is told of it. */
function progressOn(output: Output): { tell(report: VerificationReport): void; clear(): void } {
  let shownMs: number | undefined;
  return {
    tell({ repositories, blobs, manifests, findings, bytes, seconds }) {
      const nowMs = seconds * 1_000;
      if (!output.isTTY || (shownMs !== undefined && nowMs - shownMs < everyMs)) return;
      shownMs = nowMs;
      const line = `${repositories} repositories, ${blobs} blobs, ${manifests} manifests, ${findings} findings; ${mebibytes(bytes)} MiB`;
      output.write(clearLine + line.slice(0, (output.columns ?? 80) - 1));
    },
    clear() {
      if (shownMs !== undefined) output.write(clearLine);
    },
  };
}
