/** Lists of which a client sees a part: a page looks at a bounded number of entries, and names nothing that is hidden. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { stepsAtOnce } from '../../lib/concurrency.ts';
import type { Descriptor, Driver, Permit, RegistryOptions } from '../../lib/index.ts';
import { digest, image } from '../../lib/testing/exchanges/given.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { readName } from '../../lib/testing/suite/samples.ts';
import { send } from '../support/client.ts';

/** The pages of a list, `most` of them, as the `Link` of each leads to the next. */
async function pagesOf(driver: Driver, path: string, options: RegistryOptions = {}, most = 100) {
  await using registry = await startRegistry({ driver, options });
  const pages: { readonly status: number; readonly body: unknown; readonly link: string | undefined }[] = [];
  for (let next: string | undefined = path; next !== undefined && pages.length < most; ) {
    const { status, headers, body } = await send(registry.url, { method: 'GET', path: next });
    const link: string | undefined = /<([^>]+)>/.exec(String(headers.link ?? ''))?.[1];
    pages.push({ status, body: JSON.parse(String(body)), link });
    next = link;
  }
  return pages;
}

describe('the catalog', () => {
  /** 5,000 repositories, of which every thousandth is open; and how many of them the driver was asked for by each call. */
  const many = () => {
    const names = Array.from({ length: 5_000 }, (_, index) =>
      readName(`${index % 1_000 === 0 ? 'r' : 'rh'}${String(index).padStart(5, '0')}`),
    ).sort();
    const asked: number[] = [];
    const driver = overrideDriver(memoryDriver(), {
      manifests: {
        repositories: async ({ after = '', limit }) => {
          asked.push(limit);
          return names.filter((name) => name > after).slice(0, limit);
        },
      },
    });
    return { driver, names, asked };
  };
  const authorize: RegistryOptions['authorize'] = () => ({ may: ({ repository }) => repository?.startsWith('rh') !== true });

  it('shows what is visible in pages that look at a bounded number of entries, whose links name nothing hidden', async () => {
    const { driver, names, asked } = many();
    const pages = await pagesOf(driver, '/v2/_catalog', { authorize });
    const shown = pages.flatMap(({ body }) => (body as { repositories: string[] }).repositories);
    expect(shown).toEqual(names.filter((name) => !name.startsWith('rh')));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.map(({ link }) => link).filter((link) => link?.includes('rh'))).toEqual([]);
    expect(Math.max(...asked)).toBe(1_001);
  });

  it('reads no more than a page where everything is visible', async () => {
    const { driver, names, asked } = many();
    const [first] = await pagesOf(driver, '/v2/_catalog?n=2000&last=rh04990');
    expect(first?.body).toMatchObject({ repositories: names.filter((name) => name > 'rh04990') });
    await pagesOf(driver, '/v2/_catalog?n=3&last=rh04990');
    expect(asked).toEqual([1_001, 4, 4, 4]);
  });

  it('asks of several repositories at a time, of a bounded number, and keeps their order', async () => {
    const { driver, names } = many();
    let running = 0;
    let most = 0;
    let asked = 0;
    const may: Permit['may'] = async ({ repository = '' }) => {
      if (repository === '') return true;
      asked++;
      most = Math.max(most, ++running);
      // Later names are answered earlier.
      await sleep(1 + ((names.length - asked) % 5));
      running--;
      return Number(repository.slice(-1)) % 2 === 0;
    };
    const [page] = await pagesOf(driver, '/v2/_catalog?n=50&last=rh04000', { authorize: () => ({ may }) }, 1);
    const even = names.filter((name) => name > 'rh04000' && Number(name.slice(-1)) % 2 === 0);
    expect(page?.body).toEqual({ repositories: even.slice(0, 50) });
    expect(most).toBe(stepsAtOnce);
    expect(asked, 'few beyond the page').toBeLessThan(2 * 51 + stepsAtOnce);
    expect(running, 'nothing goes on behind the reply').toBe(0);
  });

  it('is not there if a question about one of its entries fails', async () => {
    const { driver } = many();
    const may: Permit['may'] = async ({ repository }) => {
      if (repository === 'rh04010') throw new Error('the policy is down');
      return true;
    };
    const options: RegistryOptions = { authorize: () => ({ may }), logger: { error: () => {}, warn: () => {} } };
    const statusOf = async (n: number) => (await pagesOf(driver, `/v2/_catalog?n=${n}&last=rh04000`, options, 1))[0]?.status;
    expect([await statusOf(5), await statusOf(50)]).toEqual([200, 503]);
  });

  it('lets others be served while it looks for what is visible', async () => {
    const { driver } = many();
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    await pagesOf(driver, '/v2/_catalog?n=1&last=r04000', { authorize });
    clearInterval(count);
    expect(turns).toBeGreaterThan(2);
  });
});

describe('referrers with a filter', () => {
  const subject = image({});
  const about = digest(subject);

  it('come in pages that look at a bounded number of entries, of which some may be empty', async () => {
    const descriptors = Array.from({ length: 25_000 }, (_, index): Descriptor => {
      const hex = String(index).padStart(64, '0');
      const artifactType = index === 24_000 ? 'application/vnd.example.wanted' : 'application/vnd.example.other';
      return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${hex}` as never, size: 1, artifactType };
    });
    let looked = 0;
    const driver = overrideDriver(memoryDriver(), {
      manifests: {
        referrers: async (_repo, _subject, { after = '', limit }) => {
          const page = descriptors.filter((one) => one.digest > after).slice(0, limit);
          looked += page.length;
          return page;
        },
      },
    });
    const path = `/v2/a/referrers/${about}?artifactType=application/vnd.example.wanted`;
    const pages = await pagesOf(driver, path);
    expect(pages.map(({ body }) => (body as { manifests: Descriptor[] }).manifests)).toEqual([[], [], [descriptors[24_000]]]);
    expect(pages.map(({ link }) => link?.includes('artifactType='))).toEqual([true, true, undefined]);
    // Of each page but the last, as many are read as it looks at, and at most the thousand behind it.
    expect(looked).toBeLessThanOrEqual(11_000 + 11_000 + 5_000);
  });
  it('come in pages that look at a bounded number of bytes, where the entries are large', async () => {
    const note = 'x'.repeat(2 ** 20);
    const descriptors = Array.from({ length: 100 }, (_, index): Descriptor => {
      const hex = String(index).padStart(64, '0');
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      return { mediaType, digest: `sha256:${hex}` as never, size: 1, annotations: { note } };
    });
    let looked = 0;
    const driver = overrideDriver(memoryDriver(), {
      manifests: {
        // A page ends at the entry with which it comes to a mebibyte: at each.
        referrers: async (_repo, _subject, { after = '' }) => {
          const page = descriptors.filter((one) => one.digest > after).slice(0, 1);
          looked += page.length;
          return page;
        },
      },
    });
    const pages = await pagesOf(driver, `/v2/a/referrers/${about}?artifactType=application/vnd.example.wanted`);
    expect(pages.map(({ body }) => (body as { manifests: Descriptor[] }).manifests)).toEqual([[], []]);
    expect(looked).toBeLessThanOrEqual(descriptors.length + 1);
  });
});
