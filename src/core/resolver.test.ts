import { describe, expect, it } from 'vitest';
import { askBesideWildcards, foldAnswers, NOBODYS_LABEL, type Question, type ServerAnswer } from './resolver.ts';

/** Servers that answer these values, by name; what is not named gets the wildcard's. */
function servers(names: Readonly<Record<string, Partial<ServerAnswer>>>, wildcard: Partial<ServerAnswer> = {}) {
  const asked: string[] = [];
  return {
    asked,
    authoritative: async ({ name }: Question) => {
      asked.push(name);
      const found = { values: [], ...(names[name] ?? wildcard) };
      const there = found.values.length > 0;
      return foldAnswers([{ by: 'ns', status: there ? 'present' : 'absent', ...found }]);
    },
  };
}
const ask = (world: ReturnType<typeof servers>) => askBesideWildcards(world, { name: 'mail.a.test', type: 'A' });

describe('what stands at a name beside wildcards', () => {
  it('is what the name has of its own', async () => {
    const world = servers({ 'mail.a.test': { values: ['192.0.2.1'] } }, { values: ['192.0.2.9'] });
    expect((await ask(world)).values).toEqual(['192.0.2.1']);
    expect(world.asked).toEqual(['mail.a.test', `${NOBODYS_LABEL}.a.test`]);
  });
  it('is nothing where a wildcard answers, with values or with an alias', async () => {
    expect(await ask(servers({}, { values: ['192.0.2.9'] }))).toMatchObject({ status: 'absent', values: [] });
    const alias = await ask(servers({}, { alias: 'park.example', values: ['192.0.2.9'] }));
    expect(alias).toMatchObject({ status: 'absent', values: [] });
    expect(alias.servers[0]?.alias).toBeUndefined();
  });
  it('costs no second question where nothing is', async () => {
    const world = servers({});
    expect((await ask(world)).status).toBe('absent');
    expect(world.asked).toHaveLength(1);
  });
  it('stays unknown where nobody can be asked', async () => {
    const world = {
      authoritative: async () => foldAnswers([{ by: 'ns', status: 'unknown', values: [], reason: 'SERVFAIL' }]),
    };
    expect((await askBesideWildcards(world, { name: 'mail.a.test', type: 'A' })).status).toBe('unknown');
  });
});
