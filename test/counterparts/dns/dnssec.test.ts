import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openResolver } from '../../../src/integrations/wire/dns/resolver.ts';
import { freePort } from '../free-port.ts';
import { describeClient, KEYMGR, KNOT, UNBOUND } from '../installed.ts';
import { runProgram, startServer } from '../program.ts';

const [SERVER, RESOLVER, PLAIN] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
/** Zones below a root of our own: signed, signed with another DS record at the root, and not signed. */
const SIGNED = ['.', 'signed', 'spoilt'];
const ZONES = [...SIGNED, 'plain'];

describeClient(UNBOUND, (unbound) => {
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-dnssec-'));
  const conf = join(folder, 'knot.conf');
  const stops: (() => Promise<void>)[] = [];
  let port = 0;

  const fileOf = (zone: string) => `${zone === '.' ? 'root' : zone}.zone`;
  /** The delegation signer of a zone's key: '34295 13 2 d55d…'. */
  async function signer(zone: string): Promise<string> {
    const { stdout } = await runProgram(KEYMGR.path ?? '', ['-c', conf, zone, 'ds'], { folder });
    return stdout.split('\n')[0]?.replace(/^\S+ DS /, '') ?? '';
  }

  beforeAll(async () => {
    port = await freePort();
    mkdirSync(join(folder, 'db'));
    const zoneConf = ZONES.map(
      (zone) =>
        `  - domain: ${zone}\n    file: ${fileOf(zone)}\n${SIGNED.includes(zone) ? '    dnssec-signing: on\n    dnssec-policy: manual\n' : ''}`,
    );
    writeFileSync(
      conf,
      `server:
    rundir: ${folder}
    listen: ${SERVER}@${port}
log:
  - target: stdout
    any: info
database:
    storage: ${folder}/db
control:
    listen: ${folder}/knot.sock
policy:
  - id: manual
    manual: on
template:
  - id: default
    storage: ${folder}
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
zone:
${zoneConf.join('')}`,
    );
    for (const zone of SIGNED)
      for (const [ksk, zsk] of [
        ['yes', 'no'],
        ['no', 'yes'],
      ])
        await runProgram(
          KEYMGR.path ?? '',
          ['-c', conf, zone, 'generate', 'algorithm=ECDSAP256SHA256', `ksk=${ksk}`, `zsk=${zsk}`],
          { folder },
        );
    const wrong = (await signer('spoilt')).replace(/[0-9a-f]{8}$/, '00000000');
    const soa = '@ 60 SOA ns.plain. hostmaster.plain. 1 60 60 3600 5\n@ 60 NS ns.plain.\n';
    writeFileSync(
      join(folder, fileOf('.')),
      `$ORIGIN .\n${soa}signed. 60 NS ns.plain.\nsigned. 60 DS ${await signer('signed')}\nspoilt. 60 NS ns.plain.\nspoilt. 60 DS ${wrong}\nplain. 60 NS ns.plain.\nns.plain. 60 A ${SERVER}\n`,
    );
    for (const zone of ZONES.slice(1))
      writeFileSync(join(folder, fileOf(zone)), `$ORIGIN ${zone}.\n${soa}ns 60 A ${SERVER}\n`);
    const knot = await startServer(KNOT.path ?? '', ['-c', conf], {
      folder,
      ready: /server started.*?(PID \d+)/,
      timeoutMs: 20_000,
    });
    stops.push(knot.stop);
    const start = async (address: string, modules: string) => {
      const file = join(folder, `unbound-${address}.conf`);
      const stubs = ZONES.map(
        (zone) => `stub-zone:\n  name: "${zone}"\n  stub-addr: ${SERVER}@${port}\n  stub-prime: no\n`,
      );
      writeFileSync(
        file,
        `server:
  interface: ${address}@${port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  do-ip6: no
  do-not-query-localhost: no
  module-config: "${modules}"
  trust-anchor: ". DS ${await signer('.')}"
remote-control:
  control-enable: no
${stubs.join('')}`,
      );
      stops.push(
        (await startServer(unbound, ['-d', '-c', file], { folder, ready: /(start of service)/, timeoutMs: 20_000 }))
          .stop,
      );
    };
    await start(RESOLVER, 'validator iterator');
    await start(PLAIN, 'iterator');
  }, 60_000);
  afterAll(async () => {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['signed', RESOLVER, 'secure'],
    ['plain', RESOLVER, 'insecure'],
    ['spoilt', RESOLVER, 'bogus'],
    ['signed', PLAIN, 'unknown'],
    ['spoilt', PLAIN, 'unknown'],
  ])('the zone %s by the resolver at %s is %s', async (zone, address, wanted) => {
    const resolver = openResolver({ port, publicResolvers: [`${address}:${port}`], allowPrivate: true });
    try {
      expect(await resolver.security?.(zone)).toBe(wanted);
      // Its own servers are found whatever its signatures are: what they say is checked, too.
      expect(await resolver.zoneOf(zone)).toMatchObject({ status: 'present', zone });
    } finally {
      resolver.close();
    }
  });
});
