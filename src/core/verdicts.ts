/** Whether a host may send with an address: its question. */
export interface SpfQuestion {
  readonly ip: string;
  /** The envelope sender; empty for a bounce, whose sender is postmaster@ the HELO name (RFC 7208 2.4). */
  readonly from: string;
  readonly helo: string;
  /** The receiver's own name, for the macro %{r}. */
  readonly receiver?: string;
}

/** RFC 7208 2.6. */
export type SpfResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror';

/** What SPF says of one host and one address. */
export interface SpfVerdict {
  readonly result: SpfResult;
  /** In words, as the evaluator has them. */
  readonly reason?: string;
  readonly record?: string;
  /** The explanation that the domain publishes for a failure (exp=). */
  readonly explanation?: string;
  readonly lookups: { readonly count: number; readonly limit: number; readonly empty: number };
}

/** One term of a record as it met one host. */
export interface SpfStep {
  readonly term: string;
  readonly verdict: 'match' | 'no match' | 'error' | 'not reached';
  /** Why it is an error. */
  readonly reason?: string;
  /** The record that an include or redirect led to, where it decided. */
  readonly below?: SpfTrace;
}

/** A record as one host went through it, term by term, until one matched. */
export interface SpfTrace {
  readonly domain: string;
  readonly record?: string;
  readonly steps: readonly SpfStep[];
}

/** One signature of a message. */
export interface SignatureVerdict {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm?: string;
  readonly result: string;
  readonly reason?: string;
  readonly aligned: boolean;
  /** Bytes at the end of the body that an l= leaves unsigned. */
  readonly unsigned?: number;
  readonly keyBits?: number;
}

/** What a receiver finds of a message: who signed it, who sent it, and whether that counts for the author's domain. */
export interface MessageVerdict {
  /** Of the From header; absent where DMARC finds none or several. */
  readonly author?: string;
  readonly signatures: readonly SignatureVerdict[];
  /** Absent where nobody knows from which host it came. */
  readonly spf?: Omit<SpfVerdict, 'lookups'> & {
    readonly domain: string;
    readonly ip: string;
    readonly aligned: boolean;
  };
  readonly arc: { readonly result: string; readonly reason?: string; readonly instances: number };
  readonly dmarc: {
    readonly result: string;
    readonly reason?: string;
    /** In effect for this author: after sp, np and t. */
    readonly policy?: string;
    readonly organisation?: string;
    readonly policyDomain?: string;
    readonly record?: string;
  };
}
