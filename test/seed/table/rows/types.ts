import type { Rows } from '../row.ts';

/** The types of the first table, with their fields. */
export const types = {
  'SEED-T1': {
    was: { type: 'APIDescriptor' },
    at: [{ module: 'lib/docs/index.ts', exports: 'descriptors' }],
    but: ['each fact is said once'],
  },
  'SEED-T1-1': {
    was: { type: 'APIDescriptor', field: 'RouteDescriptors' },
    at: [{ module: 'lib/api/routes.ts', exports: 'routes' }],
    but: ['each fact is said once'],
  },
  'SEED-T1-2': {
    was: { type: 'APIDescriptor', field: 'ErrorDescriptors' },
    at: [{ module: 'lib/api/errors.ts', exports: 'errors' }],
    but: ['each fact is said once'],
  },

  'SEED-T2': { was: { type: 'RouteDescriptor' }, at: [{ type: 'RouteDescriptor' }] },
  'SEED-T2-1': { was: { type: 'RouteDescriptor', field: 'Name' }, at: [{ type: 'RouteDescriptor', field: 'name' }] },
  'SEED-T2-2': { was: { type: 'RouteDescriptor', field: 'Path' }, at: [{ type: 'RouteDescriptor', field: 'path' }] },
  'SEED-T2-3': { was: { type: 'RouteDescriptor', field: 'Entity' }, at: [{ type: 'RouteDescriptor', field: 'entity' }] },
  'SEED-T2-4': {
    was: { type: 'RouteDescriptor', field: 'Description' },
    at: [{ type: 'RouteDescriptor', field: 'description' }],
  },
  'SEED-T2-5': { was: { type: 'RouteDescriptor', field: 'Methods' }, at: [{ type: 'RouteDescriptor', field: 'methods' }] },

  'SEED-T3': { was: { type: 'MethodDescriptor' }, at: [{ type: 'MethodDescriptor' }] },
  'SEED-T3-1': { was: { type: 'MethodDescriptor', field: 'Method' }, at: [{ type: 'MethodDescriptor', field: 'method' }] },
  'SEED-T3-2': {
    was: { type: 'MethodDescriptor', field: 'Description' },
    at: [{ type: 'RequestDescriptor', field: 'summary' }],
    but: ['a use case speaks for itself'],
  },
  'SEED-T3-3': {
    was: { type: 'MethodDescriptor', field: 'Requests' },
    at: [{ type: 'MethodDescriptor', field: 'requests' }],
  },

  'SEED-T4': { was: { type: 'RequestDescriptor' }, at: [{ type: 'RequestDescriptor' }] },
  'SEED-T4-1': {
    was: { type: 'RequestDescriptor', field: 'Name' },
    at: [{ type: 'RequestDescriptor', field: 'summary' }],
    but: ['a use case speaks for itself'],
  },
  'SEED-T4-2': {
    was: { type: 'RequestDescriptor', field: 'Description' },
    at: [{ type: 'RequestDescriptor', field: 'description' }],
  },
  'SEED-T4-3': { was: { type: 'RequestDescriptor', field: 'Headers' }, at: [{ type: 'RequestDescriptor', field: 'headers' }] },
  'SEED-T4-4': {
    was: { type: 'RequestDescriptor', field: 'PathParameters' },
    at: [{ module: 'lib/api/parameters.ts', exports: 'pathParameters' }],
    but: ['each fact is said once'],
  },
  'SEED-T4-5': {
    was: { type: 'RequestDescriptor', field: 'QueryParameters' },
    at: [{ type: 'RequestDescriptor', field: 'query' }],
    but: ['fields have shorter names'],
  },
  'SEED-T4-6': { was: { type: 'RequestDescriptor', field: 'Body' }, at: [{ type: 'RequestDescriptor', field: 'body' }] },
  'SEED-T4-7': {
    was: { type: 'RequestDescriptor', field: 'Successes' },
    at: [{ type: 'RequestDescriptor', field: 'successes' }],
  },
  'SEED-T4-8': {
    was: { type: 'RequestDescriptor', field: 'Failures' },
    at: [{ type: 'RequestDescriptor', field: 'failures' }],
  },

  'SEED-T5': { was: { type: 'ResponseDescriptor' }, at: [{ type: 'ResponseDescriptor' }] },
  'SEED-T5-1': { was: { type: 'ResponseDescriptor', field: 'Name' }, at: [], but: ['each fact is said once'] },
  'SEED-T5-2': {
    was: { type: 'ResponseDescriptor', field: 'Description' },
    at: [{ type: 'ResponseDescriptor', field: 'description' }],
  },
  'SEED-T5-3': {
    was: { type: 'ResponseDescriptor', field: 'StatusCode' },
    at: [{ type: 'ResponseDescriptor', field: 'status' }],
    but: ['fields have shorter names'],
  },
  'SEED-T5-4': {
    was: { type: 'ResponseDescriptor', field: 'Headers' },
    at: [{ type: 'ResponseDescriptor', field: 'headers' }],
  },
  'SEED-T5-5': {
    was: { type: 'ResponseDescriptor', field: 'ErrorCodes' },
    at: [{ type: 'FailureDescriptor', field: 'code' }],
    but: ['a failure is one code'],
  },
  'SEED-T5-6': { was: { type: 'ResponseDescriptor', field: 'Body' }, at: [{ type: 'ResponseDescriptor', field: 'body' }] },

  'SEED-T6': { was: { type: 'BodyDescriptor' }, at: [{ type: 'BodyDescriptor' }] },
  'SEED-T6-1': {
    was: { type: 'BodyDescriptor', field: 'ContentType' },
    at: [{ type: 'BodyDescriptor', field: 'mediaTypes' }],
    but: ['fields have shorter names'],
  },
  'SEED-T6-2': {
    was: { type: 'BodyDescriptor', field: 'Format' },
    at: [
      { type: 'BodyDescriptor', field: 'schema' },
      { type: 'BodyDescriptor', field: 'example' },
    ],
    but: ['examples are values'],
  },

  'SEED-T7': { was: { type: 'ParameterDescriptor' }, at: [{ type: 'ParameterDescriptor' }] },
  'SEED-T7-1': {
    was: { type: 'ParameterDescriptor', field: 'Name' },
    at: [
      { module: 'lib/api/parameters.ts', exports: 'pathParameters' },
      { module: 'lib/api/parameters.ts', exports: 'queryParameters' },
      { module: 'lib/api/parameters.ts', exports: 'requestHeaders' },
      { module: 'lib/api/parameters.ts', exports: 'responseHeaders' },
    ],
    but: ['each fact is said once'],
  },
  'SEED-T7-2': {
    was: { type: 'ParameterDescriptor', field: 'Type' },
    at: [{ type: 'ParameterDescriptor', field: 'format' }],
    but: ['values have formats'],
  },
  'SEED-T7-3': {
    was: { type: 'ParameterDescriptor', field: 'Description' },
    at: [{ type: 'ParameterDescriptor', field: 'description' }],
  },
  'SEED-T7-4': {
    was: { type: 'ParameterDescriptor', field: 'Required' },
    at: [{ module: 'lib/api/row-shapes.ts', exports: 'Uses' }],
    but: ['each fact is said once'],
  },
  'SEED-T7-5': {
    was: { type: 'ParameterDescriptor', field: 'Format' },
    at: [{ type: 'ParameterDescriptor', field: 'format' }],
  },
  'SEED-T7-6': {
    was: { type: 'ParameterDescriptor', field: 'Regexp' },
    at: [{ type: 'Format', field: 'pattern' }],
    but: ['values have formats'],
  },
  'SEED-T7-7': {
    was: { type: 'ParameterDescriptor', field: 'Examples' },
    at: [{ type: 'Format', field: 'example' }],
    but: ['values have formats'],
  },

  'SEED-T8': { was: { type: 'ErrorDescriptor' }, at: [{ type: 'ErrorDescriptor' }] },
  'SEED-T8-1': {
    was: { type: 'ErrorDescriptor', field: 'Code' },
    at: [{ module: 'lib/api/errors.ts', exports: 'ErrorCode' }],
    but: ['a code is the key of its row'],
  },
  'SEED-T8-2': {
    was: { type: 'ErrorDescriptor', field: 'Value' },
    at: [{ module: 'lib/api/errors.ts', exports: 'ErrorCode' }],
    but: ['a code is the key of its row'],
  },
  'SEED-T8-3': { was: { type: 'ErrorDescriptor', field: 'Message' }, at: [{ type: 'ErrorDescriptor', field: 'message' }] },
  'SEED-T8-4': {
    was: { type: 'ErrorDescriptor', field: 'Description' },
    at: [{ type: 'ErrorDescriptor', field: 'description' }],
  },
  'SEED-T8-5': {
    was: { type: 'ErrorDescriptor', field: 'HTTPStatusCodes' },
    at: [{ type: 'ErrorDescriptor', field: 'status' }],
    but: ['fields have shorter names', 'a code has one status'],
  },
} as const satisfies Rows;
