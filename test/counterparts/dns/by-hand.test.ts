import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { describeClient, KNOT, OCTODNS } from '../installed.ts';
import { runProgram } from '../program.ts';
import { startKnot } from './knot.ts';

/** Where the real server listens beside the sandbox's own. */
const HOST = '127.0.0.77';

describeClient(KNOT, (knotd) => {
  const DOMAIN = 'byhand.test';
  const BASE = ['@ NS dns.knothost.test.', '@ MX 10 mx.else.test.', '@ TXT "theirs"'];
  let stage: Stage;
  let folder = '';
  let server: { stop(): Promise<void> };
  const serve = (lines: readonly string[]) =>
    startKnot(knotd, folder, {
      addresses: [HOST],
      port: Number(stage.env.MAILWRIGHT_DNS_PORT),
      zones: { [DOMAIN]: lines },
    });

  beforeAll(async () => {
    stage = await openStage();
    folder = mkdtempSync(join(tmpdir(), 'mailwright-knot-'));
    server = await serve(BASE);
    const host = { zone: 'knothost.test', name: 'dns.knothost.test', type: 'A', values: [HOST] };
    await stage.control('POST /control/dns/records', host);
    await stage.control('POST /control/dns/delegations', { domain: DOMAIN, nameServers: ['dns.knothost.test'] });
  });
  afterAll(async () => {
    await server.stop();
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves what the zone file form says, and that is all that was missing', async () => {
    const args = ['up', DOMAIN, '--dns', 'manual', '--ses-regions', 'us-east-1,us-west-2', '--yes', '--json'];
    const first = await stage.run(args);
    expect(first.exit).toBe(3);
    expect(first.report.zones).toMatchObject([{ name: DOMAIN, by: 'person', nameServers: ['dns.knothost.test'] }]);
    const { stdout } = await stage.run(['records', DOMAIN, '--format', 'zone']);
    await server.stop();
    server = await serve([...BASE, ...stdout.trimEnd().split('\n')]);
    const done = await stage.run([...args, '--wait=90s']);
    expect(done.report.errors).toEqual([]);
    expect(done.report.status).toBe('done');
    expect((await stage.run(args)).report.operations).toEqual([]);
    expect((await stage.run(['records', DOMAIN])).stdout).toBe('');
  }, 150_000);

  it('names a mistake in a real zone file: a target without its last dot', async () => {
    await server.stop();
    server = await serve([...BASE, 'mail MX 10 feedback-smtp.us-east-1.amazonses.com']);
    const plan = await stage.run(['plan', DOMAIN, '--dns', 'manual']);
    expect(plan.stdout).toContain(`points to feedback-smtp.us-east-1.amazonses.com.${DOMAIN}`);
    expect(plan.stdout).toContain('End the target with a dot');
  }, 60_000);
});

describeClient(OCTODNS, (sync) => {
  const DOMAIN = 'octohand.test';
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.zone(DOMAIN);
  });
  afterAll(() => stage.close());

  it('takes our YAML, and what it publishes is all that was missing', async () => {
    const args = ['up', DOMAIN, '--dns', 'manual', '--ses-regions', 'us-east-1', '--yes', '--json'];
    expect((await stage.run(args)).exit).toBe(3);
    const folder = dirname(stage.state);
    mkdirSync(join(folder, 'zones'));
    const { stdout } = await stage.run(['records', DOMAIN, '--all', '--format', 'octodns']);
    writeFileSync(join(folder, 'zones', `${DOMAIN}.yaml`), stdout);
    const config = join(folder, 'octo.yaml');
    writeFileSync(
      config,
      `providers:
  src: {class: octodns.provider.yaml.YamlProvider, directory: ${folder}/zones, default_ttl: 300, enforce_order: false}
  cf: {class: octodns_cloudflare.CloudflareProvider, token: env/CLOUDFLARE_API_TOKEN, api_url: '${stage.env.CLOUDFLARE_BASE_URL}', pagerules: false, retry_period: 1}
zones:
  ${DOMAIN}.: {sources: [src], targets: [cf]}
`,
    );
    const ran = await runProgram(sync, [`--config-file=${config}`, '--doit'], { folder, env: stage.env });
    expect(ran.stderr).toContain('Creates=');
    expect((await stage.run([...args, '--wait=60s'])).report.status).toBe('done');
  }, 120_000);
});
