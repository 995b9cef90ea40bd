/** The promises of the contract are the sentences of `lib/driver.ts`, and the suite asks for each of them. */
import { describe, expect, it } from 'vitest';
import { definitions } from '../../../lib/testing/suite/cases/index.ts';
import { type ContractPromise, promises } from '../../../lib/testing/suite/index.ts';
import { documented } from '../../support/contract-sentences.ts';

const all: readonly (readonly [string, ContractPromise])[] = Object.entries(promises);

/** What the contract says and no driver can break: explanations, and what the library does. */
const explanations: readonly string[] = [
  'The contract of a storage driver, in one file.',
  'A driver speaks of repositories, digests, tags, offsets and bytes.',
  'It knows no HTTP, no manifest formats, no hashing, no range headers, no links between pages and no error codes:',
  'the library does all that, for every driver alike.',
  'Six rules hold for every method.',
  'On a database, a transaction for each method keeps rules 2 and 3 by itself.',
  'An aborted signal says that the answer is not needed any longer:',
  'the client has left, or the registry closes.',
  'A method whose work grows with what is stored has a signal as its last parameter, which is always optional.',
  'A driver that ignores it is right, too.',
  'What streams bytes has none:',
  'a reader that stops closes the iterable.',
  'The names, digests, tags and ids that a driver gets were checked:',
  'no component of a path is `.` or `..`, and there is no backslash and no NUL, so they may be used in paths and keys.',
  'What was stored is read back with `readDigest` and its like, which the package exports.',
  'Every optional member may also be there and undefined.',
  'Where a registry keeps its content.',
  'Where events wait until they are delivered.',
  'Where it is absent, the option `events` is refused.',
  'What the repositories hold, to be looked through and tidied up.',
  'Where it is absent, nothing is collected.',
  'The largest blob that can be kept, in bytes:',
  'the library refuses larger ones, before their bytes come where the length tells.',
  'The driver is not used afterwards.',
  'A blob that was looked up, and not opened yet.',
  'Undefined:',
  'the library serves it this time.',
  'Bytes that come piece by piece.',
  'Called once at most, in place of the iteration.',
  'Where the method is absent, the library iterates.',
  'Reads bytes from the first to the last.',
  'Called again only when the call before has settled.',
  'Called once, when no read is under way, however far the bytes were read.',
  'What a look-up is for.',
  'A driver that ignores it is right, too.',
  'What is found is read next:',
  'what that does not find is absent, so the look-up need not look for it.',
  'The blobs that repositories hold.',
  'Where the method is absent, clients upload instead.',
  'Where the method is absent, the upload store is used instead.',
  'The bytes of one request, hashed and counted as they arrive.',
  'Each step gives the buffers that have come by then, to be written in one go or kept.',
  'While the driver writes, more arrive, up to a limit.',
  'In `put`, it throws instead.',
  'Tells that buffers of a step are not needed any longer, as their bytes are written:',
  'their memory is free at once, where it otherwise waits for the garbage collector.',
  'How far the upload is with all bytes of the chunk.',
  'The chunk with which an upload is to have all its bytes.',
  'It throws unless they have the digest that was named.',
  'Whether it came to its end; false where it ended early.',
  'To be asked after the last step.',
  'How far an upload is, and the digest of all bytes before there, if one process hashed them all.',
  'In bytes.',
  'An upload as it stands between two requests.',
  'Uploads that are under way.',
  'True:',
  'the bytes are published.',
  'Where the method is absent, the two are called.',
  'A manifest:',
  'parsed by the library, stored as told.',
  'What it is known by.',
  'The manifest that this one refers to, if any; it need not exist.',
  'How this manifest is listed among the referrers of its subject; present exactly if `subject` is.',
  'The order of keys may change.',
  'What is known of a manifest without its bytes.',
  'In bytes.',
  'Manifests, tags and referrers.',
  'Where the method is absent, `get` is asked.',
  'A driver may make all of that durable at once.',
  'Where the method is absent, `put` and `tag` are called.',
  'After a crash in the middle of a deletion it may still name a tag whose manifest is gone.',
  'Entries of a stream, the oldest first.',
  'Where the stream goes on behind them; plain text, to be handed back unchanged.',
  'A lease that its holder has.',
  'Streams of entries that are kept until they were delivered elsewhere, and leases by which several instances share that work.',
  'The names of streams, leases and holders have 1 to 64 small letters, digits and hyphens.',
  'What a repository holds under a digest.',
  'A blob or a manifest that a repository holds, or that lies in its trash.',
  'That of a blob may be shared by repositories.',
  'How much was freed.',
  'How many contents of blobs.',
  'Lists of what repositories hold, and a trash for each repository:',
  'what lies there is still found by whoever looks for it, which takes it out again.',
  'So what a client was told of stays, and what nobody has looked for all the time can be removed beside any traffic.',
  'Tags that point at it are not looked for.',
  'A driver may find them in one call and free them in the next one, so that it need not stop who pushes or mounts them again.',
  'Where the method is absent, what is damaged stays.',
  'Reads what was moved as `get` would have given it, and fails as that would have; undefined if it is gone.',
  'How a storage failed:',
  '`full` is answered with 507, `busy` with 503 and a time to wait, `broken` with 500.',
  '`busy` is what may work when it is tried again and no one does anything:',
  "no connection of a pool is free, a deadlock or a serialization failure is left after the driver's own retries, a lock was not had in time, a connection was refused or lost, a store asks to slow down.",
  '`full` is a lack of space or of quota.',
  '`broken` is everything else:',
  'a missing permission, damage, a schema.',
  "What a driver throws when its storage fails, so that the library need not know the names of any storage's errors.",
  'The message and the cause are logged and never shown to a client.',
  'Anything else that a driver throws counts as `broken`.',
  'Decides the status of the reply.',
  'How many whole seconds a client should wait before it tries again, for `busy`.',
  'A fault that is logged with its message and cause.',
  'Without `retryAfterSeconds`, clients wait for 5 seconds.',
  'Whether a value is a StorageFault, of this copy of the package or of another.',
];

describe('the contract', () => {
  it.each(all)('says what is promised as %s', (_, { where, says }) => {
    const texts = documented.filter((each) => each.where === where).map(({ text }) => text);
    expect(texts.join('\n')).toContain(says);
  });

  it('says nothing else but explanations', () => {
    const rest = documented.flatMap(({ where, text }) => {
      const quotes = all.filter(([, promise]) => promise.where === where).map(([, { says }]) => says);
      return quotes.reduce((left, quote) => left.replace(quote, ''), text).split(/(?<=[.:]) +/);
    });
    expect(rest.map((each) => each.trim()).filter((each) => each !== '')).toEqual(explanations);
  });
});

describe('the suite', () => {
  it.each(all.map(([name]) => name))('asks for what is promised as %s', (name) => {
    const asking = definitions.filter(({ definition }) => definition.promises.some((each) => each === name));
    expect(asking).not.toEqual([]);
  });

  it('has a name of its own for every rule', () => {
    const names = definitions.map(({ definition }) => definition.name);
    expect(names).toEqual([...new Set(names)]);
  });
});
