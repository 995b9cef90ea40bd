/** Who may do what, and how clients are told that they may not. */
import type { Authorize, Credentials, Need } from '../../index.ts';
import { RegistryError } from '../../index.ts';
import type { Exchange, Step } from './exchange.ts';
import { absent, blob, digest, image, manifest, step, upload } from './given.ts';

const challenge = 'Basic realm="test"';
const basic = (user: string) => `Basic ${Buffer.from(`${user}:secret:with:colons`).toString('base64')}`;
const as = (user: string, { send, expect }: Step): Step => ({
  send: { ...send, headers: { ...send.headers, Authorization: basic(user) } },
  expect,
});
const named = (credentials: Credentials) =>
  credentials.scheme === 'basic' && credentials.password === 'secret:with:colons' ? credentials.username : undefined;

/** An authorizer: users log in by name and may do what the function allows; other clients may do nothing and get a challenge. */
const users =
  (may: (user: string, need: Need) => boolean): Authorize =>
  (_, credentials) => {
    const subject = named(credentials);
    return {
      ...(subject !== undefined && { subject }),
      may: (need) => subject !== undefined && may(subject, need),
      challenges: [challenge],
    };
  };

/** Each user may do everything in the repositories below their name, and read the catalog. */
const ownOnly = users((user, need) => 'catalog' in need || need.repository === user || need.repository.startsWith(`${user}/`));
const content = 'content';
/** A manifest of the same layer, with another digest. */
const other = image({ annotations: { another: 'one' } });
const push = (repo: string, reference: string, body: string): Step =>
  step('PUT', `/v2/${repo}/manifests/${reference}`, { status: 201 }, { body });

