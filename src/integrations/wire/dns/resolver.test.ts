import type { Answer as WireRecord } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answering, a, cname, NXDOMAIN, ns, openTestServers, soa, type Told, txt } from './name-server.fixture.ts';
import { openResolver } from './resolver.ts';

const PUBLIC = '127.0.0.1';
const UPPER = '127.0.0.2';
const LOWER = '127.0.0.3';

/** The public resolver of the tests: knows one.test, its two servers, and that of the zone below it. */
const knowing: Answering = ({ name, type }) => {
  const known = [
    ns('test', 'a.nic.test'),
    ns('one.test', 'ns1.host.test'),
    ns('one.test', 'ns2.host.test'),
    a('ns1.host.test', UPPER),
    a('ns2.host.test', LOWER),
  ].filter((record) => record.name === name && record.type === type);
  return { authoritative: false, answers: known, ...(known.length > 0 ? {} : { rcode: NXDOMAIN }) };
};

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function world(servers: Readonly<Record<string, Answering>>, settings: { allowPrivate?: boolean } = {}) {
  const stage = await openTestServers({ [PUBLIC]: knowing, ...servers });
  const resolver = openResolver({
    port: stage.port,
    publicResolvers: [`${PUBLIC}:${stage.port}`],
    allowPrivate: true,
    ...settings,
  });
  open.push(stage.close, resolver.close);
  return { ...stage, resolver };
}

/** The same from both servers of one.test. */
const both = (answering: Answering) => ({ [UPPER]: answering, [LOWER]: answering });
const always = (told: Told) => both(() => told);

