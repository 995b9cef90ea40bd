import type { Exchange } from './exchange.ts';
import { absent, descriptor, digest, image, imageType, index, indexType, manifest, step } from './given.ts';

const subject = image();
const about = descriptor(subject, imageType);
const signature = image({ artifactType: 'application/vnd.example.signature+json', subject: about, annotations: { by: 'us' } });
const plain = image({ subject: about });
const bundle = index([], { subject: about });

const listed = (content: string, mediaType: string, more: { artifactType?: string; annotations?: object }) => ({
  ...descriptor(content, mediaType),
  ...more,
});
const entries = [
  listed(signature, imageType, { artifactType: 'application/vnd.example.signature+json', annotations: { by: 'us' } }),
  listed(plain, imageType, { artifactType: 'application/vnd.oci.image.config.v1+json' }),
  listed(bundle, indexType, {}),
].sort((a, b) => (a.digest < b.digest ? -1 : 1));

const pushed = [
  ...manifest('a', digest(signature), signature),
  ...manifest('a', digest(plain), plain),
  ...manifest('a', digest(bundle), bundle, indexType),
];
const page = (manifests: readonly object[]) => ({ schemaVersion: 2, mediaType: indexType, manifests });
const path = `/v2/a/referrers/${digest(subject)}`;

/** The exchanges about lists of referrers. */
export const referrers: readonly Exchange[] = [
  {
    name: 'Nothing refers to a digest that nobody knows: the list is empty, and never a 404',
    steps: [
      step('GET', `/v2/a/referrers/${absent}`, {
        status: 200,
        body: page([]),
        headers: { 'Content-Type': indexType, Link: null, 'OCI-Filters-Applied': null },
      }),
    ],
  },
  {
    name: 'Images and indexes with a subject are listed, whether or not the subject is there',
    steps: [...pushed, step('GET', path, { status: 200, body: page(entries) }), step('HEAD', path, { status: 200 })],
  },
  {
    name: 'The filter is applied, said, and takes a plus sign as it is',
    steps: [
      ...pushed,
      ...['application/vnd.example.signature+json', 'application%2Fvnd.example.signature%2Bjson'].map((type) =>
        step('GET', `${path}?artifactType=${type}`, {
          status: 200,
          body: page(entries.filter(({ artifactType }) => artifactType === 'application/vnd.example.signature+json')),
          headers: { 'OCI-Filters-Applied': 'artifactType' },
        }),
      ),
      step('GET', `${path}?artifactType=none/such`, { status: 200, body: page([]) }),
    ],
  },
  {
    name: 'The filter takes types with parameters and spaces, in each way in which clients write these',
    steps: [
      ...['text/plain; charset=utf-8', 'application/vnd.dev.sigstore.bundle+json;version=0.2', 'a/b+c; d="e f"'].flatMap(
        (artifactType) => {
          const referrer = image({ artifactType, subject: about });
          return [
            ...manifest('a', digest(referrer), referrer),
            ...[
              encodeURIComponent(artifactType),
              new URLSearchParams({ artifactType }).toString().replace(/^artifactType=/, ''),
              artifactType.replaceAll(' ', '%20'),
            ].map((written) =>
              step('GET', `${path}?artifactType=${written}`, {
                status: 200,
                body: page([listed(referrer, imageType, { artifactType })]),
                headers: { 'OCI-Filters-Applied': 'artifactType' },
              }),
            ),
          ];
        },
      ),
    ],
  },
  {
    name: 'Referrers come in pages that keep the filter',
    options: { limits: { referrersPerPage: 1 } },
    steps: [
      ...manifest('a', digest(signature), signature),
      ...manifest(
        'a',
        digest(image({ artifactType: 'application/vnd.example.signature+json', subject: about })),
        image({ artifactType: 'application/vnd.example.signature+json', subject: about }),
      ),
      step('GET', `${path}?artifactType=application/vnd.example.signature+json`, {
        status: 200,
        headers: {
          Link: /^<\/v2\/a\/referrers\/sha256:[0-9a-f]{64}\?artifactType=application%2Fvnd.example.signature%2Bjson&after=sha256%3A[0-9a-f]{64}>; rel="next"$/,
        },
      }),
    ],
  },
  {
    name: 'The next page has the other referrers',
    options: { limits: { referrersPerPage: 2 } },
    steps: [
      ...pushed,
      step('GET', path, { status: 200, body: page(entries.slice(0, 2)), headers: { Link: /after=/ } }),
      step('GET', `${path}?after=${entries[1]?.digest}`, { status: 200, body: page(entries.slice(2)), headers: { Link: null } }),
    ],
  },
  {
    name: 'A page also ends before it outgrows the largest manifest',
    options: { limits: { manifestBytes: 2000 } },
    steps: [
      ...[1, 2, 3].flatMap((each) => {
        const large = image({ subject: about, annotations: { [`text${each}`]: 'x'.repeat(560) } });
        return manifest('a', digest(large), large);
      }),
      step('GET', path, { status: 200, headers: { Link: /after=/, 'Content-Length': /^1[0-9]{3}$/ } }),
    ],
  },
  {
    name: 'An empty artifact type is none',
    steps: [
      ...manifest('a', 'latest', image({ artifactType: '', subject: about })),
      step('GET', `${path}?artifactType=application/vnd.oci.image.config.v1%2Bjson`, { status: 200, body: /"digest"/ }),
    ],
  },
  {
    name: 'A referrer that is deleted leaves the list; a subject that is deleted does not take its referrers along',
    steps: [
      ...manifest('a', digest(subject)),
      ...pushed,
      step('DELETE', `/v2/a/manifests/${digest(subject)}`, { status: 202 }),
      step('DELETE', `/v2/a/manifests/${digest(plain)}`, { status: 202 }),
      step('GET', path, { status: 200, body: page(entries.filter((entry) => entry.digest !== digest(plain))) }),
    ],
  },
];
