import { encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askWire, type Manner, makeZone, openTestDns, sendRaw } from './wire.fixture.ts';

const DKIM = `v=DKIM1; k=rsa; p=${'A'.repeat(520)}`;

let world: Awaited<ReturnType<typeof openTestDns>>;
let address = '';

beforeAll(async () => {
  world = await openTestDns();
  const server = world.dns.takeServer(['ns1.host.test']);
  address = server.address;
  server.shelf.set(
    makeZone('shop.test', [
      ['shop.test', 'NS', 'ns1.host.test'],
      ['shop.test', 'TXT', 'v=spf1 -all'],
      ['deep.below.shop.test', 'A', '192.0.2.1'],
      ['MiXed.shop.test', 'CNAME', 'Target.Shop.Test'],
      ['target.shop.test', 'TXT', 'reached'],
      ['two.shop.test', 'CNAME', 'MiXed.shop.test'],
      ['gone.shop.test', 'CNAME', 'nowhere.shop.test'],
      ['out.shop.test', 'CNAME', 'elsewhere.example'],
      ['loop-a.shop.test', 'CNAME', 'loop-b.shop.test'],
      ['loop-b.shop.test', 'CNAME', 'loop-a.shop.test'],
      ['key._domainkey.shop.test', 'TXT', DKIM],
      ...Array.from({ length: 12 }, (_, n) => ['many.shop.test', 'TXT', `${n}${'x'.repeat(180)}`] as const),
      ['sub.shop.test', 'NS', 'ns.sub.shop.test'],
      ['sub.shop.test', 'NS', 'ns1.other.example'],
      ['ns.sub.shop.test', 'A', '192.0.2.53'],
      // RFC 4592 section 2.2.1
      ['*.wild.test.shop.test', 'TXT', 'this is a wildcard'],
      ['*.wild.test.shop.test', 'MX', '10 host1.wild.test.shop.test'],
      ['sub.*.wild.test.shop.test', 'TXT', 'this is not a wildcard'],
      ['host1.wild.test.shop.test', 'A', '192.0.2.7'],
      ['_ssh._tcp.host2.wild.test.shop.test', 'SRV', '0 0 22 host2.wild.test.shop.test'],
      ['*.alias.shop.test', 'CNAME', 'target.shop.test'],
    ]),
  );
});
afterAll(() => world.dns.standIn.close());

async function ask(name: string, type: string, manner: Manner = {}) {
  const said = await askWire(address, world.dns.port, name, type, manner);
  if (!said) throw new Error('silence');
  return said;
}

const data = (said: Awaited<ReturnType<typeof ask>>) =>
  said.answers?.map((record) => (record.type === 'TXT' ? String(record.data) : 'data' in record ? record.data : ''));

describe('answers', () => {
  it('are authoritative and without recursion', async () => {
    const said = await ask('shop.test', 'TXT', { recursionDesired: true });
    expect(said).toMatchObject({ code: 0, flag_aa: true, flag_ra: false, flag_rd: true });
    expect(data(said)).toEqual(['v=spf1 -all']);
  });

  it('echo the question in the case it was asked in, match without it, and keep the case of data', async () => {
    const said = await ask('mIxEd.sHoP.tEsT', 'CNAME');
    expect(said.questions?.[0]?.name).toBe('mIxEd.sHoP.tEsT');
    expect(said.answers).toMatchObject([{ name: 'mIxEd.sHoP.tEsT', data: 'Target.Shop.Test' }]);
  });

  it('follow CNAMEs inside the zone, and stop where they leave it or go round', async () => {
    expect(data(await ask('two.shop.test', 'TXT'))).toEqual(['MiXed.shop.test', 'Target.Shop.Test', 'reached']);
    const out = await ask('out.shop.test', 'TXT');
    expect(data(out)).toEqual(['elsewhere.example']);
    expect(out.code).toBe(0);
    expect(data(await ask('loop-a.shop.test', 'A'))).toEqual(['loop-b.shop.test', 'loop-a.shop.test']);
    // RFC 6604: the code is the last name's.
    expect(await ask('gone.shop.test', 'TXT')).toMatchObject({ code: 3, authorities: [{ type: 'SOA' }] });
  });

  it('give the CNAME itself to a question for it', async () => {
    expect(data(await ask('two.shop.test', 'CNAME'))).toEqual(['MiXed.shop.test']);
  });

  it('hand one record to ANY (RFC 8482)', async () => {
    expect((await ask('shop.test', 'ANY')).answers).toMatchObject([{ type: 'HINFO', data: { cpu: 'RFC8482' } }]);
  });
});

