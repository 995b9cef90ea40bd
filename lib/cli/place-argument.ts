/** Places as they are typed: `oci:DIR:TAG`, `docker://HOST/NAME:TAG`; and names in the storage. */
import { readDigest, readRepositoryName, readTag } from '../index.ts';
import { UsageError } from './flag-values.ts';

/** A place outside the storage. */
export type PlaceArgument = {
  /** A tag, a digest or the name of an entry; undefined where none is named. */
  readonly reference: string | undefined;
} & (
  | { readonly form: 'layout' | 'archive' | 'docker-archive'; readonly path: string }
  /** The URL is that of the repository. */
  | { readonly form: 'registry'; readonly url: string }
);

const files = { oci: 'layout', 'oci-archive': 'archive', 'docker-archive': 'docker-archive' } as const;

const forms = 'oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE and docker://HOST/NAME[:TAG|@DIGEST]';

/** Reads a place. Throws a {@link UsageError} for what is none. */
export function readPlace(text: string): PlaceArgument {
  const [, form = '', rest = ''] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
  if (form === 'docker' || form === 'http' || form === 'https') return readUrl(text, form, rest);
  if (!isFileForm(form) || rest === '') throw new UsageError(`'${text}' is no place; there are ${forms}`);
  // Up to the first colon, as skopeo reads it.
  const [, path = '', reference] = /^([^:]+)(?::(.+))?$/s.exec(rest) ?? [];
  if (path === '') throw new UsageError(`'${text}' names no ${form === 'oci' ? 'folder' : 'file'}`);
  return { form: files[form], path, reference };
}

const isFileForm = (form: string): form is keyof typeof files => Object.hasOwn(files, form);

function readUrl(text: string, form: string, rest: string): PlaceArgument {
  const [, host = '', name = ''] = /^\/\/([^/@]+)\/(.+)$/s.exec(rest) ?? [];
  if (host === '' || (form === 'docker' && !/[.:]|^localhost$/.test(host)))
    throw new UsageError(`'${text}' names no host and repository, as in docker://docker.io/library/busybox:latest`);
  const scheme = form === 'docker' ? (isLoopback(host) ? 'http' : 'https') : form;
  const { repository, tag, digest } = readName(name);
  const url = `${scheme}://${host}/${repository}`;
  if (!URL.canParse(url)) throw new UsageError(`'${text}' names no host`);
  return { form: 'registry', url, reference: digest ?? tag };
}

/** A machine asks itself without TLS, as others of these commands do. */
const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(host);

/** A repository, and what of it. */
interface Name {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Reads `team/app`, `team/app:1.0` or `team/app@sha256:…`. Throws a {@link UsageError} for what is none. */
export function readName(text: string): Name {
  const [, repository = '', tag, digest] = /^([^:@]+)(?::([^:@/]+))?(?:@(.+))?$/s.exec(text) ?? [];
  if (readRepositoryName(repository) === undefined)
    throw new UsageError(`'${text}' is no name of a repository, as in team/app:1.0`);
  if (tag !== undefined && readTag(tag) === undefined) throw new UsageError(`'${text}' ends in no tag: '${tag}'`);
  if (digest !== undefined && readDigest(digest) === undefined) throw new UsageError(`'${text}' ends in no digest: '${digest}'`);
  return { repository, tag, digest };
}
