import type { Answer as WireRecord } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answering, a, cname, NXDOMAIN, ns, openTestServers, soa, txt } from './name-server.fixture.ts';
import { openResolver } from './resolver.ts';

const [PUBLIC, UPPER, LOWER] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
const aaaa = (name: string, data: string): WireRecord => ({ name, type: 'AAAA', ttl: 3600, data });

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A public resolver that knows these records; test is served by a.nic.test, one.test by ns1.host.test alone. */
const knowing =
  (...more: WireRecord[]): Answering =>
  ({ name, type }) => {
    const all = [...more, ns('test', 'a.nic.test'), ns('one.test', 'ns1.host.test'), a('ns1.host.test', UPPER)];
    const owned = all.filter((record) => record.name === name && (record.type === type || record.type === 'CNAME'));
    const [alias] = owned.flatMap((record) => (record.type === 'CNAME' ? [record.data] : []));
    const behind = alias ? all.filter((record) => record.name === alias && record.type === type) : [];
    return { authoritative: false, answers: [...owned, ...behind], ...(owned.length > 0 ? {} : { rcode: NXDOMAIN }) };
  };

async function world(servers: Readonly<Record<string, Answering>>, settings: { allowPrivate?: boolean } = {}) {
  const stage = await openTestServers({ [PUBLIC]: knowing(), ...servers });
  const resolver = openResolver({
    port: stage.port,
    publicResolvers: [`${PUBLIC}:${stage.port}`],
    allowPrivate: true,
    ...settings,
  });
  open.push(stage.close, resolver.close);
  return { ...stage, resolver };
}

/** What one.test's only server makes of a question for a text. */
async function ask(answering: Answering, more: Readonly<Record<string, Answering>> = {}, name = 'x.one.test') {
  const { resolver, asked } = await world({ [UPPER]: answering, ...more });
  return { ...(await resolver.authoritative({ name, type: 'TXT' })), asked };
}

describe('a referral', () => {
  const cut = [ns('sub.one.test', 'ns.sub.one.test')];
  const lower: Answering = ({ name, type }) => ({ answers: type === 'TXT' ? [txt(name, 'below')] : [] });
  const below = 'x.sub.one.test';
  it('of a server that claims authority over what it delegates is followed', async () => {
    const additionals = [a('ns.sub.one.test', LOWER)];
    const found = await ask(() => ({ authorities: cut, additionals }), { [LOWER]: lower }, below);
    expect(found).toMatchObject({ status: 'present', values: ['below'] });
  });
  it('is no referral where the SOA says that there is nothing', async () => {
    const found = await ask(() => ({ authorities: [soa('one.test'), ...cut] }), { [LOWER]: lower }, below);
    expect(found).toMatchObject({ status: 'absent' });
  });
  it('to a server with an IPv6 address alone takes it from the glue', async () => {
    const additionals = [aaaa('ns.sub.one.test', '::1')];
    const found = await ask(() => ({ authoritative: false, authorities: cut, additionals }), {}, below);
    // Nobody listens there; it was tried.
    expect(found).toMatchObject({ servers: [{ by: 'ns.sub.one.test', reason: 'connection refused' }] });
    expect(found.asked.filter(({ name }) => name.toLowerCase() === 'ns.sub.one.test')).toEqual([]);
  });
  it('to a host without glue, that nobody has, says so', async () => {
    const found = await ask(() => ({ authoritative: false, authorities: cut }), {}, below);
    expect(found).toMatchObject({ status: 'unknown', servers: [{ reason: 'it has no address' }] });
  });
  it('to itself, upward, or to a zone beside is none', async () => {
    for (const owner of ['one.test', 'test', '.', 'other.test']) {
      const found = await ask(() => ({ authoritative: false, authorities: [ns(owner, 'ns1.host.test')] }));
      expect(found, owner).toMatchObject({ status: 'unknown', servers: [{ reason: 'lame: not authoritative' }] });
      expect(
        found.asked.filter(({ server }) => server === UPPER),
        owner,
      ).toHaveLength(1);
    }
  });
  it('further and further down ends', async () => {
    const name = `${'a.'.repeat(60)}one.test`;
    const deeper: Answering = ({ name: at }) => {
      const labels = at.split('.');
      depth += 1;
      const owner = labels.slice(-2 - depth).join('.');
      return { authoritative: false, authorities: [ns(owner, 'ns1.host.test')] };
    };
    let depth = 0;
    const found = await ask(deeper, {}, name);
    expect(found.status).toBe('unknown');
    expect(found.asked.filter(({ server }) => server === UPPER).length).toBeLessThan(15);
  });
});

describe('"nothing there"', () => {
  it.each<[string, WireRecord[]]>([
    ['with the zone’s SOA', [soa('one.test')]],
    ['without any SOA', []],
    ['with the SOA of a zone below that is not asked for', [soa('x.one.test')]],
  ])('%s is absent', async (_what, authorities) => {
    expect(await ask(() => ({ authorities }))).toMatchObject({ status: 'absent' });
  });
  it.each(['test', '.'])(
    'with the SOA of a zone above ("%s") is the word of a server that does not have the zone',
    async (zone) => {
      for (const rcode of [0, NXDOMAIN])
        expect(await ask(() => ({ rcode, authorities: [soa(zone)] }))).toMatchObject({
          status: 'unknown',
          servers: [{ reason: `lame: it answers for ${zone === '.' ? 'the root' : zone}` }],
        });
    },
  );
});

