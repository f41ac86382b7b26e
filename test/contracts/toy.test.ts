import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { dnsProviderSuite } from './dns-provider.ts';
import { open } from './toy-provider.ts';

const ZONE = 'contract.test';
const folder = mkdtempSync(join(tmpdir(), 'mailwright-toy-contract-'));
const file = join(folder, 'zones.json');
writeFileSync(
  file,
  JSON.stringify({
    [ZONE]: [
      { name: ZONE, type: 'TXT', value: 'theirs', ttl: 300 },
      { name: ZONE, type: 'MX', value: 'mx.else.test', preference: 10, ttl: 300 },
      { name: `www.${ZONE}`, type: 'A', value: '192.0.2.1', ttl: 300 },
    ],
  }),
);
const provider = open({ file });
let written = 0;
const counted = {
  ...provider,
  async apply(...args: Parameters<typeof provider.apply>) {
    written += 1;
    await provider.apply(...args);
  },
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the contract of DNS providers, by the toy that shows how one is added', () => {
  dnsProviderSuite(() => ({ provider: counted, zone: ZONE, writes: async () => written }));
});
