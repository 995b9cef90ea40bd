/** Drivers with some of their methods exchanged for others. */
import type { BlobStore, Driver, ManifestStore, UploadStore } from '../driver.ts';

/** Methods that take the place of an object's own; undefined: it goes without. */
type Changes<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** What is changed in each of the stores of a driver. */
export interface Alterations {
  readonly blobs?: Changes<BlobStore>;
  readonly uploads?: Changes<UploadStore>;
  readonly manifests?: Changes<ManifestStore>;
}

/** The driver, with these methods instead of its own; the driver itself stays as it is. */
export function altered(driver: Driver, { blobs, uploads, manifests }: Alterations): Driver {
  return changed(driver, {
    ...(blobs && { blobs: changed(driver.blobs, blobs) }),
    ...(uploads && { uploads: changed(driver.uploads, uploads) }),
    ...(manifests && { manifests: changed(driver.manifests, manifests) }),
  });
}

/** Whatever the object is: it may be of a class, with methods that are not its own and fields that only they see, or frozen. */
function changed<T extends object>(whole: T, changes: Changes<T>): T {
  const standIn: T = Object.create(whole);
  return new Proxy(standIn, {
    get(_, name) {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name);
      const value: unknown = Reflect.get(whole, name, whole);
      return typeof value === 'function' ? value.bind(whole) : value;
    },
  });
}
