/** The reference of the API: everything in the table, in the order in which people look for it. */
import { bodies } from '../api/bodies.ts';
import { type Parameter, type Row, rowsOf, type Success } from '../api/derive.ts';
import { type ErrorCode, type ErrorDescriptor, errors } from '../api/errors.ts';
import { type Failure, failureOfNoRoute, failuresAnywhere, failuresOf, wrongMethod } from '../api/failures.ts';
import { type Format, formats } from '../api/formats.ts';
import type { ResponseHeader } from '../api/parameters.ts';
import { routes } from '../api/routes.ts';
import type { Condition, RouteDescriptor, Uses } from '../api/row-shapes.ts';
import { type Block, code, exchange, heading, idOf, list, type Part, steps, table, text, verbatim } from './blocks.ts';
import { descriptionOf } from './description.ts';
import { generalRules, type Opening, opening } from './overview.ts';
import { reasons, replyText, type Sample, type Samples } from './samples.ts';

/** The whole reference. */
export function reference(samples: Samples, begin: Opening): Part[] {
  return [
    { title: 'Start here', blocks: [...opening(begin), ...tasks(samples), ...generalRules()] },
    { title: 'Step by step', blocks: flows(samples) },
    { title: 'Look up', blocks: [...methods(), ...errorCodes(samples), ...textFormats()] },
    { title: 'Requests', blocks: routes.flatMap((route) => routeSection(route, samples)) },
  ];
}

const idOfRoute = ({ name }: RouteDescriptor): string => idOf('route', name);
const idOfRow = (row: Row): string => idOf('request', row.name);
const idOfCode = (name: string): string => idOf('error', name);
const idOfFormat = (name: string): string => idOf('format', name);
const link = (label: string, id: string): string => `[${label}](#${id})`;
const formatPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, '<$1>');
const allRows = rowsOf(routes);

/** The tasks of a reader, each with a link to the flow or the request that does it. */
function tasks({ flows: walks }: Samples): Block[] {
  const rows = allRows.map((row) => [
    link(row.request.summary, idOfRow(row)),
    `\`${row.method.method} ${formatPath(row.route.path)}${selector(row.request.when)}\``,
  ]);
  return [
    heading(2, 'What do you want to do?', 'tasks'),
    list(...walks.map(({ title }) => link(title, idOf('flow', title)))),
    text('One request at a time:'),
    ...table(['task', 'request'], rows),
  ];
}

function selector(when: Condition | undefined): string {
  return when && 'query' in when ? `?${when.query}=…` : '';
}

/** Each flow: a numbered list of its requests, then every request and reply as it was recorded. */
function flows(samples: Samples): Block[] {
  return samples.flows.flatMap(({ title, steps: samplesOf }) => [
    heading(2, title, idOf('flow', title)),
    ...(samplesOf.length > 1 ? [steps(...samplesOf.map((step) => `${captionOf(step)}: ${sentIn(step)}`))] : []),
    ...samplesOf.flatMap((step, index) => [text(`Step ${index + 1}: ${captionOf(step)}`), exchange(step)]),
  ]);
}

/** The summary of a request of a flow, with a link to its section. */
function captionOf(step: Sample): string {
  const row = rowOf(step);
  return link(row.request.summary, idOfRow(row)) + (step.request.method === 'HEAD' ? ', without the body' : '');
}

/** The shape of a request of a flow: its path with placeholders, the names in its query, and its headers in the table. */
function sentIn(step: Sample): string {
  const { method, target, headers } = step.request;
  const row = rowOf(step);
  const names = [...new URLSearchParams(target.split('?')[1]).keys()];
  const query = names.length > 0 ? `?${names.map((name) => `${name}=…`).join('&')}` : '';
  const known = row.parameters.flatMap(({ name }) => (headers[name] === undefined ? [] : verbatim(`${name}: ${headers[name]}`)));
  return [verbatim(`${method} ${formatPath(row.route.path)}${query}`), ...known].join(' with ');
}

function rowOf({ of }: Sample): Row {
  const row = allRows.find((each) => each.name === of);
  if (!row) throw new Error(`no use case of the table is called ${of}`);
  return row;
}

function methods(): Block[] {
  const rows = routes.flatMap((route: RouteDescriptor) =>
    route.methods.map(({ method, access }) => [
      `\`${method}\``,
      `\`${formatPath(route.path)}\``,
      link(route.entity, idOfRoute(route)),
      access === 'none' ? '' : `\`${access}\``,
    ]),
  );
  return [
    heading(2, 'Methods', 'methods'),
    text('HEAD is served wherever GET is, with the same headers and no body.'),
    ...table(['method', 'path', 'entity', 'access'], rows),
  ];
}

function errorCodes(samples: Samples): Block[] {
  const everyFailure = [...allRows.flatMap(failuresOf), ...failuresAnywhere, failureOfNoRoute, wrongMethod];
  const statusesOf = (name: ErrorCode): number[] =>
    [...new Set(everyFailure.filter((failure) => failure.code === name).map(({ status }) => status))].sort();
  const rows = Object.entries(errors).map(([name, { message, description }]: [string, ErrorDescriptor]) => [
    `\`${name}\``,
    statusesOf(name as ErrorCode).join(', '),
    message,
    description,
  ]);
  return [
    heading(2, 'Error codes', 'errors'),
    text(
      'The body of every reply with a status of 400 or more, but to HEAD, is such a document. The message is for people, and may change; `detail` depends on the code, and its `reason` is for programs.',
    ),
    ...(samples.errors.MANIFEST_BLOB_UNKNOWN ? [code('http', replyText(samples.errors.MANIFEST_BLOB_UNKNOWN))] : []),
    ...table(['code', 'status', 'message', 'meaning'], rows, Object.keys(errors).map(idOfCode)),
    text('Any request may be answered so:'),
    ...failureTable([...failuresAnywhere, failureOfNoRoute, wrongMethod]),
  ];
}

