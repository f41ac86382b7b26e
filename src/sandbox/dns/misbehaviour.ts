import { z } from 'zod';
import type { Faults } from '../faults.ts';
import { foldName, isWithin } from './names.ts';

/** A switch that makes name servers misbehave for chosen servers, names and types. */
export const misbehaviourSchema = z.strictObject({
  /** lame: no authority, points back to the root; wrong-aa: right answer without the AA bit; refused, servfail, hang, slow as named. */
  kind: z.enum(['lame', 'wrong-aa', 'refused', 'servfail', 'hang', 'slow']),
  /** A server's name or address ('ada.ns.cloudflare.com', '127.0.0.5', 'resolver', 'root', 'tld'); all where absent. */
  server: z.string().optional(),
  /** This name and all below it; every name where absent. */
  name: z.string().optional(),
  type: z.string().optional(),
  /** How many questions are hit; all until cleared where absent. */
  count: z.int().positive().optional(),
  /** Delay of 'slow' in milliseconds. */
  ms: z.number().positive().optional(),
});
export type Misbehaviour = z.infer<typeof misbehaviourSchema>;

/** What a question meets. */
export interface Mood {
  readonly kinds: ReadonlySet<Misbehaviour['kind']>;
  readonly delayMs: number;
}

// The shared faults in the words of DNS; kinds that only HTTP has are left out.
const FAULT_KINDS: Readonly<Record<string, Misbehaviour['kind']>> = {
  hang: 'hang',
  drop: 'hang',
  slow: 'slow',
  throttle: 'refused',
  'error-before': 'servfail',
  'error-after': 'servfail',
};

/** The switches in force, together with the shared faults of system 'dns' (whose `region` is a server's first name). */
export class Moods {
  readonly #faults: Faults;
  #active: { switch: Misbehaviour; left: number }[] = [];

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  add(misbehaviour: Misbehaviour): void {
    this.#active.push({ switch: misbehaviour, left: misbehaviour.count ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#active = [];
  }

  /** What this question meets at a server known by `servers` (its names and address); counts it. */
  take(servers: readonly string[], name: string, type: string): Mood {
    const hit = this.#active.filter(
      ({ switch: set, left }) =>
        left > 0 &&
        (set.server === undefined || servers.includes(set.server)) &&
        (set.name === undefined || isWithin(foldName(name), foldName(set.name))) &&
        (set.type === undefined || set.type.toUpperCase() === type),
    );
    for (const active of hit) active.left -= 1;
    const kinds = new Set(hit.map(({ switch: set }) => set.kind));
    const delays = hit.map(({ switch: set }) => (set.kind === 'slow' ? (set.ms ?? 1000) : 0));
    for (const fault of this.#faults.take('dns', type, servers[0])) {
      const kind = FAULT_KINDS[fault.kind];
      if (kind) kinds.add(kind);
      if (fault.kind === 'slow') delays.push(fault.ms ?? 1000);
    }
    return { kinds, delayMs: Math.max(0, ...delays) };
  }
}
