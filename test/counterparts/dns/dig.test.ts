import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { DIG, describeClient } from '../installed.ts';
import { addressesOf } from '../served.ts';
import { type DigAnswer, readDig } from './dig-answer.ts';
import { runDig } from './run-dig.ts';

const LONG = Array.from({ length: 8 }, (_, n) => String(n).repeat(250));

describeClient(DIG, (dig) => {
  let stage: Stage;
  let addresses: Readonly<Record<string, string>>;
  beforeAll(async () => {
    stage = await openStage();
    addresses = await addressesOf(stage);
    await stage.zone('dns.test', [
      { name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 },
      { name: 'www', type: 'A', content: '192.0.2.2', ttl: 300 },
      { name: 'alias', type: 'CNAME', content: 'second.dns.test', ttl: 300 },
      { name: 'second', type: 'CNAME', content: 'third.other.test', ttl: 300 },
      { name: 'deep.below.empty', type: 'TXT', content: '"here"', ttl: 300 },
      { name: '*.wild', type: 'TXT', content: '"any"', ttl: 300 },
      { name: 'long', type: 'TXT', content: LONG.map((text) => `"${text}"`).join(' '), ttl: 300 },
      { name: 'mail', type: 'MX', content: 'mx.dns.test', priority: 10, ttl: 300 },
    ]);
    await stage.zone('other.test', [{ name: 'third', type: 'A', content: '192.0.2.3', ttl: 120 }]);
  });
  afterAll(() => stage.close());

  const say = async (server: string, ...args: string[]): Promise<string> => {
    const { exit, said } = await runDig(dig, dirname(stage.state), server, ...args);
    expect(exit).toBe(0);
    return said;
  };
  const ask = async (server: string, ...args: string[]): Promise<DigAnswer> => readDig(await say(server, ...args));
  const resolver = () => addresses['dns.resolver'] ?? '';
  const root = () => addresses['dns.root'] ?? '';
  const ada = () => addresses['cloudflare.ada.ns.cloudflare.com'] ?? '';

  describe('from the root', () => {
    it('refers to the registry, with glue and without authority', async () => {
      const answer = await ask(root(), '+norec', 'www.dns.test', 'A');
      expect(answer).toMatchObject({ status: 'NOERROR', flags: ['qr'], answer: [] });
      expect(answer.authority).toMatchObject([{ name: 'test.', type: 'NS', data: 'a.nic-servers.net.' }]);
      expect(answer.additional).toMatchObject([{ name: 'a.nic-servers.net.', type: 'A' }]);
    });

    it('leads by hand, one referral after the other, to the zone', async () => {
      let server = root();
      const visited: string[] = [];
      for (let step = 0; step < 6; step += 1) {
        const answer = await ask(server, '+norec', 'www.dns.test', 'A');
        if (answer.flags.includes('aa')) {
          expect(answer.flags).toEqual(['qr', 'aa']);
          expect(answer.answer.map(({ data }) => data).toSorted()).toEqual(['192.0.2.1', '192.0.2.2']);
          expect(visited).toEqual(['test.', 'dns.test.']);
          return;
        }
        const [next] = answer.authority;
        visited.push(next?.name ?? '');
        const glue = answer.additional.find(({ name, type }) => name === next?.data && type === 'A')?.data;
        const port = server.split(':')[1];
        // Name servers of another zone come without glue: their address is looked up.
        const address = glue ?? (await ask(resolver(), next?.data ?? '', 'A')).answer[0]?.data;
        server = `${address}:${port}`;
      }
      expect.fail(`no answer with authority: ${visited.join(' ')}`);
    });

    it('denies what no registry has', async () => {
      const answer = await ask(root(), '+norec', 'nothing.invalid', 'A');
      expect(answer).toMatchObject({ status: 'NXDOMAIN', flags: ['qr', 'aa'] });
      expect(answer.authority).toMatchObject([{ name: '.', type: 'SOA' }]);
    });

    it('answers DS at the parent', async () => {
      const answer = await ask(addresses['dns.registries'] ?? '', '+norec', 'dns.test', 'DS');
      expect(answer).toMatchObject({ status: 'NOERROR', flags: ['qr', 'aa'], answer: [] });
      expect(answer.authority).toMatchObject([{ name: 'test.', type: 'SOA' }]);
    });
  });

  describe('an authoritative server', () => {
    it('answers for its zone with authority, over UDP and TCP, at both servers', async () => {
      for (const server of [ada(), addresses['cloudflare.bob.ns.cloudflare.com'] ?? '']) {
        for (const [option, transport] of [
          ['+notcp', 'UDP'],
          ['+tcp', 'TCP'],
        ] as const) {
          const answer = await ask(server, '+norec', option, 'mail.dns.test', 'MX');
          expect(answer).toMatchObject({ status: 'NOERROR', flags: ['qr', 'aa'], transport });
          expect(answer.answer).toEqual([{ name: 'mail.dns.test.', ttl: 300, type: 'MX', data: '10 mx.dns.test.' }]);
        }
      }
    });

    it('names its servers and its SOA', async () => {
      const servers = await ask(ada(), '+norec', 'dns.test', 'NS');
      expect(servers.answer.map(({ data }) => data).toSorted()).toEqual([
        'ada.ns.cloudflare.com.',
        'bob.ns.cloudflare.com.',
      ]);
      const soa = await ask(ada(), '+norec', 'dns.test', 'SOA');
      expect(soa.answer).toMatchObject([
        { data: expect.stringMatching(/^ada\.ns\.cloudflare\.com\. dns\.cloudflare\.com\. \d+ /) },
      ]);
    });

    it('tells a name that is not there from one without such a record, and from one with names below', async () => {
      const gone = await ask(ada(), '+norec', 'gone.dns.test', 'TXT');
      expect(gone).toMatchObject({ status: 'NXDOMAIN', flags: ['qr', 'aa'], answer: [] });
      for (const name of ['www.dns.test', 'empty.dns.test', 'below.empty.dns.test']) {
        const none = await ask(ada(), '+norec', name, 'TXT');
        expect(none, name).toMatchObject({ status: 'NOERROR', flags: ['qr', 'aa'], answer: [] });
        expect(none.authority, name).toMatchObject([{ name: 'dns.test.', type: 'SOA' }]);
      }
      expect(gone.authority).toMatchObject([{ name: 'dns.test.', type: 'SOA' }]);
    });

    it('answers a wildcard as the name that was asked for', async () => {
      const answer = await ask(ada(), '+norec', 'a.b.wild.dns.test', 'TXT');
      expect(answer.answer).toMatchObject([{ name: 'a.b.wild.dns.test.', data: '"any"' }]);
    });

    it('refuses other zones, other classes and transfers', async () => {
      expect(await ask(ada(), '+norec', 'google.com', 'A')).toMatchObject({ status: 'REFUSED', answer: [] });
      expect(readDig(await say(ada(), '+norec', 'version.bind', 'TXT', 'CH'))).toMatchObject({ status: 'REFUSED' });
      expect(await say(ada(), 'dns.test', 'AXFR')).toContain('Transfer failed.');
    });

    it('answers several questions on one connection', async () => {
      const said = await say(ada(), '+norec', '+tcp', '+keepopen', 'www.dns.test', 'A', 'mail.dns.test', 'MX');
      expect(said.match(/status: NOERROR/g)).toHaveLength(2);
    });

    it('knows no EDNS version but 0', async () => {
      expect(await ask(ada(), '+norec', '+edns=1', '+noednsnegotiation', 'www.dns.test', 'A')).toMatchObject({
        status: 'BADVERS',
        answer: [],
      });
      expect(await ask(ada(), '+norec', '+edns=1', 'www.dns.test', 'A')).toMatchObject({ status: 'NOERROR' });
    });
  });

  describe('0x20', () => {
    it('gives the question back as it was written, and the owner with it', async () => {
      for (const server of [ada(), resolver()]) {
        const answer = await ask(server, 'wWw.DnS.tEsT', 'A', ...(server === ada() ? ['+norec'] : []));
        expect(answer.question).toBe('wWw.DnS.tEsT.');
        expect(answer.answer).toHaveLength(2);
        for (const { name } of answer.answer) expect(name).toBe('wWw.DnS.tEsT.');
      }
    });
  });

  describe('a large text', () => {
    const whole = LONG.map((text) => `"${text}"`).join(' ');

    it('is cut off over UDP', async () => {
      const cut = await ask(ada(), '+norec', '+ignore', 'long.dns.test', 'TXT');
      expect(cut).toMatchObject({ flags: ['qr', 'aa', 'tc'], transport: 'UDP', answer: [] });
      const small = await ask(ada(), '+norec', '+ignore', '+noedns', 'long.dns.test', 'TXT');
      expect(small.flags).toContain('tc');
      // However much a client would take: more than 1232 bytes are not sent in a datagram.
      const large = await ask(ada(), '+norec', '+ignore', '+bufsize=4096', 'long.dns.test', 'TXT');
      expect(large.flags).toContain('tc');
    });

    it('comes whole over TCP, which dig takes by itself', async () => {
      for (const server of [ada(), resolver()]) {
        const said = await say(server, 'long.dns.test', 'TXT', ...(server === ada() ? ['+norec'] : []));
        expect(said).toContain('Truncated, retry');
        expect(readDig(said)).toMatchObject({ transport: 'TCP', answer: [{ data: whole }] });
      }
    });
  });

  describe('the resolver', () => {
    it('follows a chain of aliases through two zones', async () => {
      const answer = await ask(resolver(), 'alias.dns.test', 'A');
      expect(answer).toMatchObject({ status: 'NOERROR', flags: ['qr', 'rd', 'ra'] });
      expect(answer.answer).toMatchObject([
        { name: 'alias.dns.test.', type: 'CNAME', data: 'second.dns.test.' },
        { name: 'second.dns.test.', type: 'CNAME', data: 'third.other.test.' },
        { name: 'third.other.test.', type: 'A', data: '192.0.2.3' },
      ]);
      const alias = await ask(resolver(), 'alias.dns.test', 'CNAME');
      expect(alias.answer).toMatchObject([{ type: 'CNAME', data: 'second.dns.test.' }]);
    });

    it('counts TTLs down, and asks again when they are over', async () => {
      const ttl = async () => (await ask(resolver(), 'third.other.test', 'A')).answer[0]?.ttl ?? 0;
      const first = await ttl();
      expect(first).toBeLessThanOrEqual(120);
      await stage.control('POST /clock', { advance: 50 });
      const second = await ttl();
      expect(first - second).toBeGreaterThanOrEqual(50);
      expect(first - second).toBeLessThan(60);
      await stage.control('POST /clock', { advance: 100 });
      expect(await ttl()).toBe(120);
    });

    it('remembers what was not there for as long as the SOA says', async () => {
      const [soa] = (await ask(resolver(), 'not-yet.dns.test', 'A')).authority;
      expect(soa).toMatchObject({ name: 'dns.test.', type: 'SOA' });
      await stage.control('POST /control/zones/settings', {
        zone: 'dns.test',
        records: [{ name: 'not-yet', type: 'A', content: '192.0.2.4', ttl: 300 }],
      });
      await expect.poll(async () => (await ask(ada(), '+norec', 'not-yet.dns.test', 'A')).answer.length).toBe(1);
      expect(await ask(resolver(), 'not-yet.dns.test', 'A')).toMatchObject({ status: 'NXDOMAIN' });
      await stage.control('POST /clock', { advance: (soa?.ttl ?? 0) + 1 });
      expect(await ask(resolver(), 'not-yet.dns.test', 'A')).toMatchObject({ status: 'NOERROR' });
    });

    it('lets nobody read its memory without recursion', async () => {
      expect(await ask(resolver(), '+norec', 'www.dns.test', 'A')).toMatchObject({ status: 'REFUSED', answer: [] });
    });

    it('says SERVFAIL where no server of a zone is of use', async () => {
      for (const kind of ['lame', 'refused', 'servfail', 'wrong-aa']) {
        for (const server of ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'])
          await stage.control('POST /control/dns/misbehaviour', { kind, server, name: 'other.test' });
        const answer = await ask(resolver(), `${kind}.other.test`, 'TXT');
        expect(answer, kind).toMatchObject({ status: 'SERVFAIL', flags: ['qr', 'rd', 'ra'], answer: [] });
        await stage.control('DELETE /control/dns/misbehaviour');
      }
    });

    it('offers recursion also where it fails itself', async () => {
      for (const [kind, status] of [
        ['servfail', 'SERVFAIL'],
        ['refused', 'REFUSED'],
      ]) {
        await stage.control('POST /control/dns/misbehaviour', { kind, server: 'resolver', count: 1 });
        expect(await ask(resolver(), 'other.test', 'A')).toMatchObject({ status, flags: ['qr', 'rd', 'ra'] });
      }
    });

    it('asks the other server where one is of no use', async () => {
      await stage.control('POST /control/dns/misbehaviour', { kind: 'lame', server: 'ada.ns.cloudflare.com' });
      for (const name of ['one', 'two', 'three'])
        expect(await ask(resolver(), `${name}.other.test`, 'TXT')).toMatchObject({ status: 'NXDOMAIN' });
      await stage.control('DELETE /control/dns/misbehaviour');
    });
  });
});
