import type { Exchange } from './exchange.ts';
import { blob, step, upload } from './given.ts';

const some = ['b', 'a/b', 'a', 'a-b'].map((repo) => blob(repo, 'content'));

/** The exchanges about the list of repositories. */
export const catalog: readonly Exchange[] = [
  {
    name: 'The catalog of an empty registry is empty',
    steps: [step('GET', '/v2/_catalog', { status: 200, body: { repositories: [] }, headers: { Link: null } })],
  },
  {
    name: 'The catalog lists repositories in byte order',
    steps: [
      ...some,
      step('GET', '/v2/_catalog', { status: 200, body: { repositories: ['a', 'a-b', 'a/b', 'b'] } }),
      step('HEAD', '/v2/_catalog', { status: 200 }),
    ],
  },
  {
    name: 'The catalog comes in pages that link to the next one',
    steps: [
      ...some,
      step('GET', '/v2/_catalog?n=2', {
        status: 200,
        body: { repositories: ['a', 'a-b'] },
        headers: { Link: '</v2/_catalog?n=2&last=a-b>; rel="next"' },
      }),
      step('GET', '/v2/_catalog?n=2&last=a-b', { status: 200, body: { repositories: ['a/b', 'b'] }, headers: { Link: null } }),
      step('GET', '/v2/_catalog?last=a%2Fb', { status: 200, body: { repositories: ['b'] } }),
      step('GET', '/v2/_catalog?n=0', { status: 200, body: { repositories: [] }, headers: { Link: null } }),
    ],
  },
  {
    name: 'The limit of a page holds whatever the client asks for',
    options: { limits: { repositoriesPerPage: 1 } },
    steps: [
      ...some,
      step('GET', '/v2/_catalog?n=1000000', {
        status: 200,
        body: { repositories: ['a'] },
        headers: { Link: '</v2/_catalog?n=1&last=a>; rel="next"' },
      }),
    ],
  },
  {
    name: 'An upload does not make a repository',
    steps: [...upload('a', 'bytes'), step('GET', '/v2/_catalog', { status: 200, body: { repositories: [] } })],
  },
];
