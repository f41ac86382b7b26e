import type { Dns, ProviderServer } from '../dns/main.ts';
import type { StandIn, World } from '../world.ts';
import { controlRoutes } from './control.ts';
import { Edge } from './edge.ts';
import { Editor } from './editor.ts';
import { Estate } from './estate.ts';
import { RateLimit } from './rate.ts';
import { BASE, openApi } from './server.ts';
import { PERMISSIONS } from './state.ts';
import { Tokens } from './tokens.ts';

/** Opens Cloudflare: API v4 on a free port, its zones on two name servers of the DNS world; one account and one token to begin with. */
export async function openCloudflare(world: World, dns: Dns): Promise<StandIn> {
  const servers = [dns.takeServer([]), dns.takeServer([])];
  const hosts = new Map<string, ProviderServer>();
  const edge = new Edge(servers);
  const estate = new Estate({
    clock: world.clock,
    registry: dns.registry,
    edge,
    openNameServers(names) {
      // An account has two name servers: the first always on the one address, the second on the other.
      for (const [index, server] of servers.entries()) {
        const name = names[index];
        if (name === undefined) continue;
        dns.nameServer(server, name);
        hosts.set(name, server);
        world.internet.publish('cloudflare.com', name, 'A', [server.address], 86_400);
      }
    },
  });
  publishOwnHosts(world);
  estate.createAccount('Example Estate');
  const tokens = new Tokens();
  const token = tokens.create({
    name: 'everything',
    family: 'user',
    zones: 'all',
    permissions: PERMISSIONS,
    status: 'active',
  });
  const editor = new Editor(estate);
  const rate = new RateLimit(world.clock);
  const http = await openApi({ world, estate, tokens, editor, rate });
  const endpoint = `${http.url}${BASE}`;
  return {
    name: 'cloudflare',
    addresses: {
      endpoint,
      ...Object.fromEntries([...hosts].map(([name, { address }]) => [name, `${address}:${dns.port}`])),
    },
    env: { CLOUDFLARE_API_TOKEN: token.secret, CLOUDFLARE_BASE_URL: endpoint },
    control: controlRoutes({
      estate,
      tokens,
      editor,
      edge,
      rate,
      findServer: (name) => hosts.get(name) ?? servers.find(({ address }) => address === name),
    }),
    async close() {
      edge.close();
      await http.close();
    },
  };
}

/** The hosts that Email Routing's records name. */
function publishOwnHosts({ internet }: World): void {
  internet.publish('cloudflare.com', 'cloudflare.com', 'A', ['104.16.132.229', '104.16.133.229']);
  const zone = 'cloudflare.net';
  for (const [index, last] of [21, 22, 23].entries())
    internet.publish(zone, `route${index + 1}.mx.${zone}`, 'A', [`162.159.205.${last}`]);
  internet.publish(zone, `_spf.mx.${zone}`, 'TXT', ['v=spf1 ip4:104.30.0.0/20 ~all']);
}
