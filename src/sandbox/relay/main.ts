import type { StandIn, World } from '../world.ts';
import { controlRoutes } from './control.ts';
import { openRelayHost, type RelayHost } from './relay-host.ts';
import { openKeyFolder, USER } from './ssh/key-folder.ts';
import { fingerprint } from './ssh/key-pair.ts';

/** What a relay is made with; `address` 'auto' is the next free one of 127.0.2.x. */
export interface NewRelay {
  readonly host: string;
  readonly address: string;
  readonly maps: string;
  readonly files: Readonly<Record<string, string>>;
  readonly main: Readonly<Record<string, string>>;
}

/** The relays of the world, by their names. */
export interface Relays {
  readonly hosts: ReadonlyMap<string, RelayHost>;
  make(relay: NewRelay): Promise<RelayHost>;
  remove(host: string): Promise<void>;
  /** How it is reached by SSH. */
  access(relay: RelayHost): object;
}

/** The zone of the sandbox's own hosts, which it publishes itself. */
const OWN_ZONE = 'sandbox.test';

/**
 * Opens a world of Postfix relays without any: each is made by the control server and listens at an address of its own, SMTP
 * at the port that all mail hosts share. They are reached by SSH with the helper mailwright-relay installed, whose
 * protocol they speak; nothing is ever run on this machine.
 */
export async function openRelays(world: World, { smtpPort }: { readonly smtpPort: number }): Promise<StandIn> {
  const folder = openKeyFolder();
  const hosts = new Map<string, RelayHost>();
  const write = () =>
    folder.write(
      [...hosts.values()].map(({ host, address, sshPort, knownKey }) => ({
        host,
        address,
        port: sshPort,
        publicKey: knownKey.publicKey,
      })),
    );
  const publish = ({ host }: { host: string }, addresses: string[]) => {
    if (host.endsWith(`.${OWN_ZONE}`)) world.internet.publish(OWN_ZONE, host, 'A', addresses);
  };
  const relays: Relays = {
    hosts,
    async make({ host, address, ...options }) {
      if (hosts.has(host)) throw new RangeError(`there is a relay ${host}`);
      const open = (at: string) =>
        openRelayHost(world, { host, address: at, smtpPort, client: folder.client, ...options });
      const relay = address === 'auto' ? await openAnywhere(open, hosts) : await open(address).catch(explain(address));
      hosts.set(host, relay);
      publish(relay, [relay.address]);
      write();
      return relay;
    },
    async remove(host) {
      const relay = hosts.get(host);
      if (!relay) throw new RangeError(`there is no relay ${host}`);
      hosts.delete(host);
      publish(relay, []);
      write();
      await relay.close();
    },
    access: ({ host, address, sshPort, knownKey }) => ({
      host,
      address,
      sshPort,
      user: USER,
      keyFile: folder.keyFile,
      hostKey: fingerprint(knownKey),
    }),
  };
  return {
    name: 'relay',
    addresses: { sshConfig: folder.config },
    env: { MAILWRIGHT_SSH_CONFIG: folder.config },
    control: controlRoutes(relays),
    async close() {
      for (const relay of hosts.values()) await relay.close();
      hosts.clear();
      folder.remove();
    },
  };
}

async function openAnywhere(
  open: (address: string) => Promise<RelayHost>,
  hosts: ReadonlyMap<string, RelayHost>,
): Promise<RelayHost> {
  const taken = new Set([...hosts.values()].map(({ address }) => address));
  for (let n = 1; n < 255; n += 1) {
    const address = `127.0.2.${n}`;
    if (taken.has(address)) continue;
    try {
      return await open(address);
    } catch (error) {
      // Another program may listen there at this very port.
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) explain(address)(error);
    }
  }
  throw new RangeError('no address is left for a relay');
}

/** On macOS only 127.0.0.1 is there by itself. */
function explain(address: string): (error: unknown) => never {
  return (error) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
    if (!isMissing) throw error;
    const fix = `sudo ifconfig lo0 alias ${address} up`;
    throw new Error(`a relay needs one more loopback address than this machine has; add it with: ${fix}`, {
      cause: error,
    });
  };
}
