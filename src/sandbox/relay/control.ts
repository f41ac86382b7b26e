import { z } from 'zod';
import type { StandIn } from '../world.ts';
import type { Relays } from './main.ts';
import { PARAMETERS, TABLES } from './postfix/installation.ts';
import { DIRECTORY } from './postfix/main-cf.ts';
import type { RelayHost } from './relay-host.ts';
import { fingerprint } from './ssh/key-pair.ts';

const name = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a host name');
const FILES = Object.values(TABLES);
const relaySchema = z.strictObject({
  host: name,
  address: z
    .union([z.literal('auto'), z.string().regex(/^127\.0\.2\.\d{1,3}$/, 'must be one of 127.0.2.x')])
    .default('auto'),
  /** Domains that it takes mail for, and where each goes next: 'host', 'host:port'. */
  domains: z.record(z.string(), z.string()).default({}),
  /** Addresses, or '@domain' for all; every address of `domains` where absent. */
  recipients: z.array(z.string()).exactOptional(),
  sshDown: z.boolean().default(false),
  stopped: z.boolean().default(false),
  /** Texts of the tables, above the lines of `domains`. */
  files: z.partialRecord(z.enum(FILES), z.string()).default({}),
  main: z.record(z.string(), z.string()).default({}),
  maps: z.enum(['hash', 'lmdb', 'btree', 'texthash']).default('hash'),
});
const editSchema = z.strictObject({
  host: name,
  table: z.enum(FILES),
  text: z.string().exactOptional(),
  /** Runs postmap after it. */
  postmap: z.boolean().default(false),
  /** Takes the index away. */
  removeIndex: z.boolean().default(false),
  reload: z.boolean().default(false),
});
const switchSchema = z.strictObject({
  host: name,
  sshDown: z.boolean().exactOptional(),
  stopped: z.boolean().exactOptional(),
  hostKey: z.literal('new').exactOptional(),
  sudo: z.enum(['refused', 'allowed']).exactOptional(),
  diskFull: z.boolean().exactOptional(),
});

/** The relays' control routes: made, looked at, edited by hand, broken. */
export function controlRoutes(relays: Relays): StandIn['control'] {
  const relayOf = (host: string): RelayHost => {
    const relay = relays.hosts.get(host);
    if (!relay) throw new RangeError(`there is no relay ${host}`);
    return relay;
  };
  return {
    'GET /relays': () => [...relays.hosts.values()].map((relay) => ({ ...relays.access(relay), ...overview(relay) })),
    async 'POST /relays'(body) {
      const { domains, recipients, sshDown, stopped, files, ...options } = relaySchema.parse(body);
      const relay = await relays.make({ ...options, files: withDomains(files, domains, recipients) });
      await relay.setSshDown(sshDown);
      await relay.setStopped(stopped);
      return relays.access(relay);
    },
    async 'DELETE /relays'(_body, query) {
      await relays.remove(query.get('host') ?? '');
      return { removed: true };
    },
    'POST /relays/edit'(body) {
      const { host, table, text, postmap, removeIndex, reload } = editSchema.parse(body);
      const { postfix } = relayOf(host);
      const path = `${DIRECTORY}/${table}`;
      if (text !== undefined) postfix.write(path, text);
      const used = postfix.allTables().find((one) => one.path === path);
      const said = postmap && used ? postfix.postmap(used) : [];
      const file = postfix.files.get(path);
      if (removeIndex && file) Object.assign(file, { index: undefined, changedAt: postfix.clock.now() });
      if (reload) postfix.reload();
      return { said };
    },
    async 'POST /relays/switch'(body) {
      const { host, sshDown, stopped, hostKey, sudo, diskFull } = switchSchema.parse(body);
      const relay = relayOf(host);
      if (sshDown !== undefined) await relay.setSshDown(sshDown);
      if (stopped !== undefined) await relay.setStopped(stopped);
      if (sudo !== undefined) relay.sudo.isRefused = sudo === 'refused';
      if (diskFull !== undefined) relay.postfix.isDiskFull = diskFull;
      return { ...overview(relay), ...(hostKey ? { hostKey: fingerprint(relay.changeHostKey()) } : {}) };
    },
  };
}

/** The tables' texts with a line for each domain. */
function withDomains(
  files: Partial<Record<string, string>>,
  domains: Readonly<Record<string, string>>,
  recipients = Object.keys(domains).map((domain) => `@${domain}`),
): Record<string, string> {
  const lines: Readonly<Record<string, readonly string[]>> = {
    relay_domains: Object.keys(domains).map((domain) => `${domain}\tOK\n`),
    transport: Object.entries(domains).map(([domain, to]) => `${domain}\t${transportTo(to)}\n`),
    relay_recipients: recipients.map((address) => `${address}\tOK\n`),
  };
  return Object.fromEntries(FILES.map((file) => [file, `${files[file] ?? ''}${(lines[file] ?? []).join('')}`]));
}

/** 'host:port' as a transport without a look-up of MX; what is one already stays. */
function transportTo(nextHop: string): string {
  if (nextHop.includes('[') || nextHop.startsWith('smtp:')) return nextHop;
  const [host, port] = nextHop.split(':');
  return `smtp:[${host}]${port === undefined ? '' : `:${port}`}`;
}

function overview({ postfix, queue, isSshDown, sudo }: RelayHost) {
  const { files, main, running, reloads, puts, isDiskFull } = postfix;
  return {
    running,
    sshDown: isSshDown,
    sudo: sudo.isRefused ? 'refused' : 'allowed',
    diskFull: isDiskFull,
    reloads,
    puts,
    main: main.entries(),
    tables: Object.fromEntries(
      PARAMETERS.flatMap((parameter) =>
        postfix.tables(parameter).map(({ type, path }) => {
          const { text, index } = files.get(path) ?? {};
          return [
            path.slice(path.lastIndexOf('/') + 1),
            { parameter, type, path, text: text ?? null, index: index ? Object.fromEntries(index) : null },
          ];
        }),
      ),
    ),
    queue: queue.waiting.map(({ letter: { id, from, to }, reason }) => ({ id, from, to, reason })),
  };
}
