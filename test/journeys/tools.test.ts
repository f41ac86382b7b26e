import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { lintSchema } from '../../src/core/lint-report.ts';
import { dnsReportSchema, messageReportSchema, spfReportSchema } from '../../src/core/verdicts.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let resolver: string;
beforeAll(async () => {
  stage = await openStage();
  resolver = stage.env.MAILWRIGHT_DNS_PUBLIC_RESOLVERS ?? '';
  await stage.zone('tools.test', [
    { name: '@', type: 'TXT', content: '"v=spf1 ip4:198.51.100.7 include:spf.tools.test -all"', ttl: 300 },
    { name: 'spf', type: 'TXT', content: '"v=spf1 ip4:203.0.113.0/24 ~all"', ttl: 300 },
    { name: 'broken', type: 'TXT', content: '"v=spf1 include:nowhere.tools.test -all"', ttl: 300 },
    { name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=reject; rua=mailto:d@tools.test"', ttl: 300 },
  ]);
});
afterAll(() => stage.close());

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  lint: lintSchema,
  spf: spfReportSchema,
  dns: dnsReportSchema,
  check: messageReportSchema,
};

const json = async (args: readonly string[]) => {
  const ran = await stage.run([...args, '--json'], { MAILWRIGHT_DNS_PUBLIC_RESOLVERS: undefined });
  const data = JSON.parse(ran.stdout) as Record<string, unknown>;
  // As it is published, and nothing beside it.
  expect(SCHEMAS[args[0] ?? '']?.parse(data)).toEqual(data);
  return { ...ran, data };
};

describe('lint', () => {
  it('names the fault, why it matters and the fix, and ends by severity', async () => {
    const ran = await stage.run(['lint', 'spf', 'v=spf1 ipv4:192.0.2.1 -all']);
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain('the term "ipv4:192.0.2.1" is unknown: it is ip4');
    const weak = ['lint', 'dmarc', 'v=DMARC1; p=none; rua=mailto:d@tools.test'];
    expect((await stage.run(weak)).exit).toBe(0);
    expect((await stage.run([...weak, '--fail-on', 'advice'])).exit).toBe(1);
  });

  it('takes files, and says what it does not know', async () => {
    const path = join(dirname(stage.state), 'policy.txt');
    writeFileSync(path, 'version: STSv1\nmode: enforce\nmx: mx.tools.test\nmax_age: 1209600\n');
    const { data, exit } = await json(['lint', 'mta-sts', `@${path}`, '--resolver', '127.0.0.1:1']);
    expect([exit, data.valid, data.findings]).toEqual([0, true, []]);
    // Every editor, and echo, ends a file with a line end.
    writeFileSync(path, 'v=spf1 mx -all\n');
    expect((await stage.run(['lint', 'spf', `@${path}`])).exit).toBe(0);
    writeFileSync(path, 'v=STSv1; id=1\r\n');
    expect((await stage.run(['lint', 'mta-sts', `@${path}`])).exit).toBe(0);
    expect((await stage.run(['lint', 'spff', 'x'])).stderr).toContain('is spf meant?');
    expect((await stage.run(['lint', 'spf', '@/nowhere'])).exit).toBe(2);
    expect((await stage.run(['lint', 'spf', ' '])).stderr).toContain('the record is empty');
  });

  it.each([
    ['spf', 'v=spf1 -all\r\n'],
    ['mta-sts', 'v=STSv1; id=20260101;\n'],
    ['dmarc', '"v=DMARC1\\059 p=reject\\059 rua=mailto:d@tools.test"\n'],
  ])('the line end of a file is no part of a record, and numbers in quotes are bytes: %s', async (kind, text) => {
    const path = join(dirname(stage.state), 'record.txt');
    writeFileSync(path, `\uFEFF${text}`);
    expect((await json(['lint', kind, `@${path}`])).data).toMatchObject({ valid: true, findings: [] });
  });
});

