import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  // The pace of Porkbun has its own test; here it would only cost time.
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
});
afterAll(() => stage.close());

/** A domain is served by somebody whom nobody here has credentials for. */
const elsewhere = (zone: string) =>
  stage.control('POST /control/dns/records', { zone, name: zone, type: 'A', values: ['192.0.2.7'] });

const values = (...all: string[]) => all.map((Value) => ({ Value }));

/** Two SPF records, which are as good as none: they become one, and two again by undo. */
const SPF = ['v=spf1 a -all', 'v=spf1 mx ~all'];

/** The three DNS hosts: how a live zone is put there, and what it holds as text. */
const HOSTS = {
  cloudflare: {
    put: (name: string) =>
      stage.zone(name, [
        { name: '@', type: 'TXT', content: '"theirs"', ttl: 300 },
        ...SPF.map((text) => ({ name: '@', type: 'TXT', content: `"${text}"`, ttl: 300 })),
        { name: '@', type: 'MX', content: 'mx-else.mx.test', priority: 10, ttl: 300 },
      ]),
    holds: async (name: string) =>
      (await stage.zoneRecords(name)).map((one) => [one.name, one.type, one.content, one.ttl].join(' ')).toSorted(),
  },
  porkbun: {
    put: (name: string) =>
      stage.control('POST /control/porkbun/domains', {
        name,
        records: [
          { name: '', type: 'TXT', content: 'theirs', ttl: 600 },
          ...SPF.map((content) => ({ name: '', type: 'TXT', content, ttl: 600 })),
          { name: '', type: 'MX', content: 'mx-else.mx.test', prio: 10, ttl: 600 },
        ],
      }),
    holds: async (name: string) =>
      ((await stage.control(`GET /control/porkbun/records?domain=${name}`)) as Record<string, string>[])
        .map((one) => [one.name, one.type, one.content, one.ttl].join(' '))
        .toSorted(),
  },
  route53: {
    put: (name: string) =>
      stage.control('POST /control/route53/zones', {
        name,
        records: [
          { Name: name, Type: 'TXT', TTL: 300, ResourceRecords: values('"theirs"', ...SPF.map((text) => `"${text}"`)) },
          { Name: name, Type: 'MX', TTL: 300, ResourceRecords: values('10 mx-else.mx.test.') },
        ],
      }),
    holds: async (name: string) =>
      ((await stage.control(`GET /control/route53/sets?zone=${name}`)) as unknown[])
        .map((one) => JSON.stringify(one))
        .toSorted(),
  },
} as const;

describe.each(Object.entries(HOSTS))('a domain at %s', (host, { put, holds }) => {
  const domain = `at-${host}.test`;
  const args = [domain, '--ses-regions', 'us-east-1,us-west-2', '--mx', 'mx-else.mx.test:10', '--merge-several'];

  it('comes up in one run, found by its delegation; the second run is empty, and asks no other host', async () => {
    await put(domain);
    const before = await holds(domain);
    const since = await stage.mark();
    args.push('--profile', stage.profile('spf: { root: merge }\n'));
    const up = await stage.run(['up', ...args, '--yes', '--wait=90s', '--json']);
    expect(up.report.errors).toEqual([]);
    expect(up.report.status).toBe('done');
    const spf = (await holds(domain)).join().match(/v=spf1 a .*?all/g);
    expect(spf).toEqual(['v=spf1 a mx include:amazonses.com ~all']);
    expect(up.report.about.join()).toContain(`DNS ${host}`);
    const again = await stage.run(['up', ...args, '--yes', '--json']);
    expect(again.report.operations).toEqual([]);
    expect(again.exit).toBe(0);
    const others = Object.keys(HOSTS).filter((one) => one !== host);
    const rows = await stage.ledger(undefined, since);
    expect(rows.filter((row) => others.includes(row.system))).toEqual([]);
    expect(rows.filter((row) => row.forbidden)).toEqual([]);
    expect((await stage.run(['check', domain])).exit).toBe(0);
    expect((await stage.run(['list', '--names'])).stdout).toContain(domain);

    const undo = await stage.run(['undo', up.report.run, '--yes', '--json']);
    expect(undo.report.left).toEqual([]);
    expect(undo.report.status).toBe('done');
    expect(await holds(domain)).toEqual(before);
  });
});

