/** The header of an entry as it is hashed: keys and values in a fixed order, without separators. */
import type { Header } from '../../tar/header.ts';
import type { TarsumVersion } from './name.ts';

/** The hashed text of a header, one character for each byte. The content of the entry is hashed after it. */
export function entryText(header: Header, version: TarsumVersion): string {
  const isFirst = version === '';
  const { name, mode, uid, gid, size, mtime, type, linkname, uname, gname, devmajor, devminor } = header;
  const fields = `name${name}mode${mode}uid${uid}gid${gid}size${size}${isFirst ? `mtime${mtime}` : ''}typeflag${type}`;
  const others = `linkname${linkname}uname${uname}gname${gname}devmajor${devmajor}devminor${devminor}`;
  return fields + others + (isFirst ? '' : attributesText(header));
}

function attributesText({ attributes }: Header): string {
  // sort() compares UTF-16 units, which are single bytes here.
  const names = [...attributes.keys()].sort();
  return names.map((name) => `${name}${attributes.get(name)}`).join('');
}

/** The path of an entry without `./` and a trailing slash. Entries with the same path keep their order. */
export function entryPath({ name }: Header): string {
  return name.replace(/^\.\//, '').replace(/\/$/, '');
}
