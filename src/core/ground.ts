import type { DnsProvider } from './dns-provider.ts';
import type { Json } from './problem.ts';
import type { Resolver } from './resolver.ts';
import type { Change, Outcome, Owned } from './resource.ts';

/** What a run writes down before and after each change, so that a killed run can be finished or undone. */
export type JournalEntry =
  | {
      readonly kind: 'began';
      readonly run: string;
      readonly domain: string;
      readonly verb: string;
      readonly at: string;
    }
  | {
      readonly kind: 'approved';
      readonly at: string;
      readonly by: 'person' | 'flag';
      readonly changes: readonly Change[];
    }
  | { readonly kind: 'started'; readonly at: string; readonly id: string; readonly change: Change }
  | { readonly kind: 'settled'; readonly at: string; readonly id: string; readonly outcome: Outcome }
  | { readonly kind: 'ended'; readonly at: string; readonly status: string };

/** A run's diary. An entry is on disk (or committed) when the promise settles. */
export interface Journal {
  readonly run: string;
  write(entry: JournalEntry): Promise<void>;
}

/** What we made and have not removed: id of the change and the value as we wrote it. */
export interface Ownership {
  /** All that is ours of one domain, as of now. */
  read(domain: string): Promise<Owned>;
  put(domain: string, id: string, value: Json): Promise<void>;
  remove(domain: string, id: string): Promise<void>;
}

/** Holds a name while a run works on it; a second run gets a Problem that says who holds it. */
export interface Lock {
  acquire(key: string): Promise<{ release(): Promise<void> }>;
}

/** Secret values by reference, so that no plan, journal or report holds one. */
export interface Secrets {
  put(ref: string, value: string): Promise<void>;
  get(ref: string): Promise<string | undefined>;
}

/** Readings that change slowly and cost calls (account, identity list), kept with their time. */
export interface Facts {
  /** The reading, unless it is older than `maxAgeMs`. */
  recall(key: string, maxAgeMs: number): Promise<{ readonly value: Json; readonly at: number } | undefined>;
  remember(key: string, value: Json): Promise<void>;
}

/** Shares a rate between everything that uses it. */
export interface Pace {
  /** Waits for the turn of one call. */
  turn(key: string): Promise<void>;
  /** The other side said "too many": nothing goes for a while. */
  throttled(key: string): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a run stands on: files for the command line alone, tables where there is a database. */
export interface Ground {
  /** The provider that writes the zone of a name. */
  dnsFor(name: string): Promise<DnsProvider>;
  readonly resolver: Resolver;
  readonly journal: Journal;
  readonly owned: Ownership;
  readonly secrets: Secrets;
  readonly lock: Lock;
  readonly pace: Pace;
  readonly clock: Clock;
}
