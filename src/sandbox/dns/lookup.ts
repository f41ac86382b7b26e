import type { Answer, Internet } from '../world.ts';
import { ask, type Heard } from './ask.ts';
import { showData } from './resource.ts';
import { RCODES } from './wire.ts';

/** `Internet.lookup`: a question over the wire to the caching resolver; silence counts as SERVFAIL. */
export function lookupThrough(via: {
  readonly server: string;
  readonly port: number;
  readonly onSource: (source: string) => () => void;
}): Internet['lookup'] {
  return async (name, type) => {
    // Longer than the resolver's own patience with a zone whose servers are all silent.
    const heard = await ask({ ...via, name, type: type.toUpperCase(), recursionDesired: true, timeoutMs: 10_000 });
    if (!heard) return { rcode: 'SERVFAIL', records: [] };
    const soa = findSoa(heard);
    return {
      rcode: rcodeOf(heard.rcode),
      records: heard.answers.map((record) => ({
        name: record.name,
        type: record.type,
        ttl: record.ttl ?? 0,
        value: showData(record),
      })),
      ...(soa ? { soa } : {}),
    };
  };
}

function rcodeOf(rcode: number): Answer['rcode'] {
  if (rcode === RCODES.NOERROR) return 'NOERROR';
  if (rcode === RCODES.NXDOMAIN) return 'NXDOMAIN';
  return rcode === RCODES.REFUSED ? 'REFUSED' : 'SERVFAIL';
}

function findSoa({ answers, authorities }: Heard): Answer['soa'] {
  for (const record of [...answers, ...authorities])
    if (record.type === 'SOA')
      return {
        name: record.name,
        primary: record.data.mname,
        admin: record.data.rname,
        serial: record.data.serial ?? 0,
        minimum: record.data.minimum ?? 0,
      };
  return undefined;
}
