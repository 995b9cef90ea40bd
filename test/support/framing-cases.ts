/** Requests as no client should send them, byte by byte, and what comes back. */

/** What is sent, and what the server makes of it. */
export interface Framing {
  readonly name: string;
  /** What is written; several texts are written one by one, in several turns of the event loop. */
  readonly sent: string | readonly string[];
  /** Whether the client ends its side of the connection after that. */
  readonly ends?: true;
  /** The statuses of all replies. */
  readonly statuses: readonly number[];
  /** Whether the connection can be used afterwards. */
  readonly leaves: 'open' | 'closed';
  /** The version of Node's parser, llhttp, from which on it refuses this. */
  readonly parser?: number;
}

const host = 'Host: x';
const unknown = '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';
/** A request of these lines; what follows the empty line is its body. */
const lines =
  (...head: readonly string[]) =>
  (body = '') =>
    `${head.join('\r\n')}\r\n\r\n${body}`;
const get = lines('GET /v2/ HTTP/1.1', host)();
const patch = (...headers: readonly string[]) => lines(`PATCH ${unknown} HTTP/1.1`, host, ...headers);
const chunked = 'Transfer-Encoding: chunked';

export const framings: readonly Framing[] = [
  // Lengths.
  { name: 'a length and chunks', sent: patch('Content-Length: 5', chunked)('0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  { name: 'chunks and a length', sent: patch(chunked, 'Content-Length: 5')('0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  {
    name: 'a length and chunks, and a request hidden in them',
    sent: patch('Content-Length: 6', chunked)(`0\r\n\r\n${get}`),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'two lengths that differ',
    sent: patch('Content-Length: 5', 'Content-Length: 6')('hello'),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'two lengths that agree',
    sent: patch('Content-Length: 5', 'Content-Length: 5')('hello'),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'a list of lengths', sent: patch('Content-Length: 5, 5')('hello'), statuses: [400], leaves: 'closed' },
  { name: 'a length with a sign', sent: patch('Content-Length: +5')('hello'), statuses: [400], leaves: 'closed' },
  { name: 'a negative length', sent: patch('Content-Length: -5')('hello'), statuses: [400], leaves: 'closed' },
  { name: 'a hexadecimal length', sent: patch('Content-Length: 0x5')('hello'), statuses: [400], leaves: 'closed' },
  { name: 'a length with a fraction', sent: patch('Content-Length: 5.0')('hello'), statuses: [400], leaves: 'closed' },
  { name: 'a length with a space inside', sent: patch('Content-Length: 5 5')('hello'), statuses: [400], leaves: 'closed' },
  { name: 'an empty length', sent: patch('Content-Length:')('hello'), statuses: [400], leaves: 'closed' },
  {
    name: 'a length beyond 64 bits',
    sent: patch('Content-Length: 99999999999999999999')('hello'),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'a length beyond what is a safe integer',
    sent: patch('Content-Length: 9007199254740993')('hello'),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'a length with zeros before it', sent: patch('Content-Length: 0005')('hello'), statuses: [404], leaves: 'open' },
  {
    name: 'a body that is longer than its length',
    sent: patch('Content-Length: 5')(`hello${get}`),
    statuses: [404, 200],
    leaves: 'open',
  },
  { name: 'a body with a request inside', sent: patch(`Content-Length: ${get.length}`)(get), statuses: [404], leaves: 'open' },
  {
    name: 'a read with a body',
    sent: lines('GET /v2/ HTTP/1.1', host, `Content-Length: ${get.length}`)(get),
    statuses: [200],
    leaves: 'open',
  },
  // Header lines.
  { name: 'a space before a colon', sent: patch('Content-Length : 5')('hello'), statuses: [400], leaves: 'closed' },
  {
    name: 'a space before the colon of a coding',
    sent: patch('Transfer-Encoding : chunked')('0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'a folded line', sent: patch('X-Folded: a', ' b')(), statuses: [400], leaves: 'closed' },
  { name: 'a folded coding', sent: patch('Transfer-Encoding:', ' chunked')('0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  { name: 'lines that end in LF alone', sent: 'GET /v2/ HTTP/1.1\nHost: x\n\n', statuses: [400], leaves: 'closed' },
  {
    name: 'one line that ends in LF alone',
    sent: 'GET /v2/ HTTP/1.1\r\nHost: x\nX-Y: z\r\n\r\n',
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'one line that ends in CR alone',
    sent: 'GET /v2/ HTTP/1.1\r\nHost: x\rX-Y: z\r\n\r\n',
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'a NUL in a value', sent: lines('GET /v2/ HTTP/1.1', host, 'X-Y: a\0b')(), statuses: [400], leaves: 'closed' },
  { name: 'a line without a colon', sent: lines('GET /v2/ HTTP/1.1', host, 'nothing')(), statuses: [400], leaves: 'closed' },
  {
    name: 'a line without a name',
    sent: lines('GET /v2/ HTTP/1.1', host, ': nothing')(),
    statuses: [400],
    leaves: 'closed',
    parser: 9,
  },
  {
    name: 'headers of 20 kB',
    sent: lines('GET /v2/ HTTP/1.1', host, `X-Y: ${'z'.repeat(20_000)}`)(),
    statuses: [431],
    leaves: 'closed',
  },
  { name: 'a path of 20 kB', sent: lines(`GET /v2/${'z'.repeat(20_000)} HTTP/1.1`, host)(), statuses: [431], leaves: 'closed' },
  {
    name: '3,000 header lines',
    sent: lines('GET /v2/ HTTP/1.1', host, ...Array<string>(3_000).fill('a:'))(),
    statuses: [431],
    leaves: 'closed',
  },
  {
    name: 'more header lines than Node keeps, and a length that it drops',
    sent: lines(
      'POST /v2/a/blobs/uploads/ HTTP/1.1',
      host,
      ...Array<string>(1_000).fill('a:'),
      `Content-Length: ${get.length}`,
    )(get),
    statuses: [431],
    leaves: 'closed',
  },
  {
    name: '998 header lines, all of which Node keeps',
    sent: lines('GET /v2/ HTTP/1.1', host, ...Array<string>(998).fill('a:'))(),
    statuses: [200],
    leaves: 'open',
  },
  { name: 'no Host', sent: lines('GET /v2/ HTTP/1.1')(), statuses: [400], leaves: 'closed' },
  { name: 'two Hosts', sent: lines('GET /v2/ HTTP/1.1', host, 'Host: y')(), statuses: [400], leaves: 'closed' },
  { name: 'two Hosts that agree', sent: lines('GET /v2/ HTTP/1.1', host, 'hOST: x')(), statuses: [400], leaves: 'closed' },
  {
    name: 'two Authorizations',
    sent: lines('GET /v2/ HTTP/1.1', host, 'Authorization: Basic YTpi', 'authorization: Bearer c')(),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'two Content-Types',
    sent: lines('GET /v2/ HTTP/1.1', host, 'Content-Type: a/b', 'content-type: c/d')(),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: '__proto__ as a header',
    sent: lines('GET /v2/ HTTP/1.1', host, '__proto__: x', 'constructor: y')(),
    statuses: [200],
    leaves: 'open',
  },
  // Codings.
  { name: 'an unknown coding', sent: patch('Transfer-Encoding: gzip')('hello'), statuses: [400], leaves: 'closed' },
  {
    name: 'a coding before chunked',
    sent: patch('Transfer-Encoding: gzip, chunked')('0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'a coding after chunked',
    sent: patch('Transfer-Encoding: chunked, identity')('0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'chunked twice', sent: patch('Transfer-Encoding: chunked, chunked')('0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  { name: 'chunked twice, in two lines', sent: patch(chunked, chunked)('0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  {
    name: 'a coding that looks like chunked',
    sent: patch('Transfer-Encoding: xchunked')('0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'chunked in quotes', sent: patch('Transfer-Encoding: "chunked"')('0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  {
    name: 'chunked with a tab before it',
    sent: patch('Transfer-Encoding:\tchunked')('0\r\n\r\n'),
    statuses: [404],
    leaves: 'open',
  },
  { name: 'chunked in capitals', sent: patch('Transfer-Encoding: CHUNKED')('0\r\n\r\n'), statuses: [404], leaves: 'open' },
  {
    name: 'chunked over HTTP/1.0',
    sent: lines(`PATCH ${unknown} HTTP/1.0`, host, chunked)('0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  // Chunks.
  { name: 'chunks', sent: patch(chunked)('5\r\nhello\r\n0\r\n\r\n'), statuses: [404], leaves: 'open' },
  {
    name: 'chunks with a request behind them',
    sent: patch(chunked)(`5\r\nhello\r\n0\r\n\r\n${get}`),
    statuses: [404, 200],
    leaves: 'open',
  },
  { name: 'a chunk with an extension', sent: patch(chunked)('5;a=b\r\nhello\r\n0\r\n\r\n'), statuses: [404], leaves: 'open' },
  {
    name: 'a chunk with an extension of 20 kB',
    sent: patch(chunked)(`5;a=${'b'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
    statuses: [413],
    leaves: 'closed',
  },
  {
    name: 'an extension that ends in LF alone',
    sent: patch(chunked)('5;a=b\nhello\r\n0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'a chunk size that ends in LF alone',
    sent: patch(chunked)('5\nhello\r\n0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'a chunk that is longer than its size',
    sent: patch(chunked)('5\r\nhello!\r\n0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'a chunk size with a sign', sent: patch(chunked)('+5\r\nhello\r\n0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  {
    name: 'a chunk size with 0x before it',
    sent: patch(chunked)('0x5\r\nhello\r\n0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'a chunk size with a space after it',
    sent: patch(chunked)('5 \r\nhello\r\n0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  {
    name: 'a chunk size beyond 64 bits',
    sent: patch(chunked)('fffffffffffffffff\r\nhello\r\n0\r\n\r\n'),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'an empty chunk size', sent: patch(chunked)('\r\nhello\r\n0\r\n\r\n'), statuses: [400], leaves: 'closed' },
  { name: 'a trailer', sent: patch(chunked)('5\r\nhello\r\n0\r\nX-Y: z\r\n\r\n'), statuses: [404], leaves: 'open' },
  {
    name: 'a trailer that names a length',
    sent: patch(chunked)(`5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n${get}`),
    statuses: [400],
    leaves: 'closed',
    parser: 9,
  },
  {
    name: 'trailers of 20 kB',
    sent: patch(chunked)(`0\r\nX-Y: ${'z'.repeat(20_000)}\r\n\r\n`),
    statuses: [431],
    leaves: 'closed',
  },
  // Request lines.
  {
    name: 'an absolute target',
    sent: lines('GET http://elsewhere.example/v2/ HTTP/1.1', host)(),
    statuses: [200],
    leaves: 'open',
  },
  {
    name: 'an absolute target without a path',
    sent: lines('GET http://elsewhere.example HTTP/1.1', host)(),
    statuses: [404],
    leaves: 'open',
  },
  {
    name: 'an absolute target of another scheme',
    sent: lines('GET ftp://elsewhere.example/v2/ HTTP/1.1', host)(),
    statuses: [404],
    leaves: 'open',
  },
  { name: 'an asterisk', sent: lines('OPTIONS * HTTP/1.1', host)(), statuses: [400], leaves: 'closed' },
  { name: 'an asterisk with another method', sent: lines('GET * HTTP/1.1', host)(), statuses: [400], leaves: 'closed' },
  { name: 'an authority', sent: lines('GET elsewhere.example:80 HTTP/1.1', host)(), statuses: [400], leaves: 'closed' },
  { name: 'a tunnel', sent: lines('CONNECT elsewhere.example:443 HTTP/1.1', host)(), statuses: [], leaves: 'closed' },
  { name: 'a target with a space', sent: lines('GET /v2/ /x HTTP/1.1', host)(), statuses: [400], leaves: 'closed' },
  { name: 'a method in small letters', sent: lines('get /v2/ HTTP/1.1', host)(), statuses: [400], leaves: 'closed' },
  { name: 'an unknown method', sent: lines('FROB /v2/ HTTP/1.1', host)(), statuses: [400], leaves: 'closed' },
  { name: 'HTTP/0.9, without a version', sent: 'GET /v2/\r\n\r\n', statuses: [400], leaves: 'closed' },
  { name: 'HTTP/0.9, with its version', sent: lines('GET /v2/ HTTP/0.9', host)(), statuses: [400], leaves: 'closed' },
  { name: 'HTTP/1.0', sent: lines('GET /v2/ HTTP/1.0')(), statuses: [200], leaves: 'closed' },
  {
    name: 'HTTP/1.0 that wants to go on',
    sent: lines('GET /v2/ HTTP/1.0', 'Connection: keep-alive')(),
    statuses: [200],
    leaves: 'open',
  },
  { name: 'HTTP/1.2', sent: lines('GET /v2/ HTTP/1.2', host)(), statuses: [400], leaves: 'closed' },
  { name: 'HTTP/2.0', sent: lines('GET /v2/ HTTP/2.0', host)(), statuses: [400], leaves: 'closed' },
  { name: 'the preface of HTTP/2', sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [400], leaves: 'closed' },
  { name: 'empty lines before a request', sent: `\r\n\r\n${get}`, statuses: [200], leaves: 'open' },
  { name: 'a hello of TLS', sent: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', statuses: [400], leaves: 'closed' },
  // Expectations.
  {
    name: 'an unknown expectation',
    sent: patch('Expect: 200-ok', 'Content-Length: 5')('hello'),
    statuses: [417],
    leaves: 'open',
  },
  // Order and time.
  { name: 'requests one behind the other', sent: get.repeat(10), statuses: Array<number>(10).fill(200), leaves: 'open' },
  {
    name: 'requests with bodies one behind the other',
    sent: patch('Content-Length: 5')('hello').repeat(10),
    statuses: Array<number>(10).fill(404),
    leaves: 'open',
  },
  {
    name: 'a request behind one that is refused for its framing',
    sent: patch('Transfer-Encoding: gzip, chunked')(`0\r\n\r\n${get}`),
    statuses: [400],
    leaves: 'closed',
  },
  { name: 'a request in two halves', sent: [get.slice(0, 12), get.slice(12)], statuses: [200], leaves: 'open' },
  { name: 'a request byte by byte', sent: [...get], statuses: [200], leaves: 'open' },
  { name: 'chunks byte by byte', sent: [patch(chunked)(), ...'5\r\nhello\r\n0\r\n\r\n'], statuses: [404], leaves: 'open' },
  { name: 'half a head, and then nothing', sent: get.slice(0, 20), statuses: [408], leaves: 'closed' },
  { name: 'nothing at all', sent: '', statuses: [], leaves: 'open' },
  { name: 'half a head, and the end', sent: get.slice(0, 20), ends: true, statuses: [400], leaves: 'closed' },
  { name: 'a request, and the end', sent: get, ends: true, statuses: [200], leaves: 'closed' },
  { name: 'half a body, and the end', sent: patch('Content-Length: 10')('hello'), ends: true, statuses: [400], leaves: 'closed' },
  { name: 'half a body, and then nothing', sent: patch('Content-Length: 10')('hello'), statuses: [404], leaves: 'closed' },
  { name: 'half a chunk, and then nothing', sent: patch(chunked)('a\r\nhello'), statuses: [404], leaves: 'closed' },
  {
    name: 'a body of a gigabyte that never comes',
    sent: patch('Content-Length: 1073741824')(),
    statuses: [404],
    leaves: 'closed',
  },
];