describe('the authoritative servers', () => {
  it('are each asked, and each say what they have, with the lowest TTL', async () => {
    const { resolver, asked } = await world({
      [UPPER]: () => ({ answers: [txt('one.test', 'b', 300), txt('one.test', 'a', 60)] }),
      [LOWER]: () => ({ rcode: NXDOMAIN, authorities: [soa('one.test')] }),
    });
    expect(await resolver.authoritative({ name: 'one.test', type: 'TXT' })).toEqual({
      status: 'present',
      values: ['b', 'a'],
      servers: [
        { by: 'ns1.host.test', status: 'present', values: ['b', 'a'], ttl: 60 },
        { by: 'ns2.host.test', status: 'absent', values: [], nameMissing: true, missSeconds: 5 },
      ],
    });
    expect(asked.filter((one) => one.server !== PUBLIC && one.recursionDesired)).toEqual([]);
    expect(asked.filter((one) => one.server === PUBLIC && one.type === 'TXT')).toEqual([]);
  });
  it('of reverse names are found from the top, because these are delegated at any label', async () => {
    const arpa: Answering = ({ name, type }) => {
      const known = [ns('ip6.arpa', 'ns1.host.test'), a('ns1.host.test', UPPER)];
      return { authoritative: false, answers: known.filter((one) => one.name === name && one.type === type) };
    };
    const name = `${'0.'.repeat(31)}2.ip6.arpa`;
    const { resolver } = await world({
      [PUBLIC]: arpa,
      [UPPER]: () => ({ answers: [{ name, type: 'PTR', ttl: 60, data: 'host.one.test' }] }),
    });
    expect(await resolver.authoritative({ name, type: 'PTR' })).toMatchObject({ values: ['host.one.test'] });
  });
  it('of a registry are asked for its own policy, at a name that nobody can register', async () => {
    const registry: Answering = ({ name, type }) => {
      const known = [ns('gov.uk', 'ns1.host.test'), a('ns1.host.test', UPPER)];
      return { authoritative: false, answers: known.filter((one) => one.name === name && one.type === type) };
    };
    const { resolver } = await world({
      [PUBLIC]: registry,
      [UPPER]: () => ({ answers: [txt('_dmarc.gov.uk', 'v=DMARC1; p=reject; psd=y')] }),
    });
    const answer = await resolver.authoritative({ name: '_dmarc.gov.uk', type: 'TXT' });
    expect(answer).toMatchObject({ status: 'present', values: ['v=DMARC1; p=reject; psd=y'] });
  });
  it('are asked in turn where one is enough, until one says something', async () => {
    const { resolver, asked } = await world({
      [UPPER]: () => ({ rcode: 2 }),
      [LOWER]: () => ({ answers: [txt('one.test', 'a')] }),
    });
    const question = { name: 'one.test', type: 'TXT', any: true } as const;
    expect(await resolver.authoritative(question)).toMatchObject({ status: 'present', values: ['a'] });
    const before = asked.length;
    const one = await world(both(() => ({ answers: [txt('one.test', 'a')] })));
    expect((await one.resolver.authoritative(question)).servers).toHaveLength(1);
    expect(asked).toHaveLength(before);
  });
  it('that are all silent take no longer than two of them', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `ns${at}.host.test`);
    const many: Answering = (asked) => {
      if (asked.name === 'many.test' && asked.type === 'NS')
        return { answers: names.map((name) => ns('many.test', name)) };
      const at = names.indexOf(asked.name);
      return at >= 0 && asked.type === 'A' ? { answers: [a(asked.name, `127.0.0.${10 + at}`)] } : knowing(asked);
    };
    const silent = Object.fromEntries(names.map((_, at) => [`127.0.0.${10 + at}`, () => undefined]));
    const { resolver } = await world({ [PUBLIC]: many, ...silent });
    const began = performance.now();
    const { servers } = await resolver.authoritative({ name: 'many.test', type: 'TXT', any: true });
    expect(servers.map(({ status }) => status)).toEqual(names.map(() => 'unknown'));
    expect(performance.now() - began).toBeLessThan(5000);
  });
  it.each([
    ['lame: not authoritative', { authoritative: false, answers: [txt('one.test', 'x')] }],
    ['lame: not authoritative', { authoritative: false, authorities: [ns('.', 'a.root.test')] }],
    ['SERVFAIL', { rcode: 2 }],
    ['REFUSED', { rcode: 5 }],
    ['NOTIMP', { rcode: 4 }],
    ['RCODE 9', { rcode: 9 }],
  ] as const)('that are of no use say nothing: %s', async (reason, told) => {
    const { resolver } = await world(always(told));
    expect(await resolver.authoritative({ name: 'one.test', type: 'TXT' })).toMatchObject({
      status: 'unknown',
      values: [],
      servers: [{ status: 'unknown', reason }, { reason }],
    });
  });
  it('of which one is silent are answered by the other, within bounds', async () => {
    const { resolver } = await world({
      [UPPER]: () => undefined,
      [LOWER]: () => ({ answers: [a('one.test', '192.0.2.1')] }),
    });
    const began = performance.now();
    expect(await resolver.authoritative({ name: 'one.test', type: 'A' })).toMatchObject({
      status: 'present',
      servers: [{ status: 'unknown', reason: 'no answer in 2 s' }, { status: 'present' }],
    });
    expect(performance.now() - began).toBeLessThan(2800);
  });
  it('that are never heard are not waited for again and again', async () => {
    const { resolver, asked } = await world(both(() => undefined));
    await Promise.all([1, 2, 3].map((n) => resolver.authoritative({ name: `${n}.one.test`, type: 'A' })));
    const before = asked.length;
    const began = performance.now();
    const later = await Promise.all(
      Array.from({ length: 500 }, (_, n) => resolver.authoritative({ name: `${n}.one.test`, type: 'A' })),
    );
    expect(performance.now() - began).toBeLessThan(500);
    expect(asked).toHaveLength(before);
    expect(new Set(later.map((one) => one.status))).toEqual(new Set(['unknown']));
  });
  it('are asked a thousand things at once over a bounded number of sockets', async () => {
    const { resolver } = await world(both(({ name }) => ({ answers: [a(name, '192.0.2.1')] })));
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('UDP')).length;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, sockets());
    }, 1);
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, n) => resolver.authoritative({ name: `${n}.one.test`, type: 'A' })),
    );
    clearInterval(watch);
    expect(answers.filter((one) => one.status !== 'present')).toEqual([]);
    expect(most).toBeLessThan(150);
  });
  it('are left when the resolver is closed', async () => {
    const { resolver } = await world(both(() => undefined));
    const began = performance.now();
    const asking = resolver.authoritative({ name: 'one.test', type: 'A' });
    setTimeout(() => resolver.close(), 50);
    expect(await asking).toMatchObject({ status: 'unknown' });
    expect(performance.now() - began).toBeLessThan(500);
  });
  it('at private addresses are not asked', async () => {
    const { resolver, asked } = await world(always({}), { allowPrivate: false });
    expect(await resolver.authoritative({ name: 'one.test', type: 'A' })).toMatchObject({
      status: 'unknown',
      servers: [{ by: 'ns1.host.test', reason: 'its address is private' }, {}],
    });
    expect(asked.filter((one) => one.server !== PUBLIC)).toEqual([]);
  });
  it('of a domain that nobody delegates are unknown, never "absent"', async () => {
    const { resolver } = await world({});
    expect(await resolver.authoritative({ name: 'none.test', type: 'A' })).toMatchObject({
      status: 'unknown',
      servers: [{ by: 'none.test', reason: 'it is not delegated' }],
    });
  });
  it('send a question on to those of the zone below', async () => {
    const { resolver, asked } = await world({
      [UPPER]: () => ({
        authoritative: false,
        authorities: [ns('news.one.test', 'ns.news.one.test')],
        additionals: [a('ns.news.one.test', LOWER)],
      }),
      [LOWER]: () => ({ answers: [a('mail.news.one.test', '192.0.2.9')] }),
    });
    const question = { name: 'mail.news.one.test', type: 'A' } as const;
    expect(await resolver.authoritative(question)).toMatchObject({
      values: ['192.0.2.9'],
      servers: [{ by: 'ns.news.one.test' }],
    });
    const before = asked.length;
    await resolver.authoritative(question);
    expect(asked.slice(before).map((one) => one.server)).toEqual([LOWER]);
  });
});

