/** The media types of manifests that are checked and searched for what they refer to: of images, of indexes, and of artifacts. */
export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
export const dockerImageType = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerIndexType = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const artifactManifestType = 'application/vnd.oci.artifact.manifest.v1+json';
