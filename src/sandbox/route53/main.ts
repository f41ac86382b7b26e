import type { Gate } from '../aws/main.ts';
import type { Dns } from '../dns/main.ts';
import { openHttp } from '../http.ts';
import type { StandIn, World } from '../world.ts';
import { controlRoutes } from './control.ts';
import { Editor } from './editor.ts';
import { HostedZones } from './hosted-zones.ts';
import { type Api, serveRoute53 } from './serve.ts';

/** Opens Route 53: its API on a free port, behind the keys and policies of the AWS stand-in, its zones on two name servers of the DNS world. */
export async function openRoute53(world: World, dns: Dns, gate: Gate): Promise<StandIn> {
  const servers = [dns.takeServer([]), dns.takeServer([])];
  const known = new Set<string>();
  const zones = new HostedZones({
    clock: world.clock,
    registry: dns.registry,
    servers,
    openNameServers(names) {
      for (const [index, name] of names.entries()) {
        // A delegation set has four hosts, and the sandbox two machines for them.
        const server = servers[index % servers.length];
        if (!server || known.has(name)) continue;
        known.add(name);
        dns.nameServer(server, name);
        world.internet.publish(name.slice(name.indexOf('.') + 1), name, 'A', [server.address], 172_800);
      }
    },
  });
  const editor = new Editor(zones);
  const api: Api = { world, gate, zones, editor, calls: new Map() };
  const http = await openHttp((asked) => serveRoute53(api, asked));
  return {
    name: 'route53',
    addresses: {
      endpoint: http.url,
      ...Object.fromEntries(servers.map(({ address }, index) => [`nameServer${index + 1}`, `${address}:${dns.port}`])),
    },
    env: { AWS_ENDPOINT_URL_ROUTE_53: http.url },
    control: controlRoutes({ zones, editor, account: gate.account }),
    async close() {
      zones.close();
      await http.close();
    },
  };
}
