import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPlanner } from '../../src/app/planner.ts';
import { loadConfig } from '../../src/config.ts';
import { type DomainSpec, NO_CONSENTS } from '../../src/core/domain-spec.ts';
import { look } from '../../src/domains/look.ts';
import { readRuns, undo } from '../../src/domains/undo.ts';
import { up } from '../../src/domains/up.ts';
import { openStage, type Stage } from './stage.ts';

/** Zones that a whole run of this file makes; a few are enough to see that the rules hold, two hundred to look for what breaks them. */
const ZONES = process.env.TEST_THOROUGH ? 200 : 16;

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = mkdtempSync(join(tmpdir(), 'mailwright-estate-'));
  // All of it is one token's work within minutes.
  await stage.control('POST /control/cloudflare/limits', { requests: 1_000_000 });
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Seed {
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly ttl: number;
  readonly priority?: number;
  readonly proxied?: boolean;
  readonly comment?: string;
}

const ttl = fc.constantFrom(60, 300, 3600, 86_400);
const comment = fc.option(fc.constantFrom('theirs', 'do not touch', 'ticket 4711'), { nil: undefined });
const record = (name: fc.Arbitrary<string>, type: string, content: fc.Arbitrary<string>, more: object = {}) =>
  fc.record({ name, content, ttl, comment }).map(
    ({ comment: note, ...rest }): Seed => ({
      ...rest,
      type,
      ...more,
      ...(note === undefined ? {} : { comment: note }),
    }),
  );