describe('spf', () => {
  const spf = (ip: string, from: string) => json(['spf', ip, '--from', from, '--resolver', resolver]);

  it('says who passes, and by which term', async () => {
    const { exit, data } = await spf('203.0.113.9', 'a@tools.test');
    expect(exit).toBe(0);
    expect(data).toMatchObject({
      result: 'pass',
      domain: 'tools.test',
      trace: {
        steps: [
          { term: 'ip4:198.51.100.7', verdict: 'no match' },
          {
            term: 'include:spf.tools.test',
            verdict: 'match',
            below: { steps: [{ verdict: 'match' }, { verdict: 'not reached' }] },
          },
          { term: '-all', verdict: 'not reached' },
        ],
      },
    });
    const other = await spf('192.0.2.1', 'a@tools.test');
    expect([other.exit, other.data.result]).toEqual([1, 'fail']);
  });

  it('names the include that is not there, and tells silence from a fault', async () => {
    const broken = await spf('192.0.2.1', 'a@broken.tools.test');
    expect(broken.data).toMatchObject({ result: 'permerror', trace: { steps: [{ verdict: 'error' }, {}] } });
    const silent = await json(['spf', '192.0.2.1', '--from', 'a@tools.test', '--resolver', '127.0.0.1:1']);
    expect([silent.exit, silent.data.result]).toEqual([3, 'temperror']);
  });
});

describe('dns', () => {
  it('shows the zone’s own servers beside resolvers, and does not ask these for what is not there', async () => {
    const { exit, data } = await json(['dns', '_dmarc.tools.test', 'txt', '--resolver', resolver]);
    expect(exit).toBe(0);
    expect(data).toMatchObject({ zone: 'tools.test', status: 'present' });
    expect((data.authoritative as unknown[]).length).toBeGreaterThan(1);
    const missing = await json(['dns', 'nothing.tools.test', '--resolver', resolver]);
    expect([missing.exit, missing.data.status, missing.data.public]).toEqual([1, 'absent', []]);
  });
});