describe('names of several hosts', () => {
  it('go each to whoever serves them, in one plan', async () => {
    await stage.zone('split.test', [
      { name: 'reports', type: 'NS', content: 'ns.elsewhere.test', ttl: 300 },
      { name: 'eu', type: 'TXT', content: '"not delegated"', ttl: 300 },
    ]);
    // A sub-zone of its own at Route 53, delegated from Cloudflare.
    const sub = (await stage.control('POST /control/route53/zones', { name: 'post.split.test', delegate: false })) as {
      nameServers: string[];
    };
    await stage.edit('split.test', {
      posts: sub.nameServers.map((content) => ({ name: 'post.split.test', type: 'NS', content, ttl: 300 })),
    });
    const args = ['split.test', '--mail-from', 'post', '--dmarc-email', 'dmarc@split.test'];
    const plan = await stage.run(['plan', ...args]);
    expect(plan.stdout).toContain('DNS cloudflare');
    expect(plan.stdout).toContain('DNS route53');
    const up = await stage.run(['up', ...args, '--yes', '--wait=90s', '--json']);
    expect(up.report.errors).toEqual([]);
    expect(up.report.status).toBe('done');
    const sets = (await stage.control('GET /control/route53/sets?zone=post.split.test')) as { Type: string }[];
    expect(sets.map((one) => one.Type).toSorted()).toEqual(['MX', 'NS', 'SOA', 'TXT']);
    expect((await stage.zoneRecords('split.test')).filter((one) => one.type === 'MX')).toEqual([]);
    expect((await stage.run(['up', ...args, '--yes', '--json'])).report.operations).toEqual([]);
    const undo = await stage.run(['undo', up.report.run, '--yes', '--json']);
    expect(undo.report.status).toBe('done');
    expect(((await stage.control('GET /control/route53/sets?zone=post.split.test')) as unknown[]).length).toBe(2);
  });

  it('go to a person where nobody here may write them, beside what is written by us', async () => {
    await stage.zone('mixed.test');
    const abroad = { name: 'post.mixed.test', account: '444455556666', delegate: false };
    const sub = (await stage.control('POST /control/route53/zones', abroad)) as { nameServers: string[] };
    await stage.edit('mixed.test', {
      posts: sub.nameServers.map((content) => ({ name: 'post.mixed.test', type: 'NS', content, ttl: 300 })),
    });
    const args = ['mixed.test', '--mail-from', 'post', '--yes', '--json'];
    const alone = await stage.run(['up', ...args]);
    expect(alone.report.errors.map((one) => one.code)).toContain('dns.delegated-away');
    const up = await stage.run(['up', ...args, '--dns', 'auto,manual']);
    expect(up.exit).toBe(3);
    const byPerson = up.report.operations.filter((one) => one.by === 'person').map((one) => one.id);
    expect(byPerson).toEqual(['dns post.mixed.test MX', 'dns post.mixed.test TXT spf']);
    expect(up.report.operations.filter((one) => one.by === 'us' && one.system === 'dns').length).toBe(4);
    await stage.control('POST /control/route53/zones/settings', {
      zone: 'post.mixed.test',
      records: [
        {
          Name: 'post.mixed.test',
          Type: 'MX',
          TTL: 300,
          ResourceRecords: values('10 feedback-smtp.us-east-1.amazonses.com'),
        },
        {
          Name: 'post.mixed.test',
          Type: 'TXT',
          TTL: 300,
          ResourceRecords: values('"v=spf1 include:amazonses.com ~all"'),
        },
      ],
    });
    const done = await stage.run(['up', ...args, '--dns', 'auto,manual', '--wait=60s']);
    expect(done.report.status).toBe('done');
    expect((await stage.run(['up', ...args, '--dns', 'auto,manual'])).report.operations).toEqual([]);
  });

  it('a domain that moved to another host is found there, with what is ours in it', async () => {
    await HOSTS.cloudflare.put('mover.test');
    const args = ['mover.test', '--mx', 'mx-else.mx.test:10', '--yes', '--json'];
    expect((await stage.run(['up', ...args, '--wait=60s'])).report.status).toBe('done');
    // The new host gets a copy of the zone, but for what its import did not take: CNAMEs.
    const copied = (await stage.zoneRecords('mover.test')).filter((one) => one.type !== 'CNAME');
    await stage.control('POST /control/porkbun/domains', {
      name: 'mover.test',
      records: copied.map((one) => ({
        name: one.name === 'mover.test' ? '' : one.name.replace(/\.mover\.test$/, ''),
        type: one.type,
        content: one.type === 'TXT' ? (JSON.parse(one.content) as string) : one.content,
        ttl: 600,
        ...(one.priority === undefined ? {} : { prio: one.priority }),
      })),
    });
    // Resolvers have let go of the old delegation.
    await stage.control('POST /control/dns/forget', {});
    const moved = await stage.run(['up', ...args, '--wait=60s']);
    expect(moved.report.about.join()).toContain('DNS porkbun');
    expect(moved.report.operations.map((one) => one.what).join()).toMatch(/_domainkey/);
    expect(moved.report.operations).toHaveLength(3);
    expect(moved.report.status).toBe('done');
    expect((await stage.run(['up', ...args])).report.operations).toEqual([]);
  });
});

