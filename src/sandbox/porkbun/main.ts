import type { Dns } from '../dns/main.ts';
import type { StandIn, World } from '../world.ts';
import { controlRoutes } from './control.ts';
import { Editor } from './editor.ts';
import { Pace } from './pace.ts';
import { Registrar } from './registrar.ts';
import { Replays } from './replays.ts';
import { BASE, openApi } from './server.ts';

const HOSTS = ['curitiba.ns.porkbun.com', 'fortaleza.ns.porkbun.com'];

/** Opens Porkbun: API v3 on a free port, its domains on two name servers of the DNS world; one account to begin with. */
export async function openPorkbun(world: World, dns: Dns): Promise<StandIn> {
  const servers = HOSTS.map((host) => {
    const server = dns.takeServer([host]);
    world.internet.publish('porkbun.com', host, 'A', [server.address], 86_400);
    return server;
  });
  const registrar = new Registrar({ clock: world.clock, registry: dns.registry, hosts: HOSTS, servers });
  const { apiKey, secretApiKey } = registrar.createAccount('Example Estate', 'all');
  const editor = new Editor(registrar);
  const http = await openApi({ world, registrar, editor, pace: new Pace(), replays: new Replays(world.clock) });
  const endpoint = `${http.url}${BASE}`;
  return {
    name: 'porkbun',
    addresses: {
      endpoint,
      ...Object.fromEntries(HOSTS.map((host, index) => [host, `${servers[index]?.address}:${dns.port}`])),
    },
    env: { PORKBUN_API_KEY: apiKey, PORKBUN_SECRET_API_KEY: secretApiKey, PORKBUN_BASE_URL: endpoint },
    control: controlRoutes({ registrar, editor }),
    async close() {
      registrar.close();
      await http.close();
    },
  };
}
