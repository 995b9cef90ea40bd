/** Policies as lists of rules: what they grant, and what is said of wrong ones. */
import { describe, expect, it, test } from 'vitest';
import type { Action, Need, TagChange } from '../../../lib/access/authorize.ts';
import type { Tag } from '../../../lib/api/formats.ts';
import { rules } from '../../../lib/auth/index.ts';
import { compileGlob } from '../../../lib/checks/glob.ts';
import { readName } from '../../../lib/testing/suite/samples.ts';
import { leastTime } from '../../support/least-time.ts';

const need = (repository: string, ...actions: Action[]): Need => ({ repository: readName(repository), actions });

describe('a pattern', () => {
  test.each([
    ['team/app', 'team/app', true],
    ['team/app', 'team/apps', false],
    ['team/app', 'a/team/app', false],
    ['team/*', 'team/app', true],
    ['team/*', 'team/app/web', false],
    ['team/*', 'team', false],
    ['team/*/web', 'team/app/web', true],
    ['team/**', 'team/app/web', true],
    ['team/**', 'team', false],
    ['**', 'anything/at/all', true],
    ['*', 'one', true],
    ['*', 'one/two', false],
    ['ci-*', 'ci-linux', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'aXcYb', false],
    ['**/web', 'team/app/web', true],
    // Characters that mean something to regular expressions are themselves.
    ['a.b', 'axb', false],
    ['a+', 'aa', false],
  ])('%s on %s: %s', (glob, name, matches) => expect(compileGlob(glob)(name, undefined)).toBe(matches));

  it('takes time with its length and that of the name alone, however many asterisks it has', () => {
    const time = (length: number) => {
      const matches = compileGlob('*a'.repeat(length));
      return leastTime(() => matches('a'.repeat(length * 2).concat('b'), undefined));
    };
    expect(time(64) / time(32)).toBeLessThan(16);
  });

  test.each([
    ['ann', 'home/ann/app', true],
    ['ann', 'home/bob/app', false],
    [undefined, 'home/ann/app', false],
    // A name that is more than one component would reach into the homes of others.
    ['ann/x', 'home/ann/x/app', false],
    ['*', 'home/ann/app', false],
    ['', 'home//app', false],
  ])('home/{subject}/** of %s on %s: %s', (subject, name, matches) =>
    expect(compileGlob('home/{subject}/**')(name, subject)).toBe(matches),
  );
});

