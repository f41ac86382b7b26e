import type { ProviderServer } from '../dns/main.ts';
import { buildServedZone } from './served-zone.ts';
import type { CloudZone } from './state.ts';

/** How late a server is beyond the usual delay: milliseconds, or not at all any more. */
export type Lag = number | 'stuck';

/**
 * The way from the record table to the name servers. Delays are real time, not sandbox time: they make readers meet the
 * old state for a moment, which a jump of the clock shouldn't take away.
 */
export class Edge {
  /** Milliseconds from a committed change to its being served. */
  delayMs = 200;
  readonly #lags = new Map<ProviderServer, Lag>();
  readonly #servers: readonly ProviderServer[];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Which zone a server has under a name: twins of one name don't take each other away. */
  readonly #shown = new Map<ProviderServer, Map<string, string>>();
  /** The newest state of a zone that a server has seen, by serial: what comes late must not undo it. */
  readonly #newest = new Map<ProviderServer, Map<string, number>>();

  constructor(servers: readonly ProviderServer[]) {
    this.#servers = servers;
  }

  /** Makes one server late; 0 makes it punctual again, with what it missed to be shown at the next change. */
  setLag(server: ProviderServer, lag: Lag): void {
    this.#lags.set(server, lag);
  }

  /** Brings a zone's present records to the name servers; a zone that isn't active is taken away. */
  show(zone: CloudZone): void {
    const { records, serial, status } = zone;
    for (const server of this.#servers) {
      const lag = this.#lags.get(server) ?? 0;
      if (lag === 'stuck') continue;
      this.#after(this.delayMs + lag, () => {
        const shown = this.#shown.get(server) ?? new Map<string, string>();
        this.#shown.set(server, shown);
        const newest = this.#newest.get(server) ?? new Map<string, number>();
        this.#newest.set(server, newest);
        if (serial < (newest.get(zone.id) ?? 0)) return;
        newest.set(zone.id, serial);
        if (status === 'active') {
          server.shelf.set(buildServedZone(zone, records, serial));
          shown.set(zone.name, zone.id);
        } else if (shown.get(zone.name) === zone.id) {
          server.shelf.delete(zone.name);
          shown.delete(zone.name);
        }
      });
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #after(ms: number, act: () => void): void {
    if (ms <= 0) {
      act();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
