/** `manifest.json` of an archive as `docker save` writes it, beside a layout: what loads images of either form finds them. */
import { blobPath } from '../../layout/entries.ts';
import type { Names } from '../names.ts';

/** The images of an archive that is written. */
export interface SavedImages {
  /** The name by which containerd knows an image, with its registry; undefined for one without a tag. */
  fullName(tag: string | undefined): string | undefined;
  /** Adds an image. Throws an Error for what `docker load` knows nothing of. */
  add(names: Names, tag: string | undefined): void;
  /** What the file says. */
  images(): readonly object[];
}

/** The images of an archive, called `repository:tag`. */
export function savedImages(repository: string, archive: string): SavedImages {
  const images: { readonly Config: string; readonly RepoTags: string[] | null; readonly Layers: readonly string[] }[] = [];
  return {
    fullName: (tag) => (tag === undefined ? undefined : `${withRegistry(repository)}:${tag}`),
    add({ config, layers, foreign, manifests, mediaType }, tag) {
      if (manifests.length > 0)
        throw new Error(
          `${archive} is to be an archive of docker save, which has images and no index of several: choose one platform`,
        );
      if (!config || !/\.(?:config|container\.image)\.v1\+json$/.test(config.mediaType))
        throw new Error(
          `${archive} is to be an archive of docker save, which has images, and this is ${config?.mediaType ?? mediaType}`,
        );
      if (foreign.length > 0)
        throw new Error(
          `${archive} is to be an archive of docker save, which has all layers, and ${foreign[0]?.digest} is fetched from elsewhere`,
        );
      const Config = blobPath(config.digest);
      const RepoTags = tag === undefined ? null : [`${repository}:${tag}`];
      images.push({ Config, RepoTags, Layers: layers.map(({ digest }) => blobPath(digest)) });
    },
    images: () => images,
  };
}

/** A name as Docker means it: without a registry it is one of Docker Hub, and without a slash one of its library. */
function withRegistry(repository: string): string {
  const [first = '', ...others] = repository.split('/');
  if (others.length > 0 && (/[.:]/.test(first) || first === 'localhost')) return repository;
  return `docker.io/${others.length === 0 ? 'library/' : ''}${repository}`;
}
