import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { DIG, describeClient } from '../installed.ts';
import { addressesOf } from '../served.ts';
import { type DigAnswer, readDig } from './dig-answer.ts';
import { runDig } from './run-dig.ts';

// What name servers do wrong, and what is easily done wrong in playing them.
describeClient(DIG, (dig) => {
  let stage: Stage;
  let addresses: Readonly<Record<string, string>>;
  beforeAll(async () => {
    stage = await openStage();
    addresses = await addressesOf(stage);
    await stage.zone('odd.test', [
      { name: 'Kept', type: 'CNAME', content: 'CaSe.Other.Test', ttl: 300 },
      { name: '*.w', type: 'TXT', content: '"wild"', ttl: 300 },
      { name: 'here.w', type: 'A', content: '192.0.2.1', ttl: 300 },
      { name: 'below.empty.w', type: 'A', content: '192.0.2.1', ttl: 300 },
      { name: '*.alias', type: 'CNAME', content: 'here.w.odd.test', ttl: 300 },
      { name: 'old', type: 'TXT', content: '"one"', ttl: 60 },
    ]);
  });
  afterEach(() => stage.control('DELETE /control/dns/misbehaviour'));
  afterAll(() => stage.close());

  const run = (server: string, ...args: string[]) => runDig(dig, dirname(stage.state), server, ...args);
  const ask = async (server: string, ...args: string[]): Promise<DigAnswer> =>
    readDig((await run(server, ...args)).said);
  const host = (name: string) => addresses[`cloudflare.${name}.ns.cloudflare.com`] ?? '';
  const at = (name: string, ...args: string[]) => ask(host(name), '+norec', ...args);
  const resolve = (...args: string[]) => ask(addresses['dns.resolver'] ?? '', ...args);
  const misbehave = (kind: string, more: object = {}) =>
    stage.control('POST /control/dns/misbehaviour', { kind, server: 'ada.ns.cloudflare.com', ...more });
  const set = (...records: object[]) => stage.control('POST /control/zones/settings', { zone: 'odd.test', records });

  describe('a wildcard', () => {
    it('does not answer for names that exist, with records or with names below', async () => {
      expect((await at('ada', 'any.w.odd.test', 'TXT')).answer).toMatchObject([{ data: '"wild"' }]);
      for (const name of ['here.w.odd.test', 'empty.w.odd.test', 'w.odd.test'])
        expect(await at('ada', name, 'TXT'), name).toMatchObject({ status: 'NOERROR', answer: [] });
      expect(await at('ada', 'x.here.w.odd.test', 'TXT')).toMatchObject({ status: 'NXDOMAIN', answer: [] });
    });

    it('that is an alias is followed', async () => {
      expect((await resolve('some.alias.odd.test', 'A')).answer).toMatchObject([
        { name: 'some.alias.odd.test.', type: 'CNAME', data: 'here.w.odd.test.' },
        { type: 'A', data: '192.0.2.1' },
      ]);
      expect(await at('ada', 'some.alias.odd.test', 'A', '+ignore')).toMatchObject({ status: 'NOERROR' });
    });
  });

  it('keeps the case of what a record says', async () => {
    expect((await at('ada', 'KEPT.odd.test', 'CNAME')).answer).toMatchObject([
      { name: 'KEPT.odd.test.', data: 'CaSe.Other.Test.' },
    ]);
  });

  it('a server that is late serves the old state while the other has the new one, until it catches up', async () => {
    const server = 'bob.ns.cloudflare.com';
    await stage.control('POST /control/cloudflare/edge', { server, lag: 'stuck' });
    const serial = async (name: string) => Number((await at(name, 'odd.test', 'SOA')).answer[0]?.data.split(' ')[2]);
    const before = await serial('bob');
    await set({ name: 'new', type: 'TXT', content: '"x"', ttl: 60 });
    await expect.poll(async () => (await at('ada', 'new.odd.test', 'TXT')).status).toBe('NOERROR');
    expect(await at('bob', 'new.odd.test', 'TXT')).toMatchObject({ status: 'NXDOMAIN', flags: ['qr', 'aa'] });
    expect(await serial('bob')).toBe(before);
    expect(await serial('ada')).toBeGreaterThan(before);
    await stage.control('POST /control/cloudflare/edge', { server, lag: 0 });
    await expect.poll(async () => (await at('bob', 'new.odd.test', 'TXT')).status).toBe('NOERROR');
    expect(await serial('bob')).toBe(await serial('ada'));
  });

  describe('on request a server', () => {
    it.each([
      ['servfail', { status: 'SERVFAIL', answer: [] }],
      ['refused', { status: 'REFUSED', answer: [] }],
      ['wrong-aa', { status: 'NOERROR', flags: ['qr'], answer: [{ data: '"one"' }] }],
      ['lame', { status: 'NOERROR', flags: ['qr'], answer: [], authority: [{ name: '.', type: 'NS' }] }],
    ])('is %s, for a name and a count, and the other one is not', async (kind, said) => {
      await misbehave(kind, { name: 'old.odd.test', count: 1 });
      expect(await at('ada', 'here.w.odd.test', 'A')).toMatchObject({ status: 'NOERROR', flags: ['qr', 'aa'] });
      expect(await at('bob', 'old.odd.test', 'TXT')).toMatchObject({ answer: [{ data: '"one"' }] });
      expect(await at('ada', 'old.odd.test', 'TXT')).toMatchObject(said);
      expect(await at('ada', 'old.odd.test', 'TXT')).toMatchObject({
        flags: ['qr', 'aa'],
        answer: [{ data: '"one"' }],
      });
    });

    it('says nothing, or says it late', async () => {
      await misbehave('hang', { type: 'TXT' });
      const { exit, said } = await run(host('ada'), '+norec', 'old.odd.test', 'TXT', '+time=1');
      expect(exit).toBe(9);
      expect(said).toContain('timed out');
      // The resolver finds its way by the other server.
      expect(await resolve('old.odd.test', 'TXT')).toMatchObject({ answer: [{ data: '"one"' }] });
      await stage.control('DELETE /control/dns/misbehaviour');
      await misbehave('slow', { ms: 700 });
      const slow = await run(host('ada'), '+norec', 'old.odd.test', 'TXT');
      expect(Number(/Query time: (\d+) msec/.exec(slow.said)?.[1])).toBeGreaterThanOrEqual(690);
    });
  });

  it('a resolver keeps the old value for its TTL, also when every server fails, and not longer', async () => {
    const text = async () => (await resolve('old.odd.test', 'TXT')).answer.map(({ data }) => data);
    expect(await text()).toEqual(['"one"']);
    await set({ name: 'old', type: 'TXT', content: '"two"', ttl: 60 });
    await expect.poll(async () => (await at('ada', 'old.odd.test', 'TXT')).answer.length).toBe(2);
    await expect.poll(async () => (await at('bob', 'old.odd.test', 'TXT')).answer.length).toBe(2);
    for (const server of ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com']) await misbehave('servfail', { server });
    expect(await text()).toEqual(['"one"']);
    await stage.control('POST /clock', { advance: 61 });
    expect(await resolve('old.odd.test', 'TXT')).toMatchObject({ status: 'SERVFAIL', answer: [] });
    await stage.control('DELETE /control/dns/misbehaviour');
    expect((await text()).toSorted()).toEqual(['"one"', '"two"']);
  });

  it('a miss of one type says nothing of another, and one of the name says it of all', async () => {
    await resolve('half.odd.test', 'TXT');
    await set({ name: 'half', type: 'A', content: '192.0.2.9', ttl: 60 });
    await expect.poll(async () => (await at('ada', 'half.odd.test', 'A')).answer.length).toBe(1);
    await expect.poll(async () => (await at('bob', 'half.odd.test', 'A')).answer.length).toBe(1);
    expect(await resolve('half.odd.test', 'A')).toMatchObject({ status: 'NXDOMAIN' });
    const nodata = await resolve('here.w.odd.test', 'MX');
    expect(nodata).toMatchObject({ status: 'NOERROR', answer: [], authority: [{ type: 'SOA' }] });
    expect(await resolve('here.w.odd.test', 'A')).toMatchObject({ answer: [{ data: '192.0.2.1' }] });
  });
});
