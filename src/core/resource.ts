import type { Check, CheckId } from './checks/check.ts';
import type { DnsRecord } from './dns.ts';
import type { Json } from './problem.ts';

/**
 * An outside system that must know about something we want (a domain; later an installation, a client).
 * The engine reads all of them in parallel, plans purely, and applies what was approved.
 */
export interface Resource<Want, State = unknown> {
  /** As people call it: 'ses', 'postfix mxwest.example.org'. */
  readonly name: string;
  /**
   * Looks, changes nothing; also where something of ours is that is no longer asked for. `closely`: also at what only the way back needs
   * to know. A Problem makes this system unknown and stops nothing else.
   */
  read(want: Want, owned: Owned, closely: boolean): Promise<State>;
  /** Pure: no I/O, no clock. */
  plan(want: Want, state: State, owned: Owned): Findings;
  /**
   * The way back: what it takes to undo what was made here, compared with what is live now, in an order that loses no mail (`waitsFor`).
   * What was changed since by somebody, or holds data, is left and named. What is gone already needs nothing. Pure.
   */
  revert(made: readonly Made[], state: State, want: Want): Reverted;
  /** Changes of several domains are given in one call, because one edit or restart serves all of them. Their ids name the domain, too. */
  readonly together?: true;
  /** Applies these changes, which wait for nothing any more, concurrently where the system can; reports each. */
  apply(changes: readonly Change[], report: Report): Promise<void>;
  /** Connections live for one run. */
  close?(): Promise<void>;
}

/** One thing to do in one system, as data: printed, journaled, inverted, approved in one process and applied in another. */
export interface Change {
  /** Stable: 'ses us-west-2/identity', 'dns _dmarc.example.com TXT'. */
  readonly id: string;
  /** The resource that applies it. */
  readonly system: string;
  readonly verb: 'create' | 'update' | 'delete';
  /** What, in a few words: 'identity example.com, DKIM replicated from us-east-1'. */
  readonly what: string;
  /** What it does to mail that flows today: 'nothing visible', 'mail From @news is signed by the new key from now'. */
  readonly effect: string;
  readonly before?: Json;
  /** Never a secret. */
  readonly after?: Json;
  /** A person's change is shown as instructions, never applied by us. */
  readonly by: 'us' | 'person';
  /** What the person made of it so far, and how that is put right. */
  readonly slip?: { readonly what: string; readonly fix: string };
  /**
   * What must be so before this one may be made: ids of changes that must have succeeded, of desired records that must be served, names of
   * resources ('mailcow mail.example.com') that must have nothing left to do.
   */
  readonly waitsFor?: readonly string[];
  /** keep: it holds data since; the reason stands in `what`. */
  readonly undo: 'inverse' | 'keep';
  /**
   * What the ledger keeps of it once it is done, by entry: a value is ours from now, null is ours no longer.
   * Absent: `after` under the change's own id, and nothing under it after a delete.
   */
  readonly owns?: Readonly<Record<string, Json | null>>;
  /** A question that a blanket yes does not answer: asked of a person, or refused. */
  readonly ask?: string;
  /** The word that a person has to type, where a yes is too little: what goes can't be had again. Nobody else can approve it. */
  readonly typed?: string;
  /** What changes or goes is somebody else's (an MX that is taken over, an SPF record that gets our term). */
  readonly foreign?: true;
  /** It takes away what receives the domain's mail, which comes by these MX hosts: made when none of them is an MX any more, and expired. */
  readonly receivesAt?: readonly string[];
  /**
   * It is about how mail leaves, by SES in these regions: made when SES sends for the domain in all of them, and whoever waits for the
   * system to receive mail does not wait for it.
   */
  readonly sendsBy?: readonly string[];
  /** It takes away a right to send: nothing that is under way needs it. */
  readonly endsSending?: true;
  /** Only says whose it is (a comment, a tag): nothing that mail could notice. */
  readonly marks?: true;
  /** Seconds for which resolvers may go on answering the old value. */
  readonly lingers?: number;
}

/** Something that is ours from now without being touched: found as we would have made it, and given to us by a person or by our own journal. */
export interface Claim {
  readonly id: string;
  readonly value: Json;
  /** Why it is ours, in a few words. */
  readonly why: string;
}

