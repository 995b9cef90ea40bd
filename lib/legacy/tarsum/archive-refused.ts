/** The bytes are no archive that has a tarsum. The message is a predicate: it follows "the block at byte 512". */
export class ArchiveRefused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ArchiveRefused';
  }
}