describe('rules', () => {
  const policy = rules([
    { anyone: true, repositories: 'public/**', actions: ['pull'] },
    { subjects: '*', repositories: 'home/{subject}/**', actions: ['pull', 'push', 'delete'] },
    { subjects: ['ann', 'bob'], repositories: ['team/*'], actions: ['pull'] },
    { groups: 'writers', repositories: 'team/*', actions: ['push'] },
  ]);
  const [ann, bob, eve] = [{ subject: 'ann', groups: ['writers'] }, { subject: 'bob' }, { subject: 'eve', groups: ['writers'] }];

  test.each([
    ['nobody pulls what is public', undefined, need('public/app', 'pull'), true],
    ['nobody does not push there', undefined, need('public/app', 'pull', 'push'), false],
    ['nobody is in no group and under no name', undefined, need('team/app', 'pull'), false],
    ['somebody is at home', eve, need('home/eve/app', 'delete'), true],
    ['and nowhere else', eve, need('home/ann/app', 'pull'), false],
    ['one rule may grant the pull and another the push', ann, need('team/app', 'pull', 'push'), true],
    ['a push wants both', eve, need('team/app', 'pull', 'push'), false],
    ['what is granted is not more', bob, need('team/app', 'delete'), false],
    ['the catalog is open to whom something is', undefined, { catalog: true } as const, true],
  ])('%s', (_, principal, what, granted) => expect(policy(principal, what)).toBe(granted));

  test.each(['ann', 'corp/ann', 'repo:org/app:ref:refs/heads/main', 'a*b'])(
    'for the subject * are for %s, as for everybody who logged in',
    (subject) => {
      const own = rules([{ subjects: '*', repositories: 'team/app', actions: ['pull'] }]);
      expect(own({ subject }, need('team/app', 'pull'))).toBe(true);
      const ofGroups = rules([{ groups: '*', repositories: 'team/app', actions: ['pull'] }]);
      expect(ofGroups({ subject: 'eve', groups: [subject] }, need('team/app', 'pull'))).toBe(true);
      const below = rules([{ subjects: 'corp/*', repositories: 'team/app', actions: ['pull'] }]);
      expect(below({ subject }, need('team/app', 'pull'))).toBe(subject === 'corp/ann');
    },
  );

  describe('with exceptions', () => {
    const list = rules([
      {
        subjects: 'ann',
        repositories: 'team/**',
        actions: ['pull', 'push', 'delete'],
        except: { tags: 'v*', changes: ['update', 'delete'] },
      },
      { subjects: 'bob', repositories: '**', actions: ['pull', 'push', 'delete'], except: { tags: ['a*', 'b*'] } },
      { subjects: 'bob', repositories: '**', actions: ['push', 'delete'], except: { tags: ['b*', 'c*'] } },
      { subjects: 'release', repositories: '**', actions: ['pull', 'push', 'delete'] },
    ]);
    const change = (kind: TagChange, ...tags: string[]): Need => ({
      repository: readName('team/app'),
      actions: kind === 'delete' ? ['delete'] : ['pull', 'push'],
      ...(tags.length > 0 && { tags: tags as unknown as Tag[] }),
      change: kind,
    });

    test.each([
      ['ann may push', 'ann', need('team/app', 'pull', 'push'), true],
      ['ann may create a v', 'ann', change('create', 'v1'), true],
      ['ann may not move one', 'ann', change('update', 'v1'), false],
      ['ann may not delete one', 'ann', change('delete', 'v1'), false],
      ['ann may not delete one among others', 'ann', change('delete', 'latest', 'v1'), false],
      ['ann may move and delete others', 'ann', change('update', 'latest', 'main'), true],
      ['ann may not delete whatever is there', 'ann', change('delete'), false],
      ['ann may create whatever is not there', 'ann', change('create'), true],
      ['an exception without changes is for all of them', 'bob', change('create', 'b1'), false],
      ['one rule may grant one tag and another the next', 'bob', change('update', 'a1', 'c1'), true],
      ['and none the third', 'bob', change('update', 'a1', 'b1'), false],
      ['what is excepted for one is not for others', 'release', change('delete', 'v1'), true],
    ])('%s', (_, subject, what, granted) => expect(list({ subject }, what)).toBe(granted));
  });

  it('close the catalog to those who may pull nothing', () => {
    const own = rules([{ subjects: 'ann', repositories: '**', actions: ['pull'] }]);
    expect([own(undefined, { catalog: true }), own(ann, { catalog: true })]).toEqual([false, true]);
  });

  test.each([
    [[{ repositories: '**', actions: ['pull'] }], 'rules: rule 1: say for whom it is: subjects, groups or anyone'],
    [[{ subject: 'ann', repositories: '**', actions: ['pull'] }], "rules: rule 1: there is no option 'subject'"],
    [
      [{ subjects: 'ann', repositories: '**', actions: ['pul'] }],
      "rules: rule 1: actions must be a list of 'pull', 'push' and 'delete'",
    ],
    [
      [{ subjects: [], repositories: '**', actions: ['pull'] }],
      'rules: rule 1: subjects must be a pattern, or a list of patterns',
    ],
    [[{ anyone: false, repositories: '**', actions: ['pull'] }], 'rules: rule 1: anyone must be true'],
    [[{ subjects: 'ann', actions: ['pull'] }], 'rules: rule 1: repositories must be a pattern'],
    [
      [{ subjects: 'ann', repositories: ['Team/*'], actions: ['pull'] }],
      'rules: rule 1: repositories must be a pattern of repositories',
    ],
    [[{ subjects: 'ann', repositories: 'team/app:1.0', actions: ['pull'] }], 'rules: rule 1: repositories must be a pattern of'],
    [{}, 'rules: give a list of rules'],
    [[{ anyone: true, repositories: '**', actions: [], except: 'v*' }], 'rules: rule 1: except must be an object, not "v*"'],
    [
      [{ anyone: true, repositories: '**', actions: [], except: { changes: ['delete'] } }],
      'rules: rule 1: except.tags must be a pattern, or a list of patterns',
    ],
    [
      [{ anyone: true, repositories: '**', actions: [], except: { tags: 'v*', changes: ['move'] } }],
      "rules: rule 1: except.changes must be a list of 'create', 'update' and 'delete'",
    ],
  ])('%j is refused in words', (list, message) => {
    const give: (list: never) => unknown = rules;
    expect(() => give(list as never)).toThrow(message);
  });
});
