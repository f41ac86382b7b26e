import { Timers } from '../../timers.ts';
import type { World } from '../../world.ts';
import type { Postfix } from '../postfix/installation.ts';
import { SERVICES } from '../postfix/main-cf.ts';
import { type Failure, handOver } from './hand-over.ts';
import { type Letter, makeBounce } from './letter.ts';
import { findHop, NoHop, type Self } from './next-hop.ts';

/** A letter that waits, and why. */
export interface Deferred {
  readonly letter: Letter;
  readonly reason: string;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** The queue of a relay: every letter is tried at once, and again in a second, two, four … where it is put off. */
export class Queue {
  readonly #world: World;
  readonly #postfix: Postfix;
  readonly #self: Self;
  readonly #timers = new Timers();
  readonly #deferred = new Map<string, Deferred>();
  #isClosed = false;

  constructor(world: World, postfix: Postfix, self: Self) {
    this.#world = world;
    this.#postfix = postfix;
    this.#self = self;
  }

  get waiting(): readonly Deferred[] {
    return [...this.#deferred.values()];
  }

  /** Tries a letter now, and goes on trying. Resolves after the first attempt. */
  async send(letter: Letter, retryMs = FIRST_RETRY_MS): Promise<void> {
    if (this.#isClosed) return;
    const isAwake = this.#postfix.running;
    const failures = isAwake ? await this.#attempt(letter) : letter.to.map((address) => asleep(address));
    const lost = failures.filter(({ code }) => code >= 500);
    const late = failures.filter(({ code }) => code < 500);
    this.#deferred.delete(letter.id);
    if (lost.length > 0 && letter.from !== '')
      await this.send(makeBounce(this.#postfix.host, letter, lost, this.#world.clock.now()));
    const [first] = late;
    if (!first || this.#isClosed) return;
    const rest = { ...letter, to: late.map(({ address }) => address) };
    this.#deferred.set(letter.id, { letter: rest, reason: first.text });
    this.#timers.after(retryMs, () => void this.send(rest, Math.min(retryMs * 2, LONGEST_RETRY_MS)));
  }

  close(): void {
    this.#isClosed = true;
    this.#timers.close();
  }

  async #attempt(letter: Letter): Promise<Failure[]> {
    const ways = Map.groupBy(letter.to, (address) => {
      const way = this.#postfix.daemons.wayOf(address);
      const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
      return way && JSON.stringify({ ...way, domain });
    });
    const failures = await Promise.all(
      [...ways].map(([way, to]) => this.#go({ ...letter, to }, way === undefined ? undefined : JSON.parse(way))),
    );
    return failures.flat();
  }

  async #go(
    letter: Letter,
    way: { service: string; nextHop: string; domain: string } | undefined,
  ): Promise<readonly Failure[]> {
    const all = (code: number, text: string) => letter.to.map((address) => ({ address, code, text }));
    if (!way) return all(0, '4.3.0 address resolver failure');
    if (way.service === 'discard') return [];
    if (way.service === 'error') return all(550, way.nextHop);
    if (!SERVICES.some((line) => line.startsWith(`${way.service} `) && line.includes(' unix ')))
      return all(0, '4.3.5 mail transport unavailable');
    const { address } = this.#self;
    const failures = await findHop(this.#world.internet, way.nextHop, way.domain, this.#self).then(
      (hop) => handOver(letter, hop, { host: this.#postfix.host, address }),
      (error: unknown) => {
        if (error instanceof NoHop) return all(error.final ? 554 : 0, error.message);
        throw error;
      },
    );
    this.#world.ledger.write({
      system: 'relay',
      operation: 'delivery',
      request: { host: this.#postfix.host, id: letter.id, from: letter.from, to: letter.to, via: way.nextHop },
      status: failures.length === 0 ? 250 : 'failed',
      ...(failures[0] === undefined ? {} : { error: failures[0].text }),
      effect: failures.length < letter.to.length,
    });
    return failures;
  }
}

function asleep(address: string): Failure {
  return { address, code: 0, text: '4.3.0 the mail system is stopped' };
}
