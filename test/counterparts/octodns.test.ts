import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../journeys/stage.ts';
import { describeClient, OCTODNS } from './installed.ts';
import { runProgram } from './program.ts';

const ZONE = 'octo.test';

// Their zone as they keep it. No quotation mark inside a text: octoDNS escapes it on the way out and does not undo that
// on the way back, so that wherever it is read back escaped, as here, an update is planned on every run.
const RECORDS = `---
'':
  - {type: A, ttl: 300, value: 192.0.2.1}
  - type: MX
    ttl: 300
    values:
      - {preference: 1, exchange: aspmx.l.google.com.}
      - {preference: 5, exchange: alt1.aspmx.l.google.com.}
  - type: TXT
    ttl: 300
    values:
      - google-site-verification=abc
      - v=spf1 include:_spf.google.com ~all
long: {type: TXT, ttl: 300, value: '${'0123456789'.repeat(30)}'}
policy: {type: TXT, ttl: 300, value: 'v=TEST1\\; p=none\\; x=y'}
www: {type: CNAME, ttl: 300, value: octo.test.}
`;

describeClient(OCTODNS, (sync) => {
  let stage: Stage;
  let config = '';
  beforeAll(async () => {
    stage = await openStage();
    await stage.zone(ZONE);
    const folder = dirname(stage.state);
    mkdirSync(join(folder, 'zones'));
    writeFileSync(join(folder, 'zones', `${ZONE}.yaml`), RECORDS);
    config = join(folder, 'octo.yaml');
    // Page rules are another product's API. The pause after a 5xx or 429 is five minutes where nothing is said. From ten
    // record sets on octoDNS refuses a plan that deletes more than 30 % of them; here a plan is only looked at.
    writeFileSync(
      config,
      `providers:
  src: {class: octodns.provider.yaml.YamlProvider, directory: ${folder}/zones, default_ttl: 300, enforce_order: false}
  cf:
    class: octodns_cloudflare.CloudflareProvider
    token: env/CLOUDFLARE_API_TOKEN
    api_url: ${stage.env.CLOUDFLARE_BASE_URL}
    pagerules: false
    retry_period: 1
    delete_pcent_threshold: 1
zones:
  ${ZONE}.: {sources: [src], targets: [cf]}
`,
    );
  });
  afterAll(() => stage.close());

  /** What octodns-sync says it will do or did; it logs to stderr and prints plans to stdout. */
  const octo = async (...args: string[]): Promise<{ exit: number; said: string }> => {
    const env = { CLOUDFLARE_API_TOKEN: stage.env.CLOUDFLARE_API_TOKEN ?? '' };
    const where = { folder: dirname(stage.state), env };
    const { exit, stdout, stderr } = await runProgram(sync, [`--config-file=${config}`, ...args], where);
    // The count stands in colour codes, which are no part of the sentence.
    return { exit, said: stripVTControlCharacters(`${stdout}${stderr}`) };
  };
  const calm = async (...args: string[]): Promise<string> => {
    const { exit, said } = await octo(...args);
    expect(said).not.toMatch(/warn|error|traceback/i);
    expect(exit).toBe(0);
    return said;
  };
  const theirs = async () => (await stage.zoneRecords(ZONE)).filter((record) => !record.comment);

  it('writes the zone', async () => {
    expect(await calm('--doit')).toContain('6 total changes');
    const zone = await stage.zoneRecords(ZONE);
    expect(zone.map(({ name, type }) => `${name} ${type}`).toSorted()).toEqual([
      'long.octo.test TXT',
      'octo.test A',
      'octo.test MX',
      'octo.test MX',
      'octo.test TXT',
      'octo.test TXT',
      'policy.octo.test TXT',
      'www.octo.test CNAME',
    ]);
    // Written with a trailing dot, kept without.
    expect(zone.find(({ type }) => type === 'CNAME')?.content).toBe('octo.test');
  });

  it('has nothing to do the second time', async () => {
    const since = await stage.mark();
    expect(await calm('--doit')).toContain(' 0 total changes');
    expect((await stage.ledger('cloudflare', since)).filter((row) => row.effect)).toEqual([]);
  });

  it('waits out a 429 and an HTML 502', async () => {
    for (const [kind, said] of [
      ['throttle', 'rate limit encountered, pausing'],
      ['html', 'http 502 error encountered, pausing'],
    ] as const) {
      await stage.control('POST /faults', { kind, system: 'cloudflare', operation: 'dns_records.list', count: 1 });
      const { exit, said: heard } = await octo('--doit');
      expect(exit).toBe(0);
      expect(heard).toContain(said);
      expect(heard).toContain(' 0 total changes');
    }
  });

  it('keeps its records through a run of Mailwright', async () => {
    const before = await theirs();
    const up = await stage.run(['up', ZONE, '--yes', '--wait=60s', '--json']);
    expect(up.report).toMatchObject({ status: 'done', errors: [] });
    expect(await theirs()).toEqual(before);
    const zone = await stage.zoneRecords(ZONE);
    expect(zone.length - before.length).toBe(6);
  });

  it('sees Mailwright’s records as extra, and nothing else', async () => {
    const plan = await calm();
    const lines = plan.split('\n').filter((line) => /^\*\s+(Create|Update|Delete)\b/.test(line));
    expect(lines.filter((line) => !line.includes('Delete'))).toEqual([]);
    const ours = (await stage.zoneRecords(ZONE)).filter((record) => record.comment === 'managed-by=mailwright');
    const named = new Set(ours.map(({ name, type }) => `${name} ${type}`));
    expect(lines).toHaveLength(named.size);
    for (const name of named) {
      const [host = '', type = ''] = name.split(' ');
      expect(
        lines.filter((line) => line.includes(`Record ${type} `) && line.includes(` ${host}.`)),
        name,
      ).toHaveLength(1);
    }
  });

  it('leaves Mailwright nothing to do either', async () => {
    const before = await stage.zoneRecords(ZONE);
    const again = await stage.run(['up', ZONE, '--yes', '--json']);
    expect(again.report).toMatchObject({ status: 'done', operations: [] });
    expect(await stage.zoneRecords(ZONE)).toEqual(before);
  });
});
