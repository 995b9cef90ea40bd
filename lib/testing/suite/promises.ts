/**
 * The promises of the contract, sentence by sentence, each with advice for the author of a driver that breaks it. The sentences
 * are those of `lib/driver.ts`, word for word: a test fails on one that differs or is missing.
 */

/** One promise of the contract of drivers. */
export interface ContractPromise {
  /** The place in `lib/driver.ts`: `rule 2`, `names` or a member, `BlobStore.get`. */
  readonly where: string;
  /** The sentence, word for word. */
  readonly says: string;
  /** What to change if it does not hold. */
  readonly advice: string;
}

/** All promises of the contract of drivers, by name, in the order of `lib/driver.ts`. */
export const promises = {
  absence: {
    where: 'rule 1',
    says: 'Absence is a value (`undefined`, `false`).',
    advice: 'Return undefined or false for what is not there. Look for the error that your storage gives for a missing key.',
  },
  'faults are thrown': {
    where: 'rule 1',
    says: 'Whatever a driver throws means that its storage failed; throw a StorageFault to say how.',
    advice: 'Let failures of the storage through, as a StorageFault. Never answer them with undefined, false or success.',
  },
  'chunk errors pass': {
    where: 'rule 1',
    says: 'The exceptions: what a Chunk throws while it is read passes through, and rule 6.',
    advice: 'Do not catch what the iteration of a chunk throws, other than to clean up and to throw the very same again.',
  },
  'one step': {
    where: 'rule 2',
    says: 'Each object changes in one step.',
    advice: 'Write beside the object and rename, or write it in one transaction or one conditional put.',
  },
  'never half': {
    where: 'rule 2',
    says: 'A reader sees it before or after, never half.',
    advice: 'Give an object its name only when all its bytes are there.',
  },
  repeatable: {
    where: 'rule 2',
    says: 'A method that changes several objects does so in the order of rule 3; it may be repeated after a failure, and then repeats all its steps.',
    advice: 'Do not return early because the first step is done already: the later ones may be missing.',
  },
  order: {
    where: 'rule 3',
    says: 'Order: bytes, the link in the repository, the manifest, its referrer entry, its tags.',
    advice: 'Write what others refer to before what refers to it.',
  },
  'reverse order': {
    where: 'rule 3',
    says: 'Deletions run in the reverse order.',
    advice: 'Delete tags, then the referrer entry, then the manifest.',
  },
  dangling: {
    where: 'rule 3',
    says: 'A link without content, a referrer entry without its manifest and a tag without its manifest read as absent.',
    advice: 'After following a link, an entry or a tag, look whether what it names is there.',
  },
  kept: {
    where: 'rule 4',
    says: 'A promise that resolves is kept: what a method reported as done survives the death of the process, and of the machine where the driver says that it is durable.',
    advice: 'Resolve after the last write, not before. On a disk that means: sync the file, rename it, sync its directory.',
  },
  'repositories exist': {
    where: 'rule 5',
    says: 'A repository exists while it holds a manifest or a blob.',
    advice: 'Derive the existence of a repository from what it holds, or forget it with the last manifest and blob.',
  },
  'uploads make none': {
    where: 'rule 5',
    says: 'An upload does not make one.',
    advice: 'Keep uploads apart from repositories.',
  },
  aborted: {
    where: 'rule 6',
    says: "Once it is aborted, the method may stop wherever it might fail (rule 2), and then throws the signal's reason, or an error whose `cause` that is.",
    advice:
      'Call signal.throwIfAborted() in your loops. Never answer an aborted call with an empty page, false or a StorageFault.',
  },
  'names are exact': {
    where: 'names',
    says: 'A tag may contain dots (`1..2`), and tags differ by case; a digest contains a colon.',
    advice: 'Encode names where the storage folds case or forbids a character.',
  },
  name: {
    where: 'Driver.name',
    says: 'For logs and messages: `memory`, `fs`.',
    advice: 'Give the driver a short name.',
  },
  close: {
    where: 'Driver.close',
    says: 'Lets go of whatever keeps a process alive.',
    advice: 'Close what you opened: files, connections, timers, listeners. Close it also where a reader stops early.',
  },
  'close handed in': {
    where: 'Driver.close',
    says: 'A client, pool or connection that was handed in stays open: who made it closes it.',
    advice: 'Close in close() only what the driver opened itself: others go on with a client that was given to you.',
  },
  'blob size': {
    where: 'Blob.size',
    says: 'In bytes.',
    advice: 'Give the number of bytes of the blob, known before it is opened.',
  },
  'blob open': {
    where: 'Blob.open',
    says: 'The bytes of the range, or all.',
    advice: 'A range names its first and its last byte, both included. Do not reuse a buffer that you have given away.',
  },
  'blob gone': {
    where: 'Blob.open',
    says: 'Undefined if the blob is gone since it was looked up.',
    advice: 'A blob that was deleted after get() opens as undefined, or whole.',
  },
  'blob deleted while read': {
    where: 'Blob.open',
    says: 'Of a blob that is deleted while it is read, either all these bytes come or the iteration throws: it never ends short.',
    advice: 'Count what was given. Where a piece is missing before the end of the range, throw a StorageFault; do not return.',
  },
  'blob pieces': {
    where: 'ByteStream',
    says: 'Each piece is memory that is not written to again.',
    advice: 'Allocate a buffer for each piece. To spare that, give a reader as well.',
  },
  'blob reader': {
    where: 'ByteStream.reader',
    says: "The same bytes, to be read into memory of the library's, which it uses again: nothing is allocated for each piece.",
    advice: 'Begin at the first byte of the range that was opened and end behind its last one, as the iteration does.',
  },
  'reader read': {
    where: 'ByteReader.read',
    says: 'Puts the next bytes at the start of the buffer, as many as fit or fewer, and says how many; 0 exactly if all were read.',
    advice: 'Count what is really in the buffer now: what lies behind it is of another read, perhaps of another blob.',
  },
  'reader deleted': {
    where: 'ByteReader.read',
    says: 'Of a blob that is deleted meanwhile, all bytes are read or it throws.',
    advice: 'Count what was read. Where bytes are missing before the end of the range, throw a StorageFault; do not give 0.',
  },
  'reader close': {
    where: 'ByteReader.close',
    says: 'Lets go of what is read from.',
    advice: 'Close the file or the connection that this reader has for itself, wherever it is.',
  },
  'blob url': {
    where: 'Blob.url',
    says: 'A URL at which a client may GET the blob itself.',
    advice: 'Give an absolute URL that answers a plain GET with the bytes, or undefined.',
  },
  'blob get': {
    where: 'BlobStore.get',
    says: 'The blob, if this repository holds it.',
    advice: 'Look in this repository alone, even where content is stored once for all.',
  },
  'blob get then read': {
    where: 'BlobStore.get',
    says: 'With `thenRead`, `open` may be what finds that its bytes are gone.',
    advice: 'Ask the storage about the blob all the same: what was there a moment ago may be deleted.',
  },
  'blob delete': {
    where: 'BlobStore.delete',
    says: 'Takes the blob from this repository and from no other.',
    advice: 'Remove the link of this repository. Compare whole names, not prefixes.',
  },
  'blob delete absent': {
    where: 'BlobStore.delete',
    says: 'False if it was not there.',
    advice: 'Say whether this call removed something.',
  },
  mount: {
    where: 'BlobStore.mount',
    says: 'Lets `to` hold a blob that `from` holds; without `from`, that any repository holds, as far as the driver can tell.',
    advice: 'Link the content into `to`; do not copy it, and do not take it from `from`.',
  },
  'mount absent': {
    where: 'BlobStore.mount',
    says: 'False if none does.',
    advice: 'Check that `from` itself holds the blob: content that only others hold must not be given away.',
  },
  put: {
    where: 'BlobStore.put',
    says: 'Stores a whole blob whose digest is known and lets `repo` hold it.',
    advice: 'Take all steps of the chunk, in order.',
  },
  'put refused': {
    where: 'BlobStore.put',
    says: '`chunk` throws unless every byte came and the digest is right; then nothing may be kept.',
    advice: 'Publish after the chunk has ended; if it throws, remove what was written and throw the same.',
  },
  'chunk once': {
    where: 'Chunk',
    says: 'The iterable can be read once.',
    advice: 'Iterate the chunk once. To try again is the affair of the client.',
  },
  'chunk early end': {
    where: 'Chunk',
    says: "In `append`, it ends early if the client's connection breaks: keep what came.",
    advice: 'Do not expect a length. What the chunk gave before it ended is what there is.',
  },
  'chunk error': {
    where: 'Chunk',
    says: 'If it throws, keep nothing of the chunk, and let the error through.',
    advice: 'Rethrow the very error, not a StorageFault about it, and put the upload back to where it was.',
  },
  'chunk release': {
    where: 'Chunk.release',
    says: 'They may be empty, or hold anything, from then on.',
    advice: 'Release buffers when their bytes are in the storage, or never.',
  },
  'chunk checkpoint': {
    where: 'Chunk.checkpoint',
    says: 'To be asked after the last step.',
    advice: 'Ask for the checkpoint when the iteration is over, not while it runs.',
  },
  'same state': {
    where: 'Upload',
    says: 'Two of them are the same state if `offset` and `token` are deeply equal.',
    advice: 'An upload that nobody touched has an equal token each time; keep times and random values out of it.',
  },
  token: {
    where: 'Upload.token',
    says: "The driver's own (a version, an ETag, a list of parts); plain data, handed back unchanged.",
    advice: 'Only JSON: no class instances, functions, handles. Another process must be able to use it.',
  },
  create: {
    where: 'UploadStore.create',
    says: "Begins an upload at `start`: offset 0 and the digest of nothing, in the upload's algorithm.",
    advice: 'Store the checkpoint as it is given, and give it back.',
  },
  'upload get': {
    where: 'UploadStore.get',
    says: 'The upload, if it was begun in this repository and has not ended.',
    advice: 'Bind an upload to its repository. In another one it is absent, for every method.',
  },
  append: {
    where: 'UploadStore.append',
    says: 'Appends all of `chunk`, and stores its checkpoint with it: the upload as it then stands.',
    advice: 'Write every buffer of every step in order, also empty ones, and store checkpoint() with the bytes.',
  },
  'append elsewhere': {
    where: 'UploadStore.append',
    says: 'Undefined, and nothing kept, if the upload is gone or no longer stands at `from`.',
    advice: 'Compare offset and token under a lock, or write with a condition, so that of two appends one loses.',
  },
  'append throws': {
    where: 'UploadStore.append',
    says: 'If it throws, the upload still stands at `from`; or at the end of the chunk, where the storage had it and the answer was lost; or it is gone, where the storage can no longer guarantee its bytes.',
    advice:
      'Cut off, or write over, what an append that failed has left behind the checkpoint; what counts already, as only the answer was lost, has to stay.',
  },
  read: {
    where: 'UploadStore.read',
    says: 'The bytes of the upload up to `at`; undefined if the upload is gone.',
    advice: 'Stop at at.offset, whatever lies behind it.',
  },
  'append after read': {
    where: 'UploadStore.read',
    says: 'An append that follows must still work.',
    advice: 'If parts have to be finished to be read, go on with new ones.',
  },
  commit: {
    where: 'UploadStore.commit',
    says: 'Publishes exactly the bytes up to `at`, which were verified, as `digest` in `repo`, and ends the upload. True: they are published.',
    advice: 'Cut the bytes at at.offset, publish, link, and end the upload. Publish nothing before.',
  },
  committed: {
    where: 'UploadStore.commit',
    says: 'If the upload is gone or no longer stands at `at`, nothing changes, and it is true if this repository holds `digest`, as after a commit whose answer was lost, and false if it does not.',
    advice:
      'Compare `at` with where the upload stands before anything is published. Where it is gone, look whether the repository holds the blob: a commit that was repeated has succeeded.',
  },
  complete: {
    where: 'UploadStore.complete',
    says: 'Does what `append` does and, where the chunk is whole, what `commit` does, with nothing stored in between.',
    advice: 'Ask the chunk after its last step whether it is whole. Publish if it is, and store the checkpoint if not.',
  },
  'complete early': {
    where: 'UploadStore.complete',
    says: 'Where the chunk ended early, the upload as it then stands.',
    advice: 'Keep what came, as an append does, and publish nothing.',
  },
  'complete elsewhere': {
    where: 'UploadStore.complete',
    says: 'Undefined, and nothing kept or published, where `append` gives undefined.',
    advice: 'Compare where the upload stands and publish in one step.',
  },
  'upload delete': {
    where: 'UploadStore.delete',
    says: 'Ends the upload and drops its bytes; false if there was none.',
    advice: 'Remove the session and its bytes, and say whether there was one.',
  },
  'delete does not wait': {
    where: 'UploadStore.delete',
    says: 'A running append is not waited for; it then gives undefined.',
    advice: 'Do not take the lock of the append. The append looks at its end whether the upload is still there.',
  },
  expire: {
    where: 'UploadStore.expire',
    says: 'Ends all uploads that nobody touched since `before`; says how many.',
    advice: 'Note the time of the last append with each upload, and compare with <.',
  },
  'expire under way': {
    where: 'UploadStore.expire',
    says: 'An append touches its upload for as long as it runs, whichever instance runs it.',
    advice: 'Hold a lease while an append runs, or touch the upload again and again: a large body comes for hours.',
  },
  'expire clock': {
    where: 'UploadStore.expire',
    says: "`before` is a time of the caller's clock: where the storage stamps times by a clock of its own, the difference of the two is taken into account.",
    advice:
      'Stamp uploads with the time of this process or, with a clock of the storage, take the age: its now minus (now - before).',
  },
  'expire leftovers': {
    where: 'UploadStore.expire',
    says: 'Whatever `before` is, what dead processes left behind is removed; what an append or a `put` is still writing is not, and is not waited for.',
    advice: 'Name what is being written after its writer, and ask whether that still runs; its age alone does not tell.',
  },
  'manifest digest': {
    where: 'Manifest.digest',
    says: 'The bytes of a signed manifest have another digest.',
    advice: 'Keep a manifest under the digest that you are given, and compute none.',
  },
  'manifest bytes': {
    where: 'Manifest.bytes',
    says: 'To be given back exactly.',
    advice: 'Store the bytes as bytes. To parse and print them again changes their digest.',
  },
  'referrer carried': {
    where: 'Manifest.referrer',
    says: 'All that JSON can say comes back in it: U+0000, lone surrogates, an empty key, `__proto__`, keys that differ by case or normalization, sizes up to 2^53 - 1.',
    advice:
      'Store the text that JSON.stringify gives, as text or bytes, and read it with readDescriptor. Columns and documents that take JSON apart (jsonb, BSON) lose some of it.',
  },
  page: {
    where: 'Page',
    says: 'A page of a list in byte order: what comes after `after`, at most `limit` entries, and fewer only where the list ends.',
    advice:
      'Order by bytes, not by locale (`-` before `.` before `/` before digits, capitals, `_`, small letters), over the whole list.',
  },
  'page marker': {
    where: 'Page.after',
    says: 'Any printable ASCII, and not always a valid name: to be compared, never to build a path or a key from.',
    advice: 'Compare entries with `after`; it need not be an entry, nor have been one.',
  },
  'manifest get': {
    where: 'ManifestStore.get',
    says: 'The manifest, if this repository has it.',
    advice: 'Give back everything that put() was given: bytes, media type, subject and referrer.',
  },
  'manifest describe': {
    where: 'ManifestStore.describe',
    says: 'The media type and the size of the manifest that `get` gives, without its bytes.',
    advice: 'Keep the media type and the size where they can be read alone. It is absent and present together with `get`.',
  },
  'manifest put': {
    where: 'ManifestStore.put',
    says: 'Stores the manifest, then its referrer entry; repeats both even where the manifest is there.',
    advice: 'Write the referrer entry also if the manifest is already stored.',
  },
  'manifest put tagged': {
    where: 'ManifestStore.putTagged',
    says: 'Does what `put` does, and then points each of the tags at the manifest, whatever it points at.',
    advice: 'Write the referrer entry too, and set every tag, also one that is set already.',
  },
  'manifest put tagged deleted': {
    where: 'ManifestStore.putTagged',
    says: 'False if the manifest was deleted meanwhile.',
    advice: 'Look for the manifest once the tags are set, and take them back if it is gone.',
  },
  'manifest delete': {
    where: 'ManifestStore.delete',
    says: 'Deletes all tags on the manifest, the entry that lists it among the referrers of its subject, then itself.',
    advice:
      'Read the subject of the manifest before it is gone, and look for the tags that point there, in this repository alone.',
  },
  'manifest delete later tags': {
    where: 'ManifestStore.delete',
    says: 'A tag that is set once it is absent and was put again stays.',
    advice: 'Where tags are looked for after the manifest is gone, take one only if the manifest is absent still.',
  },
  'manifest delete absent': {
    where: 'ManifestStore.delete',
    says: 'False if it was not there.',
    advice: 'Say whether this call removed the manifest.',
  },
  resolve: {
    where: 'ManifestStore.resolve',
    says: 'The manifest that the tag points at.',
    advice: 'Give the digest that was written last; undefined where there is no such tag.',
  },
  'resolve then read': {
    where: 'ManifestStore.resolve',
    says: 'With `thenRead`, `get` or `describe` may be what finds that it is gone.',
    advice: 'Ask the storage where the tag points all the same: what it was a moment ago may be moved or deleted.',
  },
  tag: {
    where: 'ManifestStore.tag',
    says: 'Points the tag at the digest.',
    advice: 'One object for each tag: an index of all tags loses one of two updates.',
  },
  'tag expected': {
    where: 'ManifestStore.tag',
    says: 'With `expected`, only if it points there now (null: only if there is no such tag); otherwise false, and nothing changed.',
    advice: 'Compare and write in one step: a conditional put, a transaction, or under a lock that other processes see too.',
  },
  'tag without manifest': {
    where: 'ManifestStore.tag',
    says: 'False, too, if the repository has no manifest `digest`.',
    advice: 'Look for the manifest in this repository before the tag is written.',
  },
  untag: {
    where: 'ManifestStore.untag',
    says: 'Deletes the tag.',
    advice: 'Delete this tag alone; the manifest stays.',
  },
  'untag expected': {
    where: 'ManifestStore.untag',
    says: 'False if there was none or, with `expected`, if it points elsewhere.',
    advice: 'Compare and delete in one step.',
  },
  tags: {
    where: 'ManifestStore.tags',
    says: 'A page of tags in byte order; undefined if there is no such repository.',
    advice: 'An existing repository without tags has an empty list, not undefined.',
  },
  referrers: {
    where: 'ManifestStore.referrers',
    says: 'A page of how the manifests that have this subject are listed, in the byte order of their digests.',
    advice: 'One entry for each manifest, in this repository, sorted by digest; `after` need not be among them.',
  },
  'large referrers': {
    where: 'ManifestStore.referrers',
    says: 'A page may also end at the entry with which the JSON of its entries comes to a mebibyte, so that large ones do not gather in memory.',
    advice:
      'Count the bytes of the descriptors as they are listed, and end the page at 1,048,576 of them or at its limit, not before.',
  },
  repositories: {
    where: 'ManifestStore.repositories',
    says: 'A page of repositories in byte order.',
    advice: 'Sort whole names by their bytes: `a-b` comes before `a/b`. A name may be a prefix of another.',
  },
  'lease state': {
    where: 'OutboxLease.state',
    says: 'What was kept with it last, by whichever holder; undefined if nothing ever was.',
    advice: 'Keep the state under the name of the lease, not of the holder.',
  },
  'outbox append': {
    where: 'OutboxStore.append',
    says: 'Adds the entries to the stream: all of them, in their order, behind those that this instance has added before.',
    advice: 'Write what is added at once in one step, as bytes, and begin the next step when it has ended.',
  },
  'outbox read': {
    where: 'OutboxStore.read',
    says: 'The entries of the stream behind `after`, which is the `next` of a page, or from its beginning; at most `limit`, and none only at the end.',
    advice: 'Give pages in the order of the stream, no longer than they may be, and an empty one at the end alone.',
  },
  'outbox each once': {
    where: 'OutboxStore.read',
    says: 'Whoever goes on from page to page gets each entry once, whichever instance adds it and however late it came.',
    advice:
      'A number that is taken before its entry can be read is jumped over by readers: take it in the step that shows the entry, or count the entries of each instance apart.',
  },
  'outbox trim': {
    where: 'OutboxStore.trim',
    says: "Drops the entries of the stream that were added before this time of the caller's clock.",
    advice: 'Note with each entry when it was added, and compare with <, within this stream alone.',
  },
  'outbox trim place': {
    where: 'OutboxStore.trim',
    says: 'Where to go on keeps its meaning.',
    advice: 'A place is the number of an entry that never changes, not how many entries are left before it.',
  },
  lease: {
    where: 'OutboxStore.lease',
    says: 'Lets the holder have the lease for so many milliseconds from now, again if it has it already; 0 gives it up.',
    advice: 'Keep holder and time with the lease; a lease whose time is over is had by nobody.',
  },
  'lease taken': {
    where: 'OutboxStore.lease',
    says: 'Undefined, and nothing changed, while another holder has it.',
    advice: 'Compare and write in one step: a conditional put, a transaction, or a rename.',
  },
  'lease keeps': {
    where: 'OutboxStore.lease',
    says: 'With `state`, keeps that in place of what was kept with the lease.',
    advice: 'Write the state once the lease is had, and leave it where it is refused.',
  },
  'inventory item': {
    where: 'Item.size',
    says: 'In bytes, about: what it takes in the storage.',
    advice: 'Of a blob, give the number of its bytes; of a manifest, that or what it takes with what is noted beside it.',
  },
  'inventory time': {
    where: 'Item.at',
    says: 'When it came to be held, at the latest, by the clock of the storage; of what lies in the trash, what it was put there with.',
    advice: 'Note when the link or the manifest was written, and with what is discarded the time that was given.',
  },
  'inventory repositories': {
    where: 'Inventory.repositories',
    says: 'A page of all repositories in byte order, with those that hold nothing any more and have something in their trash.',
    advice: 'List the names of what is held and of what lies in the trash, each once.',
  },
  'inventory held': {
    where: 'Inventory.held',
    says: 'A page of the blobs or manifests that the repository holds, in the byte order of their digests.',
    advice: 'Leave out what lies in the trash, and what other repositories hold.',
  },
  'inventory discarded': {
    where: 'Inventory.discarded',
    says: 'A page of the blobs or manifests in the trash of the repository, in the byte order of their digests.',
    advice: 'Sort by digest, whatever the times.',
  },
  'inventory trash': {
    where: 'Inventory.discarded',
    says: 'To list them is not to look for them.',
    advice: 'Do not read items by the methods that bring them back when you list them.',
  },
  'inventory discard': {
    where: 'Inventory.discard',
    says: "Puts the item into the trash of the repository, and notes this time of the caller's clock with it.",
    advice: 'Move it in one step, or write it there before you take it away.',
  },
  'inventory discards not': {
    where: 'Inventory.discard',
    says: 'False if the repository does not hold it.',
    advice: 'Say whether there was something to be put into the trash; what lies there already is not put there again.',
  },
  'inventory finds': {
    where: 'Inventory.discard',
    says: 'Every method that would have found it held, but for those that list, finds it as before, and with that the repository holds it again: also a mount from there, a tag that resolves to it, and a list of referrers that has it.',
    advice:
      'Where a method misses, look into the trash, and move what is there back before you answer. A deletion and a push leave nothing there.',
  },
  'inventory exists': {
    where: 'Inventory.discard',
    says: 'A repository does not exist for what lies in its trash.',
    advice: 'Ask for what is held when repositories are listed and when tags are asked for.',
  },
  'inventory remove': {
    where: 'Inventory.remove',
    says: 'Removes the item for good, a manifest with its entry among the referrers of its subject, if it lies in the trash and was put there with a time before `before`.',
    advice: 'Compare with <, and take the referrer entry away as well.',
  },
  'inventory removes not': {
    where: 'Inventory.remove',
    says: 'False, and nothing that can be found is changed, if it does not: of a look that finds it and a removal at the same time, one comes first.',
    advice: 'Make bringing back and removing steps on one name: a rename and an unlink, or two conditional changes of one row.',
  },
  'inventory reclaim': {
    where: 'Inventory.reclaim',
    says: 'Frees the bytes of blobs that no repository holds and that lie in no trash; says how many were freed.',
    advice:
      'Look at links of all repositories and at those in the trash, once more before bytes are removed. Let whoever makes a link look at the bytes behind it.',
  },
  'inventory withdraw': {
    where: 'Inventory.withdraw',
    says: 'Moves what is kept of an item, a blob with its bytes, to a place where nobody looks: no look finds it until the same is pushed again.',
    advice: 'Rename it, or change the row that look-ups read. Leave nothing of it where a look finds it, nor in the trash.',
  },
  'inventory withdraw again': {
    where: 'Inventory.withdraw',
    says: 'Then all that led to it leads to it again: tags, lists of referrers and, where repositories share the bytes of a blob, the links of each.',
    advice: 'Do not do what a deletion does: tags, entries of referrers and links stay, and read as absent meanwhile.',
  },
  'inventory withdraw back': {
    where: 'Inventory.withdraw',
    says: 'What was moved is handed to `isDamaged`, and moved back unless that gives true: the same may have been pushed again meanwhile.',
    advice: 'Ask behind the move, read from where it was moved to, and move it back where the answer is false or throws.',
  },
  'inventory withdraw false': {
    where: 'Inventory.withdraw',
    says: 'False if nothing was moved, or it was moved back.',
    advice: 'Give true only where something was moved and stays away.',
  },
} as const satisfies Readonly<Record<string, ContractPromise>>;

/** A name in {@link promises}: `'blob get'`. */
export type PromiseName = keyof typeof promises;
