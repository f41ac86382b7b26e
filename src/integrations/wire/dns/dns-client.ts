import { askServer, type DnsQuery, type DnsReply, type DnsSilence } from './dns-query.ts';
import { openDnsSockets } from './dns-sockets.ts';

/** Questions to servers, as many at once as is decent. */
export interface DnsClient {
  ask(query: Omit<DnsQuery, 'signal' | 'sockets'>): Promise<DnsReply | DnsSilence>;
  /** Ends every question that is still open, as silence. Nothing keeps the process alive after it. */
  close(): void;
}

/** Questions open at once: thousands wait for their turn. */
const AT_ONCE = 100;
/** After so many silent questions in a row a server is believed to be silent for a while, so that a closed port 53 costs seconds, not minutes. */
const SILENT_AFTER = 3;
const SILENT_MS = 5000;

/** Opens it; there is nothing to open before a question is asked. */
export function openDnsClient(): DnsClient {
  const stop = new AbortController();
  const sockets = openDnsSockets();
  const waiting: (() => void)[] = [];
  const silent = new Map<string, { inRow: number; until: number; silence: string }>();
  let open = 0;

  async function turn<T>(act: () => Promise<T>): Promise<T> {
    if (open < AT_ONCE) open += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await act();
    } finally {
      // Who waits gets the place as it is, so that nobody slips in between.
      const next = waiting.shift();
      if (next) next();
      else open -= 1;
    }
  }

  return {
    ask(query) {
      const server = `${query.address} ${query.port}`;
      return turn(async () => {
        const known = silent.get(server);
        if (known && known.until > performance.now()) return { silence: known.silence };
        const heard = await askServer({ ...query, signal: stop.signal, sockets });
        // A resolver that is silent about one name may only be waiting for others' servers.
        if (!('silence' in heard) || query.recursive) silent.delete(server);
        else if (heard.isAlive) return heard;
        else {
          const inRow = (silent.get(server)?.inRow ?? 0) + 1;
          const until = inRow >= SILENT_AFTER ? performance.now() + SILENT_MS : 0;
          silent.set(server, { inRow, until, silence: heard.silence });
        }
        return heard;
      });
    },
    close() {
      stop.abort();
      sockets.close();
    },
  };
}
