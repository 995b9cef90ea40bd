/** What of an entry's header is in its sum: keys and values in a fixed order, without separators. */
import type { Header } from './header.ts';
import type { TarsumVersion } from './name.ts';

/** The bytes that the sum of an entry begins with, one character for each; its content follows. */
export function entryText(header: Header, version: TarsumVersion): string {
  const isFirst = version === '';
  const { name, mode, uid, gid, size, mtime, type, linkname, uname, gname, devmajor, devminor } = header;
  const fields = `name${name}mode${mode}uid${uid}gid${gid}size${size}${isFirst ? `mtime${mtime}` : ''}typeflag${type}`;
  const others = `linkname${linkname}uname${uname}gname${gname}devmajor${devmajor}devminor${devminor}`;
  return fields + others + (isFirst ? '' : attributesText(header));
}

function attributesText({ attributes }: Header): string {
  // The default order is that of UTF-16 units, which are bytes here.
  const names = [...attributes.keys()].sort();
  return names.map((name) => `${name}${attributes.get(name)}`).join('');
}

/** The path that an entry counts under: entries of one path keep their order. */
export function entryPath({ name }: Header): string {
  return name.replace(/^\.\//, '').replace(/\/$/, '');
}
