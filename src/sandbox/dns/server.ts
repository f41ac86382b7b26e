import type { Ledger } from '../ledger.ts';
import { type Asked, listen, type Respond } from './listener.ts';
import type { Moods } from './misbehaviour.ts';
import { foldName } from './names.ts';
import type { Pair } from './sockets.ts';
import type { Reply } from './wire.ts';

/** What every server of the DNS world needs beside its zones. */
export interface ServerWorld {
  readonly ledger: Ledger;
  readonly moods: Moods;
  /** Source ports of the resolver's own questions ('udp:40001'): not worth a row. */
  readonly innerSources: ReadonlySet<string>;
  /** Source ports of the stand-ins' lookups: rows whose caller is 'sandbox'. */
  readonly lookupSources: ReadonlySet<string>;
}

const EMPTY = { aa: false, answers: [], authorities: [], additionals: [] } as const;

/** A server's answer towards the root, as one gives that doesn't have the zone but was named for it. */
const LAME: Reply = {
  ...EMPTY,
  rcode: 'NOERROR',
  authorities: [{ name: '.', type: 'NS', ttl: 518_400, data: 'a.root-servers.net' }],
};

/** Puts a server on its address: misbehaviour first, then `answer`, and a row in the ledger for questions from outside. */
export function openServer(
  pair: Pair,
  names: () => readonly string[],
  world: ServerWorld,
  answer: (asked: Asked) => Promise<Reply>,
): { close(): Promise<void> } {
  const respond: Respond = async (asked) => {
    const { name, type } = asked.question;
    const known = names();
    const mood = world.moods.take([...known, pair.address], name, type);
    const reply = mood.kinds.has('hang')
      ? undefined
      : await moodyAnswer(mood.kinds, known.includes('resolver'), () => answer(asked));
    const source = `${asked.proto}:${asked.peer.port}`;
    if (!world.innerSources.has(source))
      world.ledger.write({
        system: 'dns',
        operation: type,
        caller: world.lookupSources.has(source) ? 'sandbox' : asked.peer.address,
        // Clients mix the case of names at random (0x20); whoever reads the ledger looks for the name.
        request: { server: known[0] ?? pair.address, name: foldName(name), type, proto: asked.proto },
        status: reply?.rcode ?? 'NONE',
        effect: false,
      });
    if (mood.delayMs > 0) await new Promise((done) => setTimeout(done, mood.delayMs));
    return reply;
  };
  return listen(pair, respond);
}

/** A resolver offers recursion also where it fails (RFC 1035 4.1.1, RA). */
async function moodyAnswer(
  kinds: ReadonlySet<string>,
  recursive: boolean,
  answer: () => Promise<Reply>,
): Promise<Reply> {
  const ra = recursive ? { ra: true } : {};
  if (kinds.has('servfail')) return { ...EMPTY, ...ra, rcode: 'SERVFAIL' };
  if (kinds.has('refused')) return { ...EMPTY, ...ra, rcode: 'REFUSED' };
  if (kinds.has('lame')) return LAME;
  const reply = await answer();
  return kinds.has('wrong-aa') ? { ...reply, aa: false } : reply;
}

/** Zone transfers are nobody's business here (RFC 5936 lets a server refuse them). */
export function isTransfer(type: string): boolean {
  return type === 'AXFR' || type === 'IXFR';
}

/** The refusal of a question. */
export const REFUSAL: Reply = { ...EMPTY, rcode: 'REFUSED' };