describe('values', () => {
  const ask = async (told: Told, type: 'TXT' | 'MX' | 'SRV' | 'SOA' | 'TLSA' | 'CNAME' | 'A') => {
    const { resolver } = await world(always(told));
    return (await resolver.authoritative({ name: 'one.test', type })).values;
  };
  it('of TXT are byte strings, their parts joined', async () => {
    const data = [Buffer.from('v=spf1 '), Buffer.from([0xff, 0xe9])];
    expect(await ask({ answers: [{ name: 'one.test', type: 'TXT', ttl: 1, data }] }, 'TXT')).toEqual([
      'v=spf1 \xff\xe9',
    ]);
  });
  it('of MX, SRV, TLSA and SOA are as a zone file has them; a null MX has no host', async () => {
    const mx = (preference: number, exchange: string): WireRecord => ({
      name: 'one.test',
      type: 'MX',
      ttl: 1,
      data: { preference, exchange },
    });
    expect(await ask({ answers: [mx(10, 'MX.Example.org'), mx(0, '.')] }, 'MX')).toEqual(['10 mx.example.org', '0 ']);
    const srv = { priority: 0, weight: 1, port: 443, target: 'mail.example.org' };
    expect(await ask({ answers: [{ name: 'one.test', type: 'SRV', ttl: 1, data: srv }] }, 'SRV')).toEqual([
      '0 1 443 mail.example.org',
    ]);
    const tlsa = (...bytes: number[]): WireRecord => ({
      ...({ name: 'one.test', type: 'TLSA', ttl: 1 } as const),
      data: { usage: 3, selector: 1, matchingType: 2, certificate: Buffer.from(bytes) },
    });
    expect(await ask({ answers: [tlsa(0xab, 0x0c), tlsa()] }, 'TLSA')).toEqual(['3 1 2 ab0c', '3 1 2']);
    expect(await ask({ answers: [soa('one.test')] }, 'SOA')).toEqual(['ns.one.test h.one.test 1 2 3 4 5']);
  });
  it('at an alias come with its first hop', async () => {
    const { resolver } = await world(always({ answers: [cname('one.test', 'b.test'), cname('b.test', 'c.test')] }));
    expect(await resolver.authoritative({ name: 'one.test', type: 'TXT' })).toMatchObject({
      status: 'absent',
      servers: [{ status: 'absent', alias: 'b.test' }, {}],
    });
  });
  it('at an alias are those at the end of the chain, as far as the answer goes', async () => {
    const chain = [cname('one.test', 'b.test'), cname('b.test', 'c.test')];
    expect(await ask({ answers: [...chain, txt('c.test', 'key'), txt('d.test', 'another')] }, 'TXT')).toEqual(['key']);
    expect(await ask({ answers: chain }, 'TXT')).toEqual([]);
    expect(await ask({ answers: chain }, 'CNAME')).toEqual(['b.test']);
    expect(await ask({ answers: [cname('one.test', 'one.test')] }, 'TXT')).toEqual([]);
  });
});

