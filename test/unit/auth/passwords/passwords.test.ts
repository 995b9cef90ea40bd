/** Hashes of passwords, what is remembered of them, and files of them. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash as bcrypt } from 'bcryptjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { hashPassword, htpasswd, passwords } from '../../../../lib/auth/index.ts';
import { remembering } from '../../../../lib/auth/passwords/remembering.ts';

/** The third vector of RFC 7914 section 12. */
const vector = {
  password: 'pleaseletmein',
  hash: '$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw',
};

describe('passwords', () => {
  it('takes the password that was hashed, and no other', async () => {
    const verify = passwords({ ann: await hashPassword('correct'), bob: await bcrypt('battery', 4) });
    const tried = [
      ['ann', 'correct'],
      ['ann', 'battery'],
      ['ann', ''],
      ['bob', 'battery'],
      ['bob', 'correct'],
      ['eve', 'correct'],
      ['__proto__', 'correct'],
    ] as const;
    const found = await Promise.all(tried.map(([name, password]) => verify(name, password)));
    expect(found).toEqual([true, false, false, true, false, false, false]);
  });

  it('salts', async () => expect(await hashPassword('a')).not.toBe(await hashPassword('a')));

  it('hashes as RFC 7914 does', async () => {
    expect(await passwords({ ann: vector.hash })('ann', vector.password)).toBe(true);
  });

  it('takes no password of more than 72 bytes for one that bcrypt cuts', async () => {
    const verify = passwords({ ann: await bcrypt('a'.repeat(72), 4) });
    expect(await verify('ann', 'a'.repeat(73))).toBe(false);
    expect(await verify('ann', 'a'.repeat(72))).toBe(true);
  });

  test.each([
    ['plain', 'secret'],
    ['MD5', '$apr1$abc$def'],
    ['hardly any salt', '$scrypt$ln=14,r=8,p=1$TmFDbA$c2FsdHNhbHRzYWx0c2FsdHNhbHQ'],
    ['so much memory that the server has none left', '$scrypt$ln=30,r=8,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHQ'],
    ['so much time that the server has none left', `$2b$31$${'a'.repeat(53)}`],
    ['nothing', undefined],
  ])('a hash of the kind %s is refused, and not told', (_, hash) => {
    const given: Record<string, string> = { ann: hash as string };
    expect(() => passwords(given)).toThrow(/^passwords: that of ann is no hash of scrypt/);
    if (hash) expect(() => passwords(given)).not.toThrow(hash);
  });

  it('takes no time for what is longer than any password, whatever its characters are', async () => {
    const verify = passwords({ ann: vector.hash });
    // Marks in the wrong order: to bring them in the right one takes time with the square of their number.
    const long = `a${'\u0301\u0316'.repeat(16_000)}`;
    const start = performance.now();
    for (const name of ['ann', 'eve']) expect(await verify(name, long)).toBe(false);
    expect(performance.now() - start).toBeLessThan(300);
    await expect(hashPassword(long)).rejects.toThrow('a password has 1024 characters at most');
    await expect(hashPassword('a'.repeat(1024))).resolves.toMatch(/^\$scrypt\$/);
  });

  it('tells of a login whether it changed, and nothing else', async () => {
    const [one, two] = [await hashPassword('one'), await hashPassword('two')];
    const [before, same, after] = [{ ann: one }, { ann: one, bob: two }, { ann: two }].map(passwords);
    expect(before?.loginOf?.('ann')).toBe(same?.loginOf?.('ann'));
    expect(before?.loginOf?.('ann')).not.toBe(after?.loginOf?.('ann'));
    expect(one).not.toContain(before?.loginOf?.('ann'));
    expect(before?.loginOf?.('bob')).toBeUndefined();
  });

  it('refuses a name that Basic cannot say', () => expect(() => passwords({ 'a:b': '' })).toThrow('is no name'));
});

