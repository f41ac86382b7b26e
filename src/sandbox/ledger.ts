/** One thing that somebody asked of a stand-in, and what came of it. */
export interface Entry {
  readonly n: number;
  /** Sandbox time, ISO 8601. */
  readonly at: string;
  readonly system: 'ses' | 'sts' | 'iam' | 'cloudflare' | 'porkbun' | 'route53' | 'mailcow' | 'relay' | 'dns' | 'smtp';
  /** The system's own word: 'CreateEmailIdentity', 'dns_records.batch', 'dns.create', 'TXT', 'DATA'. */
  readonly operation: string;
  /** AWS region, where there is one. */
  readonly region?: string;
  /** Who asked: the access key id, a token's name, the peer's address. Never a secret. */
  readonly caller?: string;
  /** What was asked of, and with what: a path and parsed body, a question, an envelope. Secrets are left out. */
  readonly request: unknown;
  /** HTTP status, DNS rcode or SMTP reply code. */
  readonly status: number | string;
  /** The system's error name or code where it refused. */
  readonly error?: string;
  /** Whether the state of the world changed. */
  readonly effect: boolean;
  /** A call that Mailwright must never make (destructive or account-wide): fails any journey. */
  readonly forbidden?: true;
}

/** What was asked of the sandbox, by whom, and what took effect: the witness that tests question. */
export class Ledger {
  #entries: Entry[] = [];
  #n = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(entry: Omit<Entry, 'n' | 'at'>): void {
    this.#n += 1;
    this.#entries.push({ n: this.#n, at: new Date(this.#now()).toISOString(), ...entry });
    // A sandbox may run for days: the oldest half goes when it grows past what anybody reads.
    if (this.#entries.length > 200_000) this.#entries = this.#entries.slice(100_000);
  }

  /** Entries in order, those after number `since` and of `system` where given. */
  read(filter: { system?: string; since?: number } = {}): Entry[] {
    return this.#entries.filter(
      (entry) => (!filter.system || entry.system === filter.system) && entry.n > (filter.since ?? 0),
    );
  }

  clear(): void {
    this.#entries = [];
  }
}
