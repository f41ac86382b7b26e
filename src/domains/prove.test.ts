import { expect, it } from 'vitest';
import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem } from '../core/problem.ts';
import type { ProveNeeds } from './needs.ts';
import { prove } from './prove.ts';

const SPEC = {
  domain: 'example.com',
  mx: [{ host: 'mx.test', preference: 10 }],
  mailcow: { mailboxes: [{ local: 'brett' }] },
} as unknown as DomainSpec;

const needs = (close: () => Promise<void>): ProveNeeds => ({
  send: async () => ({ messageId: '1' }),
  hand: async () => undefined,
  mark: () => 'mark',
  now: () => 0,
  openMailbox: async () => ({
    find: async () => ({ folder: 'INBOX', authenticationResults: [], received: [] }),
    send: async () => ({ messageId: '1' }),
    close,
  }),
});

it('what was proved is told, also where the mailbox can’t be closed well', async () => {
  const lent = new Problem('unknown', 'mailcow.lent', 'The app password stays.', { fix: 'Remove it.' });
  const proofs = await prove(
    SPEC,
    undefined,
    needs(() => Promise.reject(lent)),
  );
  expect(proofs).toMatchObject([
    { direction: 'in', through: 'mx.test', folder: 'INBOX' },
    { error: { code: 'mailcow.lent', message: 'The app password stays.', fix: 'Remove it.' } },
  ]);
});

it('told to stop, it waits for no message any more, and closes the mailbox', async () => {
  let closed = false;
  const stop = new AbortController();
  const all = needs(async () => {
    closed = true;
  });
  const waiting = {
    ...all,
    stop: stop.signal,
    openMailbox: async (address: string) => ({
      ...(await all.openMailbox(address)),
      find: () => new Promise<never>(() => {}),
    }),
  };
  const proofs = prove(SPEC, undefined, waiting);
  setTimeout(() => stop.abort(), 20);
  expect(await proofs).toMatchObject([{ through: 'mx.test', error: { code: 'prove.stopped' } }]);
  expect(closed).toBe(true);
}, 2000);
