/** The matrix of docs/hosts.md. */
import { readFileSync } from 'node:fs';
import { markdownTable } from '../../support/markdown-table.ts';
import { checks } from './checks.ts';
import { hosts } from './hosts.ts';

/** How many checks each host passes, by its name, if all pass that can. */
export const promised: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(hosts).map(([name, { without = [] }]) => [name, Object.keys(checks).length - without.length]),
);

/** The matrix as Markdown, with how many checks each host has passed. */
export function matrixOf(passed: Readonly<Record<string, number>>): string {
  const all = Object.keys(checks).length;
  const rows = Object.entries(hosts).map(([name, { title }]) => [title, `\`${mountOf(name)}\``, `${passed[name]} of ${all}`]);
  return markdownTable([['host', 'mount', 'checks'], ...rows]);
}

/** The statement behind `// mount` in the file of a host, in one line. */
function mountOf(name: string): string {
  const { server = name, mount: path = `${server}.mjs` } = hosts[name] ?? {};
  const code = readFileSync(new URL(`servers/${path}`, import.meta.url), 'utf8');
  const [, statement] = /^\s*(?:\/\/|#) mount\n(.*?[;{])$/ms.exec(code) ?? [];
  if (statement === undefined) throw new Error(`servers/${path} has no mount`);
  return statement
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(?<=\() | (?=\))/g, '')
    .replaceAll(/,(?=\)|\s*\})/g, '')
    .replace(/\{$/, '')
    .trim();
}
