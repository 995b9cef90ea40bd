/** Drivers of which some methods are replaced. */
import type { BlobStore, Driver, Inventory, ManifestStore, OutboxStore, UploadStore } from '../driver.ts';

/** Methods that replace those of an object; undefined removes one. */
type Overrides<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** The methods to replace in each store of a driver. */
export interface DriverOverrides {
  readonly blobs?: Overrides<BlobStore>;
  readonly uploads?: Overrides<UploadStore>;
  readonly manifests?: Overrides<ManifestStore>;
  /** Of a driver that has one; undefined takes it away. */
  readonly outbox?: Overrides<OutboxStore> | undefined;
  /** The same. */
  readonly inventory?: Overrides<Inventory> | undefined;
}

/** A driver with these methods in place of its own. The given driver does not change, and goes on behind the new one. */
export function overrideDriver(driver: Driver, overrides: DriverOverrides): Driver {
  const { blobs, uploads, manifests, outbox, inventory } = overrides;
  return override(driver, {
    ...(blobs && { blobs: override(driver.blobs, blobs) }),
    ...(uploads && { uploads: override(driver.uploads, uploads) }),
    ...(manifests && { manifests: override(driver.manifests, manifests) }),
    ...('outbox' in overrides && { outbox: outbox && driver.outbox && override(driver.outbox, outbox) }),
    ...('inventory' in overrides && { inventory: inventory && driver.inventory && override(driver.inventory, inventory) }),
  });
}

/**
 * A proxy and not a copy, since a driver may be any object: an instance of a class, with inherited methods and private fields,
 * or frozen. Methods are bound to the original, or they could not reach its private fields.
 */
function override<T extends object>(original: T, overrides: Overrides<T>): T {
  // The target is another object, since a proxy may not hide the properties of a frozen one.
  const target: T = Object.create(original);
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(overrides, name)) return Reflect.get(overrides, name);
      const value: unknown = Reflect.get(original, name, original);
      return typeof value === 'function' ? value.bind(original) : value;
    },
  });
}
