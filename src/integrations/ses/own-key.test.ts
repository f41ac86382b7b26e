import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/problem.ts';
import type { Resolver } from '../../core/resolver.ts';
import { spec } from './estate.fixture.ts';
import { type KeyFiles, readOwnKey } from './own-key.ts';

const dkim = { selector: 's1', keyFile: '/k.pem' };
const asks = (values: readonly string[], status: 'present' | 'absent' | 'unknown' = 'present') =>
  ({ authoritative: async () => ({ status, values, servers: [] }) }) as unknown as Resolver;
const file = (publicKey: string | undefined | Problem) =>
  ({
    readPublicKey: async () => {
      if (publicKey instanceof Problem) throw publicKey;
      return publicKey;
    },
  }) as unknown as KeyFiles;
const byo = spec({ dkim: 'byodkim' }, { dkim });

describe('what DNS says of a key of one’s own', () => {
  it.each([
    ['this', 'KEY', ['p=KEY'], 'present'],
    ['other', 'KEY', ['v=DKIM1; p=ELSE'], 'present'],
    ['other', undefined, ['v=DKIM1; p=ELSE'], 'present'],
    ['other', 'KEY', ['p=KEY', 'p=ELSE'], 'present'],
    ['nothing', 'KEY', [], 'absent'],
    ['nothing', 'KEY', ['v=DKIM1; p='], 'present'],
    ['nothing', 'K'.repeat(90), [`p=${'K'.repeat(70)}`], 'present'],
    ['unknown', 'KEY', [], 'unknown'],
  ] as const)('%s', async (published, publicKey, values, status) => {
    expect(await readOwnKey(byo, file(publicKey), asks(values, status))).toMatchObject({ ...dkim, published });
  });
  it('as it is written there', async () => {
    expect(await readOwnKey(byo, file('KEY'), asks(['p=KEY']))).toMatchObject({ record: 'p=KEY' });
  });
  it('matters only where the profile names one, and a bad file only where it is to be used', async () => {
    const bad = file(new Problem('input', 'dkim.key-file', 'bad'));
    expect(await readOwnKey(spec(), bad, asks([]))).toBeUndefined();
    expect(await readOwnKey(spec({}, { dkim }), bad, asks([], 'absent'))).toMatchObject({ published: 'nothing' });
    await expect(readOwnKey(byo, bad, asks([]))).rejects.toMatchObject({ code: 'dkim.key-file' });
  });
});
