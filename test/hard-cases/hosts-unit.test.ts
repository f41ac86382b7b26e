import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { decode, encode } from 'dns-packet';
import { expect, it } from 'vitest';
import { showToEnter } from '../../src/cli/show/show-to-enter.ts';
import type { DnsProvider } from '../../src/core/dns-provider.ts';
import { revertRecords } from '../../src/core/merge/revert-records.ts';
import { findSlip } from '../../src/core/merge/slips.ts';
import { Problem } from '../../src/core/problem.ts';
import type { FoundZone } from '../../src/core/resolver.ts';
import type { Made } from '../../src/core/resource.ts';
import { open as openPorkbun } from '../../src/integrations/dns/porkbun.ts';
import { openDnsClient } from '../../src/integrations/wire/dns/dns-client.ts';
import type { DnsReply } from '../../src/integrations/wire/dns/dns-query.ts';
import { openNameServers } from '../../src/integrations/wire/dns/name-servers.ts';
import { type Candidate, chooseAmong } from '../../src/planning/choose-provider.ts';
import { aboutZone } from '../../src/planning/plan.ts';

it('a server that the system refuses to send to is silent, and does not end the program', async () => {
  const url = new URL('../../src/integrations/wire/dns/dns-query.ts', import.meta.url).href;
  const question = "{ address: '255.255.255.255', port: 53, name: 'a.test', type: 'A', recursive: false }";
  const script = `const { askServer } = await import('${url}'); console.log(JSON.stringify(await askServer(${question})));`;
  const ran = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 15_000,
  }).catch((error: unknown) => error as { stdout: string; stderr: string });
  expect(ran.stderr).not.toContain('ERR_SOCKET_BAD_PORT');
  expect(JSON.parse(ran.stdout || '{}')).toHaveProperty('silence');
});

it('by hand: somebody’s whole DMARC record is no cut-off one of ours', () => {
  const theirs = 'v=DMARC1; p=none; rua=mailto:dmarc-reports@long-company-name.example';
  const name = '_dmarc.long-company-name.example';
  const want = { name, type: 'TXT', value: `${theirs},mailto:us@reports.example`, ttl: 3600 };
  expect(
    findSlip(want, [{ name, type: 'TXT', value: theirs, ttl: 3600 }], 'long-company-name.example'),
  ).toBeUndefined();
});

const clock = { now: () => Date.now(), sleep: async () => {} };
const pace = { turn: async () => {}, waitedMs: () => 0 } as never;