const SPF = [
  'v=spf1 include:_spf.google.com ~all',
  'v=spf1 mx ip4:192.0.2.0/24 -all',
  'V=SPF1 a ?all',
  'v=spf1 redirect=_spf.google.com',
  'v=spf1 garbage:x -all',
];
const DMARC = [
  'v=DMARC1; p=none',
  'v=DMARC1; p=reject; rua=mailto:x@reports.example; pct=20',
  'v=DMARC1;p=quarantine;sp=none',
];
const TEXTS = [
  'google-site-verification=abc',
  'MS=ms123',
  'a "quoted" \\ back',
  'x'.repeat(300),
  'v=DKIM1; k=rsa; p=MIGf',
];
const quoted = (text: string) =>
  (text.match(/.{1,255}/g) ?? [''])
    .map((part) => `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join(' ');
const label = fc.constantFrom(
  'www',
  'mail',
  'bounce',
  'shop',
  'google._domainkey',
  'k1._domainkey',
  '_dmarc',
  'autodiscover',
  '*',
);

/** Anything that real zones hold, at names that we want and at names that we do not. */
const seed: fc.Arbitrary<Seed> = fc.oneof(
  record(fc.constant('@'), 'TXT', fc.constantFrom(...SPF).map(quoted)),
  record(fc.constant('@'), 'TXT', fc.constantFrom(...TEXTS).map(quoted)),
  record(fc.constant('@'), 'MX', fc.constantFrom('aspmx.l.google.com', 'mx.elsewhere.example'), { priority: 10 }),
  record(fc.constantFrom('_dmarc', 'news'), 'TXT', fc.constantFrom(...DMARC).map(quoted)),
  record(label, 'TXT', fc.constantFrom(...TEXTS, ...SPF).map(quoted)),
  record(label, 'A', fc.constantFrom('192.0.2.1', '192.0.2.2'), { proxied: false }),
  record(fc.constantFrom('www', 'shop'), 'A', fc.constant('192.0.2.9'), { proxied: true, ttl: 1 }),
  record(label, 'CNAME', fc.constantFrom('target.example', 'other.example'), { proxied: false }),
  record(label, 'MX', fc.constantFrom('mx.elsewhere.example'), { priority: 5 }),
  record(fc.constantFrom('sub', 'mail', '_domainkey'), 'NS', fc.constantFrom('ns1.elsewhere.example')),
);

/** What a profile may ask for. */
interface Wish {
  readonly regions: readonly string[];
  readonly root: 'keep' | 'merge' | 'create';
  readonly mx: boolean;
  readonly mailFrom: 'per-region' | 'none';
  readonly reports: 'keep' | 'add';
  readonly prune: boolean;
}
const wish: fc.Arbitrary<Wish> = fc.record({
  regions: fc.constantFrom(['us-east-1'], ['us-east-1', 'us-west-2']),
  root: fc.constantFrom('keep' as const, 'merge' as const, 'create' as const),
  mx: fc.boolean(),
  mailFrom: fc.constantFrom('per-region' as const, 'none' as const),
  reports: fc.constantFrom('keep' as const, 'add' as const),
  prune: fc.boolean(),
});

function specOf(domain: string, { regions, root, mx, mailFrom, reports, prune }: Wish): DomainSpec {
  return {
    domain,
    dmarc: { policy: 'none', rua: [], ruf: [], reports },
    spf: { root, include: ['amazonses.com'] },
    ses: { regions, tenantFromProfile: false, dkim: 'replicated', mailFrom },
    ...(mx ? { mx: [{ host: 'mx1.ours.example', preference: 10 }] } : {}),
    dns: { provider: 'cloudflare' },
    ttl: 3600,
    consents: { ...NO_CONSENTS, prune },
  };
}

type Live = Awaited<ReturnType<Stage['zoneRecords']>>[number];
const show = (one: Live) =>
  JSON.stringify([one.name, one.type, one.priority, one.content, one.ttl, one.comment, one.proxied]);
const text = async (zone: string) => (await stage.zoneRecords(zone)).map(show).toSorted();
const words = (content: string) =>
  content
    .replaceAll('"', '')
    .toLowerCase()
    .split(/[\s;,]+/)
    .filter((word) => word !== '');

/** Foreign records that are gone or changed; one that got our words beside its own (an SPF term, a report address) is not. */
function lost(before: readonly Live[], after: readonly Live[]): string[] {
  const now = new Set(after.map(show));
  return before
    .filter((one) => !now.has(show(one)))
    .filter((one) => {
      const grown = after.find(
        (other) =>
          other.name === one.name &&
          other.type === 'TXT' &&
          words(one.content).every((word) => words(other.content).includes(word)),
      );
      return !(
        grown &&
        /^"(v=spf1|v=dmarc1)/i.test(one.content) &&
        grown.ttl === one.ttl &&
        grown.comment === one.comment
      );
    })
    .map(show);
}

it(`${ZONES} random live zones lose no foreign record through plan, up, another profile, and back`, {
  timeout: 3_600_000,
}, async () => {
  const config = loadConfig({ ...stage.env, MAILWRIGHT_SES_CONTROL_BURST: '100000' }, folder);
  let number = 0;
  const seen = { done: 0, conflict: 0, written: 0 };
  const withPlanner = async <T>(
    spec: DomainSpec,
    state: string,
    act: (planner: Awaited<ReturnType<typeof openPlanner>>) => Promise<T>,
  ) => {
    const planner = await openPlanner(config, [spec], { state, journal: 'file' });
    try {
      return await act(planner);
    } finally {
      await planner.close();
    }
  };
  const options = { ask: async () => 'yes' as const, approvedBy: 'flag' as const, waitMs: 0, emit: () => {} };

  await fc.assert(
    fc.asyncProperty(fc.array(seed, { maxLength: 14 }), wish, wish, async (seeds, first, second) => {
      number += 1;
      const domain = `estate${number}.test`;
      const state = join(folder, domain);
      await stage.zone(domain);
      // The zone has been there for years: its servers have what it holds.
      await stage.control('POST /control/cloudflare/edge', { delayMs: 0 });
      // What can't stand together is refused by the zone itself, one by one.
      for (const { name, ...rest } of seeds) {
        const full = name === '@' ? domain : `${name}.${domain}`;
        await stage.edit(domain, { posts: [{ ...rest, name: full }] }).catch(() => undefined);
      }
      await stage.control('POST /control/cloudflare/edge', { delayMs: 20 });
      const before = await stage.zoneRecords(domain);
      const planned = await withPlanner(specOf(domain, first), state, ({ ground, resources }) =>
        look('plan', [specOf(domain, first)], resources, ground, () => {}),
      );
      expect(await text(domain)).toEqual(before.map(show).toSorted());
      for (const wanted of [first, second]) {
        const spec = specOf(domain, wanted);
        const run = async () =>
          (await withPlanner(spec, state, ({ ground, resources }) => up([spec], resources, ground, options)))[0];
        // A machine under load may hear no answer in time: such a run says so, and what it left the next one does.
        let report = await run();
        for (let more = 2; more > 0 && report?.checks.some(({ status }) => status === 'unknown'); more -= 1)
          report = await run();
        const after = await stage.zoneRecords(domain);
        expect(lost(before, after)).toEqual([]);
        if (report?.status === 'conflict') seen.conflict += 1;
        if (report?.status === 'done' || report?.status === 'pending') {
          seen.done += 1;
          seen.written += report.records.length;
        }
        expect(['done', 'pending', 'conflict', 'failed']).toContain(report?.status);
        const again = await run();
        const written = again?.operations.filter((one) => one.outcome === 'done' && one.system === 'dns') ?? [];
        expect(
          written.map(({ what }) => what),
          `after ${JSON.stringify({ ...report, records: undefined })}`,
        ).toEqual([]);
      }
      expect(planned).toHaveLength(1);
      await withPlanner(specOf(domain, second), state, async ({ ground, resources }) => {
        const runs = await ground.runs.list();
        const [report] = await undo(runs, await readRuns(ground, runs), resources, ground, options);
        expect(report?.errors ?? []).toEqual([]);
      });
      expect(await text(domain)).toEqual(before.map(show).toSorted());
    }),
    { numRuns: ZONES, endOnFailure: true },
  );
  // The property would hold for a program that refuses everything, too.
  expect(seen.done).toBeGreaterThan(ZONES / 4);
  expect(seen.written).toBeGreaterThan(ZONES);
});