/** The exchanges about authorization. */
export const authorization: readonly Exchange[] = [
  {
    name: 'A client that is not known gets a challenge, on every route and on HEAD',
    driverless: true,
    options: { authorize: ownOnly },
    steps: [
      step('GET', '/v2/', { status: 401, code: 'UNAUTHORIZED', headers: { 'WWW-Authenticate': challenge } }),
      step('HEAD', '/v2/a/manifests/latest', { status: 401, body: '', headers: { 'WWW-Authenticate': challenge } }),
      step('GET', '/v2/_catalog', { status: 401, code: 'UNAUTHORIZED' }),
      as('a', step('GET', '/v2/', { status: 200 })),
    ],
  },
  {
    name: 'A client that is known and may not is denied, whether or not the thing is there',
    options: { authorize: ownOnly },
    steps: [
      as('a', blob('a', content)),
      as('b', step('GET', `/v2/a/blobs/${digest(content)}`, { status: 403, code: 'DENIED' })),
      as('b', step('GET', `/v2/a/blobs/${absent}`, { status: 403, code: 'DENIED' })),
      as(
        'a',
        step('GET', `/v2/a/blobs/${digest(content)}`, {
          status: 200,
          headers: { 'Cache-Control': 'private, max-age=31536000, immutable' },
        }),
      ),
    ],
  },
  {
    name: 'Other schemes and malformed credentials are nobody',
    driverless: true,
    options: { authorize: ownOnly },
    steps: ['Basic', 'Basic !!', 'Basic YQ==', 'Bearer token', 'Digest x', ''].map((Authorization) =>
      step('GET', '/v2/', { status: 401 }, { headers: { Authorization } }),
    ),
  },
  {
    name: 'Each challenge is a header line of its own',
    driverless: true,
    options: { authorize: () => ({ may: () => false, challenges: ['Bearer realm="https://example.com/token"', challenge] }) },
    steps: [
      step('GET', '/v2/a/tags/list', {
        status: 401,
        headers: { 'WWW-Authenticate': `Bearer realm="https://example.com/token", ${challenge}` },
      }),
    ],
  },
  {
    name: 'Without challenges the base is open, and what is refused is denied',
    driverless: true,
    options: { authorize: () => ({ may: () => false }) },
    steps: [step('GET', '/v2/', { status: 200 }), step('GET', '/v2/a/tags/list', { status: 403, code: 'DENIED' })],
  },
  {
    name: 'A permit says whether the base is open to those who are not known',
    driverless: true,
    options: {
      authorize: (_, credentials) => ({
        may: () => false,
        mayProbe: named(credentials) === 'probing',
        challenges: [challenge],
      }),
    },
    steps: [
      as('probing', step('GET', '/v2/', { status: 200 })),
      as('probing', step('GET', '/v2/a/tags/list', { status: 401, code: 'UNAUTHORIZED' })),
      step('GET', '/v2/', { status: 401, code: 'UNAUTHORIZED' }),
    ],
  },
  {
    name: 'Pushing asks for pull and push with all tags that are named; deleting asks for delete; cancelling is pushing',
    options: {
      authorize: users((user, need) => {
        if ('catalog' in need) return false;
        const asked = `${need.actions.join('+')} ${need.repository} ${need.tags?.join(',') ?? ''}`.trim();
        return user === 'all' || asked === user;
      }),
    },
    steps: [
      ...upload('a').map((each) => as('pull+push a', each)),
      as('pull+push a', step('DELETE', '{location}', { status: 204 })),
      ...manifest('a', 'one').map((each) => as('all', each)),
      as('pull+push a', step('PUT', '/v2/a/manifests/one', { status: 403, code: 'DENIED' }, { body: image() })),
      as('pull+push a one', step('PUT', '/v2/a/manifests/one', { status: 201 }, { body: image() })),
      as(
        'pull+push a two,three',
        step('PUT', `/v2/a/manifests/${digest(image())}?tag=two&tag=three`, { status: 201 }, { body: image() }),
      ),
      as('pull a one', step('GET', '/v2/a/manifests/one', { status: 200 })),
      as('pull+push a one', step('DELETE', '/v2/a/manifests/one', { status: 403, code: 'DENIED' })),
      as('delete a one', step('DELETE', '/v2/a/manifests/one', { status: 202 })),
    ],
  },
  {
    name: 'A client that may delete a tag and not pull it is not told where it points',
    options: { authorize: users((user, need) => !('catalog' in need) && (user === 'all' || need.actions.join() === 'delete')) },
    steps: [
      ...manifest('a', 'one').map((each) => as('all', each)),
      ...(['all', 'deleting'] as const).map((user) =>
        as(
          user,
          step(
            'DELETE',
            '/v2/a/manifests/one',
            {
              status: 412,
              detail: {
                reason: 'precondition',
                header: 'If-Match',
                ...(user === 'all' && { current: digest(image()) }),
              },
            },
            { headers: { 'If-Match': `"${absent}"` } },
          ),
        ),
      ),
      as('deleting', step('DELETE', '/v2/a/manifests/one', { status: 202 })),
    ],
  },
  {
    name: 'Who may create tags and not move or delete them: nothing of a refused push is kept, and the same manifest is no change',
    options: { authorize: users((user, { change }) => user === 'all' || change === undefined || change === 'create') },
    steps: [
      ...manifest('a', 'one').map((each) => as('all', each)),
      as('ann', push('a', 'two', image())),
      as('ann', push('a', 'one', image())),
      as(
        'ann',
        step(
          'PUT',
          '/v2/a/manifests/one',
          { status: 403, code: 'DENIED', detail: { reason: 'access', change: 'update', tags: ['one'] } },
          { body: other },
        ),
      ),
      as(
        'ann',
        step(
          'PUT',
          `/v2/a/manifests/${digest(other)}?tag=three&tag=one`,
          { status: 403, detail: { reason: 'access', change: 'update', tags: ['one'] } },
          { body: other },
        ),
      ),
      as('ann', step('GET', '/v2/a/tags/list', { status: 200, body: { name: 'a', tags: ['one', 'two'] } })),
      as('ann', step('GET', `/v2/a/manifests/${digest(other)}`, { status: 404 })),
      as(
        'ann',
        step('DELETE', '/v2/a/manifests/two', {
          status: 403,
          detail: { reason: 'access', change: 'delete', tags: ['two'] },
        }),
      ),
      as('all', push('a', 'one', other)),
    ],
  },
  {
    name: 'Who may move tags and not create them',
    options: { authorize: users((user, { change }) => user === 'all' || change !== 'create') },
    steps: [
      ...manifest('a', 'one').map((each) => as('all', each)),
      as('ann', push('a', 'one', other)),
      as(
        'ann',
        step(
          'PUT',
          '/v2/a/manifests/two',
          { status: 403, detail: { reason: 'access', change: 'create', tags: ['two'] } },
          { body: other },
        ),
      ),
      as('ann', step('PUT', `/v2/a/manifests/${digest(other)}`, { status: 201 }, { body: other })),
    ],
  },
  {
    name: 'A manifest takes its tags along only where all of them may be deleted',
    options: {
      authorize: users(
        (user, { change, tags }) =>
          user === 'all' || change === undefined || (tags !== undefined && !tags.some((tag) => tag.startsWith('v'))),
      ),
    },
    steps: [
      ...manifest('a', 'v1').map((each) => as('all', each)),
      as('all', push('a', 'latest', image())),
      as('all', push('a', 'main', other)),
      as(
        'ann',
        step('DELETE', `/v2/a/manifests/${digest(image())}`, {
          status: 403,
          code: 'DENIED',
          detail: { reason: 'access', change: 'delete', tags: ['latest', 'v1'] },
        }),
      ),
      as('ann', step('GET', '/v2/a/tags/list', { status: 200, body: { name: 'a', tags: ['latest', 'main', 'v1'] } })),
      as('ann', step('DELETE', `/v2/a/manifests/${digest(other)}`, { status: 202 })),
      as('ann', step('DELETE', '/v2/a/manifests/v1', { status: 403 })),
      as('ann', step('DELETE', '/v2/a/manifests/latest', { status: 202 })),
      as('all', step('DELETE', '/v2/a/manifests/v1', { status: 202 })),
      as('ann', step('DELETE', `/v2/a/manifests/${digest(image())}`, { status: 202 })),
      as('ann', step('DELETE', `/v2/a/manifests/${absent}`, { status: 404 })),
    ],
  },
  {
    name: 'Who may not pull is not told that a manifest has tags which may not be deleted, nor that it is there',
    options: {
      authorize: users((user, { actions, change }) => user === 'all' || (actions?.join() === 'delete' && change === undefined)),
    },
    steps: [
      ...manifest('a', 'one').map((each) => as('all', each)),
      ...[digest(image()), absent].map((each) =>
        as(
          'ann',
          step('DELETE', `/v2/a/manifests/${each}`, {
            status: 404,
            code: 'MANIFEST_UNKNOWN',
            detail: { name: 'a', reference: each },
          }),
        ),
      ),
    ],
  },
  {
    name: 'Who is not known and may not move a tag is asked to log in',
    options: {
      authorize: (_, credentials) => ({
        may: (need) => named(credentials) === 'all' || need.change !== 'update',
        challenges: [challenge],
      }),
    },
    steps: [
      ...manifest('a', 'one').map((each) => as('all', each)),
      step(
        'PUT',
        '/v2/a/manifests/one',
        { status: 401, code: 'UNAUTHORIZED', headers: { 'WWW-Authenticate': challenge } },
        { body: other },
      ),
    ],
  },
  {
    name: 'A mount whose source may not be read becomes an upload, and says nothing of the source',
    needs: ['blobs.mount'],
    options: { authorize: ownOnly },
    steps: [
      as('b', blob('b', content)),
      as(
        'a',
        step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}&from=b`, {
          status: 202,
          headers: { Location: /^\/v2\/a\/blobs\/uploads\// },
        }),
      ),
      as('a', step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}`, { status: 202 })),
      as('b', step('POST', `/v2/b/c/blobs/uploads/?mount=${digest(content)}&from=b`, { status: 201 })),
    ],
  },
  {
    name: 'The catalog shows each client what it may pull, in full pages',
    options: { authorize: ownOnly },
    steps: [
      ...['a', 'a/x', 'a/y', 'b', 'c/x'].map((repo) => as(repo.split('/')[0] ?? '', blob(repo, content))),
      as('a', step('GET', '/v2/_catalog', { status: 200, body: { repositories: ['a', 'a/x', 'a/y'] } })),
      as('c', step('GET', '/v2/_catalog?n=1', { status: 200, body: { repositories: ['c/x'] }, headers: { Link: null } })),
      as(
        'a',
        step('GET', '/v2/_catalog?n=2', {
          status: 200,
          body: { repositories: ['a', 'a/x'] },
          headers: { Link: '</v2/_catalog?n=2&last=a%2Fx>; rel="next"' },
        }),
      ),
    ],
  },
  {
    name: 'Nobody is let in by a challenge that no header can carry',
    driverless: true,
    options: { authorize: () => ({ may: () => false, challenges: ['Basic realm="\n"'] }) },
    steps: [step('GET', '/v2/a/tags/list', { status: 503, code: 'UNAVAILABLE' })],
  },
  {
    name: 'A client that has to wait is told how long, also where the authorizer does not say',
    driverless: true,
    options: {
      authorize: () => {
        throw new RegistryError('TOOMANYREQUESTS');
      },
    },
    steps: [step('GET', '/v2/a/tags/list', { status: 429, headers: { 'Retry-After': '5' } })],
  },
  {
    name: 'An authorizer may have clients wait',
    driverless: true,
    options: {
      authorize: () => {
        throw new RegistryError('TOOMANYREQUESTS', { headers: { 'Retry-After': '7' } });
      },
    },
    steps: [step('GET', '/v2/a/tags/list', { status: 429, code: 'TOOMANYREQUESTS', headers: { 'Retry-After': '7' } })],
  },
  {
    name: 'Nobody is let in because the check broke',
    driverless: true,
    options: {
      authorize: async () => {
        throw new Error('a secret of the host');
      },
    },
    steps: [step('GET', '/v2/a/tags/list', { status: 503, code: 'UNAVAILABLE', headers: { 'Retry-After': '5' } })],
  },
  {
    name: 'Nobody is let in by an answer that is no permit, or by anything but true',
    driverless: true,
    // JSON.parse hides the type: a host in plain JavaScript could return anything.
    options: { authorize: () => JSON.parse('false') },
    steps: [
      step('GET', '/v2/', { status: 503, code: 'UNAVAILABLE' }),
      step('GET', '/v2/a/tags/list', { status: 503, code: 'UNAVAILABLE' }),
    ],
  },
  {
    name: 'Only true is a yes',
    driverless: true,
    options: { authorize: () => ({ subject: 'a', may: () => JSON.parse('"no"') }) },
    steps: [step('GET', '/v2/a/tags/list', { status: 403, code: 'DENIED' })],
  },
  {
    name: 'Nobody is let in because a need could not be checked',
    driverless: true,
    options: { authorize: () => ({ subject: 'a', may: () => Promise.reject(new Error('a secret of the host')) }) },
    steps: [step('GET', '/v2/a/tags/list', { status: 503, code: 'UNAVAILABLE' })],
  },
];