function textFormats(): Block[] {
  const rows = Object.entries(formats).map(([name, format]: [string, Format<unknown>]) => [
    `**${name}**`,
    descriptionOf(format),
    verbatim(format.example),
    verbatim(format.pattern),
  ]);
  return [
    heading(2, 'Formats', 'formats'),
    text('Whatever travels as text in a path, a query or a header has one of these formats; the pattern fits the whole value.'),
    ...table(['format', 'meaning', 'example', 'pattern'], rows, Object.keys(formats).map(idOfFormat)),
  ];
}

function routeSection(route: RouteDescriptor, samples: Samples): Block[] {
  const rows = allRows.filter((row) => row.route.name === route.name);
  return [
    heading(2, route.entity, idOfRoute(route)),
    text(`\`${formatPath(route.path)}\`: ${route.description}`),
    ...rows.flatMap((row) => rowSection(row, samples)),
  ];
}

function rowSection(row: Row, samples: Samples): Block[] {
  const { request, method } = row;
  const sent = row.successes.map(({ name }) => samples.successes[name]);
  return [
    heading(3, request.summary, idOfRow(row), method.method),
    ...(request.description ? [text(request.description)] : []),
    code('http', requestLine(row)),
    text(
      [method.requests.length > 1 ? chosenBy(request.when) : '', accessOf(method.access), specOf(request.spec)]
        .filter(Boolean)
        .join(' '),
    ),
    ...table(
      ['parameter', 'in', 'meaning', 'example', 'format'],
      row.parameters.map((parameter) => parameterCells(parameter)),
    ),
    ...(request.body ? [text(`Body: ${bodyText(request.body)}`)] : []),
    ...table(
      ['success', 'meaning', 'headers', 'body'],
      row.successes.map((success) => successCells(row, success)),
    ),
    ...failureTable(failuresOf(row)),
    ...sent.flatMap((sample) => (sample ? [exchange(sample)] : [])),
  ];
}

/** The request line and the required headers, with placeholders for values. */
function requestLine(row: Row): string {
  const parameters = row.parameters;
  const query = parameters.filter((each) => each.in === 'query' && each.required).map(({ name }) => `${name}=<${name}>`);
  const headers = parameters.filter((each) => each.in === 'header' && each.required).map(({ name }) => `${name}: <${name}>`);
  const target = formatPath(row.route.path) + (query.length > 0 ? `?${query.join('&')}` : '');
  return [`${row.method.method} ${target}`, ...headers].join('\n');
}

function chosenBy(when: Condition | undefined): string {
  if (!when) return '';
  if ('query' in when) return `This is the request if the query has \`${when.query}\`.`;
  if ('header' in when) return `This is the request if it has the header \`${when.header}\`.`;
  if ('path' in when) return `This is the request if \`${when.path}\` is a ${when.format}.`;
  return 'This is the request if it announces no body.';
}

function accessOf(access: string): string {
  if (access === 'none') return '';
  if (access === 'catalog') return 'It needs access to the catalog.';
  return `It needs \`${access}\` access to the repository${access === 'push' ? ', and `pull`' : ''}.`;
}

function specOf(spec: readonly string[] | undefined): string {
  return spec ? `Specification: ${spec.map((section) => `\`${section}\``).join(', ')}.` : '';
}

function parameterCells({ name, in: place, format, description, required }: Parameter): string[] {
  const { example } = formats[format];
  const label = `${verbatim(name)}${required ? '' : ' (optional)'}`;
  return [label, place, description, verbatim(example), link(format, idOfFormat(format))];
}

function bodyText(name: keyof typeof bodies): string {
  const { description, mediaTypes } = bodies[name];
  return `${description} ${mediaTypes.map((type) => (type === '*/*' ? 'any other type' : `\`${type}\``)).join(', ')}.`;
}

function successCells(row: Row, success: Success): string[] {
  const head = row.method.method === 'GET' && !success.answersHead ? ' Not in reply to HEAD.' : '';
  return [
    `${success.status} ${reasons[success.status] ?? ''}`,
    success.description + head,
    headersText(success.headers),
    success.body ? bodies[success.body].description : '',
  ];
}

function failureTable(failures: readonly Failure[]): Block[] {
  const byStatus = failures.toSorted((one, other) => one.status - other.status);
  const rows = byStatus.map(({ status, code: name, description, headers }) => [
    `${status} ${reasons[status] ?? ''}`,
    link(`\`${name}\``, idOfCode(name)),
    description,
    headersText(headers),
  ]);
  return table(['failure', 'code', 'meaning', 'headers'], rows);
}

function headersText(headers: Uses<ResponseHeader> = {}): string {
  return Object.entries(headers)
    .map(([name, use]) => `\`${name}\`${use === 'optional' ? ' (optional)' : ''}`)
    .join(', ');
}