describe('public resolvers', () => {
  it('are each asked, with recursion, and need no authority', async () => {
    const { resolver, asked } = await world({});
    expect(await resolver.public({ name: 'one.test', type: 'NS' })).toMatchObject({
      status: 'present',
      values: ['ns1.host.test', 'ns2.host.test'],
    });
    expect(await resolver.public({ name: 'two.test', type: 'NS' })).toMatchObject({ status: 'absent' });
    expect(asked.every((one) => one.recursionDesired)).toBe(true);
  });
  it('that fail are replaced by the next for our own questions', async () => {
    const stage = await openTestServers({
      [PUBLIC]: () => ({ rcode: 2 }),
      [UPPER]: knowing,
      [LOWER]: () => ({ answers: [a('one.test', '192.0.2.1')] }),
    });
    const resolver = openResolver({
      port: stage.port,
      publicResolvers: [`${PUBLIC}:${stage.port}`, `${UPPER}:${stage.port}`],
      allowPrivate: true,
    });
    open.push(stage.close, resolver.close);
    const answer = await resolver.authoritative({ name: 'one.test', type: 'A' });
    expect(answer.values).toEqual(['192.0.2.1']);
    expect(await resolver.public({ name: 'one.test', type: 'NS' })).toMatchObject({
      servers: [{ status: 'unknown', reason: 'SERVFAIL' }, { status: 'present' }],
    });
  });
});

describe('the zone that holds a name', () => {
  it('is found over referrals, without asking a public resolver for the name', async () => {
    const { resolver, asked } = await world({
      [UPPER]: ({ name }) =>
        name.endsWith('news.one.test')
          ? {
              authoritative: false,
              authorities: [ns('news.one.test', 'ns.news.one.test')],
              additionals: [a('ns.news.one.test', LOWER)],
            }
          : { rcode: NXDOMAIN, authorities: [soa('one.test')] },
      [LOWER]: () => ({ rcode: NXDOMAIN, authorities: [soa('news.one.test')] }),
    });
    expect(await resolver.zoneOf('not-yet.news.one.test')).toEqual({
      status: 'present',
      zone: 'news.one.test',
      servers: ['ns.news.one.test'],
    });
    expect(await resolver.zoneOf('not-yet.one.test')).toEqual({
      status: 'present',
      zone: 'one.test',
      servers: ['ns1.host.test', 'ns2.host.test'],
    });
    expect(asked.filter((one) => one.server === PUBLIC && /not-yet|news/i.test(one.name))).toEqual([]);
  });
  it('is the lower one also where one server has both', async () => {
    const { resolver } = await world(
      both(({ type }) =>
        type === 'NS'
          ? { answers: [ns('news.one.test', 'ns9.host.test')] }
          : { rcode: NXDOMAIN, authorities: [soa('news.one.test')] },
      ),
    );
    expect(await resolver.zoneOf('x.news.one.test')).toMatchObject({
      zone: 'news.one.test',
      servers: ['ns9.host.test'],
    });
  });
  it('of an alias is that of the name above, not that of its target', async () => {
    const { resolver } = await world(
      both(({ name }) =>
        name === 'www.one.test'
          ? { answers: [cname('www.one.test', 'other.test')], authorities: [soa('other.test')] }
          : { answers: [soa('one.test')] },
      ),
    );
    expect(await resolver.zoneOf('www.one.test')).toMatchObject({ status: 'present', zone: 'one.test' });
  });
  it('is absent where nobody delegates the domain, unknown where nobody can say', async () => {
    const { resolver } = await world({ [UPPER]: () => ({ rcode: 5 }), [LOWER]: () => ({ authoritative: false }) });
    expect(await resolver.zoneOf('mail.none.test')).toEqual({ status: 'absent', zone: 'none.test' });
    expect(await resolver.zoneOf('mail.one.test')).toEqual({
      status: 'unknown',
      reason: 'ns1.host.test: REFUSED; ns2.host.test: lame: not authoritative',
    });
    const nowhere = await openTestServers({ [PUBLIC]: () => ({ authoritative: false, rcode: NXDOMAIN }) });
    const cutOff = openResolver({
      port: nowhere.port,
      publicResolvers: [`${PUBLIC}:${nowhere.port}`],
      allowPrivate: true,
    });
    open.push(nowhere.close, cutOff.close);
    expect(await cutOff.zoneOf('mail.one.test')).toEqual({
      status: 'unknown',
      reason: 'one.test: its name servers could not be found: the public resolver does not even know test',
    });
    const { resolver: deaf } = await world({ [PUBLIC]: () => ({ rcode: 2 }) });
    expect(await deaf.zoneOf('mail.one.test')).toEqual({
      status: 'unknown',
      reason: 'one.test: its name servers could not be found: SERVFAIL',
    });
  });
});

