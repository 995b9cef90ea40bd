/**
 * A client of the API with no route, header or status of its own: what it sends, and what it takes for an answer, is in the
 * table that `stowage/docs` exports. examples/typed-client-image.ts pushes and pulls an image with it.
 */
import {
  descriptors,
  type ErrorEntry,
  type Operation,
  type RequestOf,
  type ResponseDescriptor,
  type ResponseOf,
  type RouteDescriptor,
} from 'stowage/docs';

const { bodies, formats, pathParameters, queryParameters, requestHeaders } = descriptors;
const routes: readonly RouteDescriptor[] = descriptors.routes;
const useCases = routes.flatMap(({ path, methods }) =>
  methods.flatMap(({ method, requests }) => requests.map((request) => ({ ...request, method, path }))),
);

/** What the compiler knows of a request when its operation may be any. */
type Given = Readonly<Record<string, unknown>> & { readonly at?: string; readonly body?: Uint8Array<ArrayBuffer> };
type Parameter = { readonly format: keyof typeof formats };

/** What the registry refused, in its own words: the first error of its reply. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: ErrorEntry['code'];

  constructor(status: number, { code, message }: ErrorEntry) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A client of the registry whose API is at `base` + `/v2/`. It throws a {@link Refusal} where the registry refuses. */
export function clientOf(base: string) {
  return async <O extends Operation>(operation: O, request: RequestOf<O>): Promise<ResponseOf<O>> => {
    const given: Given = request;
    const useCase = useCases.find((each) => each.operation === operation && each.use === given.use);
    if (!useCase) throw new TypeError(`the table has no ${operation} with the use ${given.use}`);
    const { method, path, query, headers, successes } = useCase;

    const fill = (_: string, name: keyof typeof pathParameters) => textOf(name, pathParameters[name], given[name]);
    const url = new URL(given.at ?? base + path.replace(/\{(\w+)\}/g, fill), base);
    for (const [name, text] of textsOf(query, queryParameters, given)) url.searchParams.append(name, text);
    const sent = { headers: textsOf(headers, requestHeaders, given), body: given.body ?? null };
    const response = await fetch(url, { method, redirect: 'manual', ...sent });

    const success = successes.find(({ status }) => status === response.status);
    if (!success) throw await refusalIn(response);
    return (await replyIn(response, success)) as ResponseOf<O>;
  };
}

/** The parameters that are given, of those that a use case has; one that repeats, once for each of its values. */
function textsOf(uses: object = {}, parameters: Readonly<Record<string, Parameter>>, given: Given): [string, string][] {
  const used = Object.entries(parameters).filter(([name]) => name in uses);
  return used.flatMap(([name, parameter]) =>
    [given[name] ?? []].flat().map((value): [string, string] => [name, textOf(name, parameter, value)]),
  );
}

/** A value as text. One that fits its format has no character that a path would have to escape. */
function textOf(name: string, { format }: Parameter, value: unknown): string {
  const { pattern, ...said } = formats[format];
  if (new RegExp(pattern).test(String(value))) return String(value);
  throw new TypeError(`${name} cannot be ${JSON.stringify(value)}. ${'expected' in said ? said.expected : said.description}`);
}

async function replyIn(response: Response, { status, headers = {}, body }: ResponseDescriptor) {
  const texts = Object.entries(headers).map(([name, use]) => {
    const text = response.headers.get(name) ?? undefined;
    if (use === 'required' && text === undefined) throw new Error(`${response.url} answered ${status} without ${name}`);
    return [name, text];
  });
  const content = body && (bodies[body].schema ? await response.json() : new Uint8Array(await response.arrayBuffer()));
  return { status, headers: Object.fromEntries(texts), body: content };
}

async function refusalIn(response: Response): Promise<Refusal> {
  const { errors } = (await response.json()) as { readonly errors: readonly [ErrorEntry] };
  return new Refusal(response.status, errors[0]);
}
