import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askDns } from '../../../src/domains/ask-dns.ts';
import { openResolver } from '../../../src/integrations/wire/dns/resolver.ts';
import { freePort } from '../free-port.ts';
import { describeClient, KNOT, UNBOUND } from '../installed.ts';
import { startServer } from '../program.ts';
import { startKnot } from './knot.ts';

const [SERVER, RESOLVER] = ['127.0.0.1', '127.0.0.2'];
const DELEGATION = ['@ NS ns1.one.test.', 'one NS ns1.one.test.', `ns1.one A ${SERVER}`];
const zone = (...lines: string[]) => ({ test: DELEGATION, 'one.test': ['@ NS ns1', `ns1 A ${SERVER}`, ...lines] });
const BEFORE = zone('value 4 TXT "old"', 'moved 600 CNAME a', 'a 4 TXT "old"', 'b 4 TXT "new"');
const AFTER = zone('value 4 TXT "new"', 'moved 600 CNAME b', 'a 4 TXT "old"', 'b 4 TXT "new"', 'fresh 4 TXT "new"');

// A cache with a clock of its own: what is said to be left of an old answer is what it takes.
describeClient(UNBOUND, (unbound) => {
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-waits-'));
  const stops: (() => Promise<void>)[] = [];
  let port = 0;
  let resolver: ReturnType<typeof openResolver>;

  beforeAll(async () => {
    port = await freePort();
    const conf = join(folder, 'unbound.conf');
    const stubs = ['test', 'one.test'].map((name) => `stub-zone:\n  name: ${name}\n  stub-addr: ${SERVER}@${port}\n`);
    writeFileSync(
      conf,
      `server:
  directory: ${folder}
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: ${RESOLVER}
  port: ${port}
  do-not-query-localhost: no
  local-zone: "test." nodefault
  module-config: iterator
  verbosity: 1
${stubs.join('')}`,
    );
    const ready = /(start of service)/;
    stops.push((await startServer(unbound, ['-d', '-c', conf], { folder, ready, timeoutMs: 20_000 })).stop);
    resolver = openResolver({ port, publicResolvers: [`${RESOLVER}:${port}`], allowPrivate: true });
  });
  afterAll(async () => {
    resolver.close();
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a value, a miss and an alias are waited for as long as they are remembered', async () => {
    const serve = (zones: typeof BEFORE) => startKnot(KNOT.path ?? '', folder, { addresses: [SERVER], port, zones });
    const ask = (label: string) => askDns({ name: `${label}.one.test`, type: 'TXT' }, resolver);
    const before = await serve(BEFORE);
    for (const label of ['value', 'fresh', 'moved']) await resolver.public({ name: `${label}.one.test`, type: 'TXT' });
    await before.stop();
    stops.push((await serve(AFTER)).stop);

    const [value, fresh, moved] = await Promise.all(['value', 'fresh', 'moved'].map(ask));
    // The SOA's last number is 5.
    expect(value).toMatchObject({ status: 'partial', wait: { everybody: 5 } });
    expect(fresh).toMatchObject({ status: 'partial', wait: { everybody: 6 } });
    // By the alias's TTL, not by that of what it led to.
    expect(moved).toMatchObject({ status: 'partial', wait: { everybody: 660 } });
    expect(moved?.wait?.resolvers).toBeGreaterThan(590);
    const left = Math.max(value?.wait?.resolvers ?? 99, fresh?.wait?.resolvers ?? 99);
    expect(left).toBeLessThanOrEqual(5);
    await sleep((left + 1) * 1000);
    expect(await ask('value')).toMatchObject({ status: 'present' });
    expect(await ask('fresh')).toMatchObject({ status: 'present' });
    expect(await ask('moved')).toMatchObject({ status: 'partial' });
  });
});
