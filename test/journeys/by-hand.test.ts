import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const BIN = fileURLToPath(new URL('../../bin/mailwright.js', import.meta.url));

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

interface Entered {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly priority?: number;
  readonly value: string;
}

/** What the program says is to be entered. */
async function toEnter(domain: string, ...flags: string[]): Promise<Entered[]> {
  const ran = await stage.run(['records', domain, '--format', 'json', ...flags]);
  return ran.stdout === '' ? [] : (JSON.parse(ran.stdout) as Entered[]);
}

/** Somebody enters records in the web page of the DNS host, which takes full names and unquoted text. */
async function enter(zone: string, records: readonly Entered[]): Promise<void> {
  await stage.edit(zone, {
    posts: records.map(({ name, type, ttl, priority, value }) => ({
      name: name === '@' ? zone : `${name}.${zone}`,
      type,
      ttl,
      content: type === 'TXT' ? JSON.stringify(value) : value,
      ...(priority === undefined ? {} : { priority }),
    })),
  });
}

describe('a domain whose DNS a person enters', () => {
  it('ends as pending with the records to enter, and nothing is written at any DNS host', async () => {
    await stage.zone('hand.test');
    const since = await stage.mark();
    const up = await stage.run(['up', 'hand.test', '--dns', 'manual', '--yes', '--ses-regions', 'us-east-1,us-west-2']);
    expect(up.exit).toBe(3);
    expect(up.stdout).toContain('to be entered by hand at the host of hand.test');
    expect(up.stdout).toContain('To be entered by hand at the DNS host of hand.test');
    expect(up.stdout).toMatch(/_domainkey +CNAME +3600 +[a-z0-9]+\.dkim\.amazonses\.com/);
    expect(up.stdout).not.toContain('✗');
    expect(up.stdout).toContain('mailwright records hand.test');
    const rows = await stage.ledger(undefined, since);
    expect(rows.filter((row) => ['cloudflare', 'porkbun', 'route53'].includes(row.system))).toEqual([]);
    expect(rows.filter((row) => row.operation === 'PutEmailIdentityMailFromAttributes')).toEqual([]);
    // Nobody waits half a minute for what a person has to do first.
    expect(up.stdout).not.toContain('to be served');
  });

  it('is finished by running again when they are there, and the run after that is empty', async () => {
    const records = await toEnter('hand.test');
    expect(records.map((one) => one.type).toSorted()).toEqual([
      'CNAME',
      'CNAME',
      'CNAME',
      'MX',
      'MX',
      'TXT',
      'TXT',
      'TXT',
    ]);
    await enter('hand.test', records);
    const args = ['up', 'hand.test', '--dns', 'manual', '--yes', '--ses-regions', 'us-east-1,us-west-2', '--json'];
    const up = await stage.run([...args, '--wait=60s']);
    expect(up.report.status).toBe('done');
    const again = await stage.run(args);
    expect(again.report.operations).toEqual([]);
    expect(again.exit).toBe(0);
    expect((await stage.run(['check', 'hand.test'])).exit).toBe(0);
    expect(await toEnter('hand.test')).toEqual([]);
    expect((await toEnter('hand.test', '--all')).length).toBe(8);
  });

  it('undo takes back what was made, and leaves to the person what a person entered', async () => {
    const runs = JSON.parse((await stage.run(['runs', '--json'])).stdout) as
      | { runs?: { run: string }[] }
      | { run: string }[];
    const all = (Array.isArray(runs) ? runs : (runs.runs ?? [])).map((one) => one.run);
    const undo = await stage.run(['undo', ...all, '--yes', '--json']);
    expect(undo.report.status).toBe('done');
    expect(undo.report.left).toHaveLength(8);
    expect(undo.report.left[0]?.why).toContain('entered by hand');
    expect(await stage.control('GET /control/aws/identities')).toEqual([]);
    expect((await stage.zoneRecords('hand.test')).length).toBe(8);
  });

  it('--wait watches until somebody has entered them', async () => {
    await stage.zone('watch.test');
    const child = spawn(BIN, ['up', 'watch.test', '--dns', 'manual', '--yes', '--wait=60s'], {
      env: {
        ...stage.env,
        PATH: process.env.PATH ?? '',
        MAILWRIGHT_STATE: stage.state,
        MAILWRIGHT_SES_CONTROL_RATE: '50',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    for (let n = 0; n < 100 && !/waiting for/.test(out); n += 1) await new Promise((done) => setTimeout(done, 100));
    await enter('watch.test', await toEnter('watch.test'));
    expect(await ended).toBe(0);
    expect(out).toMatch(/_domainkey +CNAME/);
    expect(out).toMatch(/waiting for \d+ records to be entered by hand/);
    expect(out).toMatch(/Everything (is as it should be|works)/);
  });
});

describe('half of the records, with each classic mistake', () => {
  const DOMAIN = 'slips.test';

  it('names each mistake with its remedy, calls none of them a conflict, and finds the right ones', async () => {
    await stage.zone(DOMAIN);
    const args = ['up', DOMAIN, '--dns', 'manual', '--yes', '--json', '--dmarc-email', `dmarc@${DOMAIN}`];
    await stage.run(args);
    const records = await toEnter(DOMAIN);
    const keys = records.filter((one) => one.type === 'CNAME');
    const [doubled, dotless, proxied] = keys;
    const mx = records.find((one) => one.type === 'MX');
    const dmarc = records.find((one) => one.name === '_dmarc');
    if (!doubled || !dotless || !proxied || !mx || !dmarc) throw new Error('the plan has fewer records than expected');
    await enter(DOMAIN, [
      { ...doubled, name: `${doubled.name}.${DOMAIN}` },
      { ...dotless, value: `${dotless.value}.${DOMAIN}` },
      mx,
      { ...dmarc, value: `"${dmarc.value}"` },
    ]);
    await stage.edit(DOMAIN, {
      posts: [{ name: `${proxied.name}.${DOMAIN}`, type: 'CNAME', content: proxied.value, ttl: 1, proxied: true }],
    });
    const again = await stage.run(args);
    expect(again.report.status).toBe('pending');
    const said = (name: string) => {
      const check = again.report.checks.find((one) => one.name === name && one.status === 'pending');
      return `${check?.seen.map((one) => one.value).join()} ${check?.next}`;
    };
    expect(said(`${doubled.name}.${DOMAIN}`)).toMatch(/entered as .*slips\.test\.slips\.test.*Enter the name as/);
    expect(said(`${dotless.name}.${DOMAIN}`)).toMatch(/added slips\.test to the target.*End the target with a dot/);
    expect(said(`${proxied.name}.${DOMAIN}`)).toMatch(/addresses.*DNS only/);
    expect(said(`_dmarc.${DOMAIN}`)).toMatch(/quotation marks.*without/);
    expect(again.report.checks.find((one) => one.id === 'mail-from.mx')?.status).not.toBe('failed');
    const shown = await stage.run(['plan', DOMAIN, '--dns', 'manual', '--dmarc-email', `dmarc@${DOMAIN}`]);
    expect(shown.stdout).toContain('End the target with a dot');
  });

  it('a second SPF record is a conflict with the remedy', async () => {
    await stage.zone('twospf.test', [
      { name: 'mail', type: 'TXT', content: '"v=spf1 include:amazonses.com ~all"', ttl: 300 },
      { name: 'mail', type: 'TXT', content: '"v=spf1 include:_spf.example.net -all"', ttl: 300 },
    ]);
    const up = await stage.run(['up', 'twospf.test', '--dns', 'manual', '--yes', '--json']);
    expect(up.exit).toBe(4);
    expect(up.report.errors.map((one) => one.code)).toContain('spf.multiple');
  });

  it('a domain that nobody delegates, and name servers that do not answer, are told apart', async () => {
    const none = await stage.run(['plan', 'unregistered.test', '--dns', 'manual', '--json']);
    expect(none.exit).toBe(4);
    expect(none.report.errors.map((one) => one.code)).toContain('manual.no-zone');
    await stage.zone('silent.test');
    await stage.control('POST /control/dns/misbehaviour', { kind: 'servfail', name: 'silent.test' });
    const silent = await stage.run(['plan', 'silent.test', '--dns', 'manual', '--json']);
    expect(silent.report.errors.join()).not.toContain('missing');
    expect([3, 5]).toContain(silent.exit);
  });
});
