import type { Answer as WireRecord } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { askServer } from './dns-query.ts';
import { type DnsSockets, openDnsSockets } from './dns-sockets.ts';
import { type Answering, openTestServers } from './name-server.fixture.ts';

const txt = (text: string): WireRecord => ({ name: 'one.test', type: 'TXT', ttl: 60, data: [text] });
/** The letters A to Z in lower case, whatever else stands in it. */
const lower = (bytes: Buffer) => bytes.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));
const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(answering: Answering) {
  const servers = await openTestServers({ '127.0.0.1': answering });
  open.push(servers.close);
  return {
    ...servers,
    ask: () => askServer({ address: '127.0.0.1', port: servers.port, name: 'one.test', type: 'TXT', recursive: false }),
  };
}

describe('one question to one server', () => {
  it('brings header, sections and TTLs', async () => {
    const soa = {
      name: 'test',
      type: 'SOA',
      ttl: 30,
      data: { mname: 'ns.test', rname: 'h.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
    } as const;
    const { ask, asked } = await serve(() => ({ rcode: 3, authorities: [soa] }));
    expect(await ask()).toMatchObject({
      rcode: 'NXDOMAIN',
      authoritative: true,
      answers: [],
      authorities: [{ name: 'test', type: 'SOA', ttl: 30 }],
    });
    expect(asked).toMatchObject([{ type: 'TXT', proto: 'udp', recursionDesired: false }]);
  });
  it('comes again over TCP where the answer was cut, also in the middle of a record', async () => {
    const long = 'x'.repeat(200);
    const { ask, asked } = await serve(({ proto }) => ({
      cut: proto === 'udp',
      answers: proto === 'udp' ? [] : Array.from({ length: 20 }, () => txt(long)),
      ...(proto === 'udp' ? { before: [(message: Buffer) => Buffer.concat([message, Buffer.from([192])])] } : {}),
    }));
    const heard = await ask();
    expect('answers' in heard && heard.answers).toHaveLength(20);
    expect(asked.map((one) => one.proto)).toEqual(['udp', 'tcp']);
  });
  it('hears a server that writes every name in capitals', async () => {
    const { ask, asked } = await serve(() => ({
      answers: [txt('a')],
      instead: (message) => {
        for (let at = 12; at < 22; at += 1) {
          const byte = message[at] ?? 0;
          if (byte >= 97 && byte <= 122) message[at] = byte - 32;
        }
        return message;
      },
    }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR', answers: [{ type: 'TXT' }] });
    expect(asked).toHaveLength(2);
  });
  it('takes no refusal whose code does not fit the header for an answer', async () => {
    const size = { udpPayloadSize: 1232, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
    const opt: WireRecord = { name: '.', type: 'OPT', extendedRcode: 1, ...size };
    const { ask } = await serve(() => ({ additionals: [opt] }));
    expect(await ask()).toMatchObject({ rcode: 'BADVERS' });
  });
  it.each([
    'a..test',
    '.test',
    `${'a'.repeat(64)}.test`,
    `${'a.'.repeat(127)}a`,
    'a b.test',
    'a\\.b.test',
    'ü.test',
    '',
  ])('does not ask for what is no name: "%s"', async (name) => {
    const { port, asked } = await serve(() => ({ answers: [txt('a')] }));
    const query = { address: '127.0.0.1', port, name, type: 'TXT', recursive: false } as const;
    expect(await askServer(query)).toMatchObject({ silence: 'it is no name that could be asked' });
    expect(asked).toEqual([]);
  });
  it('says so where TCP does not work', async () => {
    const { ask } = await serve(({ proto }) => (proto === 'udp' ? { cut: true } : undefined));
    expect(await ask()).toMatchObject({ silence: 'the answer is too large for UDP; over TCP: no answer in 2 s' });
  });
  it('does not hear an answer with another id, another question, or the question in another case', async () => {
    const wrongId = (message: Buffer) => {
      message.writeUInt16BE(message.readUInt16BE(0) ^ 1, 0);
      return message;
    };
    const otherCase = (message: Buffer) => {
      for (let at = 13; at < 16; at += 1) message[at] = (message[at] ?? 0) ^ 0x20;
      return message;
    };
    const otherName = (message: Buffer) => {
      message.write('two', 13);
      return message;
    };
    const query = (message: Buffer) => {
      message[2] = (message[2] ?? 0) & 0x7f;
      return message;
    };
    const rubbish = () => Buffer.from('rubbish');
    const spoilt = [wrongId, otherCase, otherName, query, rubbish];
    for (const spoil of spoilt) {
      const { ask } = await serve(() => ({ answers: [txt('true')], before: [spoil] }));
      expect(await ask(), spoil.name).toMatchObject({ answers: [{ data: [Buffer.from('true')] }] });
    }
  });
  it('asks a server that answers in a case of its own again, in plain lower case', async () => {
    const { ask, asked } = await serve(() => ({
      answers: [txt('plain')],
      instead: (message) => Buffer.concat([message.subarray(0, 12), lower(message.subarray(12))]),
    }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' });
    expect(asked.at(-1)?.name).toBe('one.test');
    expect(asked.length).toBeLessThanOrEqual(2);
  });
  it('asks a server that does not understand EDNS again, without it', async () => {
    const { ask, asked } = await serve(({ edns }) => (edns ? { rcode: 1 } : { answers: [txt('old')] }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR', answers: [{ type: 'TXT' }] });
    expect(asked.map((one) => one.edns)).toEqual([true, false]);
  });
  it('does not hear anybody but the server', async () => {
    const { ask } = await serve(() => ({ answers: [txt('false')], byStranger: true }));
    const began = performance.now();
    expect(await ask()).toEqual({ silence: 'no answer in 2 s' });
    expect(performance.now() - began).toBeLessThan(2600);
  });
  it('asks twice, each time with another id', async () => {
    let n = 0;
    const { ask, asked } = await serve(() => (++n === 1 ? undefined : { answers: [txt('late')] }));
    expect(await ask()).toMatchObject({ rcode: 'NOERROR' });
    expect(asked).toHaveLength(2);
  });
  it('stopped as it begins, leaves no socket that keeps the process alive', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((one) => one === 'UDPWrap').length;
    await new Promise((done) => setTimeout(done, 50));
    const before = sockets();
    const stop = new AbortController();
    const query = { address: '127.0.0.1', port: 9, name: 'a.test', type: 'TXT', recursive: false } as const;
    const asked = askServer({ ...query, signal: stop.signal });
    stop.abort();
    expect(await asked).toEqual({ silence: 'stopped' });
    await new Promise((done) => setTimeout(done, 50));
    expect(sockets()).toBe(before);
  });
  it('is put once more where the socket that it shared with others failed', async () => {
    const { port } = await serve(() => ({ answers: [txt('a')] }));
    const real = openDnsSockets();
    open.push(real.close);
    let taken = 0;
    const sockets: DnsSockets = {
      ...real,
      take(address, at, listener) {
        taken += 1;
        if (taken > 1) return real.take(address, at, listener);
        const fail = () => listener.fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
        return { send: () => queueMicrotask(fail), leave: () => {} };
      },
    };
    const question = { address: '127.0.0.1', port, name: 'one.test', type: 'TXT', recursive: false, sockets } as const;
    expect(await askServer(question)).toMatchObject({ rcode: 'NOERROR' });
    expect(taken).toBe(2);
  });
  it('hears at once that nobody listens', async () => {
    const { ask, close } = await serve(() => undefined);
    close();
    open.splice(0);
    expect(await ask()).toEqual({ silence: 'connection refused' });
  });
  it('hears a refusal that does not repeat the question', async () => {
    const { ask } = await serve(() => ({
      before: [
        (message) => {
          const bare = message.subarray(0, 12);
          bare.writeUInt16BE(0, 4);
          bare.writeUInt16BE(0x8001, 2);
          return bare;
        },
      ],
    }));
    expect(await ask()).toMatchObject({ rcode: 'FORMERR' });
  });
});