describe('what is remembered', () => {
  const counted = (answer: (password: string) => boolean) => {
    const asked: string[] = [];
    const check = remembering(async (username, password) => {
      asked.push(`${username}:${password}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return answer(password);
    });
    return { asked, check };
  };

  it('is a password that was right, and checks that are under way', async () => {
    const { asked, check } = counted((password) => password === 'right');
    expect(await Promise.all(Array.from({ length: 100 }, () => check('ann', 'right')))).toEqual(Array(100).fill(true));
    expect(await check('ann', 'right')).toBe(true);
    expect(asked).toEqual(['ann:right']);
    for (let time = 0; time < 2; time++) expect(await check('ann', 'wrong')).toBe(false);
    expect(asked).toEqual(['ann:right', 'ann:wrong', 'ann:wrong']);
  });

  it('is not taken for that of another name', async () => {
    const { check } = counted((password) => password === 'bc');
    expect([await check('a', 'bc'), await check('ab', 'c')]).toEqual([true, false]);
  });

  it('is bounded in what waits: more are turned away', async () => {
    const { asked, check } = counted(() => false);
    const tried = await Promise.allSettled(Array.from({ length: 400 }, (_, n) => check('ann', String(n))));
    const refused = tried.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBe(400 - 2 - 256);
    expect(refused[0]).toMatchObject({ reason: { code: 'TOOMANYREQUESTS' } });
    expect(asked.length).toBe(258);
    expect(await check('ann', 'later')).toBe(false);
  });
});

describe('while others guess', () => {
  afterEach(() => {
    vi.doUnmock('bcryptjs');
    vi.doUnmock('../../../../lib/timers.ts');
    vi.resetModules();
  });

  it('a password that was right before is checked first, and never turned away', async () => {
    let clock = 0;
    vi.resetModules();
    vi.doMock('../../../../lib/timers.ts', async (original) => ({ ...(await original<object>()), now: () => clock }));
    const { remembering: freshly } = await import('../../../../lib/auth/passwords/remembering.ts');
    const asked: string[] = [];
    const check = freshly(async (_, password) => {
      asked.push(password);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return password.startsWith('right');
    });
    await check('ann', 'right');
    clock = 61_000;
    const guesses = Array.from({ length: 258 }, (_, n) => check('ann', `guess ${n}`));
    await expect(check('bob', 'right, and new')).rejects.toMatchObject({ code: 'TOOMANYREQUESTS' });
    expect(await check('ann', 'right')).toBe(true);
    expect(asked.lastIndexOf('right')).toBeLessThan(6);
    expect(await Promise.all(guesses)).toEqual(Array(258).fill(false));
  });

  it('bcrypt, which takes the thread that serves, has half of it at most', async () => {
    let running = 0;
    let most = 0;
    vi.resetModules();
    vi.doMock('bcryptjs', () => ({
      compare: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running--;
        return false;
      },
    }));
    const { readBcrypt } = await import('../../../../lib/auth/passwords/bcrypt.ts');
    const check = readBcrypt(`$2y$05$${'a'.repeat(53)}`);
    const start = performance.now();
    await Promise.all(['one', 'two', 'a'.repeat(100)].map((password) => check?.(password)));
    expect(most).toBe(1);
    // Three checks and two rests of 20 ms each, less what timers are early.
    expect(performance.now() - start).toBeGreaterThan(90);
  });
});

describe('a file of htpasswd', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-htpasswd-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read again when it has changed', async () => {
    const path = join(folder, 'changing');
    const replace = async (content: string) => {
      await writeFile(`${path}.new`, content);
      await rename(`${path}.new`, path);
    };
    await replace(`# who may\n\nann:${await bcrypt('one', 4)}\r\n`);
    const verify = htpasswd(path);
    expect([await verify('ann', 'one'), await verify('bob', 'two')]).toEqual([true, false]);
    await replace(`bob:${await bcrypt('two', 4)}\n`);
    await expect.poll(() => verify('bob', 'two'), { timeout: 5000 }).toBe(true);
    expect(await verify('ann', 'one')).toBe(false);
    await rm(path);
    await expect
      .poll(async () => Promise.resolve(verify('bob', 'two')).then(() => '', String), { timeout: 5000 })
      .toContain('ENOENT');
  });

  test.each([
    ['ann', 'line 1: it must be a name, a colon and a hash'],
    [':hash', 'line 1: it must be a name, a colon and a hash'],
    ['# of two\nann:$apr1$x$y', 'line 2: what follows the colon is no hash'],
  ])('that has %j lets nobody in, and says which line is wrong', async (content, message) => {
    const path = join(folder, 'malformed');
    await writeFile(path, content);
    await expect(htpasswd(path)('ann', 'one')).rejects.toThrow(message);
  });

  it('may begin with U+FEFF, and end its lines as it likes', async () => {
    const path = join(folder, 'marked');
    await writeFile(path, `\uFEFFann:${await bcrypt('one', 4)}\r\n\r\n# more\nbob:${await bcrypt('two', 4)}`);
    const verify = htpasswd(path);
    expect([await verify('ann', 'one'), await verify('bob', 'two')]).toEqual([true, true]);
  });

  it('has each name once', async () => {
    const path = join(folder, 'twice');
    await writeFile(path, `ann:${await bcrypt('one', 4)}\nann:${await bcrypt('two', 4)}\n`);
    await expect(htpasswd(path)('ann', 'one')).rejects.toThrow('line 2: there is a login of this name above');
  });
});
