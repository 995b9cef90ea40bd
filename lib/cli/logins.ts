/** What the flags of `stowage serve` say of logins. */

/** Who may log in, and how. */
export interface LoginArguments {
  /** The file with names and hashes of passwords. */
  readonly htpasswd: string;
  /** Whether those who do not log in may pull. */
  readonly anonymousPull: boolean;
  /** The file with the key that signs tokens. */
  readonly tokenKey: string | undefined;
}

/** Whether clients log in with tokens. With passwords alone, those who want none for a pull cannot be told from those who have one. */
export const usesTokens = ({ anonymousPull, tokenKey }: LoginArguments): boolean => anonymousPull || tokenKey !== undefined;