describe('check --message', () => {
  const explain = async (name: string, text: string) => {
    const path = join(dirname(stage.state), `${name}.eml`);
    writeFileSync(path, text);
    return json(['check', '--message', path, '--ip', '203.0.113.9', '--from', 'a@tools.test', '--resolver', resolver]);
  };
  const message = (from: string) =>
    `From: ${from}\r\nTo: b@else.test\r\nSubject: x\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\n\r\nhello\r\n`;

  it('says whether it counts for its author, and why not', async () => {
    const own = await explain('own', message('a@tools.test'));
    expect(own.exit).toBe(0);
    expect(own.data).toMatchObject({
      author: 'tools.test',
      spf: { result: 'pass', aligned: true },
      dmarc: { result: 'pass', policyDomain: 'tools.test' },
    });
    await stage.zone('victim.test', [{ name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=reject"', ttl: 300 }]);
    const forged = await explain('forged', message('ceo@victim.test'));
    expect(forged.exit).toBe(1);
    expect(forged.data).toMatchObject({
      spf: { result: 'pass', aligned: false },
      dmarc: { result: 'fail', policy: 'reject' },
    });
  });

  it('says that no DMARC applies where there are several authors, and takes the sender from a flag alone', async () => {
    const several = await explain('several', message('a@tools.test\r\nFrom: b@victim.test'));
    expect([several.exit, several.data.author]).toEqual([1, undefined]);
    const path = join(dirname(stage.state), 'came.eml');
    writeFileSync(
      path,
      `Received: from h (h [203.0.113.9]) by mx; Thu, 26 Nov 2026 10:00:00 +0000\r\n${message('a@tools.test')}`,
    );
    const came = await json(['check', '--message', path, '--from', 'a@tools.test', '--resolver', resolver]);
    expect(came.data).toMatchObject({ spf: { result: 'pass', domain: 'tools.test', ip: '203.0.113.9' } });
  });

  it('refuses what is no message', async () => {
    const path = join(dirname(stage.state), 'none.eml');
    writeFileSync(path, '<html>');
    const ran = await stage.run(['check', '--message', path]);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('does not begin with a header');
    writeFileSync(path, `From: a@tools.test\r\nSubject: ${'a\r\n '.repeat(100_000)}\r\n\r\n`);
    expect((await stage.run(['check', '--message', path])).stderr).toContain('of headers');
  });
});

describe('flags', () => {
  const path = () => join(dirname(stage.state), 'own.eml');
  it.each<[string, () => string[], string]>([
    ['--tls', () => ['--message', path(), '--tls'], '--tls can’t stand beside --message'],
    ['--registration', () => ['--message', path(), '--registration'], '--registration can’t stand beside --message'],
    ['--fail-on', () => ['--message', path(), '--fail-on=info'], '--fail-on can’t stand beside --message'],
    ['--all', () => ['--dns-only', '--all'], '--all can’t stand beside --dns-only'],
    ['--profile', () => ['--dns-only', 'tools.test', '--profile=x'], '--profile can’t stand beside --dns-only'],
    ['--html', () => ['tools.test', '--against=page.test', '--html=x'], '--html can’t stand beside --against'],
    ['--markdown', () => ['--dns-only', 'tools.test', '--markdown', '--json'], 'both would be printed'],
    ['--ip', () => ['tools.test', '--ip=192.0.2.1'], '--ip says how a message came in'],
    ['--ip', () => ['--message', path(), '--ip=garbage'], '"garbage" is no IP address'],
    ['--from', () => ['--message', path(), '--from=garbage'], '"garbage" is no address'],
    ['--explain', () => ['--explain=spf.none', 'tools.test'], 'one word too many'],
    ['--explain', () => ['--explain', '__proto__'], 'there is no check "__proto__"'],
    ['a port', () => ['--dns-only', 'tools.test', '--resolver=192.0.2.1:99999'], '"192.0.2.1:99999" is no resolver'],
    ['a list', () => ['--dns-only', 'tools.test', '--resolver=192.0.2.1,192.0.2.2'], 'is no resolver'],
    ['a page', () => ['--dns-only', 'tools.test', '--html=/nowhere/x'], '--html: /nowhere/x can'],
  ])('that make no sense are named, not ignored: %s', async (_name, args, said) => {
    const ran = await stage.run(['check', ...args()]);
    expect(ran.stderr).toContain(said);
    expect([ran.exit, ran.stdout]).toEqual([2, '']);
  });

  it('that name no domain are named, and an address has its reverse name', async () => {
    const spf = await stage.run(['spf', '192.0.2.1', '--from', 'a@b c.test']);
    expect([spf.exit, spf.stderr]).toEqual([2, expect.stringContaining('--from: "b c.test" is not a DNS name')]);
    const dns = await json(['dns', '192.0.2.1', 'PTR', '--resolver', resolver]);
    expect(dns.data).toMatchObject({ name: '1.2.0.192.in-addr.arpa' });
    const named = await stage.run(['check', '--dns-only', '--domain', 'tools.test', '--json']);
    expect(named.report.domain).toBe('tools.test');
    const page = await stage.run(['check', '--dns-only', 'tools.test', '--markdown', '--json=report.json']);
    expect(page.stdout).not.toContain('Report:');
  });
});

describe('the page of check', () => {
  it('is grouped, worst first, as text, Markdown, HTML and JSON, with what receivers ask', async () => {
    await stage.zone('page.test', [
      { name: '@', type: 'TXT', content: '"v=spf1 include:spf.tools.test include:gone.page.test ~all"', ttl: 300 },
      { name: '@', type: 'TXT', content: '"v=DMARC1; p=none <script>alert(1)</script>"', ttl: 300 },
    ]);
    const html = join(dirname(stage.state), 'page.html');
    const ran = await stage.run(['check', 'page.test', '--json', `--html=${html}`, '--markdown=page.md']);
    expect(ran.exit).toBe(1);
    const failed = ran.report.checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
    expect(failed).toEqual(expect.arrayContaining(['spf.include-none', 'dmarc.apex']));
    expect(ran.report.spf?.map(({ depth, domain, state }) => [depth, domain, state])).toEqual([
      [0, 'page.test', 'there'],
      [1, 'spf.tools.test', 'there'],
      [1, 'gone.page.test', 'none'],
    ]);
    expect(ran.report.compliance?.find(({ what }) => what.startsWith('SPF'))).toMatchObject({ status: 'failed' });
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('<svg role="img"');
    expect(page).not.toContain('<script>');
    expect(page).not.toMatch(/(src|href)=/);
    const markdown = readFileSync(join(dirname(stage.state), 'page.md'), 'utf8');
    expect(markdown).toContain('## SPF');
    expect(markdown).toContain('`"v=DMARC1; p=none <script>alert(1)</script>"`');
  });

  it('needs no credentials where DNS alone is to be looked at', async () => {
    await stage.zone('bare.test', [
      { name: '@', type: 'TXT', content: '"v=spf1 include:gone.bare.test ~all"', ttl: 300 },
      { name: 'bounce', type: 'MX', content: 'feedback-smtp.eu-west-1.amazonses.com', priority: 10, ttl: 300 },
    ]);
    const nothing = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_EC2_METADATA_DISABLED: 'true',
      CLOUDFLARE_API_TOKEN: '',
      MAILCOW_URL: undefined,
      MAILCOW_API_KEY: undefined,
    };
    const since = await stage.mark();
    const ran = await stage.run(['check', '--dns-only', 'bare.test', 'tools.test', '--json'], nothing);
    expect(ran.exit).toBe(1);
    const { domains } = ran.report as unknown as {
      domains: { domain: string; checks: { id: string; name?: string; status: string }[] }[];
    };
    const [bare] = domains;
    expect(bare?.checks.filter(({ status }) => status === 'failed').map(({ id, name }) => `${id} ${name}`)).toEqual(
      expect.arrayContaining([
        'spf.include-none bare.test',
        'mail-from.spf bounce.bare.test',
        'dmarc.none _dmarc.bare.test',
      ]),
    );
    expect(bare?.checks).toContainEqual(
      expect.objectContaining({ id: 'mail-from.mx', name: 'bounce.bare.test', status: 'ok' }),
    );
    const asked = new Set((await stage.ledger(undefined, since)).map(({ system }) => system));
    expect([...asked].filter((system) => system !== 'dns')).toEqual([]);
  });

  it('asks the resolver that is named, and says so where it is silent', async () => {
    const silent = await stage.run(['check', '--dns-only', 'tools.test', '--resolver', '127.0.0.1:1', '--json']);
    expect(silent.exit).toBe(3);
    const heard = await stage.run(['check', '--dns-only', 'tools.test', '--resolver', resolver, '--json']);
    expect(heard.report.checks.find(({ id }) => id === 'ns.silent')?.status).toBe('ok');
  });

  it('explains a check, and fails by severity', async () => {
    const explained = await stage.run(['check', '--explain', 'spf.lookups']);
    expect(explained.stdout).toContain('Source: RFC 7208 4.6.4');
    expect((await stage.run(['check', '--explain', 'spf.lookup'])).stderr).toContain('is spf.lookups meant?');
  });
});

describe('check --tls', () => {
  const reportsOf = ({ stdout }: { stdout: string }) =>
    (JSON.parse(stdout) as { checks: { id: string; name?: string; severity: string; status: string }[] }).checks
      .filter(({ id }) => /^(tls|dane)\./.test(id))
      .map(({ id, name, severity, status }) => `${id} ${name} ${severity} ${status}`);

  it('asks MX hosts, which in the sandbox take mail without TLS; without the flag nobody is asked', async () => {
    await stage.zone('tls.test', [
      { name: '@', type: 'MX', content: 'in.mx.test', priority: 10, ttl: 300 },
      { name: '@', type: 'MX', content: 'closed.tls.test', priority: 20, ttl: 300 },
      { name: 'closed', type: 'A', content: '127.0.0.77', ttl: 300 },
    ]);
    const dnsOnly = ['check', '--dns-only', 'tls.test', '--json'];
    expect(reportsOf(await stage.run(dnsOnly))).toEqual([]);
    const told = ['tls.starttls in.mx.test error failed', 'tls.starttls closed.tls.test info unknown'];
    const ran = await stage.run([...dnsOnly, '--tls']);
    expect(ran.exit).toBe(1);
    expect(reportsOf(ran)).toEqual(told);
    expect(reportsOf(await stage.run(['check', 'tls.test', '--tls', '--json']))).toEqual(told);
    const page = await stage.run(['check', '--dns-only', 'tls.test', '--tls']);
    expect(page.stdout).toContain('no STARTTLS in its answer to EHLO: 250 ');
    expect(page.stdout).toMatch(/closed\.tls\.test {2}127\.0\.0\.77 port \d+: nobody listens there/);
  });

  it('has a type of its own in mailwright dns', async () => {
    const { exit, data } = await json(['dns', '_25._tcp.in.mx.test', 'TLSA', '--resolver', resolver]);
    expect([exit, data.status]).toEqual([1, 'absent']);
  });
});
