import { z } from 'zod';
import type { Internet, StandIn } from '../world.ts';
import type { Cache } from './cache.ts';
import { type Moods, misbehaviourSchema } from './misbehaviour.ts';
import type { Registry } from './registry.ts';

const delegation = z.strictObject({ domain: z.string().min(1), nameServers: z.array(z.string().min(1)).nullable() });
const records = z.strictObject({
  zone: z.string().min(1),
  name: z.string().min(1),
  type: z.string().min(1),
  values: z.array(z.string()),
  ttl: z.int().nonnegative().optional(),
});
const forgetting = z.strictObject({ name: z.string().min(1).optional() });

/** The DNS world's control routes: the registry, own zones, misbehaviour, the resolver's memory. */
export function controlRoutes(dns: {
  readonly registry: Registry;
  readonly internet: Internet;
  readonly moods: Moods;
  readonly cache: Cache;
}): StandIn['control'] {
  const { registry, internet, moods, cache } = dns;
  return {
    'GET /dns/delegations': () => registry.list(),
    'POST /dns/delegations': (body) => {
      const { domain, nameServers } = delegation.parse(body);
      registry.delegate(domain, nameServers);
      return { domain, nameServers: registry.nameServersOf(domain) };
    },
    'POST /dns/records': (body) => {
      const { zone, name, type, values, ttl } = records.parse(body);
      internet.publish(zone, name, type, values, ttl);
      return { zone, name, type: type.toUpperCase(), values };
    },
    'POST /dns/misbehaviour': (body) => {
      const switches = z.union([misbehaviourSchema, z.array(misbehaviourSchema)]).parse(body);
      const list = Array.isArray(switches) ? switches : [switches];
      for (const one of list) moods.add(one);
      return { added: list.length };
    },
    'DELETE /dns/misbehaviour': () => {
      moods.clear();
      return { cleared: true };
    },
    'POST /dns/forget': (body) => {
      const { name } = forgetting.parse(body);
      if (name === undefined) cache.clear();
      else cache.forget(name);
      return { forgotten: name ?? '*' };
    },
    'GET /dns/lookup': (_body, query) => internet.lookup(query.get('name') ?? '', query.get('type') ?? 'A'),
  };
}