describe('name servers', () => {
  it('that are named by an alias are found all the same', async () => {
    const { resolver } = await world({
      [PUBLIC]: knowing(ns('two.test', 'alias.host.test'), cname('alias.host.test', 'ns1.host.test')),
      [UPPER]: () => ({ answers: [txt('x.two.test', 'two')] }),
    });
    expect(await resolver.authoritative({ name: 'x.two.test', type: 'TXT' })).toMatchObject({ values: ['two'] });
  });
  it('of a zone that is an alias itself are those that its registry names, not those of its target', async () => {
    const { resolver } = await world({
      [PUBLIC]: knowing(
        ...[cname('two.test', 'target.test'), ns('target.test', 'ns.target.test'), a('ns.target.test', LOWER)],
        a('a.nic.test', UPPER),
      ),
      [UPPER]: ({ name, type }) =>
        type === 'NS'
          ? { authoritative: false, authorities: [ns('two.test', 'ns1.host.test')] }
          : { answers: [name === 'two.test' ? cname(name, 'target.test') : txt(name, 'two')] },
      [LOWER]: () => ({ rcode: 5 }),
    });
    expect(await resolver.authoritative({ name: 'x.two.test', type: 'TXT' })).toMatchObject({
      values: ['two'],
      servers: [{ by: 'ns1.host.test' }],
    });
    expect(await resolver.zoneOf('two.test')).toMatchObject({ status: 'present', zone: 'two.test' });
  });
  it('of the zone above are asked where a registered domain is no zone, but a name that is there', async () => {
    // As a registry enters an MX itself, or delegates only what lies below.
    const { resolver } = await world({
      [PUBLIC]: (asked) =>
        asked.name === 'entry.test' ? { authoritative: false } : knowing(a('a.nic.test', UPPER))(asked),
      [UPPER]: ({ name }) =>
        name.endsWith('ci.entry.test')
          ? {
              authoritative: false,
              authorities: [ns('ci.entry.test', 'ns.ci.entry.test')],
              additionals: [a('ns.ci.entry.test', LOWER)],
            }
          : name === 'entry.test'
            ? { answers: [txt(name, 'entered')], authorities: [soa('test')] }
            : { rcode: NXDOMAIN, authorities: [soa('test')] },
      [LOWER]: ({ name, type }) => ({
        answers: type === 'SOA' ? [soa('ci.entry.test')] : [txt(name, 'below')],
      }),
    });
    const ask = (name: string) => resolver.authoritative({ name, type: 'TXT' });
    expect(await ask('entry.test')).toMatchObject({ status: 'present', values: ['entered'] });
    expect(await ask('_dmarc.entry.test')).toMatchObject({ status: 'absent', nameMissing: true });
    expect(await ask('ci.entry.test')).toMatchObject({ status: 'present', values: ['below'] });
    expect(await resolver.zoneOf('entry.test')).toMatchObject({ status: 'present', zone: 'test' });
    expect(await resolver.zoneOf('ci.entry.test')).toMatchObject({ status: 'present', zone: 'ci.entry.test' });
    expect(await resolver.zoneOf('none.test')).toEqual({ status: 'absent', zone: 'none.test' });
  });
  it('with private glue are not asked', async () => {
    const glue = ['10.0.0.1', '169.254.169.254', '127.0.0.1', '100.64.0.1'];
    for (const address of glue) {
      const { resolver, asked } = await world(
        { [PUBLIC]: knowing(ns('two.test', 'ns.two.test'), a('ns.two.test', address)) },
        { allowPrivate: false },
      );
      expect(await resolver.authoritative({ name: 'two.test', type: 'TXT' }), address).toMatchObject({
        status: 'unknown',
        servers: [{ reason: 'its address is private' }],
      });
      expect(asked.every(({ recursionDesired }) => recursionDesired)).toBe(true);
    }
  });
});

it('an alias inside the zone is followed, also one made of a DNAME', async () => {
  const dname = { name: 'one.test', type: 'DNAME', ttl: 60, data: 'b.one.test' } as WireRecord;
  const found = await ask(() => ({
    answers: [dname, cname('x.one.test', 'x.b.one.test'), txt('x.b.one.test', 'new')],
  }));
  expect(found).toMatchObject({ status: 'present', values: ['new'], servers: [{ alias: 'x.b.one.test' }] });
});

it('SERVFAIL by one of two servers leaves the word of the other', async () => {
  const { resolver } = await world({
    [PUBLIC]: knowing(ns('two.test', 'ns1.host.test'), ns('two.test', 'ns2.host.test'), a('ns2.host.test', LOWER)),
    [UPPER]: () => ({ rcode: 2 }),
    [LOWER]: () => ({ rcode: NXDOMAIN, authorities: [soa('two.test')] }),
  });
  expect(await resolver.authoritative({ name: 'x.two.test', type: 'TXT' })).toMatchObject({
    status: 'absent',
    nameMissing: true,
    servers: [{ status: 'unknown', reason: 'SERVFAIL' }, { status: 'absent' }],
  });
});
