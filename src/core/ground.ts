import type { DnsProvider } from './dns-provider.ts';
import type { DomainSpec } from './domain-spec.ts';
import type { Json } from './problem.ts';
import type { Resolver } from './resolver.ts';
import type { Change, Outcome, Owned } from './resource.ts';

/** What a run is about, as its journal keeps it: enough to look at the same things again. */
export type RunVerb = 'up' | 'adopt' | 'undo' | 'migrate' | 'rotate' | 'down';

/** What a run writes down before and after each change, so that a killed run can be finished or undone. One line each, for one domain each. */
export type JournalEntry =
  | {
      readonly kind: 'began';
      readonly run: string;
      readonly domain: string;
      readonly verb: RunVerb;
      /** The wish, whole: it holds no secret. */
      readonly spec: DomainSpec;
      /** The run that this one takes back. */
      readonly undoes?: string;
      readonly at: string;
    }
  | {
      readonly kind: 'approved';
      readonly domain: string;
      readonly at: string;
      readonly by: 'person' | 'flag' | 'plan';
      /** The account of each system. */
      readonly accounts: Readonly<Record<string, string>>;
      readonly changes: readonly Change[];
    }
  /** A person was shown these changes, to make them by hand. */
  | { readonly kind: 'asked'; readonly domain: string; readonly at: string; readonly changes: readonly Change[] }
  | {
      readonly kind: 'started';
      readonly domain: string;
      readonly at: string;
      readonly id: string;
      readonly change: Change;
    }
  | {
      readonly kind: 'settled';
      readonly domain: string;
      readonly at: string;
      readonly id: string;
      readonly outcome: Outcome;
    }
  | { readonly kind: 'ended'; readonly domain: string; readonly at: string; readonly status: string };

/** A run's diary. An entry is on disk (or committed) when the promise settles. */
export interface Journal {
  readonly run: string;
  write(entry: JournalEntry): Promise<void>;
}

/** The diaries of all runs. */
export interface Runs {
  /** Ids of all runs, newest first. */
  list(): Promise<readonly string[]>;
  /** Ids of runs that did not end by themselves: killed, or still at work. */
  unfinished(): Promise<readonly string[]>;
  /** All that a run wrote, in its order; undefined where there is no such run. A last line that was cut off is left out. */
  read(run: string): Promise<readonly JournalEntry[] | undefined>;
  /** Says of an unfinished run that nothing of one of its domains is left to find out. */
  settle(run: string, domain: string, status: string): Promise<void>;
}

/** The ledger: what we made and have not removed, by domain and entry, with the value as we wrote it. */
export interface Ownership {
  /** The domains of which something is ours. */
  domains(): Promise<readonly string[]>;
  /** All that is ours of one domain, as of now. */
  read(domain: string): Promise<Owned>;
  /** Writes entries; null removes one. */
  write(domain: string, entries: Readonly<Record<string, Json | null>>): Promise<void>;
}

/** Holds a name while a run works on it; a second run gets a Problem that says who holds it. */
export interface Lock {
  acquire(key: string): Promise<{ release(): Promise<void> }>;
}

/** Secret values by reference, so that no plan, journal or report holds one. */
export interface Secrets {
  put(ref: string, value: string): Promise<void>;
  get(ref: string): Promise<string | undefined>;
  /** Forgets it; one that is not there needs no forgetting. */
  remove(ref: string): Promise<void>;
}

/** Readings that change slowly and cost calls (account, identity list), kept with their time. */
export interface Facts {
  /** The reading, unless it is older than `maxAgeMs`. */
  recall(key: string, maxAgeMs: number): Promise<{ readonly value: Json; readonly at: number } | undefined>;
  remember(key: string, value: Json): Promise<void>;
}

/** How quickly calls may follow one another: a burst, then so many a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Shares a rate between everything that uses it. */
export interface Pace {
  /** Waits for the turn of one call. `rate`: that of the other side, where it is not SES's. */
  turn(key: string, rate?: Rate): Promise<void>;
  /** The other side said "too many": nothing goes for a while. */
  throttled(key: string): void;
  /** The calls that stand in line now, and in how many milliseconds the last of them has its turn. */
  backlog(): readonly { readonly key: string; readonly calls: number; readonly ms: number }[];
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
  readonly runs: Runs;
  readonly owned: Ownership;
  readonly secrets: Secrets;
  readonly facts: Facts;
  readonly lock: Lock;
  readonly pace: Pace;
  readonly clock: Clock;
}