describe('absence', () => {
  it('is NXDOMAIN with the SOA, whose TTL is the lower of TTL and minimum', async () => {
    const said = await ask('nothing.shop.test', 'TXT');
    expect(said).toMatchObject({ code: 3, flag_aa: true, answers: [] });
    expect(said.authorities).toMatchObject([{ type: 'SOA', name: 'shop.test', ttl: 120 }]);
  });

  it('of a type, or at an empty non-terminal, is NODATA', async () => {
    for (const name of ['shop.test', 'below.shop.test', '_domainkey.shop.test'])
      expect(await ask(name, 'A')).toMatchObject({ code: 0, answers: [], authorities: [{ type: 'SOA' }] });
  });

  it('is NXDOMAIN below a name that has records', async () => {
    expect((await ask('x.deep.below.shop.test', 'A')).code).toBe(3);
  });
});

describe('wildcards (RFC 4592 section 2.2.1)', () => {
  const below = 'wild.test.shop.test';
  it('answer for names that do not exist', async () => {
    expect((await ask(`host3.${below}`, 'MX')).answers).toMatchObject([{ name: `host3.${below}`, type: 'MX' }]);
    expect(data(await ask(`foo.bar.${below}`, 'TXT'))).toEqual(['this is a wildcard']);
    expect(await ask(`host3.${below}`, 'A')).toMatchObject({ code: 0, answers: [] });
  });

  it('do not answer for names that exist, empty ones and those below them included', async () => {
    expect(await ask(`host1.${below}`, 'MX')).toMatchObject({ code: 0, answers: [] });
    expect(await ask(`sub.*.${below}`, 'MX')).toMatchObject({ code: 0, answers: [] });
    expect(await ask(`_telnet._tcp.host1.${below}`, 'SRV')).toMatchObject({ code: 3 });
    expect(await ask(`host2.${below}`, 'MX')).toMatchObject({ code: 0, answers: [] });
    expect(await ask(`ghost.*.${below}`, 'MX')).toMatchObject({ code: 3 });
  });

  it('can be CNAMEs', async () => {
    expect(data(await ask('any.alias.shop.test', 'TXT'))).toEqual(['target.shop.test', 'reached']);
  });
});

describe('delegations', () => {
  it('are referrals without authority, with glue for hosts inside only', async () => {
    const said = await ask('www.sub.shop.test', 'A');
    expect(said).toMatchObject({ code: 0, flag_aa: false, answers: [] });
    expect(said.authorities?.map(({ type }) => type)).toEqual(['NS', 'NS']);
    expect(said.additionals).toMatchObject([{ name: 'ns.sub.shop.test', type: 'A', data: '192.0.2.53' }]);
  });

  it('cover the glue itself, but not a question for DS', async () => {
    expect((await ask('ns.sub.shop.test', 'A')).flag_aa).toBe(false);
    expect(await ask('sub.shop.test', 'DS')).toMatchObject({
      flag_aa: true,
      answers: [],
      authorities: [{ type: 'SOA' }],
    });
  });

  it('are served by root and registries, for any top-level domain', async () => {
    const root = await askWire('127.0.0.2', world.dns.port, 'www.some-shop.example', 'A');
    expect(root).toMatchObject({ flag_aa: false, authorities: [{ name: 'example', data: 'a.nic-servers.net' }] });
    expect(root?.additionals).toMatchObject([{ name: 'a.nic-servers.net', data: '127.0.0.3' }]);
    world.dns.registry.delegate('some-shop.co.uk', ['ns1.host.test', 'ns2.some-shop.co.uk']);
    const registry = await askWire('127.0.0.3', world.dns.port, 'www.some-shop.co.uk', 'A');
    expect(registry?.authorities).toHaveLength(2);
    expect(registry?.additionals).toEqual([]);
    expect(await askWire('127.0.0.3', world.dns.port, 'co.uk', 'A')).toMatchObject({ code: 0, answers: [] });
    world.dns.registry.delegate('some-shop.co.uk', null);
    expect(await askWire('127.0.0.3', world.dns.port, 'www.some-shop.co.uk', 'A')).toMatchObject({ code: 3 });
  });

  it('end at the root for names that no registry has', async () => {
    expect(await askWire('127.0.0.2', world.dns.port, 'x.invalid', 'A')).toMatchObject({ code: 3, flag_aa: true });
  });
});

