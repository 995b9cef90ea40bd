/** Layouts and archives as places. */

import { readRepositoryName } from '../../api/formats.ts';
import { must, text } from '../../checks/check.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import type { Openable, Place, Source } from '../place.ts';
import { folderFiles, folderSink } from './folder.ts';
import { layoutDestination } from './layout-destination.ts';
import { isLayout, layoutSource } from './layout-source.ts';
import { savedImages } from './saved-images.ts';
import { savedSource } from './saved-source.ts';
import { openTar } from './tar-files.ts';
import { tarSink } from './tar-sink.ts';

/**
 * An OCI image layout in a folder. What is copied to it is added; tags that are there lead to what is copied under them. Every file is written
 * under another name and renamed, `index.json` last.
 *
 * @throws {TypeError} for a path that is no text
 * @example
 * import { layout } from 'stowage/transfer';
 *
 * layout('./app').name; // => './app'
 */
export function layout(folder: string): Place {
  checkPath('layout', folder);
  const place: Openable = {
    name: folder,
    openSource: () => layoutSource(folderFiles(folder)),
    openDestination: () => layoutDestination(folderSink(folder)),
  };
  return place;
}

/**
 * An archive of tar: of an image layout, or as `docker save` writes it. It is not compressed. What is copied to it is a layout in an
 * archive, which takes the place of what was there once it is whole.
 *
 * @throws {TypeError} for a path that is no text
 * @example
 * import { archive } from 'stowage/transfer';
 *
 * archive('./app.tar').name; // => './app.tar'
 */
export function archive(file: string): Place {
  checkPath('archive', file);
  const place: Openable = {
    name: file,
    openSource: () => archiveSource(file),
    openDestination: async () => layoutDestination(await tarSink(file)),
  };
  return place;
}

/** How an archive of `docker save` is written. */
export interface DockerArchiveOptions {
  /** What images are called in it: `team/app`, to which their tags are added. */
  readonly repository: string;
}

const rules: OptionRules<DockerArchiveOptions> = {
  repository: {
    check: must('be the name of a repository', (value) => typeof value === 'string' && isDockerName(value)),
    required: true,
  },
};

/** A name with the host of a registry before it may have its port. */
const isDockerName = (value: string): boolean => readRepositoryName(value.replace(/^([^/:]+):\d+\//, '$1/')) !== undefined;

/**
 * An archive as `docker save` writes it, and `docker load` takes it: with a layout beside, so that manifests come back as they were. Read,
 * it is as {@link archive} is.
 *
 * @throws {TypeError} for a path that is no text, and options that are wrong
 * @example
 * import { dockerArchive } from 'stowage/transfer';
 *
 * dockerArchive('./app.tar', { repository: 'team/app' }).name; // => './app.tar'
 */
export function dockerArchive(file: string, options: DockerArchiveOptions): Place {
  const { repository } = parseOptions('dockerArchive', options, rules);
  checkPath('dockerArchive', file);
  const place: Openable = {
    name: file,
    openSource: () => archiveSource(file),
    openDestination: async () => layoutDestination(await tarSink(file), savedImages(repository, file)),
  };
  return place;
}

async function archiveSource(file: string): Promise<Source> {
  const files = await openTar(file);
  try {
    return await ((await isLayout(files)) ? layoutSource(files) : savedSource(files));
  } catch (error) {
    await files.close();
    throw error;
  }
}

function checkPath(name: string, path: unknown): void {
  const wrong = text(path);
  if (wrong !== undefined) throw new TypeError(`${name}: the path ${wrong}`);
}
