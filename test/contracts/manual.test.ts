import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveRecord } from '../../src/core/dns.ts';
import type { DnsProvider } from '../../src/core/dns-provider.ts';
import { encodeTxt } from '../../src/core/records/txt.ts';
import type { Change } from '../../src/core/resource.ts';
import { open } from '../../src/integrations/dns/manual.ts';
import { openResolver } from '../../src/integrations/wire/dns/resolver.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { dnsProviderSuite } from './dns-provider.ts';

const ZONE = 'contract.test';
let stage: Stage;
let provider: DnsProvider;
beforeAll(async () => {
  stage = await openStage();
  await stage.zone(ZONE, [
    { name: '@', type: 'TXT', content: '"theirs"', ttl: 300 },
    { name: '@', type: 'MX', content: 'mx.else.test', priority: 10, ttl: 300 },
    { name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 },
  ]);
  await stage.control('POST /control/cloudflare/edge', { delayMs: 0 });
  const port = Number(stage.env.MAILWRIGHT_DNS_PORT);
  const publicResolvers = [stage.env.MAILWRIGHT_DNS_PUBLIC_RESOLVERS ?? ''];
  provider = open({}, { resolver: openResolver({ port, publicResolvers, allowPrivate: true }) });
});
afterAll(() => stage.close());

/** Somebody does in the web page of the DNS host what the changes say. */
async function enter(changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    const before = change.before as unknown as LiveRecord | undefined;
    const after = change.after as unknown as LiveRecord | undefined;
    const same = (value: string, record: LiveRecord) =>
      value === (record.type === 'TXT' ? encodeTxt(record.value) : record.value);
    const old =
      before && (await stage.zoneRecords(ZONE)).find((one) => one.name === before.name && same(one.content, before));
    const id = (old as unknown as { id: string } | undefined)?.id;
    if (before) expect(id).toBeDefined();
    await stage.edit(ZONE, {
      deletes: id ? [{ id }] : [],
      posts: after
        ? [
            {
              name: after.name,
              type: after.type,
              content: after.type === 'TXT' ? encodeTxt(after.value) : after.value,
              ttl: after.ttl,
              ...(after.preference === undefined ? {} : { priority: after.preference }),
            },
          ]
        : [],
    });
  }
}

describe('the contract of DNS providers, where a person enters the records', () => {
  dnsProviderSuite(() => ({
    provider,
    zone: ZONE,
    writes: async () => 0,
    enter: (changes) => enter(changes.toSorted(last)),
  }));
});

/** A CNAME can't be entered while something else stands there. */
function last(a: Change, b: Change): number {
  return Number(a.verb !== 'delete') - Number(b.verb !== 'delete');
}

describe('a person as DNS host', () => {
  it('is never asked to be applied, and asks no public resolver for names that may not be there', async () => {
    const zone = await provider.findZone(ZONE);
    await expect(provider.apply(zone, [], { start: () => {}, outcome: () => {} })).rejects.toThrow(/never applied/);
    const since = await stage.mark();
    await provider.records(zone, [`new.${ZONE}`]);
    const asked = (await stage.ledger('dns', since)).filter((row) =>
      JSON.stringify(row.request).toLowerCase().includes(`new.${ZONE}`),
    );
    expect(asked.length).toBeGreaterThan(0);
    for (const row of asked) expect(JSON.stringify(row)).not.toContain('"resolver"');
  });

  it('shows a CNAME as that alone, whatever its target answers', async () => {
    await stage.edit(ZONE, {
      posts: [
        { name: `alias.${ZONE}`, type: 'CNAME', content: `www.${ZONE}`, ttl: 300 },
        { name: `doubled.${ZONE}.${ZONE}`, type: 'TXT', content: '"twice"', ttl: 300 },
      ],
    });
    const zone = await provider.findZone(ZONE);
    const live = await provider.records(zone, [`alias.${ZONE}`, `doubled.${ZONE}`]);
    expect(live.map(({ name, type, value, ttl }) => [name, type, value, ttl])).toEqual([
      [`alias.${ZONE}`, 'CNAME', `www.${ZONE}`, 300],
      [`doubled.${ZONE}.${ZONE}`, 'TXT', 'twice', 300],
    ]);
  });

  it('takes what a wildcard answers for the wildcard’s, at right names and at doubled ones', async () => {
    await stage.zone('wild.test', [
      { name: '*', type: 'A', content: '192.0.2.9', ttl: 300 },
      { name: '*', type: 'TXT', content: '"anything"', ttl: 300 },
      { name: 'mail', type: 'TXT', content: '"mine"', ttl: 300 },
    ]);
    await stage.control('POST /control/cloudflare/edge', { delayMs: 0 });
    const zone = await provider.findZone('wild.test');
    const live = await provider.records(zone, ['wild.test', 'mail.wild.test', 'k._domainkey.wild.test']);
    const shown = live.map(({ name, type, value }) => `${name} ${type} ${value}`);
    expect(shown).toContain('mail.wild.test TXT mine');
    expect(shown).toContain('*._domainkey.wild.test A 192.0.2.9');
    expect(live.filter((one) => !one.name.startsWith('*.')).map((one) => one.name)).toEqual(['mail.wild.test']);
    const plan = await stage.run(['plan', 'wild.test', '--dns', 'manual', '--json']);
    expect(plan.report.errors).toEqual([]);
    expect(plan.report.operations.some((one) => one.slip !== undefined)).toBe(false);
    expect(plan.report.checks.map((one) => one.id)).toContain('dns.wildcard');
  });

  it('tells a domain that nobody delegates, and servers that can’t be asked, apart', async () => {
    await expect(provider.findZone('nobody-has.test')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'manual.no-zone',
    });
    const zone = await provider.findZone(ZONE);
    await stage.control('POST /control/dns/misbehaviour', { kind: 'refused', name: `dark.${ZONE}` });
    await expect(provider.records(zone, [`dark.${ZONE}`])).rejects.toMatchObject({
      kind: 'unknown',
      code: 'manual.unreachable',
    });
  });
});
