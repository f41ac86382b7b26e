import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LINT_KINDS } from '../../src/core/lint-report.ts';
import { lint } from '../../src/domains/lint.ts';

/** Records by how bad they are, written from the grammar and prose of the RFCs: odd ones that are good, useless ones, and invalid ones. */
interface Records {
  readonly good: readonly string[];
  readonly warning: readonly string[];
  readonly error: readonly string[];
}

const WORST = { info: 'good', advice: 'good', warning: 'warning', error: 'error', blocker: 'error' } as const;

const spki = { type: 'spki', format: 'der' } as const;
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const [whole, weak] = [rsa(2048), rsa(1024)];
const ed = generateKeyPairSync('ed25519').publicKey.export(spki);
const KEYS: Readonly<Record<string, Buffer>> = {
  RSA: whole.publicKey.export(spki),
  RSA768: rsa(768).publicKey.export(spki),
  RSA1024: weak.publicKey.export(spki),
  RSA3072: rsa(3072).publicKey.export(spki),
  PKCS1: whole.publicKey.export({ type: 'pkcs1', format: 'der' }),
  PKCS1024: weak.publicKey.export({ type: 'pkcs1', format: 'der' }),
  PRIVATE: weak.privateKey.export({ type: 'pkcs8', format: 'der' }),
  PSS: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export(spki),
  EC: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(spki),
  ED: ed.subarray(-32),
  EDSPKI: ed,
};

/** '{RSA}' is a key in base64, '{RSA:0:100}' a piece of one. */
function withKeys(record: string): string {
  return record.replace(/\{([A-Z0-9]+)(?::(\d+)(?::(\d+))?)?\}/g, (all, name, from, to) => {
    const key = KEYS[name]?.toString('base64');
    return key === undefined ? all : key.slice(Number(from ?? 0), to === undefined ? undefined : Number(to));
  });
}

describe.each(LINT_KINDS)('%s', (kind) => {
  const all: Records = JSON.parse(readFileSync(new URL(`records/${kind}.json`, import.meta.url), 'utf8'));
  const cases = Object.entries(all).flatMap(([verdict, records]: [string, readonly string[]]) =>
    records.map((record) => [verdict, record] as const),
  );
  it('has many of each', () => expect(cases.length).toBeGreaterThanOrEqual(60));
  it.each(cases)('%s: %s', async (verdict, record) => {
    const { findings } = await lint(kind, withKeys(record), 'error', { logoFaults: async () => [] });
    const said = findings.map(({ severity, id, seen: [first] }) => `${severity} ${id}: ${first?.value}`);
    expect([WORST[findings[0]?.severity ?? 'info'], said]).toEqual([verdict, said]);
  });
});
