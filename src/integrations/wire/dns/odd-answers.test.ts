import type { Answer as WireRecord } from 'dns-packet';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openDnsClient } from './dns-client.ts';
import { askServer } from './dns-query.ts';
import { plain, toServerAnswer } from './dns-values.ts';
import { type Answering, openTestServers } from './name-server.fixture.ts';

const SERVER = '127.0.0.1';
const txt = (...data: (string | Buffer)[]): WireRecord => ({ name: 'one.test', type: 'TXT', ttl: 60, data });
const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(answering: Answering) {
  const servers = await openTestServers({ [SERVER]: answering });
  open.push(servers.close);
  const question = { address: SERVER, port: servers.port, name: 'one.test', type: 'TXT', recursive: false } as const;
  return { ...servers, question, ask: () => askServer(question) };
}

/** What one server's word makes of an answer. */
async function read(answering: Answering, type: 'TXT' | 'MX' | 'A' = 'TXT') {
  const { question } = await serve(answering);
  const heard = await askServer({ ...question, type });
  return toServerAnswer('ns1', { name: 'one.test', type }, heard, 'one.test');
}

describe('a server that does not understand EDNS', () => {
  it.each([
    ['FORMERR', 1],
    ['NOTIMP', 4],
  ])('and says %s is asked without it', async (_rcode, rcode) => {
    const { ask, asked } = await serve(({ edns }) => (edns ? { rcode } : { answers: [txt('old')] }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' });
    expect(asked.map(({ edns }) => edns)).toEqual([true, false]);
  });
  it('of our version is asked without it', async () => {
    const size = { udpPayloadSize: 1232, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
    const opt: WireRecord = { name: '.', type: 'OPT', extendedRcode: 1, ...size };
    const { ask, asked } = await serve(({ edns }) => (edns ? { additionals: [opt] } : { answers: [txt('old')] }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' });
    expect(asked).toHaveLength(2);
  });
  it('and drops it without a word is asked without it in the second try', async () => {
    const { ask, asked } = await serve(({ edns }) => (edns ? undefined : { answers: [txt('old')] }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR', answers: [{ type: 'TXT' }] });
    expect(asked.map(({ edns }) => edns)).toEqual([true, false]);
  });
  it('and refuses without it as well is not asked for ever', async () => {
    const { ask, asked } = await serve(() => ({ rcode: 1 }));
    expect(await ask()).toMatchObject({ rcode: 'FORMERR' });
    expect(asked).toHaveLength(2);
  });
});

describe('an answer', () => {
  it('that comes after more than a second is heard, though the question has been put again', async () => {
    const { ask, asked } = await serve(() => ({ answers: [txt('late')], lateMs: 1300 }));
    const began = performance.now();
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' });
    expect(performance.now() - began).toBeLessThan(1900);
    expect(asked).toHaveLength(2);
  });
  it('that comes twice is one answer', async () => {
    const { ask } = await serve(() => ({ answers: [txt('a')], before: [(message) => message] }));
    expect(await ask()).toMatchObject({ answers: [{ type: 'TXT' }] });
  });
  it('"no such name" without the question it is for is not heard', async () => {
    const bare = (message: Buffer) => {
      message.writeUInt16BE(0, 4);
      message.writeUInt16BE(0x8403, 2);
      return message.subarray(0, 12);
    };
    const { ask } = await serve(() => ({ answers: [txt('a')], before: [bare] }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' });
  });
  it('that does not fit is taken from the connection in whatever case the server writes there', async () => {
    const capital = (message: Buffer) => {
      message.write('ONE', 13);
      return message;
    };
    const { ask } = await serve(({ proto }) =>
      proto === 'udp' ? { cut: true } : { answers: [txt('a')], instead: capital },
    );
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' });
  });
  it('whose record is longer than the message can’t be read, which is said at once', async () => {
    const { ask } = await serve(() => ({ answers: [txt('abcdef')], instead: (message) => message.subarray(0, -3) }));
    const began = performance.now();
    expect(await ask()).toMatchObject({ silence: 'an answer that can’t be read' });
    expect(performance.now() - began).toBeLessThan(500);
  });
  it.each([
    ['a name that leads to itself', [0xc0, 0x1a]],
    ['a name that leads behind the message', [0xff, 0xff]],
    ['a label of a kind that nobody knows', [0x81, 0x00]],
  ])('with %s can’t be read', async (_what, pointer) => {
    const spoil = (message: Buffer) => {
      const name = message.indexOf(Buffer.from('\x03one\x04test\x00', 'latin1'), 22);
      return Buffer.concat([message.subarray(0, name), Buffer.from(pointer), message.subarray(name + 10)]);
    };
    expect(await read(() => ({ answers: [txt('a')], instead: spoil }))).toMatchObject({
      status: 'unknown',
      reason: 'an answer that can’t be read',
    });
  });
  it('of 64 kB is read whole, within bounds', async () => {
    const parts = Array.from({ length: 250 }, () => Buffer.alloc(255, 0xe9));
    const began = performance.now();
    const answer = await read(({ proto }) => (proto === 'udp' ? { cut: true } : { answers: [txt(...parts)] }));
    expect(answer).toMatchObject({ status: 'present', values: ['\xe9'.repeat(250 * 255)] });
    expect(performance.now() - began).toBeLessThan(1000);
  });
  it('of the longest names is read', async () => {
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
    const mx: WireRecord = { name: 'one.test', type: 'MX', ttl: 60, data: { preference: 10, exchange: long } };
    expect((await read(() => ({ answers: [mx] }), 'MX')).values).toEqual([`10 ${long}`]);
  });
  it('of texts without a string, or with empty ones, is an empty text', async () => {
    expect(await read(() => ({ answers: [txt('', '')] }))).toMatchObject({ status: 'present', values: [''] });
    expect(await read(() => ({ answers: [txt()] }))).toMatchObject({ status: 'present', values: [''] });
  });
});

describe('what an answer says', () => {
  it('"no such name" beside records of the name counts, as it does for resolvers', async () => {
    expect(await read(() => ({ rcode: 3, answers: [txt('a')] }))).toEqual({
      ...{ by: 'ns1', status: 'absent', values: [], nameMissing: true },
    });
  });
  it('"no such name" behind an alias is about the alias’s end', async () => {
    const alias: WireRecord = { name: 'one.test', type: 'CNAME', ttl: 60, data: 'gone.test' };
    expect(await read(() => ({ rcode: 3, answers: [alias] }))).toEqual({
      ...{ by: 'ns1', status: 'absent', values: [], alias: 'gone.test' },
    });
  });
  it('of a TTL above 2^31 is that it has none', async () => {
    for (const [ttl, wanted] of [
      [0, 0],
      [2 ** 31 - 1, 2 ** 31 - 1],
      [2 ** 31, 0],
      [2 ** 32 - 1, 0],
    ] as const)
      expect((await read(() => ({ answers: [{ ...txt('a'), ttl } as WireRecord] }))).ttl, String(ttl)).toBe(wanted);
  });
  it('of several aliases at a name is the first, and of records beside an alias the alias', async () => {
    const alias = (data: string): WireRecord => ({ name: 'one.test', type: 'CNAME', ttl: 60, data });
    expect(await read(() => ({ answers: [alias('b.test'), alias('c.test'), txt('beside')] }))).toMatchObject({
      ...{ status: 'absent', values: [], alias: 'b.test' },
    });
  });
  it('in letters that only look like others is another name', () => {
    expect(plain('\u212aEY.Test.')).toBe('\\226\\132\\170ey.test');
    expect(plain('B\u00dcCHER.test')).toBe('b\\195\\156cher.test');
  });
});

describe('a server counts as silent', () => {
  it('only where it is: not for what is no name, nor for what can’t be read or does not fit', async () => {
    const { question } = await serve(({ name, proto }) =>
      name === 'cut.test' && proto === 'udp'
        ? { cut: true }
        : {
            answers: [txt('abcdef')],
            ...(name === 'one.test' ? {} : { instead: (message) => message.subarray(0, -3) }),
          },
    );
    const client = openDnsClient();
    open.push(client.close);
    const names = ['\u00fc.test', 'a..test', 'cut.test', 'spoilt.test'].flatMap((name) => [name, name, name]);
    for (const name of names) expect(await client.ask({ ...question, name })).toMatchObject({ isAlive: true });
    expect(await client.ask(question)).toMatchObject({ rcode: 'NOERROR' });
  });
});

describe('whatever the bytes behind the question are', () => {
  const name = 'one.test';
  const some = [
    txt('abc', 'def'),
    { name, type: 'MX', ttl: 60, data: { preference: 10, exchange: 'mx.one.test' } },
    { name, type: 'A', ttl: 60, data: '192.0.2.1' },
    { name, type: 'SRV', ttl: 60, data: { priority: 0, weight: 1, port: 443, target: 'one.test' } },
    { name, type: 'TLSA', ttl: 60, data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) } },
    { name, type: 'CNAME', ttl: 60, data: 'b.one.test' },
  ] as WireRecord[];
  it('nothing throws, and an answer comes at once', async () => {
    let spoil = (message: Buffer) => message;
    const { question } = await serve(() => ({ answers: some, instead: (message) => spoil(message) }));
    const byte = fc.record({ at: fc.integer({ min: 6, max: 300 }), value: fc.integer({ min: 0, max: 255 }) });
    const types = fc.constantFrom('TXT' as const, 'MX' as const, 'A' as const, 'SRV' as const, 'TLSA' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { minLength: 1, maxLength: 6 }), types, async (bytes, type) => {
        spoil = (message) => {
          // The question ends at 26.
          for (const { at, value } of bytes) if ((at < 12 || at >= 26) && at < message.length) message[at] = value;
          return message;
        };
        const heard = await askServer({ ...question, type });
        const answer = toServerAnswer('ns1', { name, type }, heard, name);
        expect(['present', 'absent', 'unknown']).toContain(answer.status);
        expect(answer.reason ?? '').not.toContain('no answer');
        for (const value of answer.values) expect(typeof value).toBe('string');
      }),
      { numRuns: process.env.TEST_THOROUGH ? 3000 : 200 },
    );
  });
});
