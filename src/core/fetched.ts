/** What a web server that a stranger named answered; refused: why that counts for nothing; silence: why nobody knows. */
export type Fetched =
  | { readonly status: number; readonly contentType: string; readonly text: string }
  | { readonly refused: string }
  | { readonly silence: string };

/** What a BIMI record leads to. */
export interface Brand {
  readonly logo: Judged;
  /** The mark certificate (VMC or CMC); absent where the record names none. */
  readonly mark?: Judged & {
    /** Until it ends; negative once it has. */
    readonly daysLeft?: number;
  };
}

/** What was fetched and looked at: why it counts for nothing, each a sentence; silence: why nobody knows. */
export interface Judged {
  readonly faults: readonly string[];
  readonly silence?: string;
}

/** What the registry says of a domain (RDAP). */
export type Registration =
  | {
      /** Until it ends; absent where the registry does not tell. */
      readonly daysLeft?: number;
      /** 'client hold', 'redemption period' … (RFC 8056). */
      readonly states: readonly string[];
    }
  | { readonly silence: string };
