/** The document that tells what became of the first table, made of its rows. */
import { type Block, heading, idOf, list, table, text } from '../../../lib/docs/blocks.ts';
import { toMarkdown } from '../../../lib/docs/markdown.ts';
import { additions } from './additions.ts';
import { groups } from './deviations/index.ts';
import { differencesOf } from './differences.ts';
import { entries, isOfTheTable, rowGroups } from './rows/index.ts';
import { places, said } from './wording.ts';

/** docs/history.md. */
export function history(): string {
  return toMarkdown([...opening(), ...promises(), ...changes(), ...news(), ...rowByRow()]);
}

function opening(): Block[] {
  const rows = entries.filter(isOfTheTable);
  const same = rows.filter(([, { but }]) => but === undefined).length;
  const gone = rows.filter(([, { at }]) => at.length === 0).length;
  const seen = rows.filter((entry) => differencesOf(entry).length > 0).length - gone;
  return [
    heading(1, 'What became of the first table', 'history'),
    text(
      'On 18 December 2014 the registry that Docker was writing got a file with its whole new API as data: six routes with their methods, parameters, replies and error codes (`docker/docker-registry`, branch `next-generation`, commit `06ebc514a7`). Its commit message promised three things of such a table. This project sets out to keep all three.',
    ),
    text('**In a hurry:** of the rows of that table'),
    list(
      `${same} of ${rows.length} are what they were,`,
      `${rows.length - same - seen - gone} look as they did and mean something else, mostly because the grammar of names and digests has changed,`,
      `${seen} are there with another status, name, error code or the like,`,
      `${gone} ${gone === 1 ? 'is' : 'are'} gone.`,
    ),
    text(
      '[What changed](#changes) says what differs and why, [what is new](#new) what the first table did not have, and [row by row](#rows) where each row is today.',
    ),
    text(
      'This page is made of data in `test/seed`. A test looks every row up in the table that the server runs on; where the row is a reply, the tests have seen that reply on every driver. A difference that can be seen and is not said here fails.',
    ),
  ];
}

function promises(): Block[] {
  return [
    heading(2, 'The three promises', 'promises'),
    list(
      '**Routers are created from it.** [`lib/routing/router.ts`](../lib/routing/router.ts) compiles the paths of [`lib/api/routes.ts`](../lib/api/routes.ts); no route is registered anywhere else. The same rows choose the use case of a request, check every value, say what `authorize` is asked, answer 405 with `Allow`, build URLs and give the handlers their types: a handler that is missing, and a reply that its row does not have, do not compile.',
      '**It is the complete documentation.** [`docs/api.md`](api.md) and [`docs/openapi.json`](openapi.json) are generated, with samples of requests that were really made; a test fails where they differ from the table. `stowage serve --docs` serves both.',
      '**It enumerates what the tests must cover.** [`lib/coverage/obligations.ts`](../lib/coverage/obligations.ts) lists every reply, header and error code that somebody has to have seen. The tests fail on one that nobody saw, and on a reply that is not in the table; `npm run coverage:api` prints the list, and `stowage coverage --url URL` asks any registry for all of it. This page is the same for the table of 2014.',
    ),
    text(
      'The third promise keeps the first two. In the first table a stored chunk was answered 204, in the prose beside it 202; nothing compared the two, so both could stand. What nobody checks is prose, even in a table.',
    ),
  ];
}

const differenceId = (name: string): string => idOf('difference', name);

function changes(): Block[] {
  return [
    heading(2, 'What changed', 'changes'),
    text(
      'Specification means the OCI distribution specification, whose requests have numbers such as end-7a; registry 2.1.0 and the like are the versions of the registry that the first table was written for.',
    ),
    ...Object.entries(groups).flatMap(([group, deviations]) => [
      heading(3, group, idOf('changes', group)),
      ...table(
        ['now', 'was', 'is', 'why', 'source'],
        Object.entries(deviations).map(([name, { was, is, reason, source }]) => [`**${name}**`, was, is, reason, source]),
        Object.keys(deviations).map(differenceId),
      ),
    ]),
  ];
}

function news(): Block[] {
  const rows = Object.entries(additions).map(([name, { at, reason, source }]) => [`**${name}**`, places(at), reason, source]);
  return [
    heading(2, 'What is new', 'new'),
    text(
      'What the first table did not have, when this history was written. [`docs/api.md`](api.md) has the API as it is today, with what came later.',
    ),
    ...table(['what', 'where', 'why', 'source'], rows),
  ];
}

function rowByRow(): Block[] {
  return [
    heading(2, 'Row by row', 'rows'),
    text(
      '`SEED-R3-PUT-F2` is route 3, method PUT, second failure. `Q` is a request, `P` a path parameter, `Y` a query parameter, `H` a header, `B` a body, `S` a success, `F` a failure; the header or body of a reply stands under it. `E` is an error code. These are the 134 rows. The others are what the commit said of them (`M`), words that they are made of (`D`, `P`, `C`, `X`), types (`T`) and two comments (`TODO`).',
    ),
    text('A reply under _now_ is written as in the coverage of the tests.'),
    ...Object.entries(rowGroups).flatMap(([group, rows]) => [
      heading(3, group, idOf('rows', group)),
      ...table(
        ['row', 'then', 'now', 'difference'],
        Object.entries(rows).map(([id, { was, at, but = [] }]) => [
          id,
          said(was),
          places(at),
          but.map((name) => `[${name}](#${differenceId(name)})`).join('<br>'),
        ]),
        Object.keys(rows).map((id) => idOf(id)),
      ),
    ]),
  ];
}
