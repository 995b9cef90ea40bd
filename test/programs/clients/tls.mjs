// @ts-check
/** A registry of a test that speaks TLS, and skopeo with a folder of certificates, as a host has it in `/etc/containers/certs.d`. */
import { deepEqual, rejects } from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { startRegistry } from 'stowage/testing';
import { makeCertificate } from '../../support/certificate.ts';
import { readDigests } from './layout.mjs';

/**
 * @param {object} given
 * @param {string} given.folder for all files
 * @param {string} given.source a layout with the tag `one`
 * @param {(...words: string[]) => Promise<string>} given.skopeo
 * @param {ReturnType<typeof import('../../support/counting.ts').startCounting>['attempt']} given.attempt
 */
export async function tryTls({ folder, source, skopeo, attempt }) {
  const work = await mkdtemp(join(folder, 'tls-'));
  const { key, cert, paths } = makeCertificate(work);
  const [known, empty] = [join(work, 'known'), join(work, 'empty')];
  for (const each of [known, empty]) await mkdir(each);
  await copyFile(paths.cert, join(known, 'ca.crt'));
  const registry = await startRegistry({ tls: { key, cert } });
  const image = `docker://${registry.host}/team/app:1.0`;

  await attempt('TLS: skopeo does not push where it does not know the authority', async () => {
    await rejects(
      skopeo('copy', '--dest-cert-dir', empty, `oci:${source}:one`, image),
      /x509: certificate signed by unknown authority/,
    );
    registry.assertNoRequests();
  });
  await attempt('TLS: skopeo pushes and pulls with its folder of certificates', async () => {
    await skopeo('copy', '--dest-cert-dir', known, `oci:${source}:one`, image);
    await skopeo('copy', '--src-cert-dir', known, image, `oci:${work}/pulled:one`);
    deepEqual(await readDigests(join(work, 'pulled')), await readDigests(source, 'one'));
    await registry.requests.waitFor({ operation: 'putManifest', reference: '1.0', status: 201 });
    await registry.requests.waitFor({ operation: 'getManifest', reference: '1.0', status: 200 });
  });
  await registry.close();
}
