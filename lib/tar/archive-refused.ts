/** The bytes are no archive that can be read. The message is a predicate: it follows "the block at byte 512". */
export class ArchiveRefused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ArchiveRefused';
  }
}