/** A Porkbun that answers what it is told. */
async function atPorkbun<T>(
  answer: (path: string, body: string) => { status: number; body: string },
  act: (provider: DnsProvider) => Promise<T>,
) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const said = answer(request.url ?? '', body);
      response.writeHead(said.status).end(said.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const provider = openPorkbun({ apiKey: 'pk1_x', secretApiKey: 'sk1_x', endpoint: `http://127.0.0.1:${port}` }, {
    clock,
    pace,
    timeoutMs: 5000,
  } as never);
  try {
    return await act(provider);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

it('Porkbun: an answer without records is no empty zone', async () => {
  const found = await atPorkbun(
    () => ({ status: 200, body: '{"status":"SUCCESS"}' }),
    async (provider) => provider.records(await provider.findZone('odd.test'), []),
  ).catch((error: unknown) => error);
  expect(found).toBeInstanceOf(Problem);
});

it('Porkbun: a record of odd form is told as such, not as a fault of the program', async () => {
  const found = await atPorkbun(
    () => ({ status: 200, body: '{"status":"SUCCESS","records":[{"id":1,"type":"A","content":"192.0.2.1"}]}' }),
    async (provider) => provider.records(await provider.findZone('odd.test'), []),
  ).catch((error: unknown) => error);
  expect(found).not.toBeInstanceOf(TypeError);
});

it('Porkbun: whether the last of several refused writes took effect is looked for, too', async () => {
  let creates = 0;
  const records: object[] = [];
  const outcomes: unknown[] = [];
  await atPorkbun(
    (path, body) => {
      if (!path.includes('/create/')) return { status: 200, body: JSON.stringify({ status: 'SUCCESS', records }) };
      creates += 1;
      // The front server gives up on a call that it has passed on.
      if (creates === 5)
        records.push({
          id: '7',
          name: 'x.odd.test',
          type: 'TXT',
          content: (JSON.parse(body) as { content: string }).content,
          ttl: '600',
        });
      return { status: 503, body: '<html></html>' };
    },
    async (provider) => {
      const zone = await provider.findZone('odd.test');
      const after = { name: 'x.odd.test', type: 'TXT', value: 'ours', ttl: 600 };
      const change = {
        id: 'one',
        system: 'dns',
        verb: 'create',
        what: 'one',
        effect: '',
        after,
        by: 'us',
        undo: 'inverse',
      } as const;
      await provider.apply(zone, [change], {
        start: () => {},
        outcome: (_id: string, outcome: unknown) => void outcomes.push(outcome),
      } as never);
    },
  );
  expect(records).toHaveLength(1);
  // "retry" says that nothing was done: nobody would look for it, and it would never be ours.
  expect(JSON.stringify(outcomes)).not.toContain('"kind":"retry"');
});

it('by hand: what lies in a zone below is not to be entered at the host of the zone above as well', () => {
  const zone = (name: string) => ({ name, by: 'person' as const, nameServers: [`ns.${name}`] });
  const after = { name: 'post.split.test', type: 'MX', value: 'mx.example', preference: 10, ttl: 3600 };
  const lines = showToEnter('split.test', [zone('split.test'), zone('post.split.test')], [{ what: 'x', after }]);
  expect(lines.filter((line) => line.includes('To be entered by hand'))).toHaveLength(1);
});

it('a person is not chosen while somebody who may have the zone gives no answer', async () => {
  const found: FoundZone = { status: 'present', zone: 'a.test', servers: ['ns1.vanity.example'] };
  const zone = { id: 'a.test', name: 'a.test', account: 'x', nameServers: ['ns1.vanity.example'] };
  const candidate = (name: string, by: 'us' | 'person', findZone: () => Promise<typeof zone>): Candidate => ({
    name,
    title: name,
    implied: false,
    byHand: by === 'person',
    serves: () => false,
    open: async () => ({ name, limits: { by }, findZone }) as never,
  });
  const silent = candidate('silent', 'us', async () => {
    throw new Problem('unknown', 'silent.down', 'silent: no answer.');
  });
  const person = candidate('person', 'person', async () => zone);
  const chosen = await chooseAmong([silent, person], { zoneOf: async () => found })('a.test').catch(
    (error: unknown) => error as Problem,
  );
  expect(chosen).toMatchObject({ kind: 'unknown' });
});

it('a plan by hand says the same in whatever order a resolver names the servers', () => {
  const about = (nameServers: string[]) =>
    aboutZone({ provider: { limits: { by: 'person' } }, zone: { name: 'a.test', nameServers } } as never);
  // A reviewed plan is compared by this line.
  expect(about(['ns2.host.example', 'ns1.host.example'])).toBe(about(['ns1.host.example', 'ns2.host.example']));
});

it('a domain is not "delegated to nobody" where its top-level domain could not be asked', async () => {
  const reply = (rcode: string): DnsReply => ({
    rcode,
    authoritative: false,
    verified: false,
    answers: [],
    authorities: [],
    additionals: [],
  });
  const servers = openNameServers({
    askPublic: async (name) => (name === 'test' ? { silence: 'no answer in 2 s' } : reply('NXDOMAIN')),
    askServer: async () => ({ silence: 'no answer in 2 s' }),
    allowPrivate: true,
  });
  expect(await servers.holding('a.test')).toMatchObject({ status: 'unknown' });
});

it('names that a resolver takes long for do not make it silent for all others', async () => {
  const server = createSocket('udp4');
  server.on('message', (message, { port, address }) => {
    const query = decode(message);
    if (query.questions?.[0]?.name.toLowerCase().startsWith('dead')) return;
    server.send(
      encode({ type: 'response', id: query.id ?? 0, flags: 0, questions: query.questions ?? [] }),
      port,
      address,
    );
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const client = openDnsClient();
  const ask = (name: string) =>
    client.ask({ address: '127.0.0.1', port: server.address().port, name, type: 'NS', recursive: true });
  try {
    await Promise.all([ask('dead1.test'), ask('dead2.test'), ask('dead3.test')]);
    expect(await ask('well.test')).toHaveProperty('rcode', 'NOERROR');
  } finally {
    client.close();
    server.close();
  }
});

it('undo names what somebody changed since, also where the host has no room for a mark', () => {
  const record = { name: 'sel._domainkey.a.test', type: 'TXT', value: 'v=DKIM1; p=OURS' };
  const made: Made = {
    id: 'dns sel._domainkey.a.test TXT',
    system: 'dns',
    verb: 'create',
    what: 'sel._domainkey.a.test TXT',
    after: { ...record, ttl: 300 },
    owns: { 'dns sel._domainkey.a.test TXT': record },
    undo: 'inverse',
  };
  const live = [{ ...record, value: 'v=DKIM1; t=s; p=OURS', ttl: 300 }];
  const owned = {
    get: (id: string) => (id === made.id ? record : undefined),
    entries: () => [[made.id, record]] as never,
  };
  expect(revertRecords([made], live, { owned }).left.map((one) => one.id)).toEqual([made.id]);
});
