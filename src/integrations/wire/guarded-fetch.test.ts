import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from '../../core/resolver.ts';
import { makeCertificate } from '../../sandbox/aws/smtp/certificate.ts';
import { guardedFetch } from './guarded-fetch.ts';

const { key, certificate } = makeCertificate(['localhost'], []);
const LIMITS = { timeoutMs: 500, maxBytes: 1000, allowPrivate: true, ca: certificate };
const PAGES: Readonly<Record<string, (answer: import('node:http').ServerResponse) => void>> = {
  '/good': (answer) => answer.writeHead(200, { 'content-type': 'text/plain' }).end('version: STSv1\n'),
  '/moved': (answer) => answer.writeHead(301, { location: '/good' }).end(),
  '/long': (answer) => answer.writeHead(200).end('x'.repeat(2000)),
  '/slow': () => {},
  '/cut': (answer) => answer.writeHead(200, { 'content-length': 99 }).write('x', () => answer.destroy()),
  '/other': (answer) => answer.writeHead(101, { connection: 'upgrade', upgrade: 'other' }).flushHeaders(),
  '/drop-by-drop': (answer) => {
    const timer = setInterval(() => answer.write('x'), 50);
    answer.on('close', () => clearInterval(timer));
  },
};
const server = createServer({ key, cert: certificate }, (asked, answer) => PAGES[asked.url ?? '']?.(answer));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve())));
afterAll(() => server.closeAllConnections());

const present = (...values: string[]): Answer => ({ status: 'present', values, servers: [] });
const absent: Answer = { status: 'absent', values: [], servers: [] };
const unknown: Answer = { status: 'unknown', values: [], servers: [] };
const fetchPage = (path: string, answers: readonly Answer[] = [present('127.0.0.1')], more: object = {}) =>
  guardedFetch(new URL(`https://localhost${path}`), async () => answers, {
    ...LIMITS,
    port: (server.address() as AddressInfo).port,
    ...more,
  });

it('brings a page from the address that it was given', async () => {
  expect(await fetchPage('/good')).toEqual({ status: 200, contentType: 'text/plain', text: 'version: STSv1\n' });
});

it('does not follow, and leaves what is too long or too slow', async () => {
  expect(await fetchPage('/moved')).toMatchObject({ status: 301 });
  expect(await fetchPage('/long')).toEqual({ refused: 'the answer is longer than 1000 bytes' });
  expect(await fetchPage('/slow')).toEqual({ silence: 'no answer in 0.5 s' });
  expect(await fetchPage('/drop-by-drop')).toEqual({ silence: 'no answer in 0.5 s' });
  for (const path of ['/cut', '/other']) expect(await fetchPage(path)).toEqual({ silence: 'the connection was cut' });
});

it('believes no certificate of another host, or of nobody', async () => {
  expect(await fetchPage('/good', undefined, { ca: undefined })).toMatchObject({
    refused: expect.stringContaining('certificate'),
  });
});

it.each([
  '127.0.0.1',
  '10.1.2.3',
  '169.254.169.254',
  '100.64.0.1',
  '198.18.0.1',
  '::1',
  'fd00::1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
  '0.0.0.0',
  '::7f00:1',
  'fec0::1',
  '2001::7f00:1',
  '2002:7f00:1::1',
  '64:ff9b:1::7f00:1',
  '192.0.0.8',
  'localhost',
])('never goes to %s', async (address) => {
  expect(await fetchPage('/good', [present(address)], { allowPrivate: false })).toMatchObject({
    refused: expect.stringContaining('private'),
  });
});

it('goes to no other port, and with no user; what can’t be looked up is no fault', async () => {
  const at = (text: string) => guardedFetch(new URL(text), async () => [present('127.0.0.1')], LIMITS);
  for (const text of ['http://localhost/', 'https://localhost:8443/', 'https://me@localhost/'])
    expect(await at(text)).toMatchObject({ refused: expect.stringContaining('no plain https') });
  expect(await fetchPage('/good', [absent, absent])).toMatchObject({ refused: 'localhost has no address' });
  expect(await fetchPage('/good', [absent, unknown])).toMatchObject({ silence: expect.stringContaining('looked up') });
});
