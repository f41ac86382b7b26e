import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const PROFILES = new URL('../../examples/profiles/', import.meta.url);

let stage: Stage;
let nowhere = '';
beforeAll(async () => {
  stage = await openStage();
  nowhere = `${stage.state}-ssh-config`;
  writeFileSync(nowhere, 'Host *\n  HostName 127.0.0.1\n  Port 1\n');
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
});
afterAll(() => stage.close());

describe('every example profile can be planned', () => {
  it.each(readdirSync(PROFILES))('%s', async (file) => {
    const path = fileURLToPath(new URL(file, PROFILES));
    const domain = `${file.replace(/\.yaml$/, '')}-example.test`;
    if (/provider: porkbun/.test(readFileSync(path, 'utf8'))) {
      await stage.control('POST /control/porkbun/domains', { name: domain });
    } else await stage.zone(domain);
    const plan = await stage.run(['plan', domain, '--profile', path, '--json'], { MAILWRIGHT_SSH_CONFIG: nowhere });
    // Relays of an example are nobody's: that they can't be reached keeps nothing from being planned.
    expect(plan.report.errors.filter((one) => !one.message.includes('can’t be reached by SSH'))).toEqual([]);
    expect(plan.exit).toBe(5);
    expect(plan.report.operations.length).toBeGreaterThan(0);
  });
});

describe('the Route 53 policy of the documentation', () => {
  interface Policy {
    readonly Version: string;
    readonly Statement: readonly { readonly Sid: string }[];
  }
  const whole = JSON.parse(
    readFileSync(new URL('../../docs/iam-policy-route53.json', import.meta.url), 'utf8'),
  ) as Policy;

  /** Credentials for Route 53 that may do what the policy says and nothing else. */
  async function credentials(policy: object): Promise<Record<string, string>> {
    const key = (await stage.control('POST /control/aws/keys', { policy })) as Record<string, string>;
    return {
      ROUTE53_ACCESS_KEY_ID: key.accessKeyId ?? '',
      ROUTE53_SECRET_ACCESS_KEY: key.secretAccessKey ?? '',
    };
  }

  it('is enough to come up, be listed, and be taken back', async () => {
    await stage.control('POST /control/route53/zones', { name: 'granted.test' });
    const env = await credentials(whole);
    const up = await stage.run(['up', 'granted.test', '--yes', '--wait=60s', '--json'], env);
    expect(up.report.errors).toEqual([]);
    expect(up.report.status).toBe('done');
    expect((await stage.run(['list', '--names'], env)).stdout).toContain('granted.test');
    expect((await stage.run(['undo', up.report.run, '--yes', '--json'], env)).report.status).toBe('done');
  });

  it('its statements for reading are enough to plan, to check and to list, and write nothing', async () => {
    await stage.control('POST /control/route53/zones', { name: 'read-only.test' });
    const Statement = whole.Statement.filter(({ Sid }) => Sid.startsWith('Route53Read'));
    const env = await credentials({ ...whole, Statement });
    expect((await stage.run(['plan', 'read-only.test', '--json'], env)).exit).toBe(5);
    expect((await stage.run(['check', 'read-only.test', '--json'], env)).report.errors).toEqual([]);
    expect((await stage.run(['list', '--names'], env)).exit).toBe(0);
    const since = await stage.mark();
    const up = await stage.run(['up', 'read-only.test', '--yes', '--json'], env);
    expect(up.report.errors.map((one) => one.code)).toContain('route53.access-denied');
    expect((await stage.ledger('route53', since)).filter((row) => row.effect)).toEqual([]);
  });

  it('can be narrowed to names and types of mail by the conditions that docs/dns/route53.md shows', async () => {
    await stage.control('POST /control/route53/zones', { name: 'example.test' });
    const page = readFileSync(new URL('../../docs/dns/route53.md', import.meta.url), 'utf8');
    const shown = /```json\n(\{\n {2}"Sid": "Route53WriteHostedzone"[\s\S]*?\n\})\n```/.exec(page)?.[1] ?? '';
    const narrowed = JSON.parse(
      shown.replaceAll('example.com', 'example.test').replace(/hostedzone\/Z[A-Z0-9]+/, 'hostedzone/*'),
    ) as object;
    const rest = whole.Statement.filter(({ Sid }) => Sid !== 'Route53WriteHostedzone');
    const env = await credentials({ ...whole, Statement: [...rest, narrowed] });
    const up = await stage.run(['up', 'example.test', '--yes', '--wait=60s', '--json'], env);
    expect(up.report.errors).toEqual([]);
    expect(up.report.status).toBe('done');
    const more = await stage.run(['up', 'example.test', '--mx', 'example.mx.test', '--yes', '--json'], env);
    expect(more.report.errors.map((one) => one.code)).toContain('route53.access-denied');
  });
});
