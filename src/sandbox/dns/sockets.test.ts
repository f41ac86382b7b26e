import { expect, it } from 'vitest';
import { bindShared, closePair } from './sockets.ts';

it('binds several addresses on one free port, or on the port that is asked for', async () => {
  const pairs = await bindShared(['127.0.0.1', '127.0.0.2']);
  const [first, second] = pairs;
  expect(first?.port).toBe(second?.port);
  expect(second?.udp.address()).toMatchObject({ address: '127.0.0.2', port: first?.port });
  await expect(bindShared(['127.0.0.1'], first?.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await Promise.all(pairs.map(closePair));
  const again = await bindShared(['127.0.0.1'], first?.port ?? 0);
  await Promise.all(again.map(closePair));
});

it('says in one sentence what to do where an address is missing', async () => {
  // An address of the documentation range stands for a loopback address that the machine doesn't have.
  await expect(bindShared(['127.0.0.1', '203.0.113.2'])).rejects.toThrow(/sudo ifconfig lo0 alias 203\.0\.113\.2 up$/);
});