describe('the servers of a registered domain, as its registry names them', () => {
  const registry = (told: Told) => ({
    [PUBLIC]: ((asked) => {
      const known = [ns('test', 'a.nic.test'), a('a.nic.test', UPPER)];
      return {
        authoritative: false,
        answers: known.filter(({ name, type }) => name === asked.name && type === asked.type),
      };
    }) satisfies Answering,
    [UPPER]: () => told,
  });
  const referral = {
    authoritative: false,
    authorities: [ns('one.test', 'ns1.host.test'), ns('one.test', 'gone.test')],
  };
  it.each<[string, Told, string[] | undefined]>([
    ['are those of its referral', referral, ['ns1.host.test', 'gone.test']],
    ['are not told by a server of both zones', { answers: [ns('one.test', 'ns1.host.test')] }, undefined],
    ['are not told by one that fails', { rcode: 2 }, undefined],
  ])('%s', async (_what, told, wanted) => {
    const { resolver } = await world(registry(told));
    expect(await resolver.delegated?.('one.test')).toEqual(wanted);
  });
});

describe('DNSSEC, as a resolver that verifies tells it', () => {
  const told = async (answering: (name: string, unverified: boolean) => { rcode?: number; verified?: boolean }) => {
    const { resolver } = await world({ [PUBLIC]: ({ name, unverified }) => answering(name, unverified) });
    return resolver.security?.('one.test');
  };
  it('secure, where it says that it has verified', async () =>
    expect(await told(() => ({ verified: true }))).toBe('secure'));
  it('insecure, where it verifies the root and not this', async () =>
    expect(await told((name) => ({ verified: name === '.' || name === '' }))).toBe('insecure'));
  it('bogus, where it answers only without verifying', async () =>
    expect(await told((_name, unverified) => (unverified ? {} : { rcode: 2 }))).toBe('bogus'));
  it('where it answers only without verifying, the zone’s own servers are found, and asked', async () => {
    const { resolver } = await world({
      [PUBLIC]: (asked) => (asked.unverified ? knowing(asked) : { rcode: 2 }),
      [UPPER]: () => ({ answers: [txt('one.test', 'a')] }),
      [LOWER]: () => ({ answers: [txt('one.test', 'a')] }),
    });
    expect((await resolver.authoritative({ name: 'one.test', type: 'TXT' })).values).toEqual(['a']);
    // What receivers get to see of it is another thing.
    expect((await resolver.public({ name: 'one.test', type: 'TXT' })).status).toBe('unknown');
  });
  it('unknown, where it never verifies, or fails either way', async () => {
    expect(await told(() => ({}))).toBe('unknown');
    expect(await told(() => ({ rcode: 2 }))).toBe('unknown');
  });
});
