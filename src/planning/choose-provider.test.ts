import { describe, expect, it } from 'vitest';
import type { DnsProvider, Zone } from '../core/dns-provider.ts';
import { Problem } from '../core/problem.ts';
import type { FoundZone } from '../core/resolver.ts';
import { type Candidate, chooseAmong } from './choose-provider.ts';

/** A provider with these zones; its servers are named after it. */
function candidate(
  name: string,
  zones: readonly string[],
  more: { by?: 'us' | 'person'; implied?: boolean; servers?: readonly string[]; fails?: Problem } = {},
): Candidate & { asked: number } {
  const { by = 'us', implied = false, servers = [`ns.${name}.example`], fails } = more;
  const state = { asked: 0 };
  const provider = {
    name,
    limits: { by },
    async findZone(domain: string): Promise<Zone> {
      state.asked += 1;
      if (fails) throw fails;
      const zone = zones
        .filter((one) => domain === one || domain.endsWith(`.${one}`))
        .toSorted((a, b) => b.length - a.length)[0];
      if (zone === undefined) throw new Problem('conflict', `${name}.no-zone`, `${name}: no zone for ${domain}.`);
      return { id: zone, name: zone, account: `of ${name}`, nameServers: servers };
    },
  } as unknown as DnsProvider;
  return {
    name,
    title: name.toUpperCase(),
    implied,
    byHand: by === 'person',
    serves: (server) => server === `ns.${name}.example`,
    open: async () => provider,
    get asked() {
      return state.asked;
    },
  };
}

const delegated = (...servers: string[]): FoundZone => ({ status: 'present', zone: 'a.test', servers });
const choose = async (
  found: FoundZone,
  candidates: readonly Candidate[],
  unset: Parameters<typeof chooseAmong>[2] = [],
) => (await chooseAmong(candidates, { zoneOf: async () => found }, unset)('x.a.test')).name;
const refused = (found: FoundZone, candidates: readonly Candidate[], unset: Parameters<typeof chooseAmong>[2] = []) =>
  choose(found, candidates, unset).catch((error: unknown) => error as Problem);

describe('who writes a name', () => {
  it('is the only one there is, without asking anybody', async () => {
    const one = candidate('one', []);
    const asked: string[] = [];
    const zoneOf = async (name: string) => {
      asked.push(name);
      return delegated();
    };
    expect((await chooseAmong([one], { zoneOf })('a.test')).name).toBe('one');
    expect(asked).toEqual([]);
  });

  it('is whoever the name is delegated to, and nobody else is asked', async () => {
    const [one, two] = [candidate('one', ['a.test']), candidate('two', ['a.test'])];
    expect(await choose(delegated('ns.two.example'), [one, two])).toBe('two');
    expect([one.asked, two.asked]).toEqual([0, 0]);
  });

  it('is whoever has the zone, where the servers have names that tell nothing', async () => {
    expect(await choose(delegated('ns.vanity.example'), [candidate('one', []), candidate('two', ['a.test'])])).toBe(
      'two',
    );
    expect(await choose({ status: 'unknown', reason: 'x' }, [candidate('one', []), candidate('two', ['a.test'])])).toBe(
      'two',
    );
  });

  it('is the one with the nearest zone, and of two the one whose servers the delegation names', async () => {
    const upper = candidate('upper', ['a.test']);
    expect(await choose(delegated('ns.vanity.example'), [upper, candidate('lower', ['x.a.test'])])).toBe('lower');
    const vanity = candidate('vanity', ['a.test'], { servers: ['ns1.own.example'] });
    expect(await choose(delegated('ns1.own.example'), [upper, vanity])).toBe('vanity');
  });

  it('is a person only where nobody else has the zone', async () => {
    const person = candidate('person', ['a.test'], { by: 'person', servers: ['ns.vanity.example'] });
    const own = candidate('one', ['a.test'], { servers: ['ns.vanity.example'] });
    expect(await choose(delegated('ns.vanity.example'), [own, person])).toBe('one');
    // A zone that nobody is sent to any more is not the live one.
    expect(await choose(delegated('ns.vanity.example'), [candidate('one', ['a.test']), person])).toBe('person');
    expect(await choose(delegated('ns.vanity.example'), [candidate('one', []), person])).toBe('person');
    // Their host, and somebody else's account there.
    expect(await choose(delegated('ns.one.example'), [candidate('one', []), person])).toBe('person');
    expect(await choose(delegated('ns.one.example'), [candidate('one', ['a.test']), person])).toBe('one');
  });

  it('is a conflict where two have it and the delegation names neither', async () => {
    const error = await refused(delegated('ns.vanity.example'), [
      candidate('one', ['a.test']),
      candidate('two', ['a.test']),
    ]);
    expect(error).toMatchObject({ kind: 'conflict', code: 'dns.two-providers' });
    expect((error as Problem).message).toMatch(/ONE \(of one.*and TWO \(of two/);
  });

  it('is nobody: who serves it is said, and what each that was meant to be asked answered', async () => {
    const implied = candidate('three', [], { implied: true, fails: new Problem('account', 'x', 'THREE: denied.') });
    const error = await refused(delegated('ns.vanity.example'), [candidate('one', []), implied]);
    expect(error).toMatchObject({ kind: 'conflict', code: 'dns.no-provider' });
    expect((error as Problem).message).toContain('is served by ns.vanity.example');
    expect((error as Problem).message).not.toContain('denied');
    const missing = {
      name: 'four',
      title: 'Four',
      credentials: 'a key',
      serves: (server: string) => server === 'ns.vanity.example',
    };
    expect(await refused(delegated('ns.vanity.example'), [candidate('one', []), implied], [missing])).toMatchObject({
      code: 'four.not-set',
      message: expect.stringContaining('served by Four'),
    });
  });

  it('is unknown while one that may have it gives no answer', async () => {
    const silent = candidate('two', [], { fails: new Problem('unknown', 'two.down', 'TWO: no answer.') });
    expect(await refused(delegated('ns.vanity.example'), [candidate('one', []), silent])).toMatchObject({
      kind: 'unknown',
      code: 'two.down',
    });
  });

  it('is found once for all names of a zone, and asked again after a failure', async () => {
    let answers = 0;
    const one = candidate('one', ['a.test']);
    const dnsFor = chooseAmong([one, candidate('two', [])], {
      zoneOf: async () => {
        answers += 1;
        return delegated('ns.vanity.example');
      },
    });
    await Promise.all([dnsFor('x.a.test'), dnsFor('y.a.test')]);
    expect(one.asked).toBe(1);
    expect(answers).toBe(2);
  });
});