/** What we made, as a run's journal or the ledger tells it. */
export interface Made {
  readonly id: string;
  /** The resource that made it; 'dns' for records. */
  readonly system: string;
  readonly verb: Change['verb'];
  readonly what: string;
  readonly before?: Json;
  readonly after?: Json;
  /** As in Change: what of it was ours. */
  readonly owns?: Change['owns'];
  /** What had to be there first: it goes last. */
  readonly waitsFor?: readonly string[];
  /** What stood there before was ours, too. */
  readonly wasOurs?: true;
  readonly undo: Change['undo'];
}

/** What taking things back comes to. */
export interface Reverted {
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
}

/** Something made that is not taken back, and why. */
export interface Left {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  /** It is there as we made it, and stays only because something uses it. */
  readonly ours?: true;
}

/** A DNS record that a system wants published, and how firmly. */
export interface DesiredRecord {
  /** Stable: 'dns mail.example.com MX'. Changes wait for it by this id. */
  readonly id: string;
  readonly record: DnsRecord;
  /**
   * exact: must be so, beside what else is there · single: must be so and the only one of its type at the name ·
   * default: only where nothing of its kind is published · spf: its terms inside the one SPF record ·
   * mx: member of the one inbound set.
   */
  readonly firmness: 'exact' | 'single' | 'default' | 'spf' | 'mx';
  /** Who wants it. */
  readonly system: string;
  /** What for, in a few words: 'DKIM key of us-east-1'. */
  readonly purpose: string;
  readonly effect: string;
  /** As in Change: ids of changes, names of resources. */
  readonly waitsFor?: readonly string[];
  /** As in Change: what a blanket yes does not answer. */
  readonly ask?: string;
  /** The check that says whether it is served. */
  readonly check: CheckId;
}

/** A later round's changes that can't be named yet, announced so that one approval covers them. */
export interface Announced {
  readonly verb: 'create' | 'update' | 'delete';
  /** 'named once SES has made its tokens' */
  readonly what: string;
  readonly type: string;
  /** The name that they have, or that all of them lie below. */
  readonly under: string;
  readonly count: number;
}

/** Something that stops approval: whose it is, and the ways out. */
export interface Conflict {
  readonly code: string;
  readonly system: string;
  /** The name that it is about. */
  readonly name?: string;
  readonly message: string;
  readonly fix: string;
}

/** A name whose records live mail uses: they stay, also where nobody asks for them, until what uses them has gone. */
export interface Hold {
  readonly name: string;
  /** What uses it, by change ids; when any of these goes, so does the use: 'ses us-east-1/identity'. */
  readonly by: readonly string[];
  /** 'SES us-east-1 signs with it' */
  readonly why: string;
}

/** What a system found when its state was compared with what is wanted. */
export interface Findings {
  readonly changes?: readonly Change[];
  readonly records?: readonly DesiredRecord[];
  readonly checks?: readonly Check[];
  readonly later?: readonly Announced[];
  readonly conflicts?: readonly Conflict[];
  readonly claims?: readonly Claim[];
  readonly holds?: readonly Hold[];
  /** Ledger entries of this system that are still asked for. Those of others that are not named here are left over. */
  readonly wanted?: readonly string[];
  /** Some of what this system wants can't be known now, so nothing may be called left over. */
  readonly partial?: true;
  /** The account that this system is asked in. What is ours is only there. */
  readonly account?: string;
  /** The first lines of a plan: which account, as whom, with what rights to the world. */
  readonly about?: readonly string[];
}

/** What we made and have not removed, by entry: the value as we wrote it. Read before planning, so that planning stays pure. */
export interface Owned {
  get(id: string): Json | undefined;
  entries(): Iterable<readonly [id: string, value: Json]>;
}

/** How a change went. kept: it was there already, so it is not ours. */
export type Outcome =
  | { readonly status: 'done'; readonly learnt?: Json }
  | { readonly status: 'kept'; readonly learnt?: Json }
  | { readonly status: 'failed'; readonly problem: { code: string; kind: string; message: string; fix?: string } };

/** Told by whoever applies changes, as it happens. */
export interface Report {
  start(id: string): void;
  outcome(id: string, outcome: Outcome): void;
  /** Nothing to do but wait: for what, and until when at most (milliseconds since the epoch). */
  waiting?(what: string, until: number): void;
}
