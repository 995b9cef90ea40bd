/** The files below a directory of the file system driver. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseUploadName } from '../../../drivers/tree/layout.ts';
import type { UploadId } from '../../../lib/driver.ts';

/** The files below a directory, relative to it; none where it is not there. Directories themselves do not count. */
export function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(directory, join(parentPath, name)));
}

/** The key of the file of an upload in the registry at `root`, as it is named now; throws where there is none. */
export function uploadFileIn(root: string, id: UploadId): string {
  const found = uploadFiles(root, id)[0];
  if (found === undefined) throw new Error(`there is no file of upload ${id}`);
  return found;
}

/** The keys of the files of an upload, or of all uploads, in the registry at `root`. */
export function uploadFiles(root: string, id?: UploadId): string[] {
  const names = filesBelow(join(root, 'uploads')).filter((name) => {
    const upload = parseUploadName(name.slice(name.lastIndexOf('/') + 1));
    return upload !== undefined && (id === undefined || upload.id === id);
  });
  return names.map((name) => `uploads/${name}`);
}
