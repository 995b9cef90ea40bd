/** Tables of options: what is refused, what is filled in, and what a table may not say. */
import { describe, expect, it } from 'vitest';
import { boolean, callable, list, matching, object, oneOf, positive, text, timeout } from '../../../lib/checks/check.ts';
import { type OptionTable, parseOptions, wrongIn } from '../../../lib/checks/options.ts';

interface Times {
  readonly idle: number;
}

interface Options {
  readonly place: string;
  readonly loud?: boolean;
  readonly note?: string;
  readonly times?: Partial<Times>;
}

const table = {
  place: { required: true, check: text, sentence: 'where' },
  loud: { check: boolean, default: true, sentence: 'whether it is heard' },
  note: { check: text, sentence: 'what else' },
  times: { group: { idle: { check: timeout, default: 60, sentence: 'how long' } } },
} as const satisfies OptionTable<Options>;

const parse = (options: unknown) => () => parseOptions('make', options as Options, table);

describe('a check', () => {
  it.each([
    [boolean, 'yes', 'must be true or false, not "yes"'],
    [callable, {}, 'must be a function, not an object'],
    [object, [], 'must be an object, not an array'],
    [object, null, 'must be an object, not null'],
    [object, () => {}, 'must be an object, not a function'],
    [object, Object.create(null), undefined],
    [list, {}, 'must be an array, not an object'],
    [text, Symbol('s'), 'must be text, not Symbol(s)'],
    [positive, 0, 'must be a positive integer, not 0'],
    [positive, 2 ** 53, 'must be a positive integer, not 9007199254740992'],
    [positive, 1n, 'must be a positive integer, not 1'],
    [timeout, 0.5, 'must be whole milliseconds; 0 switches the timeout off, not 0.5'],
    [timeout, 2 ** 31 - 1, undefined],
    [timeout, 2 ** 31, 'must be whole milliseconds; 0 switches the timeout off, not 2147483648'],
    [oneOf('full', 'none'), 'some', "must be 'full' or 'none', not \"some\""],
    [oneOf('full', 'none'), 'none', undefined],
    [matching(/^\//, 'be a path'), 7, 'must be a path, not 7'],
  ])('%# says what is wrong with a value, and nothing of a right one', (check, value, complaint) => {
    expect(check(value)).toBe(complaint);
  });
});

describe('options of a table', () => {
  it('have its defaults, also in groups, where nothing is given', () => {
    expect(parse({ place: 'here' })()).toEqual({ place: 'here', loud: true, note: undefined, times: { idle: 60 } });
    expect(parse({ place: 'here', loud: undefined, times: { idle: undefined } })()).toMatchObject({
      loud: true,
      times: { idle: 60 },
    });
  });

  it('are as they were given otherwise', () => {
    const options = { place: 'here', loud: false, note: '', times: { idle: 0 } };
    expect(parse(options)()).toEqual(options);
  });

  it('are checked and taken where they are inherited', () => {
    expect(parse(Object.create({ place: 'here', loud: false }))()).toMatchObject({ place: 'here', loud: false });
    expect(wrongIn(Object.create({ place: 'here', loud: 'no' }), table)).toEqual(['loud must be true or false, not "no"']);
  });

  it('are refused with all that is wrong: what was given in its order, what is missing, what is in groups', () => {
    expect(wrongIn({ nota: 1, loud: 1, times: { idel: 1, idle: -1 }, toString: 1 }, table)).toEqual([
      "there is no option 'nota'; use place, loud, note, times",
      'loud must be true or false, not 1',
      "there is no option 'toString'; use place, loud, note, times",
      'place must be text, not undefined',
      "there is no option 'times.idel'; use idle",
      'times.idle must be whole milliseconds; 0 switches the timeout off, not -1',
    ]);
    expect(wrongIn({ place: '', times: null }, table)).toEqual(['times must be an object, not null']);
  });

  it('are refused with a TypeError that begins with who was called', () => {
    expect(parse(undefined)).toThrow(new TypeError('make: place must be text, not undefined'));
    expect(parse([])).toThrow(new TypeError('make: the options must be an object, not an array'));
    expect(() => parseOptions('make', { place: 1 as never }, table, ['more'])).toThrow(/make: place must .*; more$/);
  });

  it('have one row each, of their type', () => {
    const { note: _, ...others } = table;
    // @ts-expect-error a row is missing
    const missing: OptionTable<Options> = others;
    // @ts-expect-error a row without an option
    const stray = { ...table, nota: table.note } satisfies OptionTable<Options>;
    // @ts-expect-error a default of another type
    const otherDefault = { ...table, loud: { ...table.loud, default: 1 } } satisfies OptionTable<Options>;
    // @ts-expect-error what has to be given is not said to be required
    const optional = { ...table, place: table.note } satisfies OptionTable<Options>;
    expect([missing, stray, otherDefault, optional]).toHaveLength(4);
  });
});
