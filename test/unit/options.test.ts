import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler, type RegistryOptions } from '../../lib/index.ts';

const create = (options: unknown) => () => createRegistryHandler(memoryDriver(), options as RegistryOptions);

describe('options', () => {
  it('may be left out, in whole or in part', () => {
    expect(create(undefined)).not.toThrow();
    expect(create({ limits: { manifestBytes: undefined }, authorize: undefined })).not.toThrow();
    expect(create({ publicUrl: 'https://example.com/registry', mountPath: '/registry', logger: console })).not.toThrow();
  });

  it('that are wrong are all listed, with the fix', () => {
    const wrong = {
      delete: true,
      limits: { manifestBytes: -1, pages: 1 },
      publicUrl: 'https://example.com/v2',
      mountPath: '/registry/v2',
      authorize: {},
      logger: {},
      deletes: 'no',
      minChunkBytes: 0,
    };
    expect(create(wrong)).toThrow(TypeError);
    expect(create(wrong)).toThrow(
      /there is no option 'delete'; use .*publicUrl must be a URL.*not "https:\/\/example\.com\/v2".*mountPath must be a path.*authorize must be a function.*logger must have.*deletes must be true or false, not "no".*minChunkBytes must be a positive integer, not 0.*limits\.manifestBytes must be a positive integer, not -1.*there is no option 'limits\.pages'/,
    );
  });

  it.each([null, 1, 'text'])('that are %j are none', (options) => {
    expect(create(options)).toThrow(TypeError);
  });

  it('name a logger whose debug can be called, or is not there', () => {
    const logger = { error: () => {}, warn: () => {} };
    expect(create({ logger: { ...logger, debug: undefined } })).not.toThrow();
    expect(create({ logger: { ...logger, debug: true } })).toThrow(/logger must have the methods error and warn, and debug/);
  });

  it('about time and trust are checked as well', () => {
    expect(create({ trustProxy: ['loopback', '10.0.0.0/8'], timeouts: { bodyIdle: 0, responseIdle: 1000 } })).not.toThrow();
    expect(create({ trustProxy: 'proxy.example', timeouts: { bodyIdle: -1, responseIdle: 2 ** 31, idle: 1 } })).toThrow(
      /trustProxy must be true, false, a number.*not "proxy\.example".*timeouts\.bodyIdle must be whole milliseconds; 0 switches the timeout off, not -1.*timeouts\.responseIdle must be .*not 2147483648.*there is no option 'timeouts\.idle'; use bodyIdle, responseIdle/,
    );
    expect(create({ timeouts: 5 })).toThrow(/timeouts must be an object, not 5/);
  });
});