describe('a parked zone, where a wildcard answers for every name', () => {
  it('comes up all the same, and is told that the wildcard no longer answers at the new names', async () => {
    await stage.control('POST /control/porkbun/domains', {
      name: 'parked.test',
      records: [{ name: '*', type: 'CNAME', content: 'pixie.porkbun.com', ttl: 600 }],
    });
    const up = await stage.run(['up', 'parked.test', '--yes', '--wait=60s', '--json']);
    expect(up.report.errors).toEqual([]);
    expect(up.report.status).toBe('done');
    expect(up.report.operations.map((one) => one.id)).toContain('dns mail.parked.test MX');
    const found = JSON.parse((await stage.run(['inspect', 'parked.test', '--json'])).stdout) as {
      domains: { clients: { status: string } }[];
    };
    expect(found.domains[0]?.clients.status).toBe('absent');
  });
});

describe('ownership where the host has no room for a mark', () => {
  it('is what it was before, when a change of our own record is taken back', async () => {
    await HOSTS.route53.put('owned53.test');
    const args = ['owned53.test', '--yes', '--json'];
    const first = await stage.run(['up', ...args, '--wait=60s']);
    expect(first.report.status).toBe('done');
    const strict = stage.profile('dmarc: { policy: quarantine }\n');
    const raised = await stage.run(['up', ...args, '--profile', strict, '--dmarc-apply']);
    expect(raised.report.operations.map((one) => one.id)).toContain('dns _dmarc.owned53.test TXT');
    expect((await stage.run(['undo', raised.report.run, '--yes', '--json'])).report.status).toBe('done');
    // Still ours: it follows the profile, as a record of somebody else would not.
    const again = await stage.run(['plan', 'owned53.test', '--dmarc-email', 'other@owned53.test', '--json']);
    expect(again.report.operations.map((one) => one.id)).toEqual(['dns _dmarc.owned53.test TXT']);
  });
});

it('domains of several wishes are checked together, each by its own', async () => {
  const all = await stage.run(['check', '--all', '--json']);
  const reports = (all.report as unknown as { domains: { domain: string; about: string[] }[] }).domains;
  const about = (domain: string) => reports.find((one) => one.domain === domain)?.about.join() ?? '';
  expect(about('mover.test')).toContain('DNS porkbun');
  expect(about('mixed.test')).toContain('DNS by hand, zone post.mixed.test');
  expect(about('mixed.test')).toContain('DNS cloudflare');
});

describe('who serves a domain', () => {
  it('is asked of all configured hosts where the delegation does not tell, and two that claim it are a conflict', async () => {
    await stage.zone('claimed.test', [], { delegate: false });
    await stage.control('POST /control/porkbun/domains', { name: 'claimed.test', delegate: false });
    await elsewhere('claimed.test');
    const plan = await stage.run(['plan', 'claimed.test', '--json']);
    expect(plan.exit).toBe(4);
    expect(plan.report.errors[0]).toMatchObject({ code: 'dns.two-providers' });
    expect(plan.report.errors[0]?.fix).toContain('--dns');
    const named = await stage.run(['plan', 'claimed.test', '--dns', 'porkbun', '--json']);
    expect(named.report.errors.map((one) => one.code)).toEqual(['dns.not-delegated']);
    const ready = await stage.run(['plan', 'claimed.test', '--dns', 'porkbun', '--zone-not-live', '--json']);
    expect(ready.exit).toBe(5);
  });

  it('nobody that is configured: says who serves it, and the way by hand', async () => {
    await elsewhere('foreign.test');
    const plan = await stage.run(['plan', 'foreign.test', '--json']);
    expect(plan.exit).toBe(4);
    expect(plan.report.errors[0]).toMatchObject({ code: 'dns.no-provider' });
    expect(plan.report.errors[0]?.message).toMatch(/foreign\.test is served by ns/);
    expect(plan.report.errors[0]?.fix).toContain('--dns manual');
  });

  it('a provider without its credentials is named with what it needs; one that is none, with what there are', async () => {
    const bare = { PORKBUN_API_KEY: '', PORKBUN_SECRET_API_KEY: '' };
    const unset = await stage.run(['plan', 'claimed.test', '--dns', 'porkbun', '--json'], bare);
    expect(unset.exit).toBe(2);
    expect(unset.report.errors.map((one) => one.message).join()).toContain('PORKBUN_SECRET_API_KEY is not set');
    const typo = await stage.run(['plan', 'claimed.test', '--dns', 'rout53', '--json']);
    expect(typo.report.errors[0]?.message).toContain('did you mean route53');
  });
});
