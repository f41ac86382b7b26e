import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import type { Answer, Question } from '../core/resolver.ts';
import { openOutside } from './outside.ts';

const resolver = {
  authoritative: async ({ type }: Question): Promise<Answer> =>
    type === 'A'
      ? { status: 'present', values: ['127.0.0.1'], servers: [] }
      : { status: 'absent', values: [], servers: [] },
};

it('mail hosts are asked only with --tls, each once, and at no private address unless that is allowed', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end('554 not you\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    expect(openOutside(resolver, { allowPrivate: true, registration: false, tls: false, port }).tls).toBeUndefined();
    const guarded = openOutside(resolver, { allowPrivate: false, registration: false, tls: true, port });
    expect(await guarded.tls?.('mx.good.test')).toEqual({ silence: 'its address is private (127.0.0.1)' });
    expect(connections).toBe(0);
    const { tls } = openOutside(resolver, { allowPrivate: true, registration: false, tls: true, port });
    const both = await Promise.all([tls?.('mx.good.test'), tls?.('mx.good.test')]);
    expect(both).toEqual(Array(2).fill({ silence: `127.0.0.1 port ${port}: 554 not you` }));
    expect(connections).toBe(1);
  } finally {
    server.close();
  }
});

it('a host that is an alias into another zone is looked for at its end, and a circle has none', async () => {
  const at: Readonly<Record<string, Answer>> = {
    'A mta.else.test': { status: 'present', values: ['127.0.0.1'], servers: [] },
  };
  const aliases: Readonly<Record<string, string>> = {
    'mx.good.test': 'mta.else.test',
    'a.test': 'b.test',
    'b.test': 'a.test',
  };
  const authoritative = async ({ name, type }: Question): Promise<Answer> => {
    const alias = aliases[name];
    const server = { by: 'ns', status: 'absent', values: [], ...(alias === undefined ? {} : { alias }) } as const;
    return at[`${type} ${name}`] ?? { status: 'absent', values: [], servers: [server] };
  };
  const { tls, fetch } = openOutside(
    { authoritative },
    { allowPrivate: true, registration: false, tls: true, port: 1 },
  );
  expect(await tls?.('mx.good.test')).toEqual({ silence: '127.0.0.1 port 1: nobody listens there' });
  expect(await tls?.('a.test')).toEqual({ silence: 'it has no address' });
  expect(await fetch?.('https://a.test/')).toEqual({ refused: 'a.test has no address' });
});
