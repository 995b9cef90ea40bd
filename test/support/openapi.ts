/** The OpenAPI document as its tools see it: judged by a validator of the ecosystem, and with what it refers to in place. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { type OpenApiOptions, openapi } from '../../lib/docs/index.ts';

/** What the tests read of the document. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly security: unknown;
  readonly components: { readonly securitySchemes: object };
}

/** What the tests read of a method. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly security?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>>;
}

/** The schema of a body; an error document lists its codes. */
interface Schema {
  readonly properties?: {
    readonly errors?: { readonly items: { readonly properties: { readonly code: { readonly enum: readonly string[] } } } };
  };
}

/** The document with these options, and what the validator says of it. */
export async function validated(options: OpenApiOptions = {}) {
  const validator = new Validator();
  return { validator, result: await validator.validate(openapi(options) as Record<string, unknown>) };
}

/** The whole document, with each reference replaced by what it refers to. */
export async function resolvedDocument(): Promise<Document> {
  const { validator } = await validated();
  return validator.resolveRefs() as unknown as Document;
}

/** The replies that an operation may have, in order: `206`, and `404 BLOB_UNKNOWN` for each error code. */
export function repliesOf({ responses }: Operation): string[] {
  return Object.entries(responses)
    .flatMap(([status, { content = {} }]) => {
      const codes = Object.values(content).flatMap(({ schema }) => schema?.properties?.errors?.items.properties.code.enum ?? []);
      return codes.length === 0 ? [status] : codes.map((code) => `${status} ${code}`);
    })
    .sort();
}