describe('transport', () => {
  it('cuts what is larger than 512 bytes without EDNS, and the rest comes by TCP', async () => {
    const cut = await ask('many.shop.test', 'TXT');
    expect(cut).toMatchObject({ flag_tc: true, answers: [], code: 0, flag_aa: true });
    const whole = await ask('many.shop.test', 'TXT', { proto: 'tcp' });
    expect(whole.flag_tc).toBe(false);
    expect(whole.answers).toHaveLength(12);
  });

  it('honours the EDNS size up to 1232 bytes', async () => {
    expect((await ask('key._domainkey.shop.test', 'TXT')).flag_tc).toBe(true);
    const fits = await ask('key._domainkey.shop.test', 'TXT', { edns: 1232 });
    expect(fits).toMatchObject({ flag_tc: false, additionals: [{ type: 'OPT', udpPayloadSize: 1232 }] });
    expect((await ask('key._domainkey.shop.test', 'TXT', { edns: 512 })).flag_tc).toBe(true);
    expect((await ask('many.shop.test', 'TXT', { edns: 65_000 })).flag_tc).toBe(true);
  });

  it('keeps the 255-byte strings of a long TXT apart', async () => {
    const said = await ask('key._domainkey.shop.test', 'TXT', { proto: 'tcp' });
    const [record] = said.answers ?? [];
    const strings = record?.type === 'TXT' && Array.isArray(record.data) ? record.data : [];
    expect(strings.map(({ length }) => length)).toEqual([255, 255, DKIM.length - 510]);
  });
});

describe('refusals', () => {
  it('meet transfers, other classes and zones of others', async () => {
    for (const proto of ['udp', 'tcp'] as const) expect((await ask('shop.test', 'AXFR', { proto })).code).toBe(5);
    expect((await ask('shop.test', 'TXT', { klass: 'CH' })).code).toBe(5);
    expect(await ask('www.stranger.example', 'A')).toMatchObject({ code: 5, flag_aa: false });
  });

  it('are NOTIMP for other opcodes, FORMERR for no or two questions, silence for responses', async () => {
    const { port } = world.dns;
    const question = { name: 'shop.test', type: 'TXT' } as const;
    const update = encode({ id: 1, flags: 5 << 11, questions: [question] });
    expect((await sendRaw(address, port, update))?.code).toBe(4);
    expect((await sendRaw(address, port, encode({ id: 1, questions: [] })))?.code).toBe(1);
    expect((await sendRaw(address, port, encode({ id: 1, questions: [question, question] })))?.code).toBe(1);
    expect((await sendRaw(address, port, encode({ id: 1, questions: [question] }).subarray(0, 20)))?.code).toBe(1);
    const response = encode({ id: 1, type: 'response', questions: [question] });
    expect(await sendRaw(address, port, response, { timeoutMs: 100 })).toBeUndefined();
  });

  it('tell an unknown EDNS version apart (BADVERS)', async () => {
    const said = await ask('shop.test', 'TXT', { edns: 1232, ednsVersion: 1 });
    expect(said).toMatchObject({ code: 0, answers: [], additionals: [{ type: 'OPT', extendedRcode: 1 }] });
  });
});
