/** Names, tags and digests, and whether they are well-formed. */
import type { SeedCase } from './case.ts';

type Word = SeedCase<string, boolean>;

const still = (was: boolean, ...words: readonly string[]): Word[] => words.map((given) => ({ given, was }));
const become = (is: boolean, why: string, ...words: readonly string[]): Word[] =>
  words.map((given) => ({ given, was: !is, is, why }));

export const names: readonly Word[] = [
  ...still(true, 'simple/name', 'library/ubuntu', 'docker/stevvooe/app', 'aa/aa/bb/bb/bb'),
  ...still(true, 'foo.com/bar/baz', 'blog.foo.com/bar/baz', 'aa-a/aa', 'aa/aa', 'a-a/a-a'),
  ...become(true, 'A name has any number of components.', 'asdf', 'a'.repeat(255), Array(15).fill('aa').join('/')),
  ...become(true, 'A component may be one character.', 'a', 'a/b', 'a/a/a/b/b'),
  ...become(true, 'Two underscores and any run of hyphens separate, too.', 'aa__bb/cc', 'aa--bb/cc'),
  ...still(false, 'a/a/a/a/', 'asdf$$^/aa', 'a-/a/a/a', 'a'.repeat(256)),
  ...still(false, 'a___b', 'a..b', 'a_-b', 'A/b', '-a', 'a-', 'a//b', '/a', ''),
];

export const tags: readonly Word[] = [
  ...still(true, 'tag', 'tags', 'latest', 'V1', '_', '1.2-3_4', 'a'.repeat(128)),
  ...still(false, '', '.a', '-a', 'a:b', 'a/b', 'a b', 'ä', 'a'.repeat(129)),
];

const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const tarsum = 'A tarsum names an archive by what is in it, and is no digest of its bytes.';

export const digests: readonly Word[] = [
  ...still(true, `sha256:${hex}`),
  ...become(true, 'sha384 and sha512 are served, too.', `sha384:${hex.slice(32)}${hex}`, `sha512:${hex}${hex}`),
  ...become(false, tarsum, `tarsum+sha256:${hex}`, `tarsum.dev+sha256:${hex}`, `tarsum.v1+sha256:${hex}`),
  ...become(false, tarsum, 'tarsum.v23+test:12341234123412341effefefe', 'xxtarsumZv1+sha256:ab!!'),
  ...become(false, 'Other content can be made to fit such a digest.', `md5:${hex.slice(32)}`, `sha1:${hex.slice(24)}`),
  ...become(false, 'There is one way to write a digest.', 'sha256:abcdef0919234', `sha256:${hex.toUpperCase()}`),
  ...still(false, '', 'purejunk', 'sha256:', hex, `foo:${hex}`),
];
