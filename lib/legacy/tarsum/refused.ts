/** The bytes are no archive that has a tarsum. The message says why and goes on from "the block at byte so-and-so". */
export class ArchiveRefused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ArchiveRefused';
  }
}
