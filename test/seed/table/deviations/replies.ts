import type { Deviations } from './deviation.ts';

/** Replies that are others now. */
export const replies = {
  'a stored manifest is answered 201': {
    was: '202, without headers.',
    is: '201 with `Location` and `Docker-Content-Digest`, and `OCI-Subject` where the manifest has a subject.',
    reason: 'The manifest is there when the reply is sent; clients compare its digest with theirs.',
    source: 'distribution specification 1.1, "Pushing Manifests" (end-7a); registry 2.1.0',
    changes: ['status'],
  },
  'a stored chunk is answered 202': {
    was: '204 with `Range`.',
    is: '202 with `Location`, `Range` and `Docker-Upload-UUID`.',
    reason: 'The upload is not over. The prose that came with the first table said 202 as well.',
    source: 'distribution specification 1.1, "Pushing a blob in chunks" (end-5)',
    changes: ['status'],
  },
  'a completed upload is answered 201': {
    was: '204.',
    is: '201 with `Location` and `Docker-Content-Digest`.',
    reason: 'A blob has come into being, and the client learns where. The prose that came with the first table said 201 as well.',
    source: 'distribution specification 1.1, "Pushing a blob monolithically" (end-6)',
    changes: ['status'],
  },
  'a chunk belongs to the request': {
    was: 'The range, the length and the bytes of the last chunk stood in the reply to the closing PUT.',
    is: 'They are the header and the body of the request; the reply has none of them.',
    reason: 'It is the client that sends the chunk.',
    source: 'distribution specification 1.1, "Pushing a blob in chunks" (end-6)',
    changes: ['kind', 'body'],
  },
  'the base answers with an object': {
    was: '200 without a body.',
    is: '200 with `{}` as `application/json`.',
    reason: 'It is what registries have sent from the first day on, and what clients accept everywhere.',
    source: 'distribution specification 1.1, "Determining Support" (end-1); registry 2.0.0',
    changes: ['body'],
  },
  'a server of another API is not in the table': {
    was: '404 of `/v2/`: the server does not have this API.',
    is: 'No row.',
    reason: 'It describes a server that is not this one; no test can see this one answer so.',
    source: 'distribution specification 1.1, "Determining Support" (end-1)',
    changes: ['place'],
  },
  'HEAD is GET without its body': {
    was: 'A method of its own, on blobs and on uploads; that on blobs had no replies.',
    is: 'Served wherever GET is, with the status and the headers of GET, and tested for each of its replies.',
    reason: 'RFC 9110 says that it is the same request; a second row could only repeat the first or depart from it.',
    source: 'RFC 9110 section 9.3.2; distribution specification 1.1, "Checking if content exists in the registry" (end-2, end-3)',
    changes: [],
  },
  'a cancelled upload is answered': {
    was: 'DELETE of an upload had no replies.',
    is: '204; 404 `BLOB_UPLOAD_UNKNOWN` where there is no such upload.',
    reason: 'A method without replies cannot be tested.',
    source: 'distribution specification, "Cancel a blob upload" (end-14); registry 2.0.0',
    changes: [],
  },
} as const satisfies Deviations;
