/** CHANGELOG.md has the form of Keep a Changelog, and UPGRADING.md has what it owes to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const project = join(import.meta.dirname, '../..');

/** What stands below the headings of one level, by heading, in their order. */
function sectionsOf(text: string, level: string): readonly (readonly [heading: string, body: string])[] {
  const [, ...sections] = `\n${text}`.split(`\n${level} `);
  return sections.map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    return [heading, lines.join('\n').trim()] as const;
  });
}
const versionsIn = (document: string) => sectionsOf(readFileSync(join(project, document), 'utf8'), '##');

const versions = versionsIn('CHANGELOG.md').map(([heading, body]) => {
  const [, version = '', date = ''] = /^(\S+)(?: - (\S+))?$/.exec(heading) ?? expect.fail(heading);
  return { version, date, kinds: sectionsOf(body, '###') };
});
const releases = versions.filter(({ version }) => version !== 'Unreleased');

describe('CHANGELOG.md', () => {
  it('begins with what is not released, or with the version of the package, which is the last one released', () => {
    expect(versions.slice(0, -releases.length).map(({ version }) => version)).toEqual(
      versions.length > releases.length ? ['Unreleased'] : [],
    );
    expect(releases[0]?.version).toBe(manifest.version);
  });

  it('has releases from the newest to the oldest, each with its day', () => {
    const numbers = releases.map(({ version }) => version);
    expect(numbers.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => b.localeCompare(a, 'en', { numeric: true })));
    const days = releases.map(({ date }) => date);
    expect(days).toEqual(days.map((day) => new Date(day).toISOString().slice(0, 10)));
    expect(days).toEqual(days.toSorted().reverse());
  });

  it.each(versions)(
    'says of $version what was added, changed, deprecated, removed, fixed or is about security, each once',
    ({ kinds }) => {
      const names = kinds.map(([kind]) => kind);
      expect(names).toEqual(
        ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].filter((kind) => names.includes(kind)),
      );
      expect(names).not.toEqual([]);
      // Whole lists: an empty line would begin another one.
      expect(kinds.filter(([, entries]) => !/^- .+(?:\n(?:- | {2}).+)*$/.test(entries))).toEqual([]);
    },
  );
});

describe('UPGRADING.md', () => {
  it('has a part for each version that changes or removes what there was, and for no other', () => {
    const breaking = versions
      .slice(0, -1)
      .filter(({ kinds }) => kinds.some(([kind]) => kind === 'Changed' || kind === 'Removed'));
    expect(versionsIn('UPGRADING.md').map(([heading]) => heading)).toEqual(breaking.map(({ version }) => version));
  });
});
