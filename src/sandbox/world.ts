import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Ledger } from './ledger.ts';

/** A DNS answer as the world's caching resolver gives it. */
export interface Answer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  /** Every record of the answer section in order (CNAMEs on the way included). TXT values are joined strings, MX '10 host'. */
  readonly records: readonly {
    readonly name: string;
    readonly type: string;
    readonly ttl: number;
    readonly value: string;
  }[];
  /** The SOA of the answer or authority section, where there was one. */
  readonly soa?: {
    readonly name: string;
    readonly primary: string;
    readonly admin: string;
    readonly serial: number;
    readonly minimum: number;
  };
}

/** The world's DNS as the stand-ins use it: never a provider's table, always a question over the wire through the delegation. */
export interface Internet {
  /**
   * Publishes records of the world's own zones (amazonses.com, google.com …), which a stand-in owns; replaces the set at name and type.
   * An empty list removes it. `zone` is made and delegated when it is new.
   */
  publish(zone: string, name: string, type: string, values: readonly string[], ttl?: number): void;
  /** Asks the caching resolver. */
  lookup(name: string, type: string): Promise<Answer>;
  /** Drops what the caching resolver remembers of a name (all types), as SES's own resolvers do between attempts. */
  forget(name: string): void;
}

/** What all stand-ins share. */
export interface World {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly internet: Internet;
}

/** One running stand-in: where it listens, what clients set to reach it, and its end. */
export interface StandIn {
  readonly name: string;
  /** Addresses that a person or test wants to know, by meaning: { endpoint: 'http://127.0.0.1:4711' }. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Environment variables that point clients at it. */
  readonly env: Readonly<Record<string, string>>;
  /** Routes of the control server that this stand-in answers, by 'METHOD /path' (below /control). */
  readonly control: Readonly<Record<string, (body: unknown, query: URLSearchParams) => unknown>>;
  close(): Promise<void>;
}
